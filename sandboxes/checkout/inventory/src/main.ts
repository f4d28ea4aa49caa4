import { pool } from './database.ts';
import { serve } from './http.ts';
import { isBusConnected, runBus, stopBus } from './messages.ts';
import { release, reserve, stock } from './stock.ts';

let hasDatabase = false;
serve(
  Number(process.env.PORT ?? 8081),
  { 'GET /stock': stock },
  () => hasDatabase && isBusConnected(),
  () => stopBus().then(() => pool.end()),
);
// Fails when there is no database yet: the process ends, and its restart is the next try.
await pool.query('SELECT 1');
hasDatabase = true;
runBus('inventory', { 'inventory.reserve': reserve, 'inventory.release': release });
