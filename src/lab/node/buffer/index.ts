/**
 * node:buffer. As in Node, a Buffer is a Uint8Array of a subclass of its own (`FastBuffer`), and `Buffer` is a function
 * that shares its prototype, so `Buffer(5)`, `new Buffer('x')` and `class X extends Buffer` work.
 *
 * encodings.ts turns text to bytes and back; numbers.ts has readInt… and writeInt….
 * Source: Node 24's lib/buffer.js. Left out: Blob's stream, File, transcode.
 */
import { codes, missing, plainError } from '../errors.ts';
import { customInspect } from '../util/inspect.ts';
import { isAnyArrayBuffer } from '../util/types.ts';
import { validateInteger, validateNumber } from '../validators.ts';
import { byteLength, decode, type Encoding, encode, encodingOf, write } from './encodings.ts';
import { addNumberMethods } from './numbers.ts';

export const kMaxLength = 2 ** 53 - 1;
export const kStringMaxLength = 536_870_888;
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: kStringMaxLength };
export const INSPECT_MAX_BYTES = 50;

class FastBuffer extends Uint8Array {}

export const Buffer: any = function Buffer(value: any, encodingOrOffset?: any, length?: number) {
  if (typeof value === 'number') {
    if (typeof encodingOrOffset === 'string') throw new codes.ERR_INVALID_ARG_TYPE('string', 'string', value);
    return Buffer.alloc(value);
  }
  return Buffer.from(value, encodingOrOffset, length);
};
// The typed arrays that these names come from are frozen, and such a name can only be assigned where it is own already.
makeOwn(Buffer, ['from', 'of']);
makeOwn(FastBuffer.prototype, ['constructor', 'fill', 'includes', 'indexOf', 'lastIndexOf', 'slice', 'subarray']);
makeOwn(FastBuffer.prototype, ['toLocaleString', 'toString']);
FastBuffer.prototype.constructor = Buffer;
Buffer.prototype = FastBuffer.prototype;
Object.setPrototypeOf(Buffer, Uint8Array);
Object.defineProperty(Buffer, Symbol.species, { configurable: true, get: () => FastBuffer });
Buffer.poolSize = 8192;

