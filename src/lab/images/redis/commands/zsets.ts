/** Sorted sets: members and scores one by one. */
import { float, option, positive, range } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { formatDouble, INT64_MAX } from '../numbers.ts';
import { DoubleReply, fail, type Reply, SYNTAX } from '../reply.ts';
import type { Scored } from '../sorted-set.ts';
import { ZsetValue } from '../values.ts';
import { drawIndexes } from './random.ts';
import { parseScan } from './scan-options.ts';
import {
  scored,
  zcount,
  zlexcount,
  zrange,
  zrangestore,
  zremrangebylex,
  zremrangebyrank,
  zremrangebyscore,
} from './zset-ranges.ts';

const KEY = [1, 1, 1] as const;

interface AddFlags {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
  ch: boolean;
  incr: boolean;
}

const zadd: Handler = (call, args) => {
  const flags: AddFlags = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: false };
  let at = 2;
  for (; at < args.length; at++) {
    const word = option(args[at]);
    if (!Object.hasOwn(flags, word)) break;
    flags[word as keyof AddFlags] = true;
  }
  return add(call, args[1]!, args.slice(at), flags);
};

function add(call: Call, key: string, pairs: readonly string[], flags: AddFlags): Reply {
  const { nx, xx, gt, lt, ch, incr } = flags;
  if (pairs.length === 0 || pairs.length % 2 === 1) throw SYNTAX;
  if (nx && xx) throw fail('XX and NX options at the same time are not compatible');
  if ((gt && nx) || (lt && nx) || (gt && lt))
    throw fail('GT, LT, and/or NX options at the same time are not compatible');
  if (incr && pairs.length > 2) throw fail('INCR option supports a single increment-element pair');
  const scores: number[] = [];
  for (let i = 0; i < pairs.length; i += 2) scores.push(float(pairs[i]!));
  let set = call.write(key, 'zset');
  if (!set) {
    if (xx) return incr ? null : 0;
    set = new ZsetValue();
    call.store(key, set);
  }
  let added = 0;
  let updated = 0;
  let processed = 0;
  let result = 0;
  try {
    scores.forEach((given, i) => {
      const member = pairs[i * 2 + 1]!;
      const old = set.members.score(member);
      if (old === undefined ? xx : nx) return;
      const score = incr && old !== undefined ? old + given : given;
      if (Number.isNaN(score)) throw fail('resulting score is not a number (NaN)');
      if (old !== undefined && ((gt && score <= old) || (lt && score >= old))) return;
      result = score;
      processed++;
      if (old === undefined) added++;
      else if (old !== score) updated++;
      else return;
      set.set(member, score, call.settings);
    });
  } finally {
    if (added + updated > 0) call.changed(key, incr ? 'zincr' : 'zadd', 'z');
    else if (set.size === 0) call.db.remove(key);
  }
  if (incr) return processed > 0 ? new DoubleReply(result) : null;
  return ch ? added + updated : added;
}

const zincrby: Handler = (call, [, key = '', by = '', member = '']) =>
  add(call, key, [by, member], { nx: false, xx: false, gt: false, lt: false, ch: false, incr: true });

const zrem: Handler = (call, args) => {
  const set = call.write(args[1]!, 'zset');
  let removed = 0;
  for (const member of args.slice(2)) if (set?.delete(member)) removed++;
  if (removed > 0) call.changed(args[1]!, 'zrem', 'z');
  return removed;
};

const zscore: Handler = (call, [, key = '', member = '']) => {
  const score = call.read(key, 'zset')?.members.score(member);
  return score === undefined ? null : new DoubleReply(score);
};

const zmscore: Handler = (call, args) => {
  const set = call.read(args[1]!, 'zset');
  return args.slice(2).map((member) => {
    const score = set?.members.score(member);
    return score === undefined ? null : new DoubleReply(score);
  });
};

const rank =
  (isReverse: boolean): Handler =>
  (call, [, key = '', member = '']) => {
    const set = call.read(key, 'zset');
    const found = set?.members.rank(member);
    return found === undefined ? null : isReverse ? set!.size - 1 - found : found;
  };

