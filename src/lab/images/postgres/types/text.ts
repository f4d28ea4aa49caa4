/** Text compared by code points: the order of the C and C.UTF-8 collations, which the alpine images of PostgreSQL have. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // Surrogates stand for what comes after U+FFFF.
      const isHighX = x >= 0xd800 && x < 0xe000;
      const isHighY = y >= 0xd800 && y < 0xe000;
      if (isHighX !== isHighY) return isHighX ? 1 : -1;
      return x - y;
    }
  }
  return a.length - b.length;
}