/** The same bytes as a Buffer; no copy. */
export function bufferOf(bytes: Uint8Array): any {
  return new FastBuffer(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

function requireEncoding(name: unknown): Encoding {
  const encoding = typeof name === 'string' || name === undefined || name === null ? encodingOf(name) : undefined;
  if (encoding === undefined) throw new codes.ERR_UNKNOWN_ENCODING(name);
  return encoding;
}

Buffer.from = function from(value: any, encodingOrOffset?: any, length?: number) {
  if (typeof value === 'string') return fromText(value, requireEncoding(encodingOrOffset));
  if (typeof value === 'object' && value !== null) {
    if (isAnyArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    const primitive = value.valueOf?.();
    if (primitive !== undefined && primitive !== null && primitive !== value) {
      if (typeof primitive === 'string' || typeof primitive === 'object') {
        return Buffer.from(primitive, encodingOrOffset, length);
      }
    }
    const made = fromObject(value);
    if (made !== undefined) return made;
    if (typeof value[Symbol.toPrimitive] === 'function') {
      const text = value[Symbol.toPrimitive]('string');
      if (typeof text === 'string') return Buffer.from(text, encodingOrOffset);
    }
  }
  throw new codes.ERR_INVALID_ARG_TYPE(
    'first argument',
    ['string', 'Buffer', 'ArrayBuffer', 'Array', 'Array-like Object'],
    value,
  );
};

function makeOwn(target: object, names: readonly string[]): void {
  for (const name of names)
    Object.defineProperty(target, name, { value: undefined, writable: true, enumerable: true, configurable: true });
}

function fromText(text: string, encoding: Encoding): any {
  // Short texts are mostly ASCII, and TextEncoder with a view on its result costs more than writing them here.
  if (encoding === 'utf8' && text.length <= 256) {
    const buffer = new FastBuffer(text.length);
    let i = 0;
    for (; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) break;
      buffer[i] = code;
    }
    if (i === text.length) return buffer;
  }
  return bufferOf(encode(text, encoding));
}

function fromArrayBuffer(value: ArrayBuffer, offset: any, length: any): any {
  let start = 0;
  if (offset !== undefined) start = Number.isNaN(+offset) ? 0 : +offset;
  const max = value.byteLength - start;
  if (max < 0) throw new codes.ERR_BUFFER_OUT_OF_BOUNDS('offset');
  let size = max;
  if (length !== undefined) {
    size = Math.max(+length || 0, 0);
    if (size > max) throw new codes.ERR_BUFFER_OUT_OF_BOUNDS('length');
  }
  return new FastBuffer(value, start, size);
}

function fromObject(value: any): any {
  if (value.length !== undefined || isAnyArrayBuffer(value.buffer)) {
    return typeof value.length === 'number' ? fromArrayLike(value) : new FastBuffer(0);
  }
  if (value.type === 'Buffer' && Array.isArray(value.data)) return fromArrayLike(value.data);
  return undefined;
}

function fromArrayLike(value: ArrayLike<number>): any {
  const buffer = new FastBuffer(value.length);
  buffer.set(value);
  return buffer;
}

function checkSize(size: unknown): asserts size is number {
  validateNumber(size, 'size', 0, kMaxLength);
}

Buffer.alloc = function alloc(size: number, fill?: any, encoding?: string) {
  checkSize(size);
  const buffer: any = new FastBuffer(size);
  return fill !== undefined && fill !== 0 && size > 0 ? buffer.fill(fill, encoding) : buffer;
};
// Node leaves the memory as it is; old contents would make a run depend on earlier ones, so it is zeroed here.
Buffer.allocUnsafe = function allocUnsafe(size: number) {
  checkSize(size);
  return new FastBuffer(size);
};
Buffer.allocUnsafeSlow = Buffer.allocUnsafe;

Buffer.of = (...items: number[]) => fromArrayLike(items);
Buffer.copyBytesFrom = (view: any, offset = 0, length = view.length - offset) =>
  Buffer.from(new Uint8Array(view.slice(offset, offset + length).buffer));
Buffer.isBuffer = (value: unknown) => value instanceof Buffer;
Buffer.isEncoding = (name: unknown) => typeof name === 'string' && name.length !== 0 && encodingOf(name) !== undefined;

Buffer.byteLength = (value: any, encoding?: string): number => {
  if (typeof value === 'string') return byteLength(value, encodingOf(encoding) ?? 'utf8');
  if (ArrayBuffer.isView(value) || isAnyArrayBuffer(value)) return value.byteLength;
  throw new codes.ERR_INVALID_ARG_TYPE('string', ['string', 'Buffer', 'ArrayBuffer'], value);
};

Buffer.concat = function concat(list: readonly Uint8Array[], length?: number) {
  if (!Array.isArray(list)) throw new codes.ERR_INVALID_ARG_TYPE('list', 'Array', list);
  if (list.length === 0) return new FastBuffer(0);
  if (length !== undefined) validateInteger(length, 'length', 0);
  list.forEach((part, i) => {
    if (!(part instanceof Uint8Array)) {
      throw new codes.ERR_INVALID_ARG_TYPE(`list[${i}]`, ['Buffer', 'Uint8Array'], part);
    }
  });
  const size = length ?? list.reduce((sum, part) => sum + part.length, 0);
  const joined = new FastBuffer(size);
  let at = 0;
  for (const part of list) {
    if (at >= size) break;
    joined.set(part.length > size - at ? part.subarray(0, size - at) : part, at);
    at += part.length;
  }
  return joined;
};

Buffer.compare = function compare(a: any, b: any): number {
  for (const [name, one] of [
    ['buf1', a],
    ['buf2', b],
  ] as const) {
    if (!(one instanceof Uint8Array)) throw new codes.ERR_INVALID_ARG_TYPE(name, ['Buffer', 'Uint8Array'], one);
  }
  return compareBytes(a, b);
};

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return Math.sign(a.length - b.length);
}

const proto = FastBuffer.prototype as any;

Object.defineProperty(proto, 'parent', {
  enumerable: true,
  get(this: any) {
    return this instanceof Buffer ? this.buffer : undefined;
  },
});
Object.defineProperty(proto, 'offset', {
  enumerable: true,
  get(this: any) {
    return this instanceof Buffer ? this.byteOffset : undefined;
  },
});

proto.toString = function toString(this: Uint8Array, encoding?: string, from?: number, to?: number): string {
  const { length } = this;
  if (arguments.length === 0) return decode(this, 'utf8', 0, length);
  const start = clamp(from, 0, length);
  const end = to === undefined ? length : clamp(to, 0, length);
  if (end <= start) return '';
  const known = encodingOf(encoding);
  if (known === undefined) throw new codes.ERR_UNKNOWN_ENCODING(encoding);
  return decode(this, known, start, end);
};
proto.toLocaleString = proto.toString;

function clamp(value: any, fallback: number, length: number): number {
  const n = Math.trunc(+value);
  if (Number.isNaN(n)) return fallback;
  return Math.min(Math.max(n, 0), length);
}

proto.toJSON = function toJSON(this: Uint8Array) {
  return { type: 'Buffer', data: Array.from(this) };
};

proto.equals = function equals(this: Uint8Array, other: any): boolean {
  if (!(other instanceof Uint8Array)) {
    throw new codes.ERR_INVALID_ARG_TYPE('otherBuffer', ['Buffer', 'Uint8Array'], other);
  }
  return this === other || (this.length === other.length && compareBytes(this, other) === 0);
};

proto.compare = function compare(
  this: Uint8Array,
  target: any,
  targetStart = 0,
  targetEnd = target.length,
  sourceStart = 0,
  sourceEnd = this.length,
): number {
  if (!(target instanceof Uint8Array)) {
    throw new codes.ERR_INVALID_ARG_TYPE('target', ['Buffer', 'Uint8Array'], target);
  }
  validateInteger(targetStart, 'targetStart', 0);
  validateInteger(targetEnd, 'targetEnd', 0, target.length);
  validateInteger(sourceStart, 'sourceStart', 0);
  validateInteger(sourceEnd, 'sourceEnd', 0, this.length);
  return compareBytes(this.subarray(sourceStart, sourceEnd), target.subarray(targetStart, targetEnd));
};

proto.slice = proto.subarray = function subarray(this: Uint8Array, start?: number, end?: number) {
  const { length } = this;
  const from = relative(start, 0, length);
  const to = relative(end, length, length);
  return new FastBuffer(this.buffer as ArrayBuffer, this.byteOffset + from, Math.max(0, to - from));
};

function relative(value: any, fallback: number, length: number): number {
  if (value === undefined) return fallback;
  const n = Math.trunc(+value) || 0;
  return n < 0 ? Math.max(0, length + n) : Math.min(n, length);
}

proto.copy = function copy(
  this: Uint8Array,
  target: any,
  targetStart = 0,
  sourceStart = 0,
  sourceEnd = this.length,
): number {
  if (!ArrayBuffer.isView(target)) {
    throw new codes.ERR_INVALID_ARG_TYPE('target', ['Buffer', 'Uint8Array'], target);
  }
  const to = target as Uint8Array;
  const at = Math.trunc(+targetStart) || 0;
  if (at < 0) throw new codes.ERR_OUT_OF_RANGE('targetStart', '>= 0', targetStart);
  const from = Math.trunc(+sourceStart) || 0;
  if (from < 0 || from > this.length) {
    throw new codes.ERR_OUT_OF_RANGE('sourceStart', `>= 0 && <= ${this.length}`, sourceStart);
  }
  const end = Math.trunc(+sourceEnd) || 0;
  if (end < 0) throw new codes.ERR_OUT_OF_RANGE('sourceEnd', '>= 0', sourceEnd);
  if (at >= to.length || from >= end) return 0;
  const count = Math.min(end - from, this.length - from, to.length - at);
  to.set(new Uint8Array(this.buffer as ArrayBuffer, this.byteOffset + from, count), at);
  return count;
};

proto.write = function (this: Uint8Array, text: any, offset?: any, length?: any, encoding?: any): number {
  if (typeof text !== 'string') throw plainError('ERR_INVALID_ARG_TYPE', 'argument must be a string', TypeError);
  let at = 0;
  let size = this.length;
  let name = encoding;
  if (typeof offset === 'string') name = offset;
  else if (offset !== undefined) {
    validateInteger(offset, 'offset', 0, this.length);
    at = offset;
    size = this.length - at;
    if (typeof length === 'string') name = length;
    else if (length !== undefined) {
      validateInteger(length, 'length', 0, this.length);
      size = Math.min(size, length);
    }
  }
  return write(this, text, requireEncoding(name), at, size);
};

proto.fill = function fill(this: Uint8Array, value: any, offset?: any, end?: any, encoding?: any) {
  let from = offset;
  let to = end;
  let name = encoding;
  if (typeof offset === 'string') {
    name = offset;
    from = undefined;
    to = undefined;
  } else if (typeof end === 'string') {
    name = end;
    to = undefined;
  }
  if (from !== undefined) validateNumber(from, 'offset', 0, kMaxLength);
  if (to !== undefined) validateNumber(to, 'end', 0, this.length);
  from ??= 0;
  to ??= this.length;
  if (typeof value === 'string' || value instanceof Uint8Array) {
    const pattern = typeof value === 'string' ? encode(value, requireEncoding(name)) : value;
    if (pattern.length === 0) {
      if (typeof value === 'string' && value.length === 0) return Uint8Array.prototype.fill.call(this, 0, from, to);
      throw new codes.ERR_INVALID_ARG_VALUE('value', value);
    }
    for (let i = from; i < to; i++) this[i] = pattern[(i - from) % pattern.length]!;
    return this;
  }
  return Uint8Array.prototype.fill.call(this, typeof value === 'boolean' ? +value : value & 255, from, to);
};

function search(bytes: Uint8Array, value: any, byteOffset: any, encoding: any, isForward: boolean): number {
  let name = encoding;
  let offset = byteOffset;
  if (typeof offset === 'string') {
    name = offset;
    offset = undefined;
  }
  offset = +offset;
  if (Number.isNaN(offset)) offset = isForward ? 0 : bytes.length;
  offset = Math.trunc(offset);
  if (offset < 0) offset += bytes.length;
  if (offset < 0) {
    if (!isForward) return -1;
    offset = 0;
  }
  if (typeof value === 'number') {
    const byte = value & 255;
    return isForward
      ? Uint8Array.prototype.indexOf.call(bytes, byte, offset)
      : Uint8Array.prototype.lastIndexOf.call(bytes, byte, Math.min(offset, bytes.length - 1));
  }
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw new codes.ERR_INVALID_ARG_TYPE('value', ['number', 'string', 'Buffer', 'Uint8Array'], value);
  }
  const needle = typeof value === 'string' ? encode(value, requireEncoding(name)) : value;
  const last = bytes.length - needle.length;
  if (needle.length === 0) return Math.min(offset, bytes.length);
  const step = isForward ? 1 : -1;
  for (let i = isForward ? offset : Math.min(offset, last); i >= 0 && i <= last; i += step) {
    let j = 0;
    while (j < needle.length && bytes[i + j] === needle[j]) j++;
    if (j === needle.length) return i;
  }
  return -1;
}

