/** A command as the table holds it: from here come arity errors, COMMAND, transactions' and scripts' refusals. */
import type { Call } from './call.ts';
import type { Reply } from './reply.ts';

export type Flag =
  | ('write' | 'readonly' | 'denyoom' | 'admin' | 'pubsub' | 'noscript' | 'blocking' | 'loading' | 'stale')
  | ('skip_monitor' | 'skip_slowlog' | 'fast' | 'no_auth' | 'movablekeys' | 'no_multi' | 'allow_busy')
  | ('no_async_loading' | 'no_mandatory_keys');

export type Group =
  | ('string' | 'bitmap' | 'list' | 'hash' | 'set' | 'sorted_set' | 'stream' | 'hyperloglog')
  | ('generic' | 'pubsub' | 'transactions' | 'scripting' | 'connection' | 'server');

/** `args[0]` is the command's own name, as in C. */
export type Handler = (call: Call, args: readonly string[]) => Reply;

export interface Command {
  /** `get`, `client|setname`. */
  readonly name: string;
  /** Number of words with the name; at least so many when negative. */
  readonly arity: number;
  readonly flags: ReadonlySet<Flag>;
  /** First, last (negative: from the end) and step; all 0 when there are none or they must be looked for. */
  readonly keys: readonly [number, number, number];
  readonly group: Group;
  readonly run: Handler;
  /** For keys whose place depends on arguments: their indexes; null when the arguments are wrong. */
  readonly findKeys?: (args: readonly string[]) => readonly number[] | null;
  readonly subcommands?: ReadonlyMap<string, Command>;
}

/** name, arity, flags, keys, handler: one line a command. Subcommands are rows `client|id`. */
export type Row = readonly [
  name: string,
  arity: number,
  flags: string,
  keys: readonly [number, number, number] | readonly [],
  run: Handler,
  findKeys?: Command['findKeys'],
];

export interface Family {
  readonly group: Group;
  readonly rows: readonly Row[];
}

export const isArityRight = (command: Command, count: number): boolean =>
  command.arity >= 0 ? command.arity === count : count >= -command.arity;

/** Indexes of the keys among the arguments; null when the arguments cannot be right. */
export function keyIndexes(command: Command, args: readonly string[]): readonly number[] | null {
  if (command.findKeys) return command.findKeys(args);
  const [first, last, step] = command.keys;
  if (first === 0) return [];
  const end = last < 0 ? args.length + last : last;
  const indexes: number[] = [];
  for (let i = first; i <= end; i += step) {
    if (i >= args.length) return null;
    indexes.push(i);
  }
  return indexes;
}

/** Keys that follow their number at index `at`, as in ZUNION and EVAL. */
export const countedKeys =
  (at: number, others: readonly number[] = []): Command['findKeys'] =>
  (args) => {
    const count = Number(args[at]);
    if (!Number.isInteger(count) || count < 0 || at + count >= args.length + (count === 0 ? 1 : 0)) return null;
    return [...others, ...Array.from({ length: count }, (_, i) => at + 1 + i)];
  };
