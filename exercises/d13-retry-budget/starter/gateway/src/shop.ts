import { call } from './call.ts';

const CATALOG_URL = process.env.CATALOG_URL ?? 'http://catalog:8081';
const INVENTORY_URL = process.env.INVENTORY_URL ?? 'http://inventory:8082';
const REVIEWS_URL = process.env.REVIEWS_URL ?? 'http://reviews:8083';
const ORDERS_URL = process.env.ORDERS_URL ?? 'http://orders:8084';

export interface Item {
  readonly sku: string;
  readonly name: string;
  readonly priceCents: number;
}

/** Stars from 1 to 5 and how many people gave them. */
export interface Rating {
  readonly average: number;
  readonly count: number;
}

export interface Order {
  readonly id: string;
  readonly cart: string;
  readonly status: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
}

// One function per question the gateway asks. Lists are asked for as lists: one call each, however many items.

export async function listItems(): Promise<readonly Item[]> {
  return (await call<{ items: Item[] }>(`${CATALOG_URL}/items`)).items;
}

export function getItem(sku: string): Promise<Item> {
  return call(`${CATALOG_URL}/items/${encodeURIComponent(sku)}`);
}

/** Pieces in stock by sku. */
export async function getStock(skus: readonly string[]): Promise<Readonly<Record<string, number>>> {
  return (await call<{ stock: Record<string, number> }>(`${INVENTORY_URL}/stock?skus=${list(skus)}`)).stock;
}

/** Ratings by sku; an item that nobody rated is missing. */
export async function getRatings(skus: readonly string[]): Promise<Readonly<Record<string, Rating>>> {
  return (await call<{ ratings: Record<string, Rating> }>(`${REVIEWS_URL}/ratings?skus=${list(skus)}`)).ratings;
}

export function getOrder(id: string): Promise<Order> {
  return call(`${ORDERS_URL}/orders/${encodeURIComponent(id)}`);
}

function list(skus: readonly string[]): string {
  return skus.map(encodeURIComponent).join(',');
}
