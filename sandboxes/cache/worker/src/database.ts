import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';

const timeoutMs = Number(process.env.DB_TIMEOUT_MS ?? 300);

export interface Item {
  readonly id: number;
  readonly name: string;
  readonly priceCents: number;
  /** 1 at first; each write adds one. */
  readonly version: number;
}

export type Change = Pick<Item, 'name' | 'priceCents'>;

/** No usable answer from the database. */
export class DatabaseError extends Error {}

const pool = new Pool({
  // Three workers: 30 of the server's 100 connections. More would wait for the same disk.
  max: 10,
  // For a free connection or a new one.
  connectionTimeoutMillis: timeoutMs,
  // Ours ends the waiting, the server's ends the work.
  query_timeout: timeoutMs,
  statement_timeout: timeoutMs,
});
// An idle connection that breaks is replaced when it is needed; without a listener it would end the process.
pool.on('error', (error) => console.warn(`database: idle connection lost: ${error.message}`));

const COLUMNS = 'id, name, price_cents AS "priceCents", version';

/** Null when there is no such item. Ends within 2 × DB_TIMEOUT_MS. */
export async function selectItem(id: number): Promise<Item | null> {
  return first(`SELECT ${COLUMNS} FROM items WHERE id = $1`, [id]);
}

/** The item as it is now; null when there is none. */
export async function updateItem(id: number, { name, priceCents }: Change): Promise<Item | null> {
  return first(
    `UPDATE items SET name = $2, price_cents = $3, version = version + 1 WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, name, priceCents],
  );
}

/** Returns when the database has answered for the first time, however long that takes. */
export async function connectToDatabase(): Promise<void> {
  for (;;) {
    try {
      await pool.query('SELECT 1');
      return;
    } catch (error) {
      console.warn(`waiting for the database: ${error instanceof Error ? error.message : error}`);
      await sleep(500);
    }
  }
}

export async function closeDatabase(): Promise<void> {
  await pool.end();
}

async function first(text: string, values: unknown[]): Promise<Item | null> {
  try {
    const { rows } = await pool.query<Item>(text, values);
    return rows[0] ?? null;
  } catch (error) {
    throw new DatabaseError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
