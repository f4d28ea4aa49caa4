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

/** The slowest healthy answer takes some 50 ms. A page that waits longer for a part goes without it. */
const waitMs = 250;

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

// Each product of the list asks for itself: 20 products, 80 calls.
export async function productsPage(): Promise<PageReply> {
  const items = (await listItems(waitMs)).slice(0, pageSize);
  const pages = await Promise.all(items.map((item) => productPage(item.sku)));
  const bodies = pages.map((page) => page.body as Product & { degraded: Degraded });
  const degraded = [...new Set(bodies.flatMap((body) => body.degraded))];
  return { status: 200, body: { products: bodies.map(({ degraded: _, ...product }) => product), degraded } };
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
