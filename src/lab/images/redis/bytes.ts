/**
 * Strings of Redis are bytes. Inside the server they are JavaScript strings with one character a byte (U+0000–U+00FF):
 * cheap as map keys, and they compare as memcmp does.
 */

const CHUNK = 8_192;
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export function textOf(bytes: Uint8Array): string {
  if (bytes.length <= CHUNK) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK)
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + CHUNK) as unknown as number[]);
  return text;
}

export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** From ordinary text, such as a command line, to the bytes of its UTF-8. */
export const encodeUtf8 = (text: string): string => (isAscii(text) ? text : textOf(utf8.encode(text)));

/** For people: bytes that are no UTF-8 become replacement characters. */
export const decodeUtf8 = (text: string): string => (isAscii(text) ? text : fromUtf8.decode(bytesOf(text)));

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** Only A–Z, whatever the locale: command and option names. */
export function lower(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 65 && code <= 90) return lowerAll(text);
  }
  return text;
}

function lowerAll(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    out += code >= 65 && code <= 90 ? String.fromCharCode(code + 32) : text[i];
  }
  return out;
}

/** As memcmp and then length: −1, 0 or 1. */
export const compareBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
