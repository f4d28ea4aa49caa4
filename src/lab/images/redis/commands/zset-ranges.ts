/** Ranges of sorted sets: by rank, by score, by bytes; and ZRANGE, ZRANGESTORE and the older commands for each. */
import { int, option } from '../args.ts';
import type { Call } from '../call.ts';
import type { Handler } from '../command.ts';
import { parseDouble } from '../numbers.ts';
import { DoubleReply, fail, type Reply, SYNTAX } from '../reply.ts';
import type { Scored, SortedSet } from '../sorted-set.ts';
import { ZsetValue } from '../values.ts';
import { bounds } from './lists.ts';

export type Bounds = readonly [start: number, end: number];

/** Ranks from `start` to before `end`, of scores `min` to `max`, where `(` leaves out the bound itself. */
export function scoreRange(min: string, max: string): (set: SortedSet) => Bounds {
  const [low, high] = [bound(min), bound(max)];
  return (set) => [
    set.firstNot(({ score }) => (low.isOut ? score <= low.value : score < low.value)),
    set.firstNot(({ score }) => (high.isOut ? score < high.value : score <= high.value)),
  ];
}

function bound(text: string): { value: number; isOut: boolean } {
  const isOut = text.startsWith('(');
  const value = parseDouble(isOut ? text.slice(1) : text);
  if (value === null) throw fail('min or max is not a float');
  return { value, isOut };
}

/** The same of members with equal scores, by bytes: `[a`, `(b`, `-`, `+`. */
export function lexRange(min: string, max: string): (set: SortedSet) => Bounds {
  const [low, high] = [lexBound(min), lexBound(max)];
  return (set) => [
    set.firstNot(({ member }) => isBelow(member, low)),
    set.firstNot(({ member }) => !isAbove(member, high)),
  ];
}

type LexBound = { readonly text: string; readonly isOut: boolean } | '-' | '+';

function lexBound(text: string): LexBound {
  if (text === '-' || text === '+') return text;
  if (text[0] === '[' || text[0] === '(') return { text: text.slice(1), isOut: text[0] === '(' };
  throw fail('min or max not valid string range item');
}

const isBelow = (member: string, low: LexBound) =>
  typeof low === 'string' ? low === '+' : low.isOut ? member <= low.text : member < low.text;
const isAbove = (member: string, high: LexBound) =>
  typeof high === 'string' ? high === '-' : high.isOut ? member >= high.text : member > high.text;

export interface RangeQuery {
  by: 'rank' | 'score' | 'lex';
  isReverse: boolean;
  offset: number;
  limit: number;
  withScores: boolean;
}

/** What the query finds, in the order of the reply. */
export function select(set: SortedSet | null, query: RangeQuery, from: string, to: string): readonly Scored[] {
  const { by, isReverse } = query;
  if (by === 'rank') {
    const [a, b] = [int(from), int(to)];
    if (!set) return [];
    const [start, end] = bounds(a, b, set.size);
    if (start > end) return [];
    return isReverse ? [...set.slice(set.size - 1 - end, set.size - start)].reverse() : set.slice(start, end + 1);
  }
  const [min, max] = isReverse ? [to, from] : [from, to];
  const range = by === 'score' ? scoreRange(min, max) : lexRange(min, max);
  if (!set) return [];
  const [start, end] = range(set);
  if (start >= end || query.offset < 0) return [];
  const count = query.limit < 0 ? Infinity : query.limit;
  if (!isReverse) return set.slice(start + query.offset, Math.min(end, start + query.offset + count));
  const top = end - query.offset;
  return top <= start ? [] : [...set.slice(Math.max(start, top - count), top)].reverse();
}

