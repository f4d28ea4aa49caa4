import { fieldsOf, listOf, numberOf, textOf } from '../../session/shape.ts';
import type { Exec } from '../watch.ts';

export interface RedisKey {
  readonly key: string;
  readonly db: number;
  readonly type: string;
  /** -1: never. */
  readonly ttlMs: number;
  readonly bytes: number;
  /** The beginning of a string; null for other types. */
  readonly text: string | null;
}

export interface RedisSnapshot {
  /** How many keys fit the pattern; `keys` are the first of them. */
  readonly total: number;
  readonly keys: readonly RedisKey[];
}

const KEYS_SHOWN = 200;

export async function readRedis(exec: Exec, pattern: string): Promise<RedisSnapshot> {
  const { total, keys } = fieldsOf((await exec('lab-keys', pattern, String(KEYS_SHOWN))).value);
  return {
    total: numberOf(total),
    keys: listOf(keys)
      .slice(0, KEYS_SHOWN)
      .map(fieldsOf)
      .map(({ key, db, type, ttlMs, bytes, text }) => ({
        key: textOf(key),
        db: numberOf(db),
        type: textOf(type),
        ttlMs: numberOf(ttlMs),
        bytes: numberOf(bytes),
        text: typeof text === 'string' ? text : null,
      })),
  };
}

/** What one types to see a key: the command by its type. */
export function valueCommand({ key, db, type }: RedisKey): readonly string[] {
  const commands: Readonly<Record<string, readonly string[]>> = {
    string: ['GET', key],
    hash: ['HGETALL', key],
    list: ['LRANGE', key, '0', '99'],
    set: ['SMEMBERS', key],
    zset: ['ZRANGE', key, '0', '99', 'WITHSCORES'],
    stream: ['XRANGE', key, '-', '+', 'COUNT', '50'],
  };
  return ['redis-cli', '--no-raw', '-n', String(db), ...(commands[type] ?? ['TYPE', key])];
}
