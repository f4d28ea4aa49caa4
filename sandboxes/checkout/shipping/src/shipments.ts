import type { PoolClient } from 'pg';
import { pool } from './database.ts';
import type { Asked } from './http.ts';
import { send } from './messages.ts';

export async function ship(
  client: PoolClient,
  { orderId, country, items }: { orderId: string; country: string; items: unknown },
): Promise<void> {
  const { rowCount } = await client.query(
    `INSERT INTO shipments (order_id, country, items)
     SELECT $1, code, $3 FROM countries WHERE code = $2`,
    [orderId, country, JSON.stringify(items)],
  );
  if (rowCount === 1) await send(client, 'shipping.shipped', { orderId });
  else await send(client, 'shipping.refused', { orderId, reason: `nothing is shipped to ${country}` });
}

/** One order's shipment, or with no id how many there are. */
export async function shipments({ id }: Asked) {
  const { rows } = id
    ? await pool.query('SELECT order_id AS "orderId", country, items FROM shipments WHERE order_id::text = $1', [id])
    : await pool.query('SELECT count(*)::int AS count FROM shipments');
  return { status: 200, body: rows };
}
