/**
 * Text of AMQP is bytes. Inside the image every name, key and long string is a JavaScript string of one character a
 * byte, so nothing is lost, equality is equality of bytes and sorting is the server's; only what a person reads
 * (`readable`) and what comes from a configuration (`fromText`) passes through UTF-8.
 */

const CHUNK = 4096;

/** Bytes as a string of one character each. */
export function toBinary(bytes: Uint8Array, from = 0, to = bytes.length): string {
  if (to - from <= CHUNK) return String.fromCharCode.apply(null, bytes.subarray(from, to) as unknown as number[]);
  let text = '';
  for (let at = from; at < to; at += CHUNK) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, Math.min(to, at + CHUNK)) as unknown as number[]);
  }
  return text;
}

/** The bytes of such a string. */
export function ofBinary(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** As a person reads it: UTF-8, with U+FFFD for what is none. Text that is readable already stays. */
export function readable(text: string): string {
  let isPlain = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) return text;
    if (code > 127) isPlain = false;
  }
  return isPlain ? text : new TextDecoder().decode(ofBinary(text));
}

/** A name of a configuration, a command line or JSON, as the wire has it. */
export function fromText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return toBinary(new TextEncoder().encode(text));
  }
  return text;
}

export function isUtf8(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) <= 127) continue;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(ofBinary(text));
      return true;
    } catch {
      return false;
    }
  }
  return true;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Base 64, with `+/` and padding or, for names that the server makes, `-_` and none. */
export function base64(bytes: Uint8Array, isUrl = false): string {
  const alphabet = `${BASE64}${isUrl ? '-_' : '+/'}`;
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i]!, bytes[i + 1], bytes[i + 2]];
    text += alphabet[a >> 2]! + alphabet[((a & 3) << 4) | ((b ?? 0) >> 4)]!;
    if (b === undefined) return text + (isUrl ? '' : '==');
    text += alphabet[((b & 15) << 2) | ((c ?? 0) >> 6)]!;
    if (c === undefined) return text + (isUrl ? '' : '=');
    text += alphabet[c & 63]!;
  }
  return text;
}

/** Null when it is no base 64. */
export function fromBase64(text: string): Uint8Array | null {
  const bare = text.replace(/[=\s]+$/, '');
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const char of bare) {
    const value = char === '+' ? 62 : char === '/' ? 63 : BASE64.indexOf(char);
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
    }
  }
  return Uint8Array.from(bytes);
}