proto.indexOf = function indexOf(this: Uint8Array, value: any, byteOffset?: any, encoding?: any) {
  return search(this, value, byteOffset, encoding, true);
};
proto.lastIndexOf = function lastIndexOf(this: Uint8Array, value: any, byteOffset?: any, encoding?: any) {
  return search(this, value, byteOffset, encoding, false);
};
proto.includes = function includes(this: Uint8Array, value: any, byteOffset?: any, encoding?: any) {
  return search(this, value, byteOffset, encoding, true) !== -1;
};

for (const encoding of ['utf8', 'utf16le', 'latin1', 'ascii', 'base64', 'base64url', 'hex'] as const) {
  const name = encoding === 'utf16le' ? 'ucs2' : encoding;
  proto[`${name}Slice`] = function (this: Uint8Array, start = 0, end = this.length) {
    return decode(this, encoding, start, end);
  };
  proto[`${name}Write`] = function (this: Uint8Array, text: string, offset = 0, length = this.length - offset) {
    return write(this, text, encoding, offset, length);
  };
}

proto[customInspect] = function (this: Uint8Array, _depth: number, options: any, inspect: any): string {
  const shown = Math.min(INSPECT_MAX_BYTES, this.length);
  let text = decode(this, 'hex', 0, shown).replace(/(.{2})(?=.)/g, '$1 ');
  const remaining = this.length - shown;
  if (remaining > 0) text += ` ... ${remaining} more byte${remaining > 1 ? 's' : ''}`;
  const extras = Object.keys(this).filter((key) => !/^\d+$/.test(key));
  for (const key of extras) text += `${text === '' ? '' : ', '}${key}: ${inspect((this as any)[key], options)}`;
  return `<${this.constructor.name} ${text}>`;
};
proto.inspect = proto[customInspect];

