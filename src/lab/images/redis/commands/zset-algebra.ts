/** Unions, intersections and differences of sorted sets, and pops that wait. */
import { float, int, option, range, timeoutMs } from '../args.ts';
import type { Call } from '../call.ts';
import { countedKeys, type Family, type Handler } from '../command.ts';
import { INT64_MAX } from '../numbers.ts';
import { DoubleReply, fail, NIL_ARRAY, type Reply, SYNTAX, WRONG_TYPE } from '../reply.ts';
import type { Scored } from '../sorted-set.ts';
import { scored, storeZset } from './zset-ranges.ts';
import { takeScored } from './zsets.ts';

type Operation = 'union' | 'inter' | 'diff';

interface Query {
  readonly keys: readonly string[];
  readonly weights: readonly number[];
  readonly aggregate: string;
  readonly withScores: boolean;
  readonly limit: number;
}

function parse(args: readonly string[], at: number, operation: Operation, isStore: boolean, isCard: boolean): Query {
  const name = option(args[0]);
  const numkeys = int(args[at]);
  if (numkeys < 1) throw fail(`at least 1 input key is needed for '${name}' command`);
  if (numkeys > args.length - at - 1) throw SYNTAX;
  const keys = args.slice(at + 1, at + 1 + numkeys);
  let weights = keys.map(() => 1);
  let aggregate = 'sum';
  let withScores = false;
  let limit = 0;
  for (let i = at + 1 + numkeys; i < args.length; i++) {
    const word = option(args[i]);
    const left = args.length - i - 1;
    if (word === 'weights' && operation !== 'diff' && !isCard && left >= numkeys) {
      weights = args.slice(i + 1, i + 1 + numkeys).map((text) => float(text, fail('weight value is not a float')));
      i += numkeys;
    } else if (word === 'aggregate' && operation !== 'diff' && !isCard && left >= 1) {
      aggregate = option(args[++i]);
      if (!['sum', 'min', 'max'].includes(aggregate)) throw SYNTAX;
    } else if (word === 'withscores' && !isStore && !isCard) withScores = true;
    else if (word === 'limit' && isCard && left >= 1) {
      limit = int(args[++i]);
      if (limit < 0) throw fail("LIMIT can't be negative");
    } else throw SYNTAX;
  }
  return { keys, weights, aggregate, withScores, limit };
}

/** Members with scores of a sorted set, or of a set with 1 each. */
function sourceOf(call: Call, key: string): Map<string, number> {
  const value = call.readAny(key);
  if (value === null) return new Map();
  if (value.kind === 'set') return new Map(value.list().map((member) => [member, 1]));
  if (value.kind === 'zset')
    return new Map(value.members.slice(0, value.size).map(({ member, score }) => [member, score]));
  throw WRONG_TYPE;
}

function compute(call: Call, operation: Operation, { keys, weights, aggregate }: Query): Scored[] {
  const sources = keys.map((key) => sourceOf(call, key));
  call.visit(sources.reduce((sum, { size }) => sum + size, 0) * 2);
  const weighted = (source: number, score: number) => {
    const value = weights[source]! * score;
    return Number.isNaN(value) ? 0 : value;
  };
  const join = (a: number, b: number) => {
    if (aggregate === 'min') return Math.min(a, b);
    if (aggregate === 'max') return Math.max(a, b);
    // +inf and −inf make 0, as in Redis.
    return Number.isNaN(a + b) ? 0 : a + b;
  };
  const scores = new Map<string, number>();
  if (operation === 'union') {
    sources.forEach((source, i) => {
      for (const [member, score] of source) {
        const old = scores.get(member);
        scores.set(member, old === undefined ? weighted(i, score) : join(old, weighted(i, score)));
      }
    });
  } else {
    const [first = new Map<string, number>(), ...others] = sources;
    for (const [member, score] of first) {
      if (operation === 'diff') {
        if (!others.some((other) => other.has(member))) scores.set(member, score);
      } else if (others.every((other) => other.has(member)))
        scores.set(
          member,
          others.reduce((sum, other, i) => join(sum, weighted(i + 1, other.get(member)!)), weighted(0, score)),
        );
    }
  }
  return [...scores]
    .map(([member, score]) => ({ member, score }))
    .sort((a, b) => a.score - b.score || (a.member < b.member ? -1 : a.member > b.member ? 1 : 0));
}

