/** CLIENT. */
import { option } from '../args.ts';
import type { Call } from '../call.ts';
import type { Client } from '../client.ts';
import type { Family, Handler } from '../command.ts';
import { parseInteger } from '../numbers.ts';
import type { RedisServer } from '../redis-server.ts';
import { Failure, fail, MapReply, NIL_ARRAY, OK, SYNTAX, Verbatim } from '../reply.ts';

/** Printable and without spaces. */
export const isValidName = (name: string): boolean => /^[!-~]*$/.test(name);

function describe(server: RedisServer, client: Client): string {
  const { machine, settings } = server;
  const nowMs = machine.nowMs();
  const seconds = (ms: number) => Math.floor((nowMs - ms) / 1_000);
  const flags = [
    client.isReplica ? 'S' : '',
    server.monitors.has(client) ? 'O' : '',
    client.subscriptions > 0 ? 'P' : '',
    client.queued ? 'x' : '',
    client.unblock ? 'b' : '',
    client.isWatchSpoiled ? 'd' : '',
    client.isNoEvict ? 'e' : '',
  ].join('');
  const queued = client.queued ? client.queued.length : -1;
  const buffered = client.parser.bufferedBytes;
  return [
    `id=${client.id} addr=${client.address} laddr=${machine.hostname}:${settings.number('port')} fd=${7 + client.id}`,
    `name=${client.name} age=${seconds(client.connectedAtMs)} idle=${seconds(client.usedAtMs)} flags=${flags || 'N'}`,
    `db=${client.db} sub=${client.channels.size} psub=${client.patterns.size} ssub=${client.shardChannels.size}`,
    `multi=${queued} qbuf=${buffered} qbuf-free=20474 argv-mem=10 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=0`,
    `omem=${client.socket?.bytesQueued ?? 0} tot-mem=22298 events=r cmd=${client.lastCommand} user=${client.user.name}`,
    `redir=-1 resp=${client.protocol}`,
  ].join(' ');
}

const typeOf = (client: Client): string =>
  client.isReplica ? 'replica' : client.subscriptions > 0 ? 'pubsub' : 'normal';

function clientType(text: string): string {
  const type = option(text) === 'slave' ? 'replica' : option(text);
  if (!['normal', 'replica', 'pubsub', 'master'].includes(type)) throw fail(`Unknown client type '${text}'`);
  return type;
}

const list: Handler = ({ server }, args) => {
  let chosen = [...server.clients.values()];
  const word = option(args[2]);
  if (args.length === 4 && word === 'type') {
    const type = clientType(args[3]!);
    chosen = chosen.filter((client) => typeOf(client) === type);
  } else if (args.length > 3 && word === 'id') {
    const ids = args.slice(3).map((text) => {
      const id = parseInteger(text);
      if (id === null || id <= 0) throw fail('Invalid client ID');
      return id;
    });
    chosen = ids.flatMap((id) => server.clients.get(id) ?? []);
  } else if (args.length !== 2) throw SYNTAX;
  return new Verbatim(chosen.map((client) => `${describe(server, client)}\n`).join(''));
};

const kill: Handler = (call, args) => {
  const { server, client } = call;
  if (args.length === 3) {
    const found = [...server.clients.values()].find(({ address }) => address === args[2]);
    if (!found) throw fail('No such client');
    end(server, client, found);
    return OK;
  }
  let skipsMe = true;
  const tests: ((one: Client) => boolean)[] = [];
  if (args.length % 2 === 1) throw SYNTAX;
  for (let i = 2; i < args.length; i += 2) {
    const word = option(args[i]);
    const value = args[i + 1]!;
    if (word === 'id') {
      const id = parseInteger(value);
      if (id === null || id < 1) throw fail('client-id should be greater than 0');
      tests.push((one) => one.id === id);
    } else if (word === 'type') {
      const type = clientType(value);
      tests.push((one) => typeOf(one) === type);
    } else if (word === 'addr') tests.push((one) => one.address === value);
    else if (word === 'laddr')
      tests.push(() => value === `${server.machine.hostname}:${server.settings.number('port')}`);
    else if (word === 'user') {
      const user = server.access.users.get(value);
      if (!user) throw fail(`No such user '${value}'`);
      tests.push((one) => one.user === user);
    } else if (word === 'skipme' && (option(value) === 'yes' || option(value) === 'no'))
      skipsMe = option(value) === 'yes';
    else throw SYNTAX;
  }
  let killed = 0;
  for (const one of [...server.clients.values()]) {
    if ((skipsMe && one === client) || !tests.every((test) => test(one))) continue;
    end(server, client, one);
    killed++;
  }
  return killed;
};

