/**
 * What one end has sent in one instant, up to 64 KiB: a run of bytes and the flags that go with it. Bytes are copied
 * once, into a slab shared by all connections to one process, so that nobody reaches another's arrays and the
 * common case (head and body written one after the other) lies in one piece without being joined.
 */

import type { ScheduledEvent } from '../core/scheduler.ts';

/** Linux hands the network card up to 64 KiB at a time and lets it cut (GSO). */
export const SEGMENT_BYTES_MAX = 65536;

const SLAB_BYTES = 65536;
/** From here on bytes get an array of their own, which does not keep a slab alive. */
const OWN_ARRAY_BYTES = 8192;

const NOTHING = new Uint8Array(0);

/**
 * One for each receiving process: it is given parts of the array, from which it gets at the whole. Where in a slab a
 * chunk lies can be seen, too, and must not depend on other runs.
 */
export class Slab {
  bytes = new Uint8Array(SLAB_BYTES);
  used = 0;

  /** Makes room for `length` bytes in one piece. */
  reserve(length: number): void {
    if (this.used + length <= SLAB_BYTES) return;
    this.bytes = new Uint8Array(SLAB_BYTES);
    this.used = 0;
  }

  copy(data: Uint8Array): Uint8Array {
    if (data.length >= OWN_ARRAY_BYTES) return data.slice();
    this.reserve(data.length);
    this.bytes.set(data, this.used);
    this.used += data.length;
    return this.bytes.subarray(this.used - data.length, this.used);
  }
}

export class Segment {
  /** When it left; writes of the same microsecond join it. */
  readonly departUs: number;
  /** When its last byte arrives; µs with a fraction. Grows when bytes join. */
  dueUs = 0;
  /** When the sender's kernel hears that it arrived; Infinity when the acknowledgement is lost. */
  ackUs = 0;
  bytes = 0;
  /** Completes the handshake at the passive end. */
  opens = false;
  fin = false;
  rst = false;
  /** Its bytes are swallowed on the way, by what; null when they arrive. */
  lostTo: string | null = null;
  /** No more bytes may join: it has arrived. */
  isSealed = false;
  /** The event of its arrival. */
  arrival: ScheduledEvent | null = null;
  /** The one sent after it on the same way. */
  next: Segment | null = null;
  private readonly slab: Slab;
  private buffer: Uint8Array = NOTHING;
  private start = 0;
  private hasOwnArray = false;

  constructor(departUs: number, slab: Slab) {
    this.departUs = departUs;
    this.slab = slab;
  }

  append(data: Uint8Array): void {
    const length = this.bytes + data.length;
    if (!this.growInPlace(data.length)) this.move(length);
    this.buffer.set(data, this.start + this.bytes);
    this.bytes = length;
  }

  /** The bytes in order; the receiver's to keep. */
  view(): Uint8Array {
    return this.buffer.subarray(this.start, this.start + this.bytes);
  }

  /** Lets go of the bytes: the sender remembers the segment until it is acknowledged. */
  forget(): void {
    this.buffer = NOTHING;
    this.arrival = null;
  }

  private growInPlace(extra: number): boolean {
    if (this.hasOwnArray) return this.bytes + extra <= this.buffer.length;
    const slab = this.slab;
    const isLastInSlab = this.buffer === slab.bytes && this.start + this.bytes === slab.used;
    if (!isLastInSlab || slab.used + extra > SLAB_BYTES) return false;
    slab.used += extra;
    return true;
  }

  private move(length: number): void {
    const old = this.bytes > 0 ? this.view() : NOTHING;
    if (length < OWN_ARRAY_BYTES) {
      this.slab.reserve(length);
      this.buffer = this.slab.bytes;
      this.start = this.slab.used;
      this.slab.used += length;
    } else {
      // A first large write fits exactly; what goes on growing gets room to grow.
      this.hasOwnArray = true;
      this.buffer = new Uint8Array(
        old.length === 0 ? length : Math.max(length, Math.min(SEGMENT_BYTES_MAX, 2 * length)),
      );
      this.start = 0;
    }
    this.buffer.set(old, this.start);
  }
}

/** One array of all, in order. */
export function join(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
