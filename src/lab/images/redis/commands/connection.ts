/** Commands about the connection itself; CLIENT's are in client-commands.ts. */
import { int, option } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { endTransaction } from '../execute.ts';
import { parseInteger } from '../numbers.ts';
import { Failure, fail, MapReply, OK, type Reply, Status } from '../reply.ts';
import { isValidName } from './client-commands.ts';

const WRONG_PASSWORD = new Failure('WRONGPASS invalid username-password pair or user is disabled.');

function authenticate(call: Call, name: string, password: string): void {
  const user = call.server.access.users.get(name);
  if (!user?.accepts(password)) throw WRONG_PASSWORD;
  call.client.user = user;
  call.client.isAuthenticated = true;
}

const auth: Handler = (call, args) => {
  if (args.length > 3) throw fail('syntax error');
  const [, first = '', second] = args;
  if (second === undefined && call.server.access.default.needsNoPassword)
    throw fail(
      'AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
    );
  authenticate(call, second === undefined ? 'default' : first, second ?? first);
  return OK;
};

const hello: Handler = (call, args) => {
  const { client, server } = call;
  let protocol: 2 | 3 | null = null;
  if (args.length > 1) {
    const version = parseInteger(args[1]!);
    if (version === null) throw fail('Protocol version is not an integer or out of range');
    if (version !== 2 && version !== 3) throw new Failure('NOPROTO unsupported protocol version');
    protocol = version;
  }
  let name: string | null = null;
  for (let i = 2; i < args.length; i++) {
    const word = option(args[i]);
    const left = args.length - i - 1;
    if (word === 'auth' && left >= 2) authenticate(call, args[++i]!, args[++i]!);
    else if (word === 'setname' && left >= 1) {
      name = args[++i]!;
      if (!isValidName(name)) throw fail('Client names cannot contain spaces, newlines or special characters.');
    } else throw fail(`Syntax error in HELLO option '${args[i]}'`);
  }
  if (!client.isAuthenticated)
    throw new Failure(
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
    );
  if (name !== null) client.name = name;
  client.protocol = protocol ?? client.protocol;
  return new MapReply([
    ...['server', 'redis', 'version', '7.0.15', 'proto', client.protocol, 'id', client.id],
    ...['mode', 'standalone', 'role', server.replication.isReplica ? 'replica' : 'master', 'modules', []],
  ] as Reply[]);
};

const ping: Handler = ({ client }, args) => {
  if (args.length > 2) throw fail("wrong number of arguments for 'ping' command");
  if (client.subscriptions > 0 && client.protocol === 2) return ['pong', args[1] ?? ''];
  return args[1] ?? new Status('PONG');
};

const select: Handler = ({ server, client }, [, text = '']) => {
  const index = int(text);
  if (index < 0 || index >= server.databases.length) throw fail('DB index is out of range');
  client.db = index;
  return OK;
};

const quit: Handler = ({ server, client }) => {
  server.closeAfterReply(client);
  return OK;
};

const reset: Handler = ({ server, client }) => {
  endTransaction(server, client);
  server.pubsub.leave(client);
  server.monitors.delete(client);
  client.db = 0;
  client.protocol = 2;
  client.name = '';
  client.replyMode = 'on';
  client.user = server.access.default;
  client.isAuthenticated = server.access.default.needsNoPassword;
  client.isNoEvict = false;
  return new Status('RESET');
};

export const connection: Family = {
  group: 'connection',
  rows: [
    ['auth', -2, 'noscript loading stale fast no_auth allow_busy', [], auth],
    ['echo', 2, 'loading stale fast', [], (_, [, text = '']) => text],
    ['hello', -1, 'noscript loading stale fast no_auth allow_busy', [], hello],
    ['ping', -1, 'fast', [], ping],
    ['quit', -1, 'noscript loading stale fast no_auth allow_busy', [], quit],
    ['reset', 1, 'noscript loading stale fast no_auth allow_busy', [], reset],
    ['select', 2, 'loading stale fast', [], select],
  ],
};
