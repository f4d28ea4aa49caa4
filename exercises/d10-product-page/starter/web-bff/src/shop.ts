import { getJson } from './call.ts';

const CATALOG_URL = process.env.CATALOG_URL ?? 'http://catalog:8081';
const PRICE_URL = process.env.PRICE_URL ?? 'http://price:8085';
const INVENTORY_URL = process.env.INVENTORY_URL ?? 'http://inventory:8082';
const REVIEWS_URL = process.env.REVIEWS_URL ?? 'http://reviews:8083';

export interface Item {
  readonly sku: string;
  readonly name: string;
}

/** Stars from 1 to 5 and how many people gave them. */
export interface Rating {
  readonly average: number;
  readonly count: number;
}

type BySku<T> = Readonly<Record<string, T>>;

// What can be asked. Each takes the longest time to wait for the answer; without one it is TIMEOUT_MS.

export async function listItems(timeoutMs?: number): Promise<readonly Item[]> {
  return (await getJson<{ items: Item[] }>(`${CATALOG_URL}/items`, timeoutMs)).items;
}

/** Fails with a CallError of status 404 for an item we do not sell. */
export function getItem(sku: string, timeoutMs?: number): Promise<Item> {
  return getJson(`${CATALOG_URL}/items/${encodeURIComponent(sku)}`, timeoutMs);
}

/** Cents by sku. */
export async function getPrices(skus: readonly string[], timeoutMs?: number): Promise<BySku<number>> {
  return (await getJson<{ prices: BySku<number> }>(`${PRICE_URL}/prices?skus=${list(skus)}`, timeoutMs)).prices;
}

/** Pieces in stock by sku. */
export async function getStock(skus: readonly string[], timeoutMs?: number): Promise<BySku<number>> {
  return (await getJson<{ stock: BySku<number> }>(`${INVENTORY_URL}/stock?skus=${list(skus)}`, timeoutMs)).stock;
}

/** Ratings by sku; an item that nobody rated is missing. */
export async function getRatings(skus: readonly string[], timeoutMs?: number): Promise<BySku<Rating>> {
  return (await getJson<{ ratings: BySku<Rating> }>(`${REVIEWS_URL}/ratings?skus=${list(skus)}`, timeoutMs)).ratings;
}

function list(skus: readonly string[]): string {
  return skus.map(encodeURIComponent).join(',');
}
