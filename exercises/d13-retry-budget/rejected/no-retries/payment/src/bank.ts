import { randomUUID } from 'node:crypto';

const BANK_URL = process.env.BANK_URL ?? 'http://bank:9000';
const timeoutMs = Number(process.env.BANK_TIMEOUT_MS ?? 500);

// Three in a hundred customers are sent away although asking once more would have helped.
export function transfer(cart: string, amountCents: number): Promise<string> {
  return transferOnce(cart, amountCents, randomUUID());
}

/** The bank executes a key at most once, so asking again with the same key is safe. */
async function transferOnce(cart: string, amountCents: number, key: string): Promise<string> {
  const response = await fetch(`${BANK_URL}/transfers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ reference: cart, amountCents }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body = (await response.json()) as { id: string; error?: string };
  if (response.ok) return body.id;
  throw new Error(body.error ?? `the bank answered ${response.status}`);
}
