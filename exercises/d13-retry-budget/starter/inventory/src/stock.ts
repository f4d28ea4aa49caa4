const initial = Number(process.env.STOCK_PER_SKU ?? 500);

/** Pieces on the shelf, by sku. In memory: a restart counts the shelf anew. */
const stock = new Map<string, number>(
  [
    'tent-1p tent-2p tent-4p tarp bag-summer bag-winter mat-foam mat-air pillow hammock',
    'pack-20 pack-45 pack-65 dry-bag rain-cover stove-gas stove-wood pot-set mug knife',
  ]
    .join(' ')
    .split(' ')
    .map((sku) => [sku, initial]),
);

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export type Reserved = { readonly ok: true } | { readonly ok: false; readonly missing: readonly string[] };

const reservations = new Map<string, Reserved>();
/** What was taken off the shelf for each reservation. */
const reserved = new Map<string, readonly Line[]>();

export function stockOf(skus: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const sku of skus) {
    const pieces = stock.get(sku);
    if (pieces !== undefined) found[sku] = pieces;
  }
  return found;
}

export function allSkus(): readonly string[] {
  return [...stock.keys()];
}

/** All lines or none. Asking again with the same id gives the first answer and takes nothing twice. */
export function reserve(id: string, lines: readonly Line[]): Reserved {
  const before = reservations.get(id);
  if (before) return before;

  // One sku may stand on several lines; what counts is their sum.
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of lines) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);

  const missing = [...wanted].filter(([sku, quantity]) => (stock.get(sku) ?? 0) < quantity).map(([sku]) => sku);
  const result: Reserved = missing.length > 0 ? { ok: false, missing } : { ok: true };
  if (result.ok) for (const [sku, quantity] of wanted) stock.set(sku, stock.get(sku)! - quantity);
  if (result.ok) reserved.set(id, lines);
  reservations.set(id, result);
  return result;
}

/** Puts the pieces of a reservation back on the shelf. */
export function release(id: string): void {
  for (const { sku, quantity } of reserved.get(id) ?? []) stock.set(sku, stock.get(sku)! + quantity);
  reserved.delete(id);
  reservations.delete(id);
}
