export interface Transfer {
  readonly id: string;
  readonly reference: string;
  readonly amountCents: number;
}

const transfers: Transfer[] = [];
const byKey = new Map<string, Transfer>();

/** With a key that was seen before: the transfer of then, and no money moves. */
export function execute(reference: string, amountCents: number, key: string | undefined): Transfer {
  const known = key === undefined ? undefined : byKey.get(key);
  if (known) return known;
  const transfer: Transfer = { id: `t-${transfers.length + 1}`, reference, amountCents };
  transfers.push(transfer);
  if (key !== undefined) byKey.set(key, transfer);
  return transfer;
}

export function all(): readonly Transfer[] {
  return transfers;
}
