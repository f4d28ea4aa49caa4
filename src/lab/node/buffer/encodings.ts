/** Text to bytes and back, for each of Node's encodings. */

export type Encoding = 'utf8' | 'utf16le' | 'latin1' | 'ascii' | 'base64' | 'base64url' | 'hex';

const NAMES: Readonly<Record<string, Encoding>> = {
  utf8: 'utf8',
  'utf-8': 'utf8',
  ucs2: 'utf16le',
  'ucs-2': 'utf16le',
  utf16le: 'utf16le',
  'utf-16le': 'utf16le',
  latin1: 'latin1',
  binary: 'latin1',
  ascii: 'ascii',
  base64: 'base64',
  base64url: 'base64url',
  hex: 'hex',
};

/** Node's name for an encoding in any of its spellings; undefined when there is none. */
export function encodingOf(name: unknown): Encoding | undefined {
  if (name === undefined || name === null || name === '') return 'utf8';
  return NAMES[name as string] ?? NAMES[String(name).toLowerCase()];
}

const encoder = new TextEncoder();
// A byte order mark is kept, as Node's toString keeps it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function decode(bytes: Uint8Array, encoding: Encoding, start: number, end: number): string {
  switch (encoding) {
    case 'utf8':
      return decodeUtf8(bytes, start, end);
    case 'latin1':
      return decodeUnits(bytes, start, end, 0xff);
    case 'ascii':
      return decodeUnits(bytes, start, end, 0x7f);
    case 'hex':
      return decodeHex(bytes, start, end);
    case 'base64':
      return toBase64(bytes, start, end, STANDARD, true);
    case 'base64url':
      return toBase64(bytes, start, end, URL_SAFE, false);
    case 'utf16le': {
      let text = '';
      for (let i = start; i + 1 < end; i += 2) text += String.fromCharCode(bytes[i]! | (bytes[i + 1]! << 8));
      return text;
    }
  }
}

function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  // Short texts are mostly ASCII, and a call of TextDecoder costs more than reading them here.
  if (end - start <= 24) {
    let text = '';
    let i = start;
    for (; i < end; i++) {
      const byte = bytes[i]!;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (i === end) return text;
  }
  return decoder.decode(new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, end - start));
}

function decodeUnits(bytes: Uint8Array, start: number, end: number, mask: number): string {
  let text = '';
  // In pieces: a call takes a limited number of arguments.
  for (let i = start; i < end; i += 4096) {
    const piece = bytes.subarray(i, Math.min(end, i + 4096));
    text += String.fromCharCode.apply(null, mask === 0xff ? (piece as any) : Array.from(piece, (byte) => byte & mask));
  }
  return text;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function decodeHex(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += HEX[bytes[i]!];
  return text;
}

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = `${STANDARD.slice(0, 62)}-_`;

function toBase64(bytes: Uint8Array, start: number, end: number, alphabet: string, isPadded: boolean): string {
  let text = '';
  let i = start;
  for (; i + 2 < end; i += 3) {
    const word = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    text += alphabet[word >> 18]! + alphabet[(word >> 12) & 63]! + alphabet[(word >> 6) & 63]! + alphabet[word & 63]!;
  }
  if (end - i === 1) {
    const word = bytes[i]!;
    text += alphabet[word >> 2]! + alphabet[(word << 4) & 63]! + (isPadded ? '==' : '');
  } else if (end - i === 2) {
    const word = (bytes[i]! << 8) | bytes[i + 1]!;
    text += alphabet[word >> 10]! + alphabet[(word >> 4) & 63]! + alphabet[(word << 2) & 63]! + (isPadded ? '=' : '');
  }
  return text;
}

/** Value by character code; both alphabets are read alike, other characters are skipped. */
const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) {
  VALUES[STANDARD.charCodeAt(i)] = i;
  VALUES[URL_SAFE.charCodeAt(i)] = i;
}

function base64Digits(text: string): number {
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x3d) break;
    if (code < 128 && VALUES[code]! >= 0) digits++;
  }
  return digits;
}

/** Bytes that `text` becomes; for base64 and hex what Node's byteLength says, which looks at the length alone. */
export function byteLength(text: string, encoding: Encoding): number {
  switch (encoding) {
    case 'utf8':
      return utf8Length(text);
    case 'utf16le':
      return text.length * 2;
    case 'hex':
      return text.length >>> 1;
    case 'base64':
    case 'base64url': {
      let { length } = text;
      if (length > 0 && text.charCodeAt(length - 1) === 0x3d) length--;
      if (length > 1 && text.charCodeAt(length - 1) === 0x3d) length--;
      return (length * 3) >>> 2;
    }
    default:
      return text.length;
  }
}

function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) length++;
    else if (code >= 0xd800 && code <= 0xdbff && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      length += 2;
      i++;
    } else length += 2;
  }
  return length;
}

/** Bytes of a text, exactly as many as it has. */
export function encode(text: string, encoding: Encoding): Uint8Array {
  if (encoding === 'utf8') return encoder.encode(text);
  const size =
    encoding === 'base64' || encoding === 'base64url' ? (base64Digits(text) * 3) >>> 2 : byteLength(text, encoding);
  const bytes = new Uint8Array(size);
  const written = write(bytes, text, encoding, 0, size);
  return written === size ? bytes : bytes.subarray(0, written);
}

/** Writes as much of `text` as fits into `bytes` from `offset` on; returns the bytes written, never half a character. */
export function write(bytes: Uint8Array, text: string, encoding: Encoding, offset: number, length: number): number {
  const end = Math.min(bytes.length, offset + length);
  switch (encoding) {
    case 'utf8':
      return writeUtf8(bytes, text, offset, end);
    case 'latin1':
    case 'ascii': {
      const count = Math.min(text.length, end - offset);
      for (let i = 0; i < count; i++) bytes[offset + i] = text.charCodeAt(i);
      return count;
    }
    case 'utf16le': {
      const count = Math.min(text.length, (end - offset) >> 1);
      for (let i = 0; i < count; i++) {
        const code = text.charCodeAt(i);
        bytes[offset + 2 * i] = code;
        bytes[offset + 2 * i + 1] = code >> 8;
      }
      return count * 2;
    }
    case 'hex': {
      const count = Math.min(text.length >>> 1, end - offset);
      for (let i = 0; i < count; i++) {
        const pair = text.slice(2 * i, 2 * i + 2);
        if (!/^[0-9a-fA-F]{2}$/.test(pair)) return i;
        bytes[offset + i] = Number.parseInt(pair, 16);
      }
      return count;
    }
    default:
      return writeBase64(bytes, text, offset, end);
  }
}

function writeUtf8(bytes: Uint8Array, text: string, offset: number, end: number): number {
  if (text.length <= end - offset && text.length <= 32) {
    let i = 0;
    for (; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) break;
      bytes[offset + i] = code;
    }
    if (i === text.length) return i;
  }
  return encoder.encodeInto(text, new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + offset, end - offset))
    .written;
}

function writeBase64(bytes: Uint8Array, text: string, offset: number, end: number): number {
  let word = 0;
  let bits = 0;
  let at = offset;
  for (let i = 0; i < text.length && at < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x3d) break;
    const value = code < 128 ? VALUES[code]! : -1;
    if (value < 0) continue;
    word = ((word << 6) | value) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = word >> bits;
  }
  return at - offset;
}
