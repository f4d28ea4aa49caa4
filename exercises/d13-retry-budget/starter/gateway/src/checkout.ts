import { call, post, UpstreamError } from './call.ts';
import type { Order } from './shop.ts';

const ORDERS_URL = process.env.ORDERS_URL ?? 'http://orders:8084';

/** Places an order. What the customer did wrong is not tried again; what we did wrong is. */
export async function placeOrder(order: unknown): Promise<Order> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(`${ORDERS_URL}/orders`, post(order));
    } catch (error) {
      const isOurFault = error instanceof UpstreamError && error.status >= 500;
      if (!isOurFault || attempt === 3) throw error;
    }
  }
}
