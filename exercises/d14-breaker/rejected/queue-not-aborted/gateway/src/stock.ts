import { Agent } from 'node:http';
import CircuitBreaker from 'opossum';
import { getJson } from './get-json.ts';

const INVENTORY_URL = process.env.INVENTORY_URL ?? 'http://inventory:8082';
const agent = new Agent({ keepAlive: true, maxSockets: 20 });

// The breaker's time limit answers the page but leaves the request in the agent's queue: it is sent all the same,
// seconds later. And a window of 10 s needs 5 s of trouble to fill that queue before it opens.
const breaker = new CircuitBreaker(askInventory, {
  timeout: 200,
  rollingCountTimeout: 10_000,
  errorThresholdPercentage: 50,
  resetTimeout: 5000,
});
breaker.fallback(() => null);

export function stockOf(sku: string): Promise<number | null> {
  return breaker.fire(sku);
}

async function askInventory(sku: string): Promise<number> {
  const { status, body } = await getJson(`${INVENTORY_URL}/stock/${encodeURIComponent(sku)}`, { agent });
  if (status === 404) return 0;
  if (status !== 200) throw new Error(`inventory answered ${status}`);
  return (body as { stock: number }).stock;
}
