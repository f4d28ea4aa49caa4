/** What SCAN, HSCAN, SSCAN and ZSCAN have in common. */
import { int, option } from '../args.ts';
import { globMatch } from '../glob.ts';
import { fail, SYNTAX } from '../reply.ts';

export interface ScanOptions {
  readonly cursor: number;
  readonly count: number;
  readonly matches: (text: string) => boolean;
  /** SCAN only. */
  readonly type: string | null;
}

export function parseScan(args: readonly string[], at: number): ScanOptions {
  if (!/^\d{1,20}$/.test(args[at]!)) throw fail('invalid cursor');
  const cursor = Number(args[at]);
  let count = 10;
  let pattern: string | null = null;
  let type: string | null = null;
  for (let i = at + 1; i < args.length; i += 2) {
    const word = option(args[i]);
    const value = args[i + 1];
    if (value === undefined) throw SYNTAX;
    if (word === 'count') {
      count = int(value);
      if (count < 1) throw SYNTAX;
    } else if (word === 'match') pattern = value;
    else if (word === 'type' && at === 1) type = option(value);
    else throw SYNTAX;
  }
  const matches = (text: string) => pattern === null || globMatch(pattern, text);
  return { cursor, count, matches, type };
}
