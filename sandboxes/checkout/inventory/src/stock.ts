import type { PoolClient } from 'pg';
import { pool } from './database.ts';
import { send } from './messages.ts';

interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** All items or none. */
export async function reserve(client: PoolClient, body: { orderId: string; items: Line[] }): Promise<void> {
  const { orderId, items } = body;
  await client.query('SAVEPOINT stock');
  // Sorted: two orders for the same items lock the rows in the same order, so that neither waits for the other in a ring.
  for (const { sku, quantity } of items.toSorted((a, b) => (a.sku < b.sku ? -1 : 1))) {
    // Question and change in one statement: between the two nobody else can take the last piece.
    const { rowCount } = await client.query(
      'UPDATE stock SET available = available - $2 WHERE sku = $1 AND available >= $2',
      [sku, quantity],
    );
    if (rowCount === 1) continue;
    await client.query('ROLLBACK TO SAVEPOINT stock');
    return send(client, 'inventory.refused', { orderId, reason: `${sku} is sold out` });
  }
  await client.query("INSERT INTO reservations (order_id, items, state) VALUES ($1, $2, 'reserved')", [
    orderId,
    JSON.stringify(items),
  ]);
  await send(client, 'inventory.reserved', { orderId });
}

export async function release(client: PoolClient, { orderId }: { orderId: string }): Promise<void> {
  const { rows } = await client.query<{ items: Line[] }>(
    "UPDATE reservations SET state = 'released' WHERE order_id = $1 AND state = 'reserved' RETURNING items",
    [orderId],
  );
  for (const { sku, quantity } of rows[0]?.items.toSorted((a, b) => (a.sku < b.sku ? -1 : 1)) ?? []) {
    await client.query('UPDATE stock SET available = available + $2 WHERE sku = $1', [sku, quantity]);
  }
  await send(client, 'inventory.released', { orderId });
}

export async function stock() {
  const { rows } = await pool.query<{ sku: string; available: number }>(
    'SELECT sku, available FROM stock ORDER BY sku',
  );
  return { status: 200, body: rows };
}
