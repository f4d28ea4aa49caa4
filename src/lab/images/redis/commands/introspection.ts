/** COMMAND: what the table of commands says. */
import { CATEGORIES, categoriesOf } from '../access.ts';
import { option } from '../args.ts';
import { lower } from '../bytes.ts';
import { type Command, type Family, type Handler, isArityRight, keyIndexes } from '../command.ts';
import { globMatch } from '../glob.ts';
import { Failure, fail, MapReply, type Reply, SetReply, Status, SYNTAX } from '../reply.ts';
import { COMMANDS, commandNamed, findCommand } from '../table.ts';

function described(command: Command): Reply {
  const { name, arity, flags, keys, subcommands } = command;
  return [
    name,
    arity,
    new SetReply([...flags].map((flag) => new Status(flag))),
    ...keys,
    new SetReply(categoriesOf(command).map((category) => new Status(`@${category}`))),
    [],
    [],
    [...(subcommands?.values() ?? [])].map(described),
  ];
}

const all: Handler = () => [...COMMANDS.values()].map(described);

const info: Handler = (_, args) =>
  (args.length > 2 ? args.slice(2) : [...COMMANDS.keys()]).map((name) => {
    const command = commandNamed(name);
    return command ? described(command) : null;
  });

const docs: Handler = (_, args) =>
  new MapReply(
    (args.length > 2 ? args.slice(2) : [...COMMANDS.keys()]).flatMap((name): Reply[] => {
      const command = commandNamed(name);
      return command
        ? [lower(name), new MapReply(['summary', '', 'since', '', 'group', command.group.replace('_', '-')])]
        : [];
    }),
  );

function keysOf(args: readonly string[]): { command: Command; indexes: readonly number[] } {
  const command = findCommand(args);
  if (command instanceof Failure) throw fail('Invalid command specified');
  const indexes = isArityRight(command, args.length) ? keyIndexes(command, args) : undefined;
  if (!isArityRight(command, args.length)) throw fail('Invalid number of arguments specified for command');
  if (indexes === null || indexes === undefined) throw fail('Invalid arguments specified for command');
  if (indexes.length === 0 && !command.flags.has('no_mandatory_keys') && command.keys[0] === 0 && !command.findKeys)
    throw fail('The command has no key arguments');
  return { command, indexes };
}

const getkeys: Handler = (_, [, , ...args]) => keysOf(args).indexes.map((at) => args[at]!);

const getkeysandflags: Handler = (_, [, , ...args]) => {
  const { command, indexes } = keysOf(args);
  const flags = new SetReply([new Status(command.flags.has('write') ? 'RW' : 'RO'), new Status('access')]);
  return indexes.map((at) => [args[at]!, flags]);
};

const list: Handler = (_, args) => {
  let names = [...COMMANDS.values()].flatMap((command) => [command, ...(command.subcommands?.values() ?? [])]);
  if (args.length > 2) {
    const by = option(args[3]);
    if (option(args[2]) !== 'filterby' || args.length !== 5) throw SYNTAX;
    const value = args[4]!;
    if (by === 'pattern') names = names.filter(({ name }) => globMatch(value, name, true));
    else if (by === 'aclcat')
      names = (CATEGORIES as readonly string[]).includes(lower(value))
        ? names.filter((one) => categoriesOf(one).includes(lower(value)))
        : [];
    else if (by === 'module') names = [];
    else throw SYNTAX;
  } else names = [...COMMANDS.values()];
  return names.map(({ name }) => name);
};

const OPEN = 'loading stale';

export const introspection: Family = {
  group: 'server',
  rows: [
    ['command', -1, OPEN, [], all],
    ['command|count', 2, OPEN, [], () => COMMANDS.size],
    ['command|docs', -2, OPEN, [], docs],
    ['command|getkeys', -4, OPEN, [], getkeys],
    ['command|getkeysandflags', -4, OPEN, [], getkeysandflags],
    ['command|info', -2, OPEN, [], info],
    ['command|list', -2, OPEN, [], list],
  ],
};
