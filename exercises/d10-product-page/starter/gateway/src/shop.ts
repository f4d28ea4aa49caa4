import { call, post } from './call.ts';

const ORDERS_URL = process.env.ORDERS_URL ?? 'http://orders:8084';

export interface Order {
  readonly id: string;
  readonly status: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
}

export function createOrder(order: unknown): Promise<Order> {
  return call(`${ORDERS_URL}/orders`, post(order));
}

export function getOrder(id: string): Promise<Order> {
  return call(`${ORDERS_URL}/orders/${encodeURIComponent(id)}`);
}
