import type { PoolClient } from 'pg';
import type { Handler } from './messages.ts';
import { ask, changed, type Order } from './orders.ts';

interface Step {
  readonly from: Order['status'];
  readonly to: Order['status'];
  /** What is asked for next; none at the end. */
  readonly ask?: string;
}

/**
 * An order's way. Its place is the column `status`, so a restart forgets nothing. Each step waits for its answer however
 * long that takes: giving up early would refund a charge that is yet to come.
 */
const STEPS: Readonly<Record<string, Step>> = {
  'inventory.reserved': { from: 'PENDING', to: 'RESERVED', ask: 'payment.charge' },
  'payment.charged': { from: 'RESERVED', to: 'PAID', ask: 'shipping.ship' },
  'shipping.shipped': { from: 'PAID', to: 'CONFIRMED' },
  // And back: what was done last is undone first.
  'shipping.refused': { from: 'PAID', to: 'REFUNDING', ask: 'payment.refund' },
  'payment.refunded': { from: 'REFUNDING', to: 'RELEASING', ask: 'inventory.release' },
  'payment.refused': { from: 'RESERVED', to: 'RELEASING', ask: 'inventory.release' },
  'inventory.released': { from: 'RELEASING', to: 'CANCELLED' },
  'inventory.refused': { from: 'PENDING', to: 'CANCELLED' },
};

export const handlers: Readonly<Record<string, Handler>> = Object.fromEntries(
  Object.entries(STEPS).map(([type, step]) => [
    type,
    (client: PoolClient, body: { orderId: string; reason?: string }) => advance(client, step, body),
  ]),
);

async function advance(client: PoolClient, step: Step, body: { orderId: string; reason?: string }): Promise<void> {
  const { rows } = await client.query<Order>(
    `UPDATE orders SET status = $3, version = version + 1, reason = coalesce(reason, $4)
     WHERE id = $1 AND status = $2
     RETURNING id, customer, country, items, total_cents AS "totalCents", status, reason, version`,
    [body.orderId, step.from, step.to, body.reason ?? null],
  );
  const order = rows[0];
  // The inbox has stopped repetitions, so this answer is to a question that nobody asked.
  if (!order) throw new TypeError(`order ${body.orderId} is not ${step.from}`);
  if (step.ask) await ask(client, step.ask, order);
  await changed(client, order);
}
