import { Agent } from 'node:http';
import { circuitBreaker, fallback, handleAll, SamplingBreaker, TimeoutStrategy, timeout, wrap } from 'cockatiel';
import { getJson } from './get-json.ts';

const INVENTORY_URL = process.env.INVENTORY_URL ?? 'http://inventory:8082';
const agent = new Agent({ keepAlive: true, maxSockets: 20 });

const policy = wrap(
  fallback(handleAll, null),
  circuitBreaker(handleAll, {
    halfOpenAfter: 2500,
    breaker: new SamplingBreaker({ threshold: 0.5, duration: 2000, minimumRps: 5 }),
  }),
  timeout(200, TimeoutStrategy.Aggressive),
);

export function stockOf(sku: string): Promise<number | null> {
  return policy.execute(({ signal }) => askInventory(sku, signal));
}

async function askInventory(sku: string, signal: AbortSignal): Promise<number> {
  const { status, body } = await getJson(`${INVENTORY_URL}/stock/${encodeURIComponent(sku)}`, { agent, signal });
  if (status === 404) return 0;
  if (status !== 200) throw new Error(`inventory answered ${status}`);
  return (body as { stock: number }).stock;
}
