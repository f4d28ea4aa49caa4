import { Agent } from 'node:http';
import { getJson } from './get-json.ts';

const INVENTORY_URL = process.env.INVENTORY_URL ?? 'http://inventory:8082';
const agent = new Agent({ keepAlive: true, maxSockets: 20 });
const timeoutMs = 200;

// Pages are fast, but inventory gets every call as before, each one given up half-way.
export async function stockOf(sku: string): Promise<number | null> {
  try {
    return await askInventory(sku);
  } catch {
    return null;
  }
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
