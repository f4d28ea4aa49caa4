import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const BANK_URL = process.env.BANK_URL ?? 'http://bank:9000';
const timeoutMs = Number(process.env.BANK_TIMEOUT_MS ?? 500);

/**
 * Finagle's default retry budget: 20 % of the requests of the last 10 s, and 10 more retries per second so that a
 * service with little traffic may retry too.
 */
class RetryBudget {
  private readonly ttlMs = 10_000;
  private readonly percentCanRetry = 0.2;
  private readonly minRetriesPerSecond = 10;
  private readonly changes: { readonly atMs: number; readonly amount: number }[] = [];

  deposit(): void {
    this.changes.push({ atMs: Date.now(), amount: this.percentCanRetry });
  }

  tryWithdraw(): boolean {
    if (this.balance() < 1) return false;
    this.changes.push({ atMs: Date.now(), amount: -1 });
    return true;
  }

  private balance(): number {
    while (this.changes.length > 0 && this.changes[0]!.atMs < Date.now() - this.ttlMs) this.changes.shift();
    const reserve = (this.minRetriesPerSecond * this.ttlMs) / 1000;
    return this.changes.reduce((sum, { amount }) => sum + amount, reserve);
  }
}

const budget = new RetryBudget();

export async function transfer(cart: string, amountCents: number): Promise<string> {
  const key = randomUUID();
  budget.deposit();
  for (let attempt = 1; ; attempt++) {
    try {
      return await transferOnce(cart, amountCents, key);
    } catch (error) {
      if (attempt === 3 || !budget.tryWithdraw()) throw error;
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
