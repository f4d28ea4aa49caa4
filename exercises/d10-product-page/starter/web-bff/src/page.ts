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

export async function productPage(sku: string): Promise<PageReply> {
  const item = await getItem(sku);
  const prices = await getPrices([sku]);
  const stock = await getStock([sku]);
  const ratings = await getRatings([sku]);
  const degraded: Degraded = [];
  const product = toProduct(item, prices, stock, ratings);
  return { status: 200, body: { ...product, degraded } };
}

export async function productsPage(): Promise<PageReply> {
  const items = (await listItems()).slice(0, pageSize);
  const skus = items.map((item) => item.sku);
  const prices = await getPrices(skus);
  const stock = await getStock(skus);
  const ratings = await getRatings(skus);
  const degraded: Degraded = [];
  return { status: 200, body: { products: items.map((item) => toProduct(item, prices, stock, ratings)), degraded } };
}

function toProduct(
  item: Item,
  prices: Readonly<Record<string, number>>,
  stock: Readonly<Record<string, number>>,
  ratings: Readonly<Record<string, Rating>>,
): Product {
  const { sku, name } = item;
  return { sku, name, priceCents: prices[sku]!, stock: stock[sku] ?? 0, rating: ratings[sku] ?? null };
}
