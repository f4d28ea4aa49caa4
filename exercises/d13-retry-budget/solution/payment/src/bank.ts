import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const BANK_URL = process.env.BANK_URL ?? 'http://bank:9000';
const timeoutMs = Number(process.env.BANK_TIMEOUT_MS ?? 500);

/**
 * How many more retries we may make. Every transfer earns a tenth of one, so retries are at most 10 % of what we do
 * anyway: enough for the usual few failures in a hundred, and too little to make a dead bank's morning worse.
 */
const budget = { retries: 0, perTransfer: 0.1, max: 10 };

/** Moves money from the customer to the shop; resolves to the bank's number of the transfer. */
export async function transfer(cart: string, amountCents: number): Promise<string> {
  // One key for all attempts: the bank moves the money once, even when its first answer was lost.
  const key = randomUUID();
  budget.retries = Math.min(budget.max, budget.retries + budget.perTransfer);
  for (let attempt = 1; ; attempt++) {
    try {
      return await transferOnce(cart, amountCents, key);
    } catch (error) {
      if (attempt === 3 || budget.retries < 1) throw error;
      budget.retries--;
      // Anywhere between 0 and 1000 ms: those who failed together must not come back together.
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
