import { Pool, type PoolClient } from 'pg';

const timeoutMs = Number(process.env.DB_TIMEOUT_MS ?? 2000);

export const pool = new Pool({
  max: 10,
  // For a free connection or a new one.
  connectionTimeoutMillis: timeoutMs,
  // Ours ends the waiting, the server's ends the work.
  query_timeout: timeoutMs,
  statement_timeout: timeoutMs,
  // A service that hangs between two statements must not keep its row locks. Longer than the relay waits for the broker.
  idle_in_transaction_session_timeout: 10_000,
});
// A broken connection shows where it is used next; without listeners it would end the process.
pool.on('error', (error) => console.warn(`database: idle connection lost: ${error.message}`));
pool.on('connect', (client) => client.on('error', () => {}));

/** Commits when `work` succeeds. After an error nothing of it has happened, unless it was the reply to COMMIT that got lost. */
export async function transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    // Closing the connection rolls back, whatever state it is in.
    client.release(true);
    throw error;
  }
}
