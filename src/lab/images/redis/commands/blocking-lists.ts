/** Lists that are waited for. What is propagated is the pop that happened, never the waiting. */
import { option, range, timeoutMs } from '../args.ts';
import type { Call } from '../call.ts';
import { countedKeys, type Family, type Handler } from '../command.ts';
import { INT64_MAX } from '../numbers.ts';
import { NIL_ARRAY, type Reply, SYNTAX } from '../reply.ts';
import { move, sideOf, take, takeSome } from './lists.ts';

const bpop =
  (atHead: boolean): Handler =>
  (call, args) => {
    const limitMs = timeoutMs(args.at(-1)!);
    const keys = args.slice(1, -1);
    const attempt = (one: Call, key: string): Reply => {
      const list = one.write(key, 'list');
      if (!list) return undefined;
      const item = take(one, key, list, atHead);
      one.propagate(atHead ? 'LPOP' : 'RPOP', key);
      return [key, item];
    };
    for (const key of keys) {
      const reply = attempt(call, key);
      if (reply !== undefined) return reply;
    }
    return call.block(keys, limitMs, attempt);
  };

const blockingMove =
  (read: (args: readonly string[]) => { fromHead: boolean; toHead: boolean; timeout: string }): Handler =>
  (call, args) => {
    const [, from = '', to = ''] = args;
    const { fromHead, toHead, timeout } = read(args);
    const limitMs = timeoutMs(timeout);
    const attempt = (one: Call, key: string): Reply => {
      const item = move(one, key, to, fromHead, toHead);
      if (item === null) return undefined;
      one.propagate('LMOVE', key, to, fromHead ? 'LEFT' : 'RIGHT', toHead ? 'LEFT' : 'RIGHT');
      return item;
    };
    const reply = attempt(call, from);
    return reply !== undefined ? reply : call.block([from], limitMs, attempt, call.canBlock ? NIL_ARRAY : null);
  };

const blmove = blockingMove(([, , , from = '', to = '', timeout = '']) => ({
  fromHead: sideOf(from),
  toHead: sideOf(to),
  timeout,
}));

const brpoplpush = blockingMove(([, , , timeout = '']) => ({ fromHead: false, toHead: true, timeout }));

/** LMPOP at index 1, BLMPOP at 2: numkeys key … LEFT|RIGHT [COUNT n]. */
const mpop =
  (isBlocking: boolean): Handler =>
  (call, args) => {
    const at = isBlocking ? 2 : 1;
    const limitMs = isBlocking ? timeoutMs(args[1]!) : 0;
    const numkeys = range(args[at]!, 1, Number(INT64_MAX), 'numkeys should be greater than 0');
    const where = args[at + 1 + numkeys];
    if (where === undefined) throw SYNTAX;
    const atHead = sideOf(where);
    let count = 1;
    const rest = args.slice(at + 2 + numkeys);
    if (rest.length > 0) {
      if (rest.length !== 2 || option(rest[0]) !== 'count') throw SYNTAX;
      count = range(rest[1]!, 1, Number(INT64_MAX), 'count should be greater than 0');
    }
    const keys = args.slice(at + 1, at + 1 + numkeys);
    const attempt = (one: Call, key: string): Reply => {
      const list = one.write(key, 'list');
      if (!list) return undefined;
      const items = takeSome(one, key, list, atHead, count);
      one.propagate(atHead ? 'LPOP' : 'RPOP', key, String(items.length));
      return [key, items];
    };
    for (const key of keys) {
      const reply = attempt(call, key);
      if (reply !== undefined) return reply;
    }
    return isBlocking ? call.block(keys, limitMs, attempt) : NIL_ARRAY;
  };

export const blockingLists: Family = {
  group: 'list',
  rows: [
    ['blmove', 6, 'write denyoom noscript blocking', [1, 2, 1], blmove],
    ['blmpop', -5, 'write blocking movablekeys', [], mpop(true), countedKeys(2)],
    ['blpop', -3, 'write noscript blocking', [1, -2, 1], bpop(true)],
    ['brpop', -3, 'write noscript blocking', [1, -2, 1], bpop(false)],
    ['brpoplpush', 4, 'write denyoom noscript blocking', [1, 2, 1], brpoplpush],
    ['lmpop', -4, 'write movablekeys', [], mpop(false), countedKeys(1)],
  ],
};
