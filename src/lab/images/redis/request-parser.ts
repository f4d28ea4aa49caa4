/** Requests out of the bytes of a connection: arrays of bulk strings, and lines as people type them into telnet. */
import { textOf } from './bytes.ts';
import { parseInteger } from './numbers.ts';

/** As `PROTO_INLINE_MAX_SIZE` of Redis. */
const LINE_BYTES_MAX = 65_536;
const INT_MAX = 2_147_483_647;

export interface Limits {
  /** `proto-max-bulk-len`. */
  readonly bulkBytesMax: number;
  /** Before AUTH, small requests only. */
  readonly isAuthenticated: boolean;
}

export type Parsed =
  | { readonly args: string[] }
  /** The text after `ERR Protocol error: `; the connection is closed after it. */
  | { readonly error: string }
  /** Needs more bytes. */
  | null;

export class RequestParser {
  private buffer = '';
  private at = 0;
  /** Of the array that is being read: how many strings still come; 0 between requests. */
  private missing = 0;
  private bulkBytes = -1;
  private args: string[] = [];

  push(chunk: Uint8Array): void {
    this.buffer = this.at >= this.buffer.length ? textOf(chunk) : this.buffer.slice(this.at) + textOf(chunk);
    this.at = 0;
  }

  /** Bytes that wait to be understood. */
  get bufferedBytes(): number {
    return this.buffer.length - this.at;
  }

  /** The next request; `args` is empty for a blank line and for `*0`, which have no reply. */
  next(limits: Limits): Parsed {
    if (this.missing === 0 && this.at >= this.buffer.length) return null;
    if (this.missing > 0 || this.buffer.charCodeAt(this.at) === 42) return this.array(limits);
    return this.inline();
  }

  private array(limits: Limits): Parsed {
    if (this.missing === 0) {
      const line = this.line('too big mbulk count string');
      if (typeof line !== 'string') return line;
      const count = parseInteger(line.slice(1));
      if (count === null || count > INT_MAX) return { error: 'invalid multibulk length' };
      if (count > 10 && !limits.isAuthenticated) return { error: 'unauthenticated multibulk length' };
      if (count <= 0) return { args: [] };
      this.missing = count;
      this.args = [];
      this.bulkBytes = -1;
    }
    while (this.missing > 0) {
      if (this.bulkBytes < 0) {
        // A long string that is still on its way must not be copied for each look at its head.
        if (this.at >= this.buffer.length) return null;
        const line = this.line('too big bulk count string');
        if (typeof line !== 'string') return line;
        if (line.charCodeAt(0) !== 36) return { error: `expected '$', got '${line[0] ?? '\r'}'` };
        const bytes = parseInteger(line.slice(1));
        if (bytes === null || bytes < 0 || bytes > limits.bulkBytesMax) return { error: 'invalid bulk length' };
        if (bytes > 16_384 && !limits.isAuthenticated) return { error: 'unauthenticated bulk length' };
        this.bulkBytes = bytes;
      }
      if (this.buffer.length - this.at < this.bulkBytes + 2) return null;
      this.args.push(this.buffer.slice(this.at, this.at + this.bulkBytes));
      this.at += this.bulkBytes + 2;
      this.bulkBytes = -1;
      this.missing--;
    }
    return { args: this.args };
  }

  /** Up to CR, which LF follows unseen, as Redis does it. */
  private line(tooBig: string): string | Parsed {
    const end = this.find('\r');
    if (end < 0) return this.buffer.length - this.at > LINE_BYTES_MAX ? { error: tooBig } : null;
    if (end + 2 > this.buffer.length) return null;
    const line = this.buffer.slice(this.at, end);
    this.at = end + 2;
    return line;
  }

  /** Not beyond a NUL: what Redis searches are C strings. */
  private find(mark: string): number {
    const end = this.buffer.indexOf(mark, this.at);
    return end >= 0 && this.buffer.slice(this.at, end).includes('\0') ? -1 : end;
  }

  private inline(): Parsed {
    const end = this.find('\n');
    if (end < 0) return this.buffer.length - this.at > LINE_BYTES_MAX ? { error: 'too big inline request' } : null;
    const line = this.buffer.slice(this.at, this.buffer[end - 1] === '\r' && end > this.at ? end - 1 : end);
    this.at = end + 1;
    const args = splitArgs(line);
    return args ? { args } : { error: 'unbalanced quotes in request' };
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

/** Words and quoted strings of a line, as `sdssplitargs`; null when quotes are unbalanced. */
export function splitArgs(line: string): string[] | null {
  const args: string[] = [];
  let at = 0;
  // The line ends at NUL, as C strings do.
  const nul = line.indexOf('\0');
  if (nul >= 0) line = line.slice(0, nul);
  const isSpace = (c: string | undefined) => c !== undefined && ' \n\r\t\v\f'.includes(c);
  for (;;) {
    while (isSpace(line[at])) at++;
    if (at >= line.length) return args;
    let arg = '';
    for (let quote = ''; ; at++) {
      const c = line[at];
      if (quote === '') {
        if (c === undefined || ' \n\r\t'.includes(c)) break;
        if (c === '"' || c === "'") quote = c;
        else arg += c;
      } else if (c === undefined) return null;
      else if (
        quote === '"' &&
        c === '\\' &&
        line[at + 1] === 'x' &&
        /^[0-9a-fA-F]{2}$/.test(line.slice(at + 2, at + 4))
      ) {
        arg += String.fromCharCode(Number.parseInt(line.slice(at + 2, at + 4), 16));
        at += 3;
      } else if (quote === '"' && c === '\\' && line[at + 1] !== undefined) {
        at++;
        arg += ESCAPES[line[at]!] ?? line[at];
      } else if (quote === "'" && c === '\\' && line[at + 1] === "'") {
        at++;
        arg += "'";
      } else if (c === quote) {
        if (line[at + 1] !== undefined && !isSpace(line[at + 1])) return null;
        at++;
        break;
      } else arg += c;
    }
    args.push(arg);
  }
}
