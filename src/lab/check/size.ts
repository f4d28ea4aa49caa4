/** `'64MiB'`, `'64m'` as Docker writes it, `'100kB'`, or a number of bytes. */
export type Size = string | number;

const K = 1024;
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1000,
  mb: 1e6,
  gb: 1e9,
  k: K,
  kib: K,
  m: K * K,
  mib: K * K,
  g: K * K * K,
  gib: K * K * K,
};

/** Bytes; throws a TypeError with a sentence for anything else. */
export function toBytes(size: Size, what: string): number {
  if (typeof size === 'number' && Number.isFinite(size) && size >= 0) return size;
  const [, digits, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)(?:\/s)?\s*$/i.exec(String(size)) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (digits === undefined || factor === undefined) {
    throw new TypeError(
      `${what}: expected something like '64MiB', '100kB' or a number of bytes, found ${JSON.stringify(size)}`,
    );
  }
  return Math.round(Number(digits) * factor);
}
