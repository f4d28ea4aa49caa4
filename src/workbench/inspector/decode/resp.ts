/** RESP2 and RESP3, the Redis protocol: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
import { type Decoded, type Decoder, shortOf, textOf } from './decoder.ts';

interface Value {
  readonly end: number;
  readonly text: string;
  /** Words of an array of strings: a command. */
  readonly words?: readonly string[];
  readonly isError?: boolean;
}

const DEPTH_MAX = 16;
const ITEMS_MAX = 10_000;

export class RespDecoder implements Decoder {
  private readonly isClient: boolean;

  constructor(isClient: boolean) {
    this.isClient = isClient;
  }

  read(bytes: Uint8Array): Decoded | 'partial' | null {
    const value = read(bytes, 0, 0);
    if (value === 'partial' || value === null) return value;
    const { end, text, words, isError } = value;
    const title = this.isClient && words !== undefined ? words.join(' ') : text;
    const isLong = title.length > 120 || title.includes('\n');
    return { length: end, title: shortOf(title), detail: isLong ? title : '', ...(isError ? { isBad: true } : {}) };
  }
}

function read(bytes: Uint8Array, at: number, depth: number): Value | 'partial' | null {
  const type = bytes[at];
  if (type === undefined) return 'partial';
  const lineEnd = lineEndOf(bytes, at);
  if (lineEnd < 0) return bytes.length - at > 65_536 ? null : 'partial';
  const line = textOf(bytes.subarray(at + 1, lineEnd));
  const end = lineEnd + 2;
  switch (String.fromCharCode(type)) {
    case '+':
      return { end, text: line };
    case '-':
      return { end, text: line, isError: true };
    case ':':
      return { end, text: `(integer) ${line}` };
    case ',':
    case '(':
      return { end, text: line };
    case '#':
      return { end, text: line === 't' ? 'true' : 'false' };
    case '_':
      return { end, text: '(nil)' };
    case '$':
    case '=':
    case '!': {
      const length = Number(line);
      if (length === -1) return { end, text: '(nil)' };
      if (!Number.isInteger(length) || length < 0) return null;
      if (end + length + 2 > bytes.length) return 'partial';
      const text = textOf(bytes.subarray(end, end + length));
      return { end: end + length + 2, text, words: [text], ...(type === 33 ? { isError: true } : {}) };
    }
    case '*':
    case '~':
    case '>':
    case '%': {
      const count = Number(line) * (type === 37 ? 2 : 1);
      if (count === -1) return { end, text: '(nil)' };
      if (!Number.isInteger(count) || count < 0 || count > ITEMS_MAX || depth >= DEPTH_MAX) return null;
      const items: Value[] = [];
      let next = end;
      for (let i = 0; i < count; i++) {
        const item = read(bytes, next, depth + 1);
        if (item === 'partial' || item === null) return item;
        items.push(item);
        next = item.end;
      }
      const words = items.every((item) => item.words?.length === 1) ? items.map((item) => item.words![0]!) : undefined;
      const text = count === 0 ? '(empty)' : items.map((item) => item.text).join('\n');
      return { end: next, text, ...(words === undefined ? {} : { words: depth === 0 ? words : [] }) };
    }
    default:
      return null;
  }
}

function lineEndOf(bytes: Uint8Array, from: number): number {
  for (let i = from; ; ) {
    const at = bytes.indexOf(13, i);
    if (at < 0 || at + 1 >= bytes.length) return -1;
    if (bytes[at + 1] === 10) return at;
    i = at + 1;
  }
}
