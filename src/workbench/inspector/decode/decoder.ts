/** What the decoders share. Everything they read was written by somebody's program: any byte may stand anywhere. */

export interface Decoded {
  /** Bytes that it takes of the stream; at least 1. */
  readonly length: number;
  /** In a line: `GET /items/1`, `Query: SELECT …`. */
  readonly title: string;
  /** The whole of it as text; '' when the title says all. */
  readonly detail: string;
  /** An error reply, a reset, a failed statement. */
  readonly isBad?: boolean;
}

export type Side = 'client' | 'server';

/**
 * One direction of one connection. `partial`: more bytes must come first; null: this is none of the protocol's.
 * `isStart`: nothing came before; `isCut`: what follows was not kept.
 */
export interface Decoder {
  read(bytes: Uint8Array, isStart: boolean, isCut: boolean): Decoded | 'partial' | null;
}

/** A message longer than this is shown by its beginning; lengths in headers may be anything. */
export const MESSAGE_BYTES_MAX = 1 << 20;

const utf8 = new TextDecoder();

export function textOf(bytes: Uint8Array, max = 4000): string {
  const text = utf8.decode(bytes.subarray(0, max));
  return bytes.length > max ? `${text}…` : text;
}

export function shortOf(text: string, max = 120): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

/** Reads numbers and names one after the other; past the end it gives zeros and `isOver` says so. */
export class Reader {
  at = 0;
  isOver = false;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  uint(size: 1 | 2 | 4 | 8): number {
    let value = 0;
    for (const byte of this.take(size)) value = value * 256 + byte;
    return value;
  }

  int32(): number {
    return this.uint(4) | 0;
  }

  take(length: number): Uint8Array {
    if (length < 0 || this.at + length > this.bytes.length) {
      this.isOver = true;
      this.at = this.bytes.length;
      return new Uint8Array(0);
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Up to a zero byte. */
  cstring(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) {
      this.isOver = true;
      return textOf(this.bytes.subarray(this.at));
    }
    const text = textOf(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  /** With its length in one byte before it. */
  shortString(): string {
    return textOf(this.take(this.uint(1)));
  }

  get rest(): Uint8Array {
    return this.bytes.subarray(this.at);
  }
}
