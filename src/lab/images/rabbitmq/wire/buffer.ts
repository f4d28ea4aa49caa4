/** Reading and writing the primitive types of AMQP 0-9-1 (specification §4.2.5): big-endian, strings with their length. */
import { toBinary } from './bytes.ts';

/** What `Reader` throws when the bytes end too early. */
export class ShortInput extends Error {}

export class Reader {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = from;
    this.end = to;
  }

  get left(): number {
    return this.end - this.at;
  }

  private take(count: number): number {
    const { at } = this;
    if (count > this.end - at) throw new ShortInput('the bytes end too early');
    this.at = at + count;
    return at;
  }

  u8(): number {
    return this.bytes[this.take(1)]!;
  }
  i8(): number {
    return this.view.getInt8(this.take(1));
  }
  u16(): number {
    return this.view.getUint16(this.take(2));
  }
  i16(): number {
    return this.view.getInt16(this.take(2));
  }
  u32(): number {
    return this.view.getUint32(this.take(4));
  }
  i32(): number {
    return this.view.getInt32(this.take(4));
  }
  /** A number where it is exact, else a bigint. */
  u64(): number | bigint {
    return exact(this.view.getBigUint64(this.take(8)));
  }
  i64(): number | bigint {
    return exact(this.view.getBigInt64(this.take(8)));
  }
  f32(): number {
    return this.view.getFloat32(this.take(4));
  }
  f64(): number {
    return this.view.getFloat64(this.take(8));
  }
  short(): string {
    const length = this.u8();
    const at = this.take(length);
    return toBinary(this.bytes, at, at + length);
  }
  long(): string {
    const length = this.u32();
    const at = this.take(length);
    return toBinary(this.bytes, at, at + length);
  }
  /** A view, not a copy. */
  slice(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }
}

function exact(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** Grows as it is written to. */
export class Writer {
  private bytes: Uint8Array;
  private view: DataView;
  at = 0;

  constructor(size = 256) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  private room(count: number): number {
    const { at } = this;
    if (at + count > this.bytes.length) {
      const bigger = new Uint8Array(Math.max(at + count, this.bytes.length * 2));
      bigger.set(this.bytes.subarray(0, at));
      this.bytes = bigger;
      this.view = new DataView(bigger.buffer);
    }
    this.at = at + count;
    return at;
  }

  u8(value: number): void {
    const at = this.room(1);
    this.bytes[at] = value;
  }
  i8(value: number): void {
    this.u8(value & 255);
  }
  u16(value: number): void {
    const at = this.room(2);
    this.view.setUint16(at, value);
  }
  i16(value: number): void {
    this.u16(value & 0xffff);
  }
  u32(value: number): void {
    const at = this.room(4);
    this.view.setUint32(at, value);
  }
  i32(value: number): void {
    this.u32(value >>> 0);
  }
  u64(value: number | bigint): void {
    const at = this.room(8);
    this.view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)));
  }
  i64(value: number | bigint): void {
    this.u64(value);
  }
  f32(value: number): void {
    const at = this.room(4);
    this.view.setFloat32(at, value);
  }
  f64(value: number): void {
    const at = this.room(8);
    this.view.setFloat64(at, value);
  }
  /** At most 255 bytes: longer ones are cut, as nothing the server writes may be longer. */
  short(text: string): void {
    const length = Math.min(255, text.length);
    this.u8(length);
    this.binary(text, length);
  }
  long(text: string): void {
    this.u32(text.length);
    this.binary(text, text.length);
  }
  raw(bytes: Uint8Array): void {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
  }
  private binary(text: string, length: number): void {
    const at = this.room(length);
    for (let i = 0; i < length; i++) this.bytes[at + i] = text.charCodeAt(i);
  }
  /** Overwrites a length that was not known when its place was written. */
  patch32(at: number, value: number): void {
    this.view.setUint32(at, value);
  }
  /** FNV-1a of what was written since `from`. */
  sum(from: number): number {
    let hash = 0x811c9dc5;
    for (let at = from; at < this.at; at++) hash = Math.imul(hash ^ this.bytes[at]!, 0x01000193);
    return hash >>> 0;
  }
  /** A copy of what was written; the writer begins anew. */
  take(): Uint8Array {
    const all = this.bytes.slice(0, this.at);
    this.at = 0;
    return all;
  }
}
