/** SORT. */
import { int, option } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { parseDouble } from '../numbers.ts';
import { fail, type Reply, SYNTAX, WRONG_TYPE } from '../reply.ts';
import { ListValue } from '../values.ts';

const sort: Handler = (call, args) => {
  const [, key = ''] = args;
  const isReadOnly = option(args[0]) === 'sort_ro';
  let isDescending = false;
  let isAlpha = false;
  let by: string | null = null;
  let target: string | null = null;
  let limit: readonly [number, number] = [0, -1];
  const gets: string[] = [];
  for (let i = 2; i < args.length; i++) {
    const word = option(args[i]);
    const left = args.length - i - 1;
    if (word === 'asc') isDescending = false;
    else if (word === 'desc') isDescending = true;
    else if (word === 'alpha') isAlpha = true;
    else if (word === 'limit' && left >= 2) limit = [int(args[++i]), int(args[++i])];
    else if (word === 'store' && left >= 1 && !isReadOnly) target = args[++i]!;
    else if (word === 'by' && left >= 1) by = args[++i]!;
    else if (word === 'get' && left >= 1) gets.push(args[++i]!);
    else throw SYNTAX;
  }
  const value = call.readAny(key);
  if (value && (value.kind === 'string' || value.kind === 'hash' || value.kind === 'stream')) throw WRONG_TYPE;
  const isSorted = by === null || by.includes('*');
  let members: string[] = [];
  if (value?.kind === 'list') members = value.items.toArray();
  else if (value?.kind === 'set') members = value.list();
  else if (value?.kind === 'zset') {
    members = value.members.slice(0, value.size).map(({ member }) => member);
    if (!isSorted && isDescending) members.reverse();
  }
  // A set has no order of its own, so what is stored or scripted must be sorted to be the same everywhere.
  const mustSort = isSorted || (value?.kind === 'set' && target !== null);
  if (mustSort) members = sorted(call, members, isSorted ? by : null, isAlpha || !isSorted, isDescending);
  call.visit(members.length * 4);
  const start = Math.max(0, limit[0]);
  const chosen = members.slice(start, limit[1] < 0 ? undefined : start + limit[1]);
  const out = gets.length === 0 ? chosen : chosen.flatMap((member) => gets.map((get) => follow(call, get, member)));
  if (target === null) return out;
  if (out.length === 0) {
    call.delete(target);
    return 0;
  }
  const list = new ListValue();
  list.replace(out.map((item) => item ?? ''));
  call.store(target, list);
  call.changed(target, 'sortstore', 'l');
  return list.size;
};

function sorted(call: Call, members: string[], by: string | null, isAlpha: boolean, isDescending: boolean): string[] {
  const weighed = members.map((member) => {
    const text = by === null ? member : follow(call, by, member);
    let weight = 0;
    if (!isAlpha && text !== null) {
      const number = parseDouble(text);
      if (number === null) throw fail("One or more scores can't be converted into double");
      weight = number;
    }
    return { member, text: text ?? '', weight };
  });
  const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  weighed.sort((a, b) => {
    const order = isAlpha ? text(a.text, b.text) : a.weight - b.weight;
    // Equal weights fall back on the bytes, so that the order is the same everywhere.
    return (order || text(a.member, b.member)) * (isDescending ? -1 : 1);
  });
  return weighed.map(({ member }) => member);
}

/** The value that a pattern names for a member: `weight_*`, `object_*->field`, or `#` for the member itself. */
function follow(call: Call, pattern: string, member: string): string | null {
  if (pattern === '#') return member;
  const star = pattern.indexOf('*');
  if (star < 0) return null;
  const arrow = pattern.indexOf('->', star);
  const hasField = arrow >= 0 && arrow + 2 < pattern.length;
  const name = hasField ? pattern.slice(0, arrow) : pattern;
  const value = call.readAny(name.slice(0, star) + member + name.slice(star + 1));
  if (hasField) return value?.kind === 'hash' ? (value.fields.get(pattern.slice(arrow + 2)) ?? null) : null;
  return value?.kind === 'string' ? value.text : null;
}

const sortKeys = (args: readonly string[]): readonly number[] => {
  const at = args.findIndex((arg, i) => i > 1 && option(arg) === 'store');
  return at > 0 && at + 1 < args.length ? [1, at + 1] : [1];
};

export const sorting: Family = {
  group: 'generic',
  rows: [
    [
      'sort',
      -2,
      'write denyoom movablekeys',
      [1, 1, 1],
      sort as (call: Call, args: readonly string[]) => Reply,
      sortKeys,
    ],
    ['sort_ro', -2, 'readonly movablekeys', [1, 1, 1], sort, () => [1]],
  ],
};
