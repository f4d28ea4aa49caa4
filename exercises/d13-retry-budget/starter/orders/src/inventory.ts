const INVENTORY_URL = process.env.INVENTORY_URL ?? 'http://inventory:8082';
const timeoutMs = Number(process.env.INVENTORY_TIMEOUT_MS ?? 500);

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export type Reservation =
  | { readonly state: 'reserved' }
  | { readonly state: 'rejected'; readonly error: string }
  /** Nobody knows whether the stock was taken. The id is ours, so asking again is safe. */
  | { readonly state: 'unknown'; readonly error: string };

export async function reserve(orderId: string, items: readonly Line[]): Promise<Reservation> {
  try {
    const response = await fetch(`${INVENTORY_URL}/reservations/${orderId}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = (await response.json()) as { error?: string };
    if (response.ok) return { state: 'reserved' };
    if (response.status < 500) return { state: 'rejected', error: body.error ?? 'rejected by inventory' };
    return { state: 'unknown', error: `inventory answered ${response.status}` };
  } catch (error) {
    return { state: 'unknown', error: `no answer from inventory: ${error instanceof Error ? error.message : error}` };
  }
}

/** Gives the reserved pieces back. When that fails they stay reserved until inventory's nightly clean-up. */
export async function release(orderId: string): Promise<void> {
  try {
    const response = await fetch(`${INVENTORY_URL}/reservations/${orderId}`, {
      method: 'DELETE',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
  } catch (error) {
    console.warn(`order ${orderId} stays reserved: ${error instanceof Error ? error.message : error}`);
  }
}
