import type { PoolClient } from 'pg';
import { pool } from './database.ts';
import type { Asked } from './http.ts';
import { send } from './messages.ts';

export async function charge(
  client: PoolClient,
  { orderId, customer, totalCents }: { orderId: string; customer: string; totalCents: number },
): Promise<void> {
  const { rowCount } = await client.query(
    'UPDATE cards SET credit_cents = credit_cents - $2 WHERE customer = $1 AND credit_cents >= $2',
    [customer, totalCents],
  );
  if (rowCount !== 1) return send(client, 'payment.refused', { orderId, reason: 'the card was declined' });
  // A second charge of the same order would break the primary key, and nothing of it would be kept.
  await client.query("INSERT INTO charges (order_id, customer, cents, state) VALUES ($1, $2, $3, 'charged')", [
    orderId,
    customer,
    totalCents,
  ]);
  await send(client, 'payment.charged', { orderId });
}

export async function refund(client: PoolClient, { orderId }: { orderId: string }): Promise<void> {
  const { rows } = await client.query<{ customer: string; cents: number }>(
    "UPDATE charges SET state = 'refunded' WHERE order_id = $1 AND state = 'charged' RETURNING customer, cents",
    [orderId],
  );
  for (const { customer, cents } of rows) {
    await client.query('UPDATE cards SET credit_cents = credit_cents + $2 WHERE customer = $1', [customer, cents]);
  }
  await send(client, 'payment.refunded', { orderId });
}

/** One order's charge, or with no id how many there are and of how much. */
export async function charges({ id }: Asked) {
  const { rows } = id
    ? await pool.query('SELECT order_id AS "orderId", customer, cents, state FROM charges WHERE order_id::text = $1', [
        id,
      ])
    : await pool.query(
        'SELECT state, count(*)::int AS count, sum(cents)::int AS cents FROM charges GROUP BY state ORDER BY state',
      );
  return { status: 200, body: rows };
}
