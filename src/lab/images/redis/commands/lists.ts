/** Lists. */
import { int, option, positive } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { fail, NIL_ARRAY, NO_SUCH_KEY, OK, OUT_OF_RANGE, type Reply, SYNTAX } from '../reply.ts';
import { ListValue } from '../values.ts';

const KEY = [1, 1, 1] as const;

export function pushAll(call: Call, key: string, items: readonly string[], atHead: boolean): ListValue {
  let list = call.write(key, 'list');
  if (!list) {
    list = new ListValue();
    call.store(key, list);
  }
  for (const item of items) list.push(item, atHead);
  call.changed(key, atHead ? 'lpush' : 'rpush', 'l');
  return list;
}

/** Takes one item; the list is gone with its last. */
export function take(call: Call, key: string, list: ListValue, atHead: boolean): string {
  const item = list.pop(atHead)!;
  call.changed(key, atHead ? 'lpop' : 'rpop', 'l');
  return item;
}

const push =
  (atHead: boolean, onlyIfExists: boolean): Handler =>
  (call, args) => {
    if (onlyIfExists && !call.write(args[1]!, 'list')) return 0;
    return pushAll(call, args[1]!, args.slice(2), atHead).size;
  };

const pop =
  (atHead: boolean): Handler =>
  (call, args) => {
    const [, key = '', text] = args;
    if (args.length > 3) throw fail(`wrong number of arguments for '${option(args[0])}' command`);
    const count = text === undefined ? null : positive(text);
    const list = call.write(key, 'list');
    if (!list) return count === null ? null : NIL_ARRAY;
    if (count === null) return take(call, key, list, atHead);
    if (count === 0) return [];
    return takeSome(call, key, list, atHead, count);
  };

export function takeSome(call: Call, key: string, list: ListValue, atHead: boolean, count: number): string[] {
  const items: string[] = [];
  while (items.length < count && list.size > 0) items.push(list.pop(atHead)!);
  call.visit(items.length);
  call.changed(key, atHead ? 'lpop' : 'rpop', 'l');
  return items;
}

const llen: Handler = (call, [, key = '']) => call.read(key, 'list')?.size ?? 0;

const lindex: Handler = (call, [, key = '', at = '']) => {
  const list = call.read(key, 'list');
  const index = int(at);
  return list?.items.at(index) ?? null;
};

/** Inclusive bounds, from the end when negative, cut to the list. */
export function bounds(from: number, to: number, size: number): [start: number, end: number] {
  const start = from < 0 ? Math.max(0, size + from) : from;
  const end = to < 0 ? size + to : Math.min(to, size - 1);
  return [start, end];
}

const lrange: Handler = (call, [, key = '', from = '', to = '']) => {
  const [a, b] = [int(from), int(to)];
  const list = call.read(key, 'list');
  if (!list) return [];
  const [start, end] = bounds(a, b, list.size);
  return start > end ? [] : list.items.slice(start, end + 1);
};

const lset: Handler = (call, [, key = '', at = '', item = '']) => {
  const list = call.write(key, 'list');
  if (!list) throw NO_SUCH_KEY;
  const index = int(at);
  if (list.items.at(index) === undefined) throw OUT_OF_RANGE;
  list.replaceAt(index < 0 ? index + list.size : index, item);
  call.changed(key, 'lset', 'l');
  return OK;
};

const ltrim: Handler = (call, [, key = '', from = '', to = '']) => {
  const [a, b] = [int(from), int(to)];
  const list = call.write(key, 'list');
  if (!list) return OK;
  const [start, end] = bounds(a, b, list.size);
  call.visit(list.size);
  list.replace(start > end ? [] : list.items.slice(start, end + 1));
  call.changed(key, 'ltrim', 'l');
  return OK;
};

const linsert: Handler = (call, [, key = '', where = '', pivot = '', item = '']) => {
  const word = option(where);
  if (word !== 'before' && word !== 'after') throw SYNTAX;
  const list = call.write(key, 'list');
  if (!list) return 0;
  const items = list.items.toArray();
  call.visit(items.length);
  const at = items.indexOf(pivot);
  if (at < 0) return -1;
  items.splice(word === 'before' ? at : at + 1, 0, item);
  list.replace(items);
  call.changed(key, 'linsert', 'l');
  return items.length;
};

