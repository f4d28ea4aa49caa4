/** HTTP/1.1 (RFC 9112): a head, then a body by its length or in chunks. */
import { type Decoded, type Decoder, MESSAGE_BYTES_MAX, textOf } from './decoder.ts';

const HEAD_BYTES_MAX = 65_536;

export class HttpDecoder implements Decoder {
  read(bytes: Uint8Array, _isStart: boolean, isCut: boolean): Decoded | 'partial' | null {
    const start = textOf(bytes.subarray(0, 16), 16);
    if (!/^(?:[A-Z]{3,7} |HTTP\/1\.)/.test(start)) {
      return /^[A-Z/1.]*$/.test(start) && bytes.length < 9 ? 'partial' : null;
    }
    const end = headEnd(bytes);
    if (end < 0) return bytes.length > HEAD_BYTES_MAX ? null : 'partial';
    const head = textOf(bytes.subarray(0, end - 4), HEAD_BYTES_MAX);
    const [first = '', ...lines] = head.split('\r\n');
    const header = (name: string) =>
      lines
        .find((line) => line.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim() ?? '';
    const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(first)?.[1] ?? 0);
    const body = /chunked/i.test(header('transfer-encoding'))
      ? chunked(bytes, end)
      : sized(bytes, end, status === 204 || status === 304 ? 0 : Number(header('content-length') || 0));
    if (body === null) {
      if (!isCut) return 'partial';
      // Of a large packet only the beginning was kept: the head, and what there is of the body.
      const text = textOf(bytes.subarray(end));
      return { length: bytes.length, title: titleOf(first), detail: `${head}\n\n${text}…` };
    }
    const text = textOf(body.bytes);
    return {
      length: body.end,
      title: titleOf(first),
      detail: text === '' ? head : `${head}\n\n${text}`,
      ...(status >= 500 ? { isBad: true } : {}),
    };
  }
}

function titleOf(first: string): string {
  return first.replace(/ HTTP\/1\.1$/, '').replace(/^HTTP\/1\.1 /, '');
}

function headEnd(bytes: Uint8Array): number {
  for (let i = 3; i < Math.min(bytes.length, HEAD_BYTES_MAX); i++) {
    if (bytes[i] === 10 && bytes[i - 1] === 13 && bytes[i - 2] === 10 && bytes[i - 3] === 13) return i + 1;
  }
  return -1;
}

interface Body {
  readonly bytes: Uint8Array;
  readonly end: number;
}

function sized(bytes: Uint8Array, at: number, length: number): Body | null {
  if (!(length >= 0)) return { bytes: new Uint8Array(0), end: at };
  if (at + length > bytes.length && length <= MESSAGE_BYTES_MAX) return null;
  const end = Math.min(bytes.length, at + length);
  return { bytes: bytes.subarray(at, end), end };
}

function chunked(bytes: Uint8Array, from: number): Body | null {
  const parts: Uint8Array[] = [];
  let at = from;
  for (;;) {
    const end = bytes.indexOf(10, at);
    if (end < 0) return null;
    const size = Number.parseInt(textOf(bytes.subarray(at, end), 20), 16);
    if (Number.isNaN(size)) return { bytes: join(parts), end: end + 1 };
    if (end + 1 + size + 2 > bytes.length) return null;
    parts.push(bytes.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 2;
    if (size === 0) return { bytes: join(parts), end: at };
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
