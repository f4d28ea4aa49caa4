import { Agent } from 'node:http';
import CircuitBreaker from 'opossum';
import { getJson } from './get-json.ts';

const INVENTORY_URL = process.env.INVENTORY_URL ?? 'http://inventory:8082';

/** Inventory allows each of its clients 20 connections. */
const agent = new Agent({ keepAlive: true, maxSockets: 20 });

/** A healthy answer takes some 10 ms and at worst 60; nobody waits longer than this for a number. */
const timeoutMs = 200;

const breaker = new CircuitBreaker(askInventory, {
  // The time limit is the call's own: it must also take the request out of the agent's queue and free its connection.
  timeout: false,
  // A short window forgets the healthy past soon, so the breaker opens about a second into the trouble.
  rollingCountTimeout: 2000,
  errorThresholdPercentage: 50,
  volumeThreshold: 10,
  // One call every 3 s finds out whether inventory is back. The default, 30 s, would keep pages without stock for long.
  resetTimeout: 3000,
});
breaker.fallback(() => null);

/**
 * Pieces on the shelf; 0 for an item that inventory does not keep. `null` says that nobody knows: the product page
 * then shows no number and names stock as degraded.
 */
export function stockOf(sku: string): Promise<number | null> {
  return breaker.fire(sku);
}

async function askInventory(sku: string): Promise<number> {
  const { status, body } = await getJson(`${INVENTORY_URL}/stock/${encodeURIComponent(sku)}`, {
    agent,
    signal: AbortSignal.timeout(timeoutMs),
  });
  // "Not kept here" is an answer. Only what keeps us from an answer counts against inventory.
  if (status === 404) return 0;
  if (status !== 200) throw new Error(`inventory answered ${status}`);
  return (body as { stock: number }).stock;
}
