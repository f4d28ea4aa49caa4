/** Pieces on the shelf, by sku. Items that are made to order or sent by the maker are not kept here. */
const stock = new Map<string, number>([
  ['tent-1p', 34],
  ['tent-2p', 61],
  ['tarp', 140],
  ['bag-summer', 83],
  ['bag-winter', 42],
  ['mat-foam', 310],
  ['mat-air', 96],
  ['pillow', 205],
  ['hammock', 58],
  ['pack-20', 120],
  ['pack-45', 75],
  ['dry-bag', 260],
  ['rain-cover', 180],
  ['mug', 420],
]);

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export type Reserved = { readonly ok: true } | { readonly ok: false; readonly missing: readonly string[] };

const reservations = new Map<string, Reserved>();

/** undefined for an item that is not kept here. */
export function piecesOf(sku: string): number | undefined {
  return stock.get(sku);
}

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
  reservations.set(id, result);
  return result;
}
