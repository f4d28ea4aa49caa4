/** node:string_decoder: text from pieces of bytes, characters never torn. Source: Node 24's lib/string_decoder.js. */
import { decode, type Encoding, encodingOf } from './buffer/encodings.ts';
import { codes } from './errors.ts';

export const StringDecoder: any = function StringDecoder(this: any, name?: string) {
  const encoding = encodingOf(name);
  if (encoding === undefined) throw new codes.ERR_UNKNOWN_ENCODING(name);
  this.encoding = encoding;
  Object.defineProperty(this, 'rest', { value: new Uint8Array(0), writable: true, enumerable: false });
};

StringDecoder.prototype.write = function write(this: any, chunk: any): string {
  if (typeof chunk === 'string') return chunk;
  if (!ArrayBuffer.isView(chunk)) {
    throw new codes.ERR_INVALID_ARG_TYPE('buf', ['Buffer', 'TypedArray', 'DataView'], chunk);
  }
  let bytes = new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength);
  if (this.rest.length > 0) {
    const joined = new Uint8Array(this.rest.length + bytes.length);
    joined.set(this.rest);
    joined.set(bytes, this.rest.length);
    bytes = joined;
  }
  const whole = bytes.length - incomplete(bytes, this.encoding);
  this.rest = whole === bytes.length ? EMPTY : bytes.slice(whole);
  return decode(bytes, this.encoding, 0, whole);
};

StringDecoder.prototype.end = function end(this: any, chunk?: any): string {
  let text = chunk === undefined ? '' : this.write(chunk);
  if (this.rest.length > 0) {
    text += this.encoding === 'utf8' ? '\ufffd' : decode(this.rest, this.encoding, 0, this.rest.length);
    this.rest = EMPTY;
  }
  return text;
};

StringDecoder.prototype.text = function text(this: any, chunk: any, offset: number): string {
  this.rest = EMPTY;
  return this.write(chunk.subarray(offset));
};

Object.defineProperties(StringDecoder.prototype, {
  lastNeed: {
    get(this: any) {
      return this.rest.length === 0 ? 0 : sequenceLength(this.rest[0]) - this.rest.length;
    },
  },
  lastTotal: {
    get(this: any) {
      return this.rest.length === 0 ? 0 : sequenceLength(this.rest[0]);
    },
  },
});

const EMPTY = new Uint8Array(0);

/** Bytes at the end that need more to become a character. */
function incomplete(bytes: Uint8Array, encoding: Encoding): number {
  const { length } = bytes;
  switch (encoding) {
    case 'utf8': {
      for (let back = 1; back <= Math.min(3, length); back++) {
        const byte = bytes[length - back]!;
        if ((byte & 0xc0) === 0x80) continue;
        return sequenceLength(byte) > back && canContinue(bytes, length - back) ? back : 0;
      }
      return 0;
    }
    case 'utf16le': {
      const odd = length % 2;
      // The first half of a surrogate pair waits for the second.
      const isHigh = length - odd >= 2 && (bytes[length - odd - 1]! & 0xfc) === 0xd8;
      return odd + (isHigh ? 2 : 0);
    }
    case 'base64':
    case 'base64url':
      return length % 3;
    default:
      return 0;
  }
}

/** False when the second byte already makes the sequence invalid (overlong, surrogate, beyond U+10FFFF). */
function canContinue(bytes: Uint8Array, at: number): boolean {
  const second = bytes[at + 1];
  if (second === undefined) return true;
  const first = bytes[at]!;
  if (first === 0xe0) return second >= 0xa0;
  if (first === 0xed) return second < 0xa0;
  if (first === 0xf0) return second >= 0x90;
  if (first === 0xf4) return second < 0x90;
  return true;
}

function sequenceLength(byte: number): number {
  if (byte >= 0xc2 && byte <= 0xdf) return 2;
  if (byte >= 0xe0 && byte <= 0xef) return 3;
  if (byte >= 0xf0 && byte <= 0xf4) return 4;
  return 1;
}

export default { StringDecoder };
