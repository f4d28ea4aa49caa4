import { charge, charges, refund } from './charges.ts';
import { pool } from './database.ts';
import { serve } from './http.ts';
import { isBusConnected, runBus, stopBus } from './messages.ts';

let hasDatabase = false;
serve(
  Number(process.env.PORT ?? 8082),
  { 'GET /charges': charges },
  () => hasDatabase && isBusConnected(),
  () => stopBus().then(() => pool.end()),
);
// Fails when there is no database yet: the process ends, and its restart is the next try.
await pool.query('SELECT 1');
hasDatabase = true;
runBus('payment', { 'payment.charge': charge, 'payment.refund': refund });