const lrem: Handler = (call, [, key = '', text = '', item = '']) => {
  const count = int(text);
  const list = call.write(key, 'list');
  if (!list) return 0;
  let items = list.items.toArray();
  call.visit(items.length);
  let left = count === 0 ? Infinity : Math.abs(count);
  const before = items.length;
  if (count < 0) items.reverse();
  items = items.filter((one) => one !== item || left-- <= 0);
  if (count < 0) items.reverse();
  if (items.length === before) return 0;
  list.replace(items);
  call.changed(key, 'lrem', 'l');
  return before - items.length;
};

const lpos: Handler = (call, args) => {
  const [, key = '', item = ''] = args;
  let rank = 1;
  let count: number | null = null;
  let longest = 0;
  for (let i = 3; i < args.length; i += 2) {
    const word = option(args[i]);
    const value = args[i + 1];
    if (value === undefined) throw SYNTAX;
    if (word === 'rank') {
      rank = int(value);
      if (rank === 0)
        throw fail(
          "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
        );
    } else if (word === 'count') {
      count = int(value);
      if (count < 0) throw fail("COUNT can't be negative");
    } else if (word === 'maxlen') {
      longest = int(value);
      if (longest < 0) throw fail("MAXLEN can't be negative");
    } else throw SYNTAX;
  }
  const list = call.read(key, 'list');
  if (!list) return count === null ? null : [];
  const found: number[] = [];
  let skip = Math.abs(rank) - 1;
  const steps = longest === 0 ? list.size : Math.min(longest, list.size);
  const wanted = count === null ? 1 : count === 0 ? Infinity : count;
  for (let i = 0; i < steps && found.length < wanted; i++) {
    const at = rank > 0 ? i : list.size - 1 - i;
    if (list.items.at(at) === item && skip-- <= 0) found.push(at);
  }
  call.visit(steps);
  return count === null ? (found[0] ?? null) : found;
};

export function sideOf(text: string): boolean {
  const word = option(text);
  if (word !== 'left' && word !== 'right') throw SYNTAX;
  return word === 'left';
}

/** Takes from one list and puts into another, which may be the same. */
export function move(call: Call, from: string, to: string, fromHead: boolean, toHead: boolean): Reply {
  const source = call.write(from, 'list');
  if (!source) return null;
  call.write(to, 'list');
  const item = source.pop(fromHead)!;
  if (from === to) {
    source.push(item, toHead);
    call.changed(from, fromHead ? 'lpop' : 'rpop', 'l');
    call.changed(to, toHead ? 'lpush' : 'rpush', 'l');
    return item;
  }
  pushAll(call, to, [item], toHead);
  call.changed(from, fromHead ? 'lpop' : 'rpop', 'l');
  return item;
}

const lmove: Handler = (call, [, from = '', to = '', where = '', whereTo = '']) =>
  move(call, from, to, sideOf(where), sideOf(whereTo));

const rpoplpush: Handler = (call, [, from = '', to = '']) => move(call, from, to, false, true);

export const lists: Family = {
  group: 'list',
  rows: [
    ['lindex', 3, 'readonly', KEY, lindex],
    ['linsert', 5, 'write denyoom', KEY, linsert],
    ['llen', 2, 'readonly fast', KEY, llen],
    ['lmove', 5, 'write denyoom', [1, 2, 1], lmove],
    ['lpop', -2, 'write fast', KEY, pop(true)],
    ['lpos', -3, 'readonly', KEY, lpos],
    ['lpush', -3, 'write denyoom fast', KEY, push(true, false)],
    ['lpushx', -3, 'write denyoom fast', KEY, push(true, true)],
    ['lrange', 4, 'readonly', KEY, lrange],
    ['lrem', 4, 'write', KEY, lrem],
    ['lset', 4, 'write denyoom', KEY, lset],
    ['ltrim', 4, 'write', KEY, ltrim],
    ['rpop', -2, 'write fast', KEY, pop(false)],
    ['rpoplpush', 3, 'write denyoom', [1, 2, 1], rpoplpush],
    ['rpush', -3, 'write denyoom fast', KEY, push(false, false)],
    ['rpushx', -3, 'write denyoom fast', KEY, push(false, true)],
  ],
};
