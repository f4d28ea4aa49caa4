/** The last bytes of the stream to replicas: who was away for a short time gets what it missed. */
export class Backlog {
  /** Offset of the first byte that is kept; bytes of the stream are counted from 1. */
  firstByte: number;
  readonly maxBytes: number;
  private parts: string[] = [];
  private bytes = 0;

  constructor(nextByte: number, maxBytes: number) {
    this.firstByte = nextByte;
    this.maxBytes = maxBytes;
  }

  get length(): number {
    return this.bytes;
  }

  push(text: string): void {
    this.parts.push(text);
    this.bytes += text.length;
    // In one piece from time to time, so that neither a push nor the list costs much.
    if (this.bytes > 2 * this.maxBytes || this.parts.length > 4096) this.compact();
  }

  /** From this byte on; null when that is no longer, or not yet, here. */
  from(byte: number): string | null {
    this.compact();
    const skip = byte - this.firstByte;
    return skip < 0 || skip > this.bytes ? null : this.parts.join('').slice(skip);
  }

  private compact(): void {
    const text = this.parts.join('');
    const surplus = Math.max(0, text.length - this.maxBytes);
    this.firstByte += surplus;
    this.parts = [text.slice(surplus)];
    this.bytes = text.length - surplus;
  }
}
