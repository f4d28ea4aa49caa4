/** All commands by name. A subcommand is found by its container's name and the next word. */
import { lower } from './bytes.ts';
import { type Command, type Family, type Flag, isArityRight } from './command.ts';
import { families } from './commands/index.ts';
import { Failure, fail } from './reply.ts';

export const COMMANDS: ReadonlyMap<string, Command> = build(families());

/** The command of a request, or the reply that refuses it. */
export function findCommand(args: readonly string[]): Command | Failure {
  const command = COMMANDS.get(lower(args[0]!));
  if (!command) return unknown(args);
  if (!command.subcommands || args.length === 1) return command;
  const subcommand = command.subcommands.get(lower(args[1]!));
  return (
    subcommand ??
    fail(`unknown subcommand '${oneLine(quoted(args[1]!).slice(0, 128))}'. Try ${command.name.toUpperCase()} HELP.`)
  );
}

/** Null for an unknown name; `config|get` names a subcommand. */
export function commandNamed(name: string): Command | null {
  const [whole = '', sub] = lower(name).split('|');
  const command = COMMANDS.get(whole);
  return (sub === undefined ? command : command?.subcommands?.get(sub)) ?? null;
}

/** The command, when the words could be a call of it. */
export function callable(args: readonly string[]): Command | null {
  const command = findCommand(args);
  return command instanceof Failure || !isArityRight(command, args.length) ? null : command;
}

function unknown(args: readonly string[]): Failure {
  let shown = '';
  for (let i = 1; i < args.length && shown.length < 128; i++)
    shown += `'${quoted(args[i]!).slice(0, 128 - shown.length)}' `;
  return fail(
    `unknown command '${oneLine(quoted(args[0]!).slice(0, 128))}', with args beginning with: ${oneLine(shown)}`,
  );
}

/** Errors are lines, and what they quote is a C string. */
const oneLine = (text: string) => text.replace(/[\r\n]/g, ' ');
const quoted = (text: string) => (text.includes('\0') ? text.slice(0, text.indexOf('\0')) : text);

function build(families: readonly Family[]): Map<string, Command> {
  const table = new Map<string, Command>();
  for (const { group, rows } of families) {
    for (const [name, arity, flags, keys, run, findKeys] of rows) {
      const command: Command = {
        name,
        arity,
        flags: new Set(flags.split(' ').filter(Boolean) as Flag[]),
        keys: keys.length === 0 ? [0, 0, 0] : keys,
        group,
        run,
        ...(findKeys ? { findKeys } : {}),
      };
      const [container, sub] = name.split('|') as [string, string | undefined];
      if (sub === undefined) table.set(name, command);
      else {
        const parent = table.get(container)!;
        const subcommands = new Map(parent.subcommands ?? []);
        subcommands.set(sub, command);
        table.set(container, { ...parent, subcommands });
      }
    }
  }
  return table;
}
