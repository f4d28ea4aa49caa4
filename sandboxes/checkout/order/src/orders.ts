import type { PoolClient } from 'pg';
import { pool, transaction } from './database.ts';
import { send, wakeRelay } from './messages.ts';

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export interface Wish {
  readonly customer: string;
  /** Where to, as "CN". */
  readonly country: string;
  readonly items: readonly Line[];
}

export interface Order extends Wish {
  readonly id: string;
  readonly totalCents: number;
  readonly status: 'PENDING' | 'RESERVED' | 'PAID' | 'REFUNDING' | 'RELEASING' | 'CONFIRMED' | 'CANCELLED';
  readonly reason: string | null;
  /** 1 at first; each change adds one. */
  readonly version: number;
}

export type Placed =
  | { readonly state: 'placed' | 'repeated'; readonly order: Order }
  | { readonly state: 'other-wish' }
  | { readonly state: 'unknown-sku' };

const COLUMNS = 'id, customer, country, items, total_cents AS "totalCents", status, reason, version';

/**
 * Order, its key and its first messages in one transaction. A twin under the same key waits at the unique index until
 * the first has committed, and then finds its order.
 */
export async function place(key: string, { customer, country, items }: Wish): Promise<Placed> {
  const placed = await transaction(async (client): Promise<Placed> => {
    const { rows: prices } = await client.query<{ sku: string; cents: number }>(
      'SELECT sku, cents FROM prices WHERE sku = ANY($1)',
      [items.map(({ sku }) => sku)],
    );
    const centsOf = new Map(prices.map(({ sku, cents }) => [sku, cents]));
    if (items.some(({ sku }) => !centsOf.has(sku))) return { state: 'unknown-sku' };
    const totalCents = items.reduce((sum, { sku, quantity }) => sum + centsOf.get(sku)! * quantity, 0);

    const { rows } = await client.query<Order>(
      `INSERT INTO orders (customer, idempotency_key, country, items, total_cents) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (customer, idempotency_key) DO NOTHING RETURNING ${COLUMNS}`,
      [customer, key, country, JSON.stringify(items), totalCents],
    );
    const order = rows[0];
    if (!order) {
      const { rows: earlier } = await client.query<Order & { same: boolean }>(
        `SELECT ${COLUMNS}, country = $3 AND items = $4::jsonb AS same FROM orders
         WHERE customer = $1 AND idempotency_key = $2`,
        [customer, key, country, JSON.stringify(items)],
      );
      return earlier[0]!.same ? { state: 'repeated', order: earlier[0]! } : { state: 'other-wish' };
    }
    await ask(client, 'inventory.reserve', order);
    await changed(client, order);
    return { state: 'placed', order };
  });
  if (placed.state === 'placed') wakeRelay();
  return placed;
}

/** Null when there is none. */
export async function find(id: string): Promise<Order | null> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return null;
  const { rows } = await pool.query<Order>(`SELECT ${COLUMNS} FROM orders WHERE id = $1`, [id]);
  return rows[0] ?? null;
}

/** Asks another service for the next step; its answer is a message too. */
export async function ask(client: PoolClient, type: string, order: Order): Promise<void> {
  const { id: orderId, customer, country, items, totalCents } = order;
  await send(client, type, { orderId, customer, country, items, totalCents });
}

/** Tells whoever keeps a view. The message holds all of the order, so that a view may take it in any order. */
export async function changed(client: PoolClient, order: Order): Promise<void> {
  await send(client, 'order.changed', { orderId: order.id, ...order });
}

/** The log: news of orders after the number `after`, oldest first. */
export async function news(after: number, max: number): Promise<{ number: number; order: Order }[]> {
  const { rows } = await pool.query<{ id: string; body: Order }>(
    "SELECT id, body FROM outbox WHERE type = 'order.changed' AND id > $1 ORDER BY id LIMIT $2",
    [after, max],
  );
  return rows.map(({ id, body }) => ({ number: Number(id), order: body }));
}
