/** Times to live: what has expired is deleted when it is looked up, and by a sample of keys ten times a second. */
import type { Database, Entry } from './database.ts';
import type { RedisServer } from './redis-server.ts';

/** As `ACTIVE_EXPIRE_CYCLE_KEYS_PER_LOOP`, and the share of stale keys (%) at which a cycle is content. */
const KEYS_PER_LOOP = 20;
const STALE_PERCENT_OK = 10;
/** A cycle may take a quarter of the CPU: about so many loops of 20 keys. */
const LOOPS_MAX = 500;

export function isExpired(server: RedisServer, entry: Entry): boolean {
  // To a master's commands nothing has expired that it has not said so of.
  if (entry.expiresAtMs < 0 || server.isLoading || server.isFromMaster) return false;
  // Within a command the time stands still, so a key cannot expire half-way through a script.
  return server.nowOfCommandMs() > entry.expiresAtMs;
}

const cursors = new WeakMap<Database, number>();

/** The cycle that Redis runs 10 times a second. Returns how many keys it looked at. */
export function expireSome(server: RedisServer): number {
  const nowMs = server.machine.wallMs();
  let looked = 0;
  for (const db of server.databases) {
    for (let loop = 0; loop < LOOPS_MAX && db.volatile.size > 0; loop++) {
      const stale: string[] = [];
      let seen = 0;
      const cursor = db.volatile.scan(cursors.get(db) ?? 0, KEYS_PER_LOOP, (key, expiresAtMs) => {
        seen++;
        if (nowMs > expiresAtMs) stale.push(key);
      });
      cursors.set(db, cursor);
      for (const key of stale) server.expire(db, key);
      looked += seen;
      if (stale.length * 100 <= seen * STALE_PERCENT_OK) break;
    }
  }
  return looked;
}
