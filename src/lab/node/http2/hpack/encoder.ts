/**
 * Header lists to bytes, RFC 7541 §6. What goes into the table and what does not is nghttp2's choice, so that sizes on
 * the wire are those of Node.
 */
import { encodedLength, encodeInto } from './huffman.ts';
import { sizeOf, Table } from './table.ts';

export interface Header {
  readonly name: string;
  /** Latin-1. */
  readonly value: string;
  /** Whether no hop may put it into a table. */
  readonly isSensitive?: boolean;
}

/** Values that rarely come twice (nghttp2_hd.c, hd_deflate_decide_indexing). */
const NOT_INDEXED = new Set([
  ':path',
  'age',
  'content-length',
  'etag',
  'if-modified-since',
  'if-none-match',
  'location',
  'set-cookie',
]);

export class Encoder {
  readonly table = new Table();
  /** The smallest and the last limit set since the last header block; told to the peer at the start of the next. */
  private pendingSizes: number[] = [];
  private readonly ownLimit: number;

  constructor(ownLimit = 4096) {
    this.ownLimit = ownLimit;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  setLimit(limit: number): void {
    const size = Math.min(limit, this.ownLimit);
    this.table.resize(size);
    const smallest = Math.min(size, ...this.pendingSizes);
    this.pendingSizes = smallest === size ? [size] : [smallest, size];
  }

  encode(headers: readonly Header[]): Uint8Array {
    const out: number[] = [];
    for (const size of this.pendingSizes) integer(out, 0x20, 5, size);
    this.pendingSizes = [];
    for (const header of headers) this.field(out, header);
    return Uint8Array.from(out);
  }

  private field(out: number[], { name, value, isSensitive }: Header): void {
    const isSecret = isSensitive || name === 'authorization' || (name === 'cookie' && value.length < 20);
    const found = this.table.find(name, value);
    if (found > 0 && !isSecret) {
      integer(out, 0x80, 7, found);
      return;
    }
    // A secret is never named by an index of its whole field, but its name may be.
    const index = Math.abs(found);
    if (isSecret) literal(out, 0x10, 4, index, name, value);
    else if (NOT_INDEXED.has(name) || sizeOf(name, value) > (this.table.maxSize * 3) / 4) {
      literal(out, 0x00, 4, index, name, value);
    } else {
      literal(out, 0x40, 6, index, name, value);
      this.table.add(name, value);
    }
  }
}

function literal(out: number[], pattern: number, bits: number, index: number, name: string, value: string): void {
  integer(out, pattern, bits, index);
  if (index === 0) string(out, name);
  string(out, value);
}

/** RFC 7541 §5.1 */
export function integer(out: number[], pattern: number, bits: number, value: number): void {
  const limit = (1 << bits) - 1;
  if (value < limit) {
    out.push(pattern | value);
    return;
  }
  out.push(pattern | limit);
  let rest = value - limit;
  while (rest >= 128) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}

/** RFC 7541 §5.2: Huffman when that is shorter. */
function string(out: number[], text: string): void {
  const length = encodedLength(text);
  if (length < text.length) {
    integer(out, 0x80, 7, length);
    encodeInto(out, text);
  } else {
    integer(out, 0, 7, text.length);
    for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i) & 0xff);
  }
}