const shown =
  (operation: Operation): Handler =>
  (call, args) => {
    const query = parse(args, 1, operation, false, false);
    return scored(call, compute(call, operation, query), query.withScores);
  };

const stored =
  (operation: Operation): Handler =>
  (call, args) => {
    const query = parse(args, 2, operation, true, false);
    return storeZset(call, args[1]!, compute(call, operation, query), `z${operation}store`);
  };

const zintercard: Handler = (call, args) => {
  const query = parse(args, 1, 'inter', false, true);
  const { length } = compute(call, 'inter', query);
  return query.limit > 0 ? Math.min(query.limit, length) : length;
};

const bzpop =
  (isMax: boolean): Handler =>
  (call, args) => {
    const limitMs = timeoutMs(args.at(-1)!);
    const keys = args.slice(1, -1);
    const attempt = (one: Call, key: string): Reply => {
      const set = one.write(key, 'zset');
      if (!set) return undefined;
      const [taken] = takeScored(one, key, set, isMax, 1);
      one.propagate(isMax ? 'ZPOPMAX' : 'ZPOPMIN', key);
      return [key, taken!.member, new DoubleReply(taken!.score)];
    };
    for (const key of keys) {
      const reply = attempt(call, key);
      if (reply !== undefined) return reply;
    }
    return call.block(keys, limitMs, attempt);
  };

const zmpop =
  (isBlocking: boolean): Handler =>
  (call, args) => {
    const at = isBlocking ? 2 : 1;
    const limitMs = isBlocking ? timeoutMs(args[1]!) : 0;
    const numkeys = range(args[at]!, 1, Number(INT64_MAX), 'numkeys should be greater than 0');
    const where = option(args[at + 1 + numkeys]);
    if (where !== 'min' && where !== 'max') throw SYNTAX;
    const isMax = where === 'max';
    let count = 1;
    const rest = args.slice(at + 2 + numkeys);
    if (rest.length > 0) {
      if (rest.length !== 2 || option(rest[0]) !== 'count') throw SYNTAX;
      count = range(rest[1]!, 1, Number(INT64_MAX), 'count should be greater than 0');
    }
    const keys = args.slice(at + 1, at + 1 + numkeys);
    const attempt = (one: Call, key: string): Reply => {
      const set = one.write(key, 'zset');
      if (!set) return undefined;
      const taken = takeScored(one, key, set, isMax, count);
      one.propagate(isMax ? 'ZPOPMAX' : 'ZPOPMIN', key, String(taken.length));
      return [key, taken.map(({ member, score }) => [member, new DoubleReply(score)])];
    };
    for (const key of keys) {
      const reply = attempt(call, key);
      if (reply !== undefined) return reply;
    }
    return isBlocking ? call.block(keys, limitMs, attempt) : NIL_ARRAY;
  };

export const zsetAlgebra: Family = {
  group: 'sorted_set',
  rows: [
    ['bzmpop', -5, 'write blocking movablekeys', [], zmpop(true), countedKeys(2)],
    ['bzpopmax', -3, 'write noscript blocking fast', [1, -2, 1], bzpop(true)],
    ['bzpopmin', -3, 'write noscript blocking fast', [1, -2, 1], bzpop(false)],
    ['zdiff', -3, 'readonly movablekeys', [], shown('diff'), countedKeys(1)],
    ['zdiffstore', -4, 'write denyoom movablekeys', [1, 1, 1], stored('diff'), countedKeys(2, [1])],
    ['zinter', -3, 'readonly movablekeys', [], shown('inter'), countedKeys(1)],
    ['zintercard', -3, 'readonly movablekeys', [], zintercard, countedKeys(1)],
    ['zinterstore', -4, 'write denyoom movablekeys', [1, 1, 1], stored('inter'), countedKeys(2, [1])],
    ['zmpop', -4, 'write movablekeys', [], zmpop(false), countedKeys(1)],
    ['zunion', -3, 'readonly movablekeys', [], shown('union'), countedKeys(1)],
    ['zunionstore', -4, 'write denyoom movablekeys', [1, 1, 1], stored('union'), countedKeys(2, [1])],
  ],
};
