import { CallError } from './call.ts';
import { getItem, getPrices, getRatings, getStock, type Item, listItems, type Rating } from './shop.ts';

export interface Product extends Item {
  readonly priceCents: number;
  /** null when inventory could not be asked. */
  readonly stock: number | null;
  /** null when nobody rated it, or when reviews could not be asked. */
  readonly rating: Rating | null;
}

/** Names what is missing on a page, so that nobody mistakes "unknown" for "none". */
export type Degraded = readonly ('stock' | 'reviews')[];

export interface PageReply {
  readonly status: number;
  readonly body: unknown;
}

/** One page of the list has this many products. */
const pageSize = 20;

// Asked at once, and a page may go without reviews, but it waits as long as the default says: 2 s.
const waitMs = undefined;

export async function productPage(sku: string): Promise<PageReply> {
  // Nothing here needs an answer of the others, so all are asked at once.
  const [item, prices, stock, ratings] = await Promise.all([
    getItem(sku, waitMs),
    getPrices([sku], waitMs),
    getStock([sku], waitMs).catch(unknown),
    getRatings([sku], waitMs).catch(unknown),
  ]);
  return { status: 200, body: { ...toProduct(item, prices, stock, ratings), degraded: missing(stock, ratings) } };
}

export async function productsPage(): Promise<PageReply> {
  const items = (await listItems(waitMs)).slice(0, pageSize);
  const skus = items.map((item) => item.sku);
  const [prices, stock, ratings] = await Promise.all([
    getPrices(skus, waitMs),
    getStock(skus, waitMs).catch(unknown),
    getRatings(skus, waitMs).catch(unknown),
  ]);
  const products = items.map((item) => toProduct(item, prices, stock, ratings));
  return { status: 200, body: { products, degraded: missing(stock, ratings) } };
}

type BySku<T> = Readonly<Record<string, T>>;

/** Without a price there is no offer: that error goes through, and the page is 503. */
function toProduct(
  { sku, name }: Item,
  prices: BySku<number>,
  stock: BySku<number> | null,
  ratings: BySku<Rating> | null,
): Product {
  const priceCents = prices[sku];
  if (priceCents === undefined) throw new CallError(0, `no price for ${sku}`);
  return { sku, name, priceCents, stock: stock && (stock[sku] ?? 0), rating: ratings?.[sku] ?? null };
}

function missing(stock: unknown, ratings: unknown): Degraded {
  return [...(stock === null ? (['stock'] as const) : []), ...(ratings === null ? (['reviews'] as const) : [])];
}

function unknown(error: unknown): null {
  console.warn(`page with a gap: ${error instanceof Error ? error.message : error}`);
  return null;
}
