import { Redis } from 'ioredis';
import type { Item } from './database.ts';

const ttlMs = Number(process.env.TTL_S ?? 30) * 1000;
const timeoutMs = Number(process.env.CACHE_TIMEOUT_MS ?? 50);

const redis = new Redis(process.env.REDIS_URL ?? 'redis://redis:6379', {
  connectTimeout: 500,
  commandTimeout: timeoutMs,
  // While there is no connection a command fails at once: asking the database is quicker than waiting for Redis.
  enableOfflineQueue: false,
  // A connection that has been silent for a second with commands open is given up, so that a Redis that hangs costs
  // timeoutMs a read for one second, and nothing after that.
  socketTimeout: 1000,
  // Never gives up. The random part keeps the workers from coming back all in the same moment.
  retryStrategy: (attempt) => Math.min(100 * 2 ** Math.min(attempt, 10), 2000) * (0.5 + Math.random() / 2),
});

// One line when it changes, not one a command. Without the first listener an error would end the process.
let isUp = false;
redis.on('error', (error) => isUp && console.warn(`cache: ${error.message}`));
redis.on('ready', () => {
  isUp = true;
  console.log('cache is up');
});
redis.on('close', () => {
  if (isUp) console.warn('cache is down, items come from the database');
  isUp = false;
});

export type Lookup =
  | { readonly state: 'hit'; readonly item: Item }
  | { readonly state: 'miss' }
  /** Nobody knows what is in the cache. */
  | { readonly state: 'down' };

/** Answers within CACHE_TIMEOUT_MS, and never throws: a cache may be slow or gone, a read may not fail by it. */
export async function getCached(id: number): Promise<Lookup> {
  try {
    const json = await redis.get(keyOf(id));
    return json === null ? { state: 'miss' } : { state: 'hit', item: JSON.parse(json) as Item };
  } catch {
    return { state: 'down' };
  }
}

/** Nobody waits for this: the answer does not depend on it. Up to 10% less than the TTL, so that items read together do not expire together. */
export function fillCache(item: Item): void {
  const lifeMs = Math.round(ttlMs * (1 - Math.random() / 10));
  redis.set(keyOf(item.id), JSON.stringify(item), 'PX', lifeMs).catch(() => {});
}

/** True when the old value is surely gone. */
export async function dropCached(id: number): Promise<boolean> {
  try {
    await redis.del(keyOf(id));
    return true;
  } catch {
    return false;
  }
}

export function cacheStatus(): 'up' | 'down' {
  return isUp ? 'up' : 'down';
}

export async function closeCache(): Promise<void> {
  redis.disconnect();
}

/** The name holds a version: one that reads another form of item must not find this one's. */
function keyOf(id: number): string {
  return `item:v1:${id}`;
}
