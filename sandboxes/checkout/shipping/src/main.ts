import { pool } from './database.ts';
import { serve } from './http.ts';
import { isBusConnected, runBus, stopBus } from './messages.ts';
import { ship, shipments } from './shipments.ts';

let hasDatabase = false;
serve(
  Number(process.env.PORT ?? 8083),
  { 'GET /shipments': shipments },
  () => hasDatabase && isBusConnected(),
  () => stopBus().then(() => pool.end()),
);
// Fails when there is no database yet: the process ends, and its restart is the next try.
await pool.query('SELECT 1');
hasDatabase = true;
runBus('shipping', { 'shipping.ship': ship });
