/** Bytes to header lists, RFC 7541 §6. Any violation is a COMPRESSION_ERROR of the whole connection (§4.3, RFC 9113 §4.3). */
import type { Header } from './encoder.ts';
import { decode as huffman } from './huffman.ts';
import { Table } from './table.ts';

/** The header block breaks RFC 7541. */
export class CompressionError extends Error {}

export class Decoder {
  readonly table = new Table();
  /** The largest table we allow: our SETTINGS_HEADER_TABLE_SIZE, once the peer has acknowledged it. */
  private limit = 4096;
  /** The limit was lowered: the next block must begin with an update (§4.2). */
  private mustUpdate = false;
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;

  setLimit(limit: number): void {
    if (limit < this.table.maxSize) this.mustUpdate = true;
    this.limit = limit;
  }

  /** @throws CompressionError */
  decode(block: Uint8Array): Header[] {
    this.bytes = block;
    this.at = 0;
    const headers: Header[] = [];
    let updates = 0;
    while (this.at < block.length) {
      const first = block[this.at]!;
      if ((first & 0xe0) === 0x20) {
        // §4.2: at the start of a block, at most two.
        if (headers.length > 0 || ++updates > 2) throw new CompressionError('table size update inside a block');
        this.resize(this.integer(5));
        continue;
      }
      if (this.mustUpdate) throw new CompressionError('table size update expected');
      headers.push(this.field(first));
    }
    return headers;
  }

  private resize(size: number): void {
    if (size > this.limit) throw new CompressionError('table size above the limit');
    this.mustUpdate = false;
    this.table.resize(size);
  }

  private field(first: number): Header {
    if (first & 0x80) {
      const entry = this.table.get(this.integer(7));
      if (entry === undefined) throw new CompressionError('no such index');
      return { name: entry[0], value: entry[1] };
    }
    const isAdded = (first & 0xc0) === 0x40;
    const index = this.integer(isAdded ? 6 : 4);
    const entry = index === 0 ? undefined : this.table.get(index);
    if (index !== 0 && entry === undefined) throw new CompressionError('no such index');
    const name = entry === undefined ? this.string() : entry[0];
    const value = this.string();
    if (isAdded) this.table.add(name, value);
    return (first & 0xf0) === 0x10 ? { name, value, isSensitive: true } : { name, value };
  }

  private byte(): number {
    if (this.at >= this.bytes.length) throw new CompressionError('the block ends in the middle of a field');
    return this.bytes[this.at++]!;
  }

  private integer(bits: number): number {
    const limit = (1 << bits) - 1;
    let value = this.byte() & limit;
    if (value < limit) return value;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      scale *= 128;
      if (value >= 2 ** 32 || scale > 2 ** 42) throw new CompressionError('integer too large');
      if (byte < 128) return value;
    }
  }

  private string(): string {
    const isHuffman = (this.bytes[this.at] ?? 0) & 0x80;
    const length = this.integer(7);
    const end = this.at + length;
    if (end > this.bytes.length) throw new CompressionError('the block ends in the middle of a string');
    const raw = this.bytes.subarray(this.at, end);
    this.at = end;
    if (!isHuffman) return latin1(raw);
    const text = huffman(raw);
    if (text === null) throw new CompressionError('invalid Huffman code');
    return text;
  }
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
