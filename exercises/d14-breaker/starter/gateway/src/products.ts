import { getItem, getRatings, getStock, type Item, listItems, type Rating } from './shop.ts';
import { stockOf } from './stock.ts';

export interface Product extends Item {
  /** null when inventory could not be asked: see `degraded`. */
  readonly stock: number | null;
  /** null when nobody rated it, or when reviews could not be asked: see `degraded`. */
  readonly rating: Rating | null;
}

/** Names what is missing on the page, so that nobody mistakes "unknown" for "none". */
export type Degraded = readonly ('reviews' | 'stock')[];

export async function listProducts(): Promise<{ products: readonly Product[]; degraded: Degraded }> {
  const items = await listItems();
  const skus = items.map((item) => item.sku);
  const [stock, ratings] = await Promise.all([getStock(skus), getRatings(skus).catch(withoutRatings)]);
  const products = items.map((item) => ({
    ...item,
    stock: stock[item.sku] ?? 0,
    rating: ratings?.[item.sku] ?? null,
  }));
  return { products, degraded: ratings === null ? ['reviews'] : [] };
}

export async function getProduct(sku: string): Promise<Product & { degraded: Degraded }> {
  const item = await getItem(sku);
  const [stock, ratings] = await Promise.all([stockOf(sku), getRatings([sku]).catch(withoutRatings)]);
  const degraded: ('reviews' | 'stock')[] = [];
  if (stock === null) degraded.push('stock');
  if (ratings === null) degraded.push('reviews');
  return { ...item, stock, rating: ratings?.[sku] ?? null, degraded };
}

function withoutRatings(error: unknown): null {
  console.warn(`page without ratings: ${error instanceof Error ? error.message : error}`);
  return null;
}
