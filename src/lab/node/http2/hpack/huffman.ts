/**
 * The Huffman code of HPACK, RFC 7541 §5.2 and Appendix B. The code is canonical: lengths are all there is to know,
 * codes of one length go up with the symbol.
 */

/** Bits of each symbol 0–255, as runs `length×count`, and of EOS (256), which stands last. */
const RUNS =
  '13 23 28x7 24 30 28x2 30 28x8 30 28x9 6 10x2 12 13 6 8 11 10x2 8 11 8 6x3 5x3 6x7 7 8 15 6 12 10 13 6 7x22 8 7 8 ' +
  '13 19 13 14 6 15 5 6 5 6 5 6x3 5 7x2 6x3 5 6 7 6 5x2 6 7x5 15 11 14 13 28 20 22 20x2 22x3 23 22 23x5 24 23 24x2 ' +
  '22 23 24 23x4 21 22 23 22 23x2 24 22 21 20 22x2 23x2 21 23 22x2 24 21 22 23x2 21x2 22 21 23 22 23x2 20 22x3 23 ' +
  '22x2 23 26x2 20 19 22 23 22 25 26x3 27x2 26 24 25 19 21 26 27x2 26 27 24 21x2 26x2 28 27x3 20 24 20 21 22 21x2 23 ' +
  '22x2 25x2 24x2 26 23 26 27 26x2 27x5 28 27x5 26 30';

const EOS = 256;

export const lengths: readonly number[] = RUNS.split(' ').flatMap((run) => {
  const [bits, count = 1] = run.split('x').map(Number);
  return new Array<number>(count).fill(bits!);
});

const codes: number[] = [];
/** The tree: a node is two indexes, of what follows 0 and 1; a leaf is -1 minus its symbol. */
const tree: number[] = [0, 0];

let next = 0;
for (let bits = 5; bits <= 30; bits++) {
  for (let symbol = 0; symbol <= EOS; symbol++) {
    if (lengths[symbol] !== bits) continue;
    codes[symbol] = next;
    addLeaf(symbol, next, bits);
    next++;
  }
  next *= 2;
}

function addLeaf(symbol: number, code: number, bits: number): void {
  let node = 0;
  for (let bit = bits - 1; bit > 0; bit--) {
    const slot = node + ((code >>> bit) & 1);
    if (tree[slot] === 0) {
      tree[slot] = tree.length;
      tree.push(0, 0);
    }
    node = tree[slot]!;
  }
  tree[node + (code & 1)] = -1 - symbol;
}

/** Bytes that `text` (Latin-1) takes when encoded. */
export function encodedLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += lengths[text.charCodeAt(i) & 0xff]!;
  return (bits + 7) >>> 3;
}

/** Appends the code of each character; the last byte is filled with ones. */
export function encodeInto(out: number[], text: string): void {
  let byte = 0;
  let room = 8;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 0xff;
    const code = codes[symbol]!;
    for (let left = lengths[symbol]!; left > 0; ) {
      const take = Math.min(left, room);
      byte = (byte << take) | ((code >>> (left - take)) & ((1 << take) - 1));
      left -= take;
      room -= take;
      if (room > 0) continue;
      out.push(byte);
      byte = 0;
      room = 8;
    }
  }
  if (room < 8) out.push((byte << room) | ((1 << room) - 1));
}

/** Null when the bytes are no valid code: EOS inside, or padding that is too long or not all ones. */
export function decode(bytes: Uint8Array): string | null {
  let text = '';
  let node = 0;
  let pending = 0;
  let isOnes = true;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const value = (byte >>> bit) & 1;
      pending++;
      isOnes = isOnes && value === 1;
      node = tree[node + value]!;
      if (node >= 0) continue;
      if (node === -1 - EOS) return null;
      text += String.fromCharCode(-1 - node);
      node = 0;
      pending = 0;
      isOnes = true;
    }
  }
  return pending < 8 && isOnes ? text : null;
}
