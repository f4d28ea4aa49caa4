import { setTimeout as sleep } from 'node:timers/promises';

const BANK_URL = process.env.BANK_URL ?? 'http://bank:9000';
const timeoutMs = Number(process.env.BANK_TIMEOUT_MS ?? 500);

const budget = { retries: 0, perTransfer: 0.3, max: 10 };

// A budget at each of three layers multiplies: 1.3 × 1.3 × 1.3.
export async function transfer(cart: string, amountCents: number): Promise<string> {
  const key = `cart-${cart}`;
  budget.retries = Math.min(budget.max, budget.retries + budget.perTransfer);
  for (let attempt = 1; ; attempt++) {
    try {
      return await transferOnce(cart, amountCents, key);
    } catch (error) {
      if (attempt === 3 || budget.retries < 1) throw error;
      budget.retries--;
      await sleep(Math.random() * 1000);
    }
  }
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