/** Oneself only after the reply. */
function end(server: RedisServer, by: Client, client: Client): void {
  if (client === by) server.closeAfterReply(client);
  else server.drop(client);
}

const pause: Handler = ({ server }, args) => {
  const ms = parseInteger(args[2]!);
  if (ms === null) throw fail('timeout is not an integer or out of range');
  if (ms < 0) throw fail('timeout is negative');
  const word = option(args[3]);
  if (args.length > 4 || (args.length === 4 && word !== 'all' && word !== 'write'))
    throw fail('CLIENT PAUSE mode must be WRITE or ALL');
  const untilMs = Math.max(server.machine.nowMs() + ms, server.pause?.untilMs ?? 0);
  const mode = server.pause?.mode === 'all' || word !== 'write' ? 'all' : 'write';
  server.pause?.cancel();
  const cancel = server.after(untilMs - server.machine.nowMs(), () => server.endPause());
  server.pause = { untilMs, mode, cancel };
  return OK;
};

const setname: Handler = ({ client }, [, , name = '']) => {
  if (!isValidName(name)) throw fail('Client names cannot contain spaces, newlines or special characters.');
  client.name = name;
  return OK;
};

const reply: Handler = ({ client }, [, , word = '']) => {
  const mode = option(word);
  if (mode === 'on') {
    client.replyMode = 'on';
    return OK;
  }
  if (mode === 'off') client.replyMode = 'off';
  else if (mode !== 'skip') throw SYNTAX;
  else if (client.replyMode !== 'off') client.replyMode = 'skip-next';
  return undefined;
};

const unblock: Handler = ({ server }, args) => {
  const word = option(args[3]);
  if (args.length > 4 || (args.length === 4 && word !== 'timeout' && word !== 'error'))
    throw fail('CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
  const id = parseInteger(args[2]!);
  if (id === null) throw fail('value is not an integer or out of range');
  const client = server.clients.get(id);
  if (!client?.unblock || server.paused.has(client)) return 0;
  client.unblock(word === 'error' ? new Failure('UNBLOCKED client unblocked via CLIENT UNBLOCK') : client.timeoutReply);
  return 1;
};

const noEvict: Handler = ({ client }, [, , word = '']) => {
  if (option(word) !== 'on' && option(word) !== 'off') throw SYNTAX;
  client.isNoEvict = option(word) === 'on';
  return OK;
};

const tracking: Handler = (_: Call, [, , word = '']) => {
  if (option(word) === 'off') return OK;
  if (option(word) !== 'on') throw SYNTAX;
  throw fail('CLIENT TRACKING is not part of this server: no invalidation messages are sent');
};

const caching: Handler = () => {
  throw fail('CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled');
};

const OPEN = 'noscript loading stale';
const ADMIN = 'admin noscript loading stale';

export const clientCommands: Family = {
  group: 'connection',
  rows: [
    ['client', -2, '', [], () => NIL_ARRAY],
    ['client|caching', 3, OPEN, [], caching],
    ['client|getname', 2, OPEN, [], ({ client }) => (client.name === '' ? null : client.name)],
    ['client|getredir', 2, OPEN, [], () => -1],
    ['client|id', 2, OPEN, [], ({ client }) => client.id],
    ['client|info', 2, OPEN, [], ({ server, client }) => new Verbatim(`${describe(server, client)}\n`)],
    ['client|kill', -3, ADMIN, [], kill],
    ['client|list', -2, ADMIN, [], list],
    ['client|no-evict', 3, ADMIN, [], noEvict],
    ['client|pause', -3, ADMIN, [], pause],
    ['client|reply', 3, OPEN, [], reply],
    ['client|setname', 3, OPEN, [], setname],
    ['client|tracking', -3, OPEN, [], tracking],
    ['client|trackinginfo', 2, OPEN, [], () => new MapReply(['flags', ['off'], 'redirect', -1, 'prefixes', []])],
    ['client|unblock', -3, ADMIN, [], unblock],
    [
      ...(['client|unpause', 2, ADMIN, []] as const),
      ({ server }: Call) => {
        server.endPause();
        return OK;
      },
    ],
  ],
};
