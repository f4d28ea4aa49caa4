import { call, post } from './call.ts';
import type { Order } from './shop.ts';

const ORDERS_URL = process.env.ORDERS_URL ?? 'http://orders:8084';

export function placeOrder(order: unknown): Promise<Order> {
  return call(`${ORDERS_URL}/orders`, post(order));
}
