/** Bytes as `hexdump -C` prints them. */

export interface HexRow {
  readonly offset: string;
  readonly hex: string;
  readonly text: string;
}

/** `width`: bytes in a row; `max`: bytes at most. */
export function hexRows(bytes: Uint8Array, width = 16, max = 1024): readonly HexRow[] {
  const rows: HexRow[] = [];
  for (let at = 0; at < Math.min(bytes.length, max); at += width) {
    const part = bytes.subarray(at, Math.min(at + width, max));
    rows.push({
      offset: at.toString(16).padStart(4, '0'),
      hex: Array.from({ length: width }, (_, i) => {
        const gap = i === width / 2 ? ' ' : '';
        return gap + (i < part.length ? part[i]!.toString(16).padStart(2, '0') : '  ');
      }).join(' '),
      text: Array.from(part, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join(''),
    });
  }
  return rows;
}
