import { Agent } from 'node:http';
import { getJson } from './get-json.ts';

const INVENTORY_URL = process.env.INVENTORY_URL ?? 'http://inventory:8082';

/** Inventory allows each of its clients 20 connections. */
const agent = new Agent({ keepAlive: true, maxSockets: 20 });

/**
 * Pieces on the shelf; 0 for an item that inventory does not keep. `null` says that nobody knows: the product page
 * then shows no number and names stock as degraded.
 */
export async function stockOf(sku: string): Promise<number | null> {
  return askInventory(sku);
}

async function askInventory(sku: string): Promise<number> {
  const { status, body } = await getJson(`${INVENTORY_URL}/stock/${encodeURIComponent(sku)}`, { agent });
  if (status === 404) return 0;
  if (status !== 200) throw new Error(`inventory answered ${status}`);
  return (body as { stock: number }).stock;
}
