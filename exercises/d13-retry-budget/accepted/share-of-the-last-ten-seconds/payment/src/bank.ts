import { setTimeout as sleep } from 'node:timers/promises';

const BANK_URL = process.env.BANK_URL ?? 'http://bank:9000';
const timeoutMs = Number(process.env.BANK_TIMEOUT_MS ?? 500);
const windowMs = 10_000;
const shareMax = 0.2;

/** Moments of the transfers and of the retries of the last ten seconds. */
const transfers: number[] = [];
const retries: number[] = [];

export async function transfer(cart: string, amountCents: number): Promise<string> {
  const key = `cart-${cart}`;
  remember(transfers);
  for (let attempt = 1; ; attempt++) {
    try {
      return await transferOnce(cart, amountCents, key);
    } catch (error) {
      if (attempt === 3 || !mayRetry()) throw error;
      remember(retries);
      await sleep(50 + Math.random() * 900);
    }
  }
}

function mayRetry(): boolean {
  forget(transfers);
  forget(retries);
  return retries.length + 1 <= shareMax * transfers.length;
}

function remember(moments: number[]): void {
  moments.push(Date.now());
  forget(moments);
}

function forget(moments: number[]): void {
  while (moments.length > 0 && moments[0]! < Date.now() - windowMs) moments.shift();
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