/** Takes the `count` lowest or highest. */
export function takeScored(call: Call, key: string, set: ZsetValue, isMax: boolean, count: number): Scored[] {
  const taken: Scored[] = [];
  while (taken.length < count && set.size > 0) {
    const one = set.members.at(isMax ? set.size - 1 : 0)!;
    set.delete(one.member);
    taken.push(one);
  }
  call.visit(taken.length);
  call.changed(key, isMax ? 'zpopmax' : 'zpopmin', 'z');
  return taken;
}

const pop =
  (isMax: boolean): Handler =>
  (call, args) => {
    if (args.length > 3) throw SYNTAX;
    const [, key = '', text] = args;
    const count = text === undefined ? null : positive(text);
    const set = call.write(key, 'zset');
    if (!set || count === 0) return [];
    const taken = takeScored(call, key, set, isMax, count ?? 1);
    // Without a count RESP3 has one flat pair, too.
    if (count === null) return [taken[0]!.member, new DoubleReply(taken[0]!.score)];
    return scored(call, taken, true);
  };

const zrandmember: Handler = (call, args) => {
  const [, key = '', text, word] = args;
  const { random } = call.server.machine;
  if (text === undefined) return call.read(key, 'zset')?.members.randomMember(random)?.member ?? null;
  const bound = Number(INT64_MAX);
  const withScores = option(word) === 'withscores';
  const count = withScores
    ? range(text, -bound / 2, bound / 2, 'value is out of range')
    : range(text, -bound, bound, 'value is not an integer or out of range');
  if (args.length > 4 || (args.length === 4 && !withScores)) throw SYNTAX;
  const set = call.read(key, 'zset');
  const drawn = drawIndexes(set?.size ?? 0, count, random).map((at) => set!.members.at(at)!);
  call.visit(drawn.length);
  return scored(call, drawn, withScores);
};

const zscan: Handler = (call, args) => {
  const { cursor, count, matches } = parseScan(args, 2);
  const set = call.read(args[1]!, 'zset');
  if (!set) return ['0', []];
  const items: string[] = [];
  const visit = ({ member, score }: Scored) => {
    if (matches(member)) items.push(member, formatDouble(score));
  };
  call.visit(items.length);
  if (!set.isCompact) return [String(set.members.scan(cursor, count, visit)), items];
  set.members.slice(0, set.size).forEach(visit);
  return ['0', items];
};

export const zsets: Family = {
  group: 'sorted_set',
  rows: [
    ['zadd', -4, 'write denyoom fast', KEY, zadd],
    ['zcard', 2, 'readonly fast', KEY, (call, [, key = '']) => call.read(key, 'zset')?.size ?? 0],
    ['zcount', 4, 'readonly fast', KEY, zcount],
    ['zincrby', 4, 'write denyoom fast', KEY, zincrby],
    ['zlexcount', 4, 'readonly fast', KEY, zlexcount],
    ['zmscore', -3, 'readonly fast', KEY, zmscore],
    ['zpopmax', -2, 'write fast', KEY, pop(true)],
    ['zpopmin', -2, 'write fast', KEY, pop(false)],
    ['zrandmember', -2, 'readonly', KEY, zrandmember],
    ['zrange', -4, 'readonly', KEY, zrange({}, true)],
    ['zrangebylex', -4, 'readonly', KEY, zrange({ by: 'lex' })],
    ['zrangebyscore', -4, 'readonly', KEY, zrange({ by: 'score' })],
    ['zrangestore', -5, 'write denyoom', [1, 2, 1], zrangestore],
    ['zrank', 3, 'readonly fast', KEY, rank(false)],
    ['zrem', -3, 'write fast', KEY, zrem],
    ['zremrangebylex', 4, 'write', KEY, zremrangebylex],
    ['zremrangebyrank', 4, 'write', KEY, zremrangebyrank],
    ['zremrangebyscore', 4, 'write', KEY, zremrangebyscore],
    ['zrevrange', -4, 'readonly', KEY, zrange({ isReverse: true })],
    ['zrevrangebylex', -4, 'readonly', KEY, zrange({ by: 'lex', isReverse: true })],
    ['zrevrangebyscore', -4, 'readonly', KEY, zrange({ by: 'score', isReverse: true })],
    ['zrevrank', 3, 'readonly fast', KEY, rank(true)],
    ['zscan', -3, 'readonly', KEY, zscan],
    ['zscore', 3, 'readonly fast', KEY, zscore],
  ],
};
