/**
 * Requests of a service carry, in a header that no program can guess, which incoming request they belong to. The proxy
 * reads it and takes it out, so that the receiver gets the bytes that the program wrote. The header's name has a random
 * part, so nothing else looks like it, wherever in a stream it stands.
 */

/** Longer than address, port and count ever are. */
const VALUE_BYTES_MAX = 64;

export class CauseReader {
  private readonly marker: Buffer;
  private rest: Uint8Array | null = null;

  constructor(header: string) {
    this.marker = Buffer.from(`\r\n${header}: `, 'latin1');
  }

  /** Calls back with each piece between headers, and the cause that stood after it, '' for none. What may be the beginning of a header waits. */
  read(chunk: Uint8Array, onPiece: (bytes: Uint8Array, cause: string) => void): void {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.rest !== null) {
      bytes = Buffer.concat([this.rest, bytes]);
      this.rest = null;
    }
    const at = bytes.indexOf(this.marker);
    if (at < 0) {
      const keep = this.tailOf(bytes);
      if (keep > 0) this.rest = bytes.subarray(bytes.length - keep);
      if (bytes.length > keep) onPiece(bytes.subarray(0, bytes.length - keep), '');
      return;
    }
    const from = at + this.marker.length;
    const end = bytes.indexOf('\r\n', from, 'latin1');
    if (end < 0 && bytes.length - from < VALUE_BYTES_MAX) {
      this.rest = bytes;
      return;
    }
    if (end < 0) {
      onPiece(bytes, '');
      return;
    }
    // The cause goes with the bytes before it, in which its message begins.
    onPiece(bytes.subarray(0, at), bytes.toString('latin1', from, end));
    this.read(bytes.subarray(end), onPiece);
  }

  /** What still waits, when the stream ends. */
  end(): Uint8Array | null {
    const { rest } = this;
    this.rest = null;
    return rest;
  }

  /**
   * Bytes at the end that may be the beginning of a marker. A line's end alone does not count: commands of Redis end so, and
   * would wait for ever. Node writes a head in one piece, so that none is cut just there.
   */
  private tailOf(bytes: Buffer): number {
    for (let length = Math.min(this.marker.length - 1, bytes.length); length > 2; length--)
      if (bytes.subarray(bytes.length - length).equals(this.marker.subarray(0, length))) return length;
    return 0;
  }
}
