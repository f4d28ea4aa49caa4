/**
 * Frames: type, channel, length, payload, end marker (specification §4.2.3). `FrameReader` takes the stream in any pieces;
 * where the peer's frames are larger than agreed or not marked at their end, the connection is out of step and over.
 */
import { Writer } from './buffer.ts';
import { encodeMethod, type MethodArgs } from './methods.ts';

export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
export const FRAME_HEARTBEAT = 8;
const FRAME_END = 206;
/** Type, channel, length and end marker. */
export const EMPTY_FRAME_SIZE = 8;

export interface Frame {
  readonly type: number;
  readonly channel: number;
  /** The receiver's to keep. */
  readonly payload: Uint8Array;
}

export type Reading =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'header'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large'; readonly type: number; readonly channel: number; readonly size: number }
  | { readonly kind: 'bad-end'; readonly frame: Frame; readonly marker: number };

export class FrameReader {
  /** 0 for no limit. */
  frameMax = 4096;
  private hasHeader = false;
  private chunks: Uint8Array[] = [];
  private held = 0;

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.held += chunk.length;
  }

  /** The next whole thing, null until more bytes come. After 'too-large' and 'bad-end' it must not be called again. */
  next(): Reading | null {
    if (!this.hasHeader) {
      if (this.held < 8) return null;
      this.hasHeader = true;
      return { kind: 'header', bytes: this.take(8) };
    }
    if (this.held < 7) return null;
    const head = this.front(7);
    const type = head[0]!;
    const channel = head[1]! * 256 + head[2]!;
    const size = ((head[3]! << 24) | (head[4]! << 16) | (head[5]! << 8) | head[6]!) >>> 0;
    // The server lets clients exceed the limit by the size of an empty frame: many count it wrongly.
    if (this.frameMax !== 0 && size > this.frameMax) return { kind: 'too-large', type, channel, size };
    if (this.held < 7 + size + 1) return null;
    const all = this.take(7 + size + 1);
    const frame = { type, channel, payload: all.subarray(7, 7 + size) };
    const marker = all[7 + size]!;
    return marker === FRAME_END ? { kind: 'frame', frame } : { kind: 'bad-end', frame, marker };
  }

  /** Makes the first `count` bytes lie in one chunk. */
  private front(count: number): Uint8Array {
    if (this.chunks[0]!.length < count) this.chunks = [this.join()];
    return this.chunks[0]!;
  }

  private take(count: number): Uint8Array {
    const first = this.front(count);
    this.held -= count;
    if (first.length === count) this.chunks.shift();
    else this.chunks[0] = first.subarray(count);
    return first.subarray(0, count);
  }

  private join(): Uint8Array {
    const all = new Uint8Array(this.held);
    let at = 0;
    for (const chunk of this.chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}

/** Frames one after another into one run of bytes. */
export class FrameWriter {
  private readonly writer = new Writer(4096);

  get isEmpty(): boolean {
    return this.writer.at === 0;
  }

  method(channel: number, name: string, args: MethodArgs): void {
    const lengthAt = this.open(FRAME_METHOD, channel);
    encodeMethod(this.writer, name, args);
    this.close(lengthAt);
  }

  /** Header and body frames; `properties` begin with their flags. */
  content(channel: number, properties: Uint8Array, body: Uint8Array, frameMax: number): void {
    const { writer } = this;
    const lengthAt = this.open(FRAME_HEADER, channel);
    writer.u16(60);
    writer.u16(0);
    writer.u64(body.length);
    writer.raw(properties);
    this.close(lengthAt);
    const most = frameMax === 0 ? body.length : frameMax - EMPTY_FRAME_SIZE;
    for (let at = 0; at < body.length; at += most) {
      const bodyAt = this.open(FRAME_BODY, channel);
      writer.raw(body.subarray(at, at + most));
      this.close(bodyAt);
    }
  }

  heartbeat(): void {
    this.close(this.open(FRAME_HEARTBEAT, 0));
  }

  raw(bytes: Uint8Array): void {
    this.writer.raw(bytes);
  }

  take(): Uint8Array {
    return this.writer.take();
  }

  private open(type: number, channel: number): number {
    this.writer.u8(type);
    this.writer.u16(channel);
    const at = this.writer.at;
    this.writer.u32(0);
    return at;
  }

  private close(lengthAt: number): void {
    this.writer.patch32(lengthAt, this.writer.at - lengthAt - 4);
    this.writer.u8(FRAME_END);
  }
}
