/** Buffer's readInt…, writeDouble… and swap methods. Source: Node 24's lib/internal/buffer.js. */
import { codes } from '../errors.ts';
import { validateNumber } from '../validators.ts';

type Bytes = Uint8Array & Record<string, any>;

const float32 = new Float32Array(1);
const float64 = new Float64Array(1);
const big64 = new BigUint64Array(float64.buffer);
const bytes4 = new Uint8Array(float32.buffer);
const bytes8 = new Uint8Array(float64.buffer);

/** Adds the methods to `proto`, Buffer's prototype. */
export function addNumberMethods(proto: any): void {
  const add = (name: string, method: any) => {
    proto[name] = method;
    // Node writes each name twice: readUInt8 and readUint8.
    if (name.includes('UInt')) proto[name.replace('UInt', 'Uint')] = method;
  };
  for (const size of [1, 2, 4]) {
    for (const isSigned of [false, true]) {
      for (const isLittle of size === 1 ? [true] : [true, false]) {
        const name = `${isSigned ? 'Int' : 'UInt'}${size * 8}${size === 1 ? '' : isLittle ? 'LE' : 'BE'}`;
        add(`read${name}`, function (this: Bytes, offset = 0) {
          return read(this, offset, size, isLittle, isSigned);
        });
        add(`write${name}`, function (this: Bytes, value: number, offset = 0) {
          return write(this, value, offset, size, isLittle, isSigned);
        });
      }
    }
  }
  for (const isSigned of [false, true]) {
    for (const isLittle of [true, false]) {
      const name = `${isSigned ? 'Int' : 'UInt'}${isLittle ? 'LE' : 'BE'}`;
      add(`read${name}`, function (this: Bytes, offset: number, size: number) {
        if (offset === undefined) throw new codes.ERR_INVALID_ARG_TYPE('offset', 'number', offset);
        checkSize(size);
        return read(this, offset, size, isLittle, isSigned);
      });
      add(`write${name}`, function (this: Bytes, value: number, offset: number, size: number) {
        checkSize(size);
        return write(this, value, offset, size, isLittle, isSigned);
      });
      const big = `Big${isSigned ? 'Int' : 'UInt'}64${isLittle ? 'LE' : 'BE'}`;
      add(`read${big}`, function (this: Bytes, offset = 0) {
        readInto(this, offset, bytes8, isLittle);
        return isSigned ? BigInt.asIntN(64, big64[0]!) : big64[0];
      });
      add(`write${big}`, function (this: Bytes, value: bigint, offset = 0) {
        checkValue(value, isSigned ? -(2n ** 63n) : 0n, isSigned ? 2n ** 63n - 1n : 2n ** 64n - 1n, 8);
        checkBounds(this, offset, 8);
        // The mask is what refuses a number, in the engine's words.
        big64[0] = value & 0xffff_ffff_ffff_ffffn;
        return writeFrom(this, offset, bytes8, isLittle);
      });
    }
  }
  for (const isLittle of [true, false]) {
    for (const [kind, cell, view] of [
      ['Float', float32, bytes4],
      ['Double', float64, bytes8],
    ] as const) {
      const name = `${kind}${isLittle ? 'LE' : 'BE'}`;
      add(`read${name}`, function (this: Bytes, offset = 0) {
        readInto(this, offset, view, isLittle);
        return cell[0];
      });
      add(`write${name}`, function (this: Bytes, value: number, offset = 0) {
        checkBounds(this, offset, view.length);
        cell[0] = +value;
        return writeFrom(this, offset, view, isLittle);
      });
    }
  }
  for (const size of [2, 4, 8]) {
    proto[`swap${size * 8}`] = function (this: Bytes) {
      if (this.length % size !== 0) throw new codes.ERR_INVALID_BUFFER_SIZE(`${size * 8}-bits`);
      for (let i = 0; i < this.length; i += size) Uint8Array.prototype.subarray.call(this, i, i + size).reverse();
      return this;
    };
  }
}

function read(bytes: Bytes, offset: number, size: number, isLittle: boolean, isSigned: boolean): number {
  checkBounds(bytes, offset, size);
  let value = 0;
  // Multiplied, not shifted: up to 48 bits.
  for (let i = 0; i < size; i++) value = value * 256 + bytes[isLittle ? offset + size - 1 - i : offset + i]!;
  return isSigned && value >= 2 ** (size * 8 - 1) ? value - 2 ** (size * 8) : value;
}

function write(
  bytes: Bytes,
  given: number,
  offset: number,
  size: number,
  isLittle: boolean,
  isSigned: boolean,
): number {
  const value = +given;
  const limit = 2 ** (size * 8);
  checkValue(value, isSigned ? -limit / 2 : 0, isSigned ? limit / 2 - 1 : limit - 1, size);
  checkBounds(bytes, offset, size);
  let rest = Math.trunc(value) || 0;
  if (rest < 0) rest += limit;
  for (let i = 0; i < size; i++) {
    bytes[isLittle ? offset + i : offset + size - 1 - i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return offset + size;
}

function readInto(bytes: Bytes, offset: number, view: Uint8Array, isLittle: boolean): void {
  checkBounds(bytes, offset, view.length);
  const last = view.length - 1;
  for (let i = 0; i <= last; i++) view[isLittle ? i : last - i] = bytes[offset + i]!;
}

function writeFrom(bytes: Bytes, offset: number, view: Uint8Array, isLittle: boolean): number {
  const last = view.length - 1;
  for (let i = 0; i <= last; i++) bytes[offset + i] = view[isLittle ? i : last - i]!;
  return offset + view.length;
}

function checkSize(size: number): void {
  validateNumber(size, 'byteLength');
  if (Math.floor(size) !== size) throw new codes.ERR_OUT_OF_RANGE('byteLength', 'an integer', size);
  if (size < 1 || size > 6) throw new codes.ERR_OUT_OF_RANGE('byteLength', '>= 1 and <= 6', size);
}

function checkBounds(bytes: Bytes, offset: number, size: number): void {
  if (typeof offset !== 'number') throw new codes.ERR_INVALID_ARG_TYPE('offset', 'number', offset);
  if (bytes[offset] !== undefined && bytes[offset + size - 1] !== undefined) return;
  if (Math.floor(offset) !== offset) throw new codes.ERR_OUT_OF_RANGE('offset', 'an integer', offset);
  const max = bytes.length - size;
  if (max < 0) throw new codes.ERR_BUFFER_OUT_OF_BOUNDS();
  throw new codes.ERR_OUT_OF_RANGE('offset', `>= 0 and <= ${max}`, offset);
}

function checkValue(value: any, min: number | bigint, max: number | bigint, size: number): void {
  if (!(value > max || value < min)) return;
  const n = typeof min === 'bigint' ? 'n' : '';
  const isUnsigned = min === 0 || min === 0n;
  const bits = size * 8;
  let range = `>= ${min}${n} and <= ${max}${n}`;
  if (size > 4) {
    range = isUnsigned
      ? `>= 0${n} and < 2${n} ** ${bits}${n}`
      : `>= -(2${n} ** ${bits - 1}${n}) and < 2${n} ** ${bits - 1}${n}`;
  }
  throw new codes.ERR_OUT_OF_RANGE('value', range, value);
}
