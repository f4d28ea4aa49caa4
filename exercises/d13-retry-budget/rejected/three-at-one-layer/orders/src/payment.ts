const PAYMENT_URL = process.env.PAYMENT_URL ?? 'http://payment:8085';
const timeoutMs = Number(process.env.PAYMENT_TIMEOUT_MS ?? 2000);

export type Payment = { readonly ok: true; readonly transfer: string } | { readonly ok: false; readonly error: string };

/** Charges the customer for a cart. */
export async function charge(cart: string, amountCents: number): Promise<Payment> {
  try {
    const response = await fetch(`${PAYMENT_URL}/charges`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ cart, amountCents }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = (await response.json()) as { transfer: string; error?: string };
    if (response.ok) return { ok: true, transfer: body.transfer };
    return { ok: false, error: body.error ?? `payment answered ${response.status}` };
  } catch (error) {
    return { ok: false, error: `no answer from payment: ${error instanceof Error ? error.message : error}` };
  }
}
