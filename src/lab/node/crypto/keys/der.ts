/** The little of ASN.1's DER that keys and certificates need (X.690), and PEM around it (RFC 7468). */

export interface DerNode {
  readonly tag: number;
  readonly body: Uint8Array;
  readonly whole: Uint8Array;
}

/** The values that stand in `bytes` one after the other. @throws Error when a length runs over the end */
export function nodes(bytes: Uint8Array): DerNode[] {
  const found: DerNode[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const tag = bytes[at]!;
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + (bytes[at++] ?? 0);
    }
    if (at + length > bytes.length) throw new Error('DER: a length runs over the end');
    found.push({ tag, body: bytes.subarray(at, at + length), whole: bytes.subarray(start, at + length) });
    at += length;
  }
  return found;
}

/** `1.2.840.10045.2.1` */
export function oidOf(body: Uint8Array): string {
  const parts = [Math.floor(body[0]! / 40), body[0]! % 40];
  let value = 0;
  for (const byte of body.subarray(1)) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    parts.push(value);
    value = 0;
  }
  return parts.join('.');
}

export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const { length } = body;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >>> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from([tag, ...head]), body]);
}

export const SEQUENCE = 0x30;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = Uint8Array.of(5, 0);

export function oid(text: string): Uint8Array {
  const [first, second, ...rest] = text.split('.').map(Number) as [number, number, ...number[]];
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const digits = [part & 0x7f];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return der(0x06, Uint8Array.from(bytes));
}

export const smallInteger = (value: number) => der(INTEGER, Uint8Array.of(value));

/** A non-negative integer from big-endian bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at++;
  const trimmed = bytes.subarray(at);
  return der(INTEGER, ...(trimmed[0]! >= 0x80 ? [Uint8Array.of(0), trimmed] : [trimmed]));
}

/** Big-endian bytes of an INTEGER, without the sign's zero, filled up to `length`. */
export function unsigned(body: Uint8Array, length = 0): Uint8Array {
  let at = 0;
  while (at < body.length - 1 && body[at] === 0) at++;
  const trimmed = body.subarray(at);
  if (trimmed.length >= length) return trimmed.slice();
  const filled = new Uint8Array(length);
  filled.set(trimmed, length - trimmed.length);
  return filled;
}

export function pem(label: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('base64');
  return `-----BEGIN ${label}-----\n${text.replace(/(.{64})(?=.)/g, '$1\n')}\n-----END ${label}-----\n`;
}

/** The first block of a PEM text, or null. */
export function fromPem(text: string): { readonly label: string; readonly bytes: Uint8Array } | null {
  const match = /-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END \1-----/.exec(text);
  if (match === null) return null;
  return { label: match[1]!, bytes: Buffer.from(match[2]!.replace(/\s/g, ''), 'base64') };
}
