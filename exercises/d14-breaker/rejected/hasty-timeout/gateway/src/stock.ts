import { Agent } from 'node:http';
import CircuitBreaker from 'opossum';
import { getJson } from './get-json.ts';

const INVENTORY_URL = process.env.INVENTORY_URL ?? 'http://inventory:8082';
const agent = new Agent({ keepAlive: true, maxSockets: 20 });

// 5 ms is less than a healthy answer takes.
const timeoutMs = 5;
const breaker = new CircuitBreaker(askInventory, {
  timeout: false,
  rollingCountTimeout: 2000,
  volumeThreshold: 10,
  resetTimeout: 3000,
});
breaker.fallback(() => null);

export function stockOf(sku: string): Promise<number | null> {
  return breaker.fire(sku);
}

async function askInventory(sku: string): Promise<number> {
  const { status, body } = await getJson(`${INVENTORY_URL}/stock/${encodeURIComponent(sku)}`, {
    agent,
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (status === 404) return 0;
  if (status !== 200) throw new Error(`inventory answered ${status}`);
  return (body as { stock: number }).stock;
}