/** `initial` is what the command's name says; the rest comes from words after the bounds. */
function parseQuery(
  args: readonly string[],
  at: number,
  initial: Partial<RangeQuery>,
  isOpen: boolean,
  isStore: boolean,
): RangeQuery {
  const query: RangeQuery = { by: 'rank', isReverse: false, offset: 0, limit: -1, withScores: false, ...initial };
  let hasLimit = false;
  for (let i = at; i < args.length; i++) {
    const word = option(args[i]);
    if (!isStore && word === 'withscores') query.withScores = true;
    else if (word === 'limit' && i + 2 < args.length) {
      query.offset = int(args[++i]);
      query.limit = int(args[++i]);
      hasLimit = true;
    } else if (isOpen && word === 'rev') query.isReverse = true;
    else if (isOpen && word === 'bylex') query.by = 'lex';
    else if (isOpen && word === 'byscore') query.by = 'score';
    else throw SYNTAX;
  }
  if (hasLimit && query.by === 'rank')
    throw fail('syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX');
  if (query.withScores && query.by === 'lex')
    throw fail('syntax error, WITHSCORES not supported in combination with BYLEX');
  return query;
}

export const zrange =
  (initial: Partial<RangeQuery>, isOpen = false): Handler =>
  (call, args) => {
    const query = parseQuery(args, 4, initial, isOpen, false);
    checkBounds(query, args[2]!, args[3]!);
    const found = select(call.read(args[1]!, 'zset')?.members ?? null, query, args[2]!, args[3]!);
    call.visit(found.length);
    return scored(call, found, query.withScores);
  };

/** Wrong bounds are told before the key is looked up. */
function checkBounds(query: RangeQuery, from: string, to: string): void {
  select(null, query, from, to);
}

/** Members, or members and scores: in RESP3 as pairs. */
export function scored(call: Call, found: readonly Scored[], withScores: boolean): Reply {
  if (!withScores) return found.map(({ member }) => member);
  const pairs = found.map(({ member, score }): Reply[] => [member, new DoubleReply(score)]);
  return call.client.protocol === 3 ? pairs : pairs.flat();
}

export const zrangestore: Handler = (call, args) => {
  const [, target = '', source = '', from = '', to = ''] = args;
  const query = parseQuery(args, 5, {}, true, true);
  checkBounds(query, from, to);
  const found = select(call.write(source, 'zset')?.members ?? null, query, from, to);
  call.visit(found.length);
  return storeZset(call, target, found, 'zrangestore');
};

/** The result of a command that stores a sorted set; an empty one deletes the key. */
export function storeZset(call: Call, target: string, found: readonly Scored[], event: string): number {
  if (found.length === 0) {
    call.delete(target);
    return 0;
  }
  const set = new ZsetValue();
  for (const { member, score } of found) set.set(member, score, call.settings);
  call.store(target, set);
  call.changed(target, event, 'z');
  return set.size;
}

const counter =
  (range: (min: string, max: string) => (set: SortedSet) => Bounds): Handler =>
  (call, [, key = '', min = '', max = '']) => {
    const find = range(min, max);
    const set = call.read(key, 'zset');
    if (!set) return 0;
    const [start, end] = find(set.members);
    return Math.max(0, end - start);
  };

export const zcount = counter(scoreRange);
export const zlexcount = counter(lexRange);

const remover =
  (event: string, range: (min: string, max: string) => (set: SortedSet) => Bounds): Handler =>
  (call, [, key = '', min = '', max = '']) => {
    const find = range(min, max);
    const set = call.write(key, 'zset');
    if (!set) return 0;
    const [start, end] = find(set.members);
    const found = start < end ? set.members.slice(start, end) : [];
    for (const { member } of found) set.delete(member);
    call.visit(found.length);
    if (found.length > 0) call.changed(key, event, 'z');
    return found.length;
  };

export const zremrangebyscore = remover('zremrangebyscore', scoreRange);
export const zremrangebylex = remover('zremrangebylex', lexRange);
export const zremrangebyrank = remover('zremrangebyrank', (min, max) => {
  const [a, b] = [int(min), int(max)];
  return (set) => {
    const [start, end] = bounds(a, b, set.size);
    return [start, end + 1];
  };
});
