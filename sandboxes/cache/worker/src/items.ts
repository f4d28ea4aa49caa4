import { dropCached, fillCache, getCached } from './cache.ts';
import { type Change, type Item, selectItem, updateItem } from './database.ts';

export interface Read {
  readonly item: Item | null;
  readonly from: 'cache' | 'database';
}

/** Reads that are under way, by id. */
const flights = new Map<number, Promise<Read>>();

/**
 * Cache first, then the database. Whoever asks for an item that is being read waits for that read: when a popular item
 * expires, each worker asks the database once, however many are waiting.
 */
export function readItem(id: number): Promise<Read> {
  const flying = flights.get(id);
  if (flying) return flying;
  const flight = read(id).finally(() => {
    if (flights.get(id) === flight) flights.delete(id);
  });
  flights.set(id, flight);
  return flight;
}

async function read(id: number): Promise<Read> {
  const cached = await getCached(id);
  if (cached.state === 'hit') return { item: cached.item, from: 'cache' };
  const item = await selectItem(id);
  // What does not exist is not kept: it would have to be dropped when it comes to exist.
  if (item && cached.state === 'miss') fillCache(item);
  return { item, from: 'database' };
}

/**
 * The database is the truth, so it is written first; then the cached copy goes. A read that took the old row just before
 * may still put it back just after: TTL_S is how long that can last.
 */
export async function changeItem(id: number, change: Change): Promise<Item | null> {
  const item = await updateItem(id, change);
  if (item === null) return null;
  // A read that began before the write must not be the answer to one that begins after it.
  flights.delete(id);
  if (!(await dropCached(id))) console.warn(`item ${id} may be stale until its TTL ends: the cache did not drop it`);
  return item;
}

/** Null when the text is not a change of an item. */
export function parseChange(text: string): Change | null {
  try {
    const { name, priceCents } = JSON.parse(text) as Partial<Change>;
    if (typeof name !== 'string' || name.length < 1 || name.length > 200) return null;
    // The column is an integer of 32 bits.
    if (!Number.isInteger(priceCents) || priceCents! < 0 || priceCents! > 2_147_483_647) return null;
    return { name, priceCents: priceCents! };
  } catch {
    return null;
  }
}