addNumberMethods(proto);
// A for-in over a Buffer shows its indices alone, and util.inspect no methods.
for (const key of Reflect.ownKeys(proto)) {
  if (key !== 'parent' && key !== 'offset') Object.defineProperty(proto, key, { enumerable: false });
}

export const isUtf8 = (bytes: Uint8Array) => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes as any);
    return true;
  } catch {
    return false;
  }
};
export const isAscii = (bytes: Uint8Array) => bytes.every((byte) => byte < 128);

export function atob(text: string): string {
  if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('input');
  const input = `${text}`.replace(/[\t\n\f\r ]/g, '');
  const body = input.length % 4 === 0 ? input.replace(/={1,2}$/, '') : input;
  if (/[^A-Za-z0-9+/]/.test(body.replace(/=+$/, '')))
    throw new DOMException('Invalid character', 'InvalidCharacterError');
  if (/=$/.test(body) || body.length % 4 === 1) {
    const isShort = body.replace(/=+$/, '').length % 4 === 1;
    const text = isShort ? 'The string to be decoded is not correctly encoded.' : 'Invalid character';
    throw new DOMException(text, 'InvalidCharacterError');
  }
  return Buffer.from(body, 'base64').latin1Slice();
}

export function btoa(text: string): string {
  if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('input');
  const input = `${text}`;
  if (/[^\x00-\xff]/.test(input)) throw new DOMException('Invalid character', 'InvalidCharacterError');
  return Buffer.from(input, 'latin1').toString('base64');
}

export default {
  Buffer,
  SlowBuffer: Buffer.allocUnsafeSlow,
  kMaxLength,
  kStringMaxLength,
  constants,
  INSPECT_MAX_BYTES,
  isUtf8,
  isAscii,
  atob,
  btoa,
  transcode: () => missing('buffer.transcode', 'Decode with toString and encode with Buffer.from.'),
  resolveObjectURL: () => undefined,
};
