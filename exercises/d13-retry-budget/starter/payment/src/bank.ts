import { setTimeout as sleep } from 'node:timers/promises';

const BANK_URL = process.env.BANK_URL ?? 'http://bank:9000';
const timeoutMs = Number(process.env.BANK_TIMEOUT_MS ?? 500);

/** Moves money from the customer to the shop; resolves to the bank's number of the transfer. */
export async function transfer(cart: string, amountCents: number): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transferOnce(cart, amountCents);
    } catch (error) {
      if (attempt === 3) throw error;
      await sleep(50);
    }
  }
}

/**
 * The bank executes a request with an `Idempotency-Key` header at most once: asked again with the same key, it gives
 * the first answer. Without the header, every request is a transfer of its own.
 */
async function transferOnce(cart: string, amountCents: number): Promise<string> {
  const response = await fetch(`${BANK_URL}/transfers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reference: cart, amountCents }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body = (await response.json()) as { id: string; error?: string };
  if (response.ok) return body.id;
  throw new Error(body.error ?? `the bank answered ${response.status}`);
}
