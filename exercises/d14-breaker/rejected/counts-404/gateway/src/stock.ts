import { Agent } from 'node:http';
import CircuitBreaker from 'opossum';
import { getJson } from './get-json.ts';

const INVENTORY_URL = process.env.INVENTORY_URL ?? 'http://inventory:8082';
const agent = new Agent({ keepAlive: true, maxSockets: 20 });
const timeoutMs = 200;

// Whatever is not 200 counts as a failure, so customers who look at items that are made to order open the breaker.
const breaker = new CircuitBreaker(askInventory, {
  timeout: false,
  rollingCountTimeout: 2000,
  errorThresholdPercentage: 20,
  volumeThreshold: 10,
  resetTimeout: 3000,
});
breaker.fallback((_sku: string, error: unknown) => (error instanceof NotKept ? 0 : null));

class NotKept extends Error {}

export function stockOf(sku: string): Promise<number | null> {
  return breaker.fire(sku);
}

async function askInventory(sku: string): Promise<number> {
  const { status, body } = await getJson(`${INVENTORY_URL}/stock/${encodeURIComponent(sku)}`, {
    agent,
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (status === 404) throw new NotKept(sku);
  if (status !== 200) throw new Error(`inventory answered ${status}`);
  return (body as { stock: number }).stock;
}
