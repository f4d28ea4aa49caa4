/** ACL: users as the server keeps them in memory. */
import { CATEGORIES, categoriesOf, User } from '../access.ts';
import { option, range } from '../args.ts';
import { lower } from '../bytes.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { randomHex } from '../redis-server.ts';
import { fail, MapReply, OK, type Reply } from '../reply.ts';
import { COMMANDS, commandNamed } from '../table.ts';

const setuser: Handler = ({ server }, [, , name = '', ...rules]) => {
  const old = server.access.users.get(name);
  const user = new User(name);
  if (old) {
    user.isOn = old.isOn;
    user.needsNoPassword = old.needsNoPassword;
    for (const hash of old.passwords) user.passwords.add(hash);
    Object.assign(user, { commands: old.commands, keys: [...old.keys], channels: [...old.channels] });
  }
  // All rules or none.
  for (const rule of rules) user.apply(rule, (command) => commandNamed(command) !== null);
  if (!old) server.access.users.set(name, user);
  else {
    const { isOn, needsNoPassword, commands, keys, channels } = user;
    Object.assign(old, { isOn, needsNoPassword, commands, keys, channels });
    old.passwords.clear();
    for (const hash of user.passwords) old.passwords.add(hash);
  }
  return OK;
};

const deluser: Handler = ({ server }, [, , ...names]) => {
  if (names.includes('default')) throw fail("The 'default' user cannot be removed");
  let deleted = 0;
  for (const name of names) {
    const user = server.access.users.get(name);
    if (!user) continue;
    server.access.users.delete(name);
    for (const client of [...server.clients.values()]) if (client.user === user) server.drop(client);
    deleted++;
  }
  return deleted;
};

const getuser: Handler = ({ server }, [, , name = '']) => {
  const user = server.access.users.get(name);
  if (!user) return null;
  const flags = [user.isOn ? 'on' : 'off', ...(user.needsNoPassword ? ['nopass'] : [])];
  return new MapReply([
    ...['flags', flags, 'passwords', [...user.passwords], 'commands', user.commands.join(' ')],
    ...['keys', user.keys.join(' '), 'channels', user.channels.join(' '), 'selectors', []],
  ] as Reply[]);
};

const cat: Handler = (_, args) => {
  if (args[2] === undefined) return [...CATEGORIES];
  const wanted = lower(args[2]);
  if (!(CATEGORIES as readonly string[]).includes(wanted)) throw fail(`Unknown category '${args[2]}'`);
  return [...COMMANDS.values()]
    .flatMap((command) => (command.subcommands ? [...command.subcommands.values()] : [command]))
    .filter((command) => categoriesOf(command).includes(wanted))
    .map(({ name }) => name);
};

const genpass: Handler = (call: Call, args) => {
  const bits =
    args[2] === undefined
      ? 256
      : range(
          args[2],
          1,
          4_096,
          'ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096',
        );
  return randomHex(call.server.machine, Math.ceil(bits / 8)).slice(0, Math.ceil(bits / 4));
};

const dryrun: Handler = ({ server }, [, , name = '', ...words]) => {
  const user = server.access.users.get(name);
  if (!user) throw fail(`User '${name}' not found`);
  const command = commandNamed(option(words[0]));
  if (!command) throw fail(`Command '${words[0]}' not found`);
  return server.access.refusal(user, command, words)?.message.replace('NOPERM this user', 'This user') ?? OK;
};

const OPEN = 'noscript loading stale';
const ADMIN = 'admin noscript loading stale';

export const acl: Family = {
  group: 'server',
  rows: [
    ['acl', -2, '', [], () => []],
    ['acl|cat', -2, OPEN, [], cat],
    ['acl|deluser', -3, ADMIN, [], deluser],
    ['acl|dryrun', -4, ADMIN, [], dryrun],
    ['acl|genpass', -2, OPEN, [], genpass],
    ['acl|getuser', 3, ADMIN, [], getuser],
    ['acl|list', 2, ADMIN, [], ({ server }) => [...server.access.users.values()].map((user) => user.describe())],
    ['acl|setuser', -3, ADMIN, [], setuser],
    ['acl|users', 2, ADMIN, [], ({ server }) => [...server.access.users.keys()]],
    ['acl|whoami', 2, OPEN, [], ({ client }) => client.user.name],
  ],
};
