import { getItem, getRatings, getStock, type Item, listItems, type Rating } from './shop.ts';

export interface Product extends Item {
  readonly stock: number;
  /** null when nobody rated it, or when reviews could not be asked: see `degraded`. */
  readonly rating: Rating | null;
}

/** Names what is missing on the page, so that nobody mistakes "unknown" for "none". */
export type Degraded = readonly 'reviews'[];

export async function listProducts(): Promise<{ products: readonly Product[]; degraded: Degraded }> {
  const items = await listItems();
  return compose(items);
}

export async function getProduct(sku: string): Promise<Product & { degraded: Degraded }> {
  const item = await getItem(sku);
  const { products, degraded } = await compose([item]);
  return { ...products[0]!, degraded };
}

/** A product without price or stock cannot be sold, so those must be there; one without ratings can. */
async function compose(items: readonly Item[]): Promise<{ products: readonly Product[]; degraded: Degraded }> {
  const skus = items.map((item) => item.sku);
  const [stock, ratings] = await Promise.all([getStock(skus), getRatings(skus).catch(withoutRatings)]);
  const products = items.map((item) => ({
    ...item,
    stock: stock[item.sku] ?? 0,
    rating: ratings?.[item.sku] ?? null,
  }));
  return { products, degraded: ratings === null ? ['reviews'] : [] };
}

function withoutRatings(error: unknown): null {
  console.warn(`page without ratings: ${error instanceof Error ? error.message : error}`);
  return null;
}
