/** Hashes. */
import { int64, option, range } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { INT64_MAX, INT64_MIN, narrow, parseInt64 } from '../numbers.ts';
import { fail, MapReply, OK, type Reply, SYNTAX } from '../reply.ts';
import { HashValue } from '../values.ts';
import { drawIndexes } from './random.ts';
import { parseScan } from './scan-options.ts';
import { addable, addFloats } from './strings.ts';

const KEY = [1, 1, 1] as const;

function hashFor(call: Call, key: string): HashValue {
  const found = call.write(key, 'hash');
  if (found) return found;
  const hash = new HashValue();
  call.store(key, hash);
  return hash;
}

const hset: Handler = (call, args) => {
  if (args.length % 2 === 1) throw fail(`wrong number of arguments for '${option(args[0])}' command`);
  const hash = hashFor(call, args[1]!);
  let added = 0;
  for (let i = 2; i < args.length; i += 2) if (hash.set(args[i]!, args[i + 1]!, call.settings)) added++;
  call.changed(args[1]!, 'hset', 'h');
  call.visit(args.length / 2);
  return option(args[0]) === 'hset' ? added : OK;
};

const hsetnx: Handler = (call, [, key = '', field = '', value = '']) => {
  if (call.write(key, 'hash')?.fields.has(field)) return 0;
  hashFor(call, key).set(field, value, call.settings);
  call.changed(key, 'hset', 'h');
  return 1;
};

const hget: Handler = (call, [, key = '', field = '']) => call.read(key, 'hash')?.fields.get(field) ?? null;

const hmget: Handler = (call, args) => {
  const hash = call.read(args[1]!, 'hash');
  return args.slice(2).map((field) => hash?.fields.get(field) ?? null);
};

const hdel: Handler = (call, args) => {
  const hash = call.write(args[1]!, 'hash');
  let deleted = 0;
  for (const field of args.slice(2)) if (hash?.delete(field)) deleted++;
  if (deleted > 0) call.changed(args[1]!, 'hdel', 'h');
  return deleted;
};

const hincrby: Handler = (call, [, key = '', field = '', by = '']) => {
  const step = int64(by);
  const old = call.write(key, 'hash')?.fields.get(field);
  const value = old === undefined ? 0n : parseInt64(old);
  if (value === null) throw fail('hash value is not an integer');
  const sum = value + step;
  if (sum > INT64_MAX || sum < INT64_MIN) throw fail('increment or decrement would overflow');
  hashFor(call, key).set(field, String(sum), call.settings);
  call.changed(key, 'hincrby', 'h');
  return narrow(sum);
};

const hincrbyfloat: Handler = (call, [, key = '', field = '', by = '']) => {
  if (addable(by) === 'infinite') throw fail('value is NaN or Infinity');
  const old = call.write(key, 'hash')?.fields.get(field);
  const sum = addFloats(old ?? '0', by, fail('hash value is not a float'));
  hashFor(call, key).set(field, sum, call.settings);
  call.changed(key, 'hincrbyfloat', 'h');
  call.propagate('HSET', key, field, sum);
  return sum;
};

const hgetall: Handler = (call, [, key = '']) => {
  const hash = call.read(key, 'hash');
  call.visit((hash?.size ?? 0) * 2);
  return new MapReply(hash ? [...hash.fields.entries()].flat() : []);
};

const hkeys: Handler = (call, [, key = '']) => [...(call.read(key, 'hash')?.fields.keys() ?? [])];
const hvals: Handler = (call, [, key = '']) => [...(call.read(key, 'hash')?.fields.values() ?? [])];

const hrandfield: Handler = (call, args) => {
  const [, key = '', text, word] = args;
  if (text === undefined) {
    const hash = call.read(key, 'hash');
    return hash?.fields.randomKey(call.server.machine.random) ?? null;
  }
  const bound = Number(INT64_MAX);
  const count =
    args.length > 3
      ? range(text, -bound / 2, bound / 2, 'value is out of range')
      : range(text, -bound, bound, 'value is not an integer or out of range');
  const withValues = option(word) === 'withvalues';
  if (args.length > 4 || (args.length === 4 && !withValues)) throw SYNTAX;
  const hash = call.read(key, 'hash');
  if (!hash) return [];
  const all = [...hash.fields.entries()];
  const drawn = drawIndexes(all.length, count, call.server.machine.random).map((at) => all[at]!);
  call.visit(drawn.length);
  if (!withValues) return drawn.map(([field]) => field);
  return call.client.protocol === 3 ? drawn : drawn.flat();
};

const hscan: Handler = (call, args) => {
  const { cursor, count, matches } = parseScan(args, 2);
  const hash = call.read(args[1]!, 'hash');
  if (!hash) return ['0', []];
  const items: Reply[] = [];
  // What Redis keeps compact it returns whole, in its order.
  if (hash.isCompact) return ['0', [...hash.fields.entries()].filter(([field]) => matches(field)).flat()];
  const next = hash.fields.scan(cursor, count, (field, value) => {
    if (matches(field)) items.push(field, value);
  });
  call.visit(items.length);
  return [String(next), items];
};

export const hashes: Family = {
  group: 'hash',
  rows: [
    ['hdel', -3, 'write fast', KEY, hdel],
    [
      'hexists',
      3,
      'readonly fast',
      KEY,
      (call, [, key = '', field = '']) => Number(call.read(key, 'hash')?.fields.has(field) ?? false),
    ],
    ['hget', 3, 'readonly fast', KEY, hget],
    ['hgetall', 2, 'readonly', KEY, hgetall],
    ['hincrby', 4, 'write denyoom fast', KEY, hincrby],
    ['hincrbyfloat', 4, 'write denyoom fast', KEY, hincrbyfloat],
    ['hkeys', 2, 'readonly', KEY, hkeys],
    ['hlen', 2, 'readonly fast', KEY, (call, [, key = '']) => call.read(key, 'hash')?.size ?? 0],
    ['hmget', -3, 'readonly fast', KEY, hmget],
    ['hmset', -4, 'write denyoom fast', KEY, hset],
    ['hrandfield', -2, 'readonly', KEY, hrandfield],
    ['hscan', -3, 'readonly', KEY, hscan],
    ['hset', -4, 'write denyoom fast', KEY, hset],
    ['hsetnx', 4, 'write denyoom fast', KEY, hsetnx],
    [
      'hstrlen',
      3,
      'readonly fast',
      KEY,
      (call, [, key = '', field = '']) => call.read(key, 'hash')?.fields.get(field)?.length ?? 0,
    ],
    ['hvals', 2, 'readonly', KEY, hvals],
  ],
};
