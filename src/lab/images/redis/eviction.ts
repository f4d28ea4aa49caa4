/**
 * maxmemory: before a command, keys are evicted until the data fit. LRU, LFU and TTL are approximated as in Redis: the
 * best of a few sampled keys, remembered in a pool of 16.
 */
import type { Database, Entry } from './database.ts';
import type { RedisServer } from './redis-server.ts';

const POOL_SIZE = 16;
const FREQUENCY_MAX = 255;
const FREQUENCY_INITIAL = 5;

interface Candidate {
  readonly db: Database;
  readonly key: string;
  /** The higher, the sooner it goes. */
  readonly score: number;
}

const pools = new WeakMap<RedisServer, Candidate[]>();

/** False when memory is over the limit and nothing may go. */
export function makeRoom(server: RedisServer): boolean {
  const limit = server.settings.number('maxmemory');
  if (limit === 0 || server.usedBytes <= limit) return true;
  if (server.replication.isReplica) return true;
  const policy = server.settings.text('maxmemory-policy');
  if (policy === 'noeviction') return false;
  while (server.usedBytes > limit) {
    const victim = policy.endsWith('-random') ? randomVictim(server, policy) : bestVictim(server, policy);
    if (!victim) return false;
    victim.db.remove(victim.key);
    server.stats.evicted++;
    server.touched(victim.db, victim.key);
    server.notify('e', 'evicted', victim.key, victim.db.index);
    server.propagate(victim.db.index, ['DEL', victim.key]);
    server.burn(1);
  }
  return true;
}

function randomVictim(server: RedisServer, policy: string): { db: Database; key: string } | null {
  for (const db of server.databases) {
    const key = keysOf(db, policy).randomKey(server.machine.random);
    if (key !== null) return { db, key };
  }
  return null;
}

function bestVictim(server: RedisServer, policy: string): Candidate | null {
  const pool = pools.get(server) ?? [];
  pools.set(server, pool);
  const samples = server.settings.number('maxmemory-samples');
  for (;;) {
    let hasKeys = false;
    for (const db of server.databases) {
      const keys = keysOf(db, policy);
      if (keys.size === 0) continue;
      hasKeys = true;
      for (let i = 0; i < samples; i++) {
        const key = keys.randomKey(server.machine.random)!;
        const score = scoreOf(server, db.entry(key)!, policy);
        if (pool.some((one) => one.db === db && one.key === key)) continue;
        pool.push({ db, key, score });
      }
    }
    if (!hasKeys) return null;
    pool.sort((a, b) => b.score - a.score);
    pool.length = Math.min(pool.length, POOL_SIZE);
    // Those of the pool may have gone by themselves, or lost their time to live.
    for (let best = pool.shift(); best; best = pool.shift()) if (keysOf(best.db, policy).has(best.key)) return best;
  }
}

const keysOf = (db: Database, policy: string) => (policy.startsWith('allkeys') ? db.keys : db.volatile);

function scoreOf(server: RedisServer, entry: Entry, policy: string): number {
  if (policy.endsWith('-ttl')) return -entry.expiresAtMs;
  if (policy.endsWith('-lfu')) return FREQUENCY_MAX - frequencyOf(server, entry);
  return server.machine.nowMs() - entry.usedAtMs;
}

/** The counter of LFU after what it lost by time. */
export function frequencyOf(server: RedisServer, entry: Entry): number {
  const minutes = server.settings.number('lfu-decay-time');
  if (minutes === 0) return entry.frequency;
  const periods = Math.floor((Math.floor(server.machine.nowMs() / 60_000) - entry.decayedAtMinute) / minutes);
  return Math.max(0, entry.frequency - periods);
}

/** A use of the key: the counter grows the more seldom, the higher it is. */
export function bumpFrequency(server: RedisServer, entry: Entry): void {
  let frequency = frequencyOf(server, entry);
  const base = Math.max(0, frequency - FREQUENCY_INITIAL);
  const chance = 1 / (base * server.settings.number('lfu-log-factor') + 1);
  if (frequency < FREQUENCY_MAX && server.machine.random() < chance) frequency++;
  entry.frequency = frequency;
  entry.decayedAtMinute = Math.floor(server.machine.nowMs() / 60_000);
}
