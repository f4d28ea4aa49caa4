/** HTTP/1.1 requests as Go's net/http reads them; the text is one character a byte. */
import { fromUtf8, ofBinary } from '../bytes.ts';

export interface Request {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly query: Query;
  /** Names in lower case, the first of each. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** As Go's Content-Length: -1 in chunks. */
  readonly contentLength: number;
  readonly isKept: boolean;
}

export type Parsed =
  | 'more'
  /** A refusal, after which the connection ends. */
  | { readonly status: number; readonly text: string }
  | { readonly request: Request; readonly length: number }
  /** The head says that it waits for 100 Continue before it sends the body. */
  | 'continue';

/** DefaultMaxHeaderBytes and the room that Go leaves beside. */
const HEAD_BYTES_MAX = 1 << 20;
/** Beyond, the connection ends: no endpoint takes so much. */
const BODY_BYTES_MAX = 16 << 20;

const bad = (text = '400 Bad Request'): Parsed => ({ status: 400, text });

export function parseRequest(text: string, willContinue: boolean): Parsed {
  const end = text.search(/\r?\n\r?\n/);
  if (end < 0) {
    if (text.length > HEAD_BYTES_MAX) return { status: 431, text: '431 Request Header Fields Too Large' };
    return isHopeless(text) ? bad() : 'more';
  }
  const headLength = end + /^\r?\n\r?\n/.exec(text.slice(end, end + 4))![0].length;
  const [first = '', ...lines] = text.slice(0, end).split(/\r?\n/);
  const start = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) (HTTP\/\d\.\d)$/.exec(first);
  if (start === null) return bad();
  if (!/^HTTP\/1\.[01]$/.test(start[3]!))
    return { status: 505, text: '505 HTTP Version Not Supported: unsupported protocol version' };
  const headers = new Map<string, string>();
  let hosts = 0;
  for (const line of lines) {
    const header = /^([^:]*):(.*)$/s.exec(line);
    if (header === null) return bad();
    const name = header[1]!;
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return bad('400 Bad Request: invalid header name');
    const value = header[2]!.replace(/^[ \t]+|[ \t]+$/g, '');
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value)) return bad('400 Bad Request: invalid header value');
    const key = name.toLowerCase();
    if (key === 'host') hosts++;
    if (key === 'content-length' && headers.has(key) && headers.get(key) !== value) return bad();
    if (!headers.has(key)) headers.set(key, value);
  }
  const isNew = start[3] === 'HTTP/1.1';
  if (isNew && hosts === 0) return bad('400 Bad Request: missing required Host header');
  if (hosts > 1) return bad('400 Bad Request: too many Host headers');
  const target = targetOf(start[2]!);
  if (target === null) return bad();
  const coding = headers.get('transfer-encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return { status: 501, text: '501 Not Implemented: Unsupported transfer encoding' };
  const body = coding === undefined ? byLength(text, headLength, headers) : chunked(text, headLength);
  if (body === 'more')
    return willContinue && isNew && headers.get('expect')?.toLowerCase() === '100-continue' ? 'continue' : 'more';
  if (body === 'bad') return bad();
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  return {
    request: {
      method: start[1]!,
      ...target,
      headers,
      body: ofBinary(body.text),
      contentLength: coding === undefined ? body.text.length : -1,
      isKept: isNew ? !connection.includes('close') : connection.includes('keep-alive'),
    },
    length: body.end,
  };
}

/** A first line that cannot become one. */
function isHopeless(text: string): boolean {
  const lineEnd = text.indexOf('\n');
  if (lineEnd >= 0) return !/^\S+ \S+ HTTP\/\d\.\d\r?$/.test(text.slice(0, lineEnd));
  return text.length > HEAD_BYTES_MAX / 2;
}

function byLength(text: string, from: number, headers: ReadonlyMap<string, string>) {
  const stated = headers.get('content-length') ?? '0';
  if (!/^\d{1,15}$/.test(stated)) return 'bad';
  const length = Number(stated);
  if (length > BODY_BYTES_MAX) return 'bad';
  return text.length < from + length ? 'more' : { text: text.slice(from, from + length), end: from + length };
}

function chunked(text: string, from: number) {
  let at = from;
  let body = '';
  for (;;) {
    const lineEnd = text.indexOf('\n', at);
    if (lineEnd < 0) return text.length - at > 4096 ? 'bad' : 'more';
    const size = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?\r?$/.exec(text.slice(at, lineEnd));
    if (size === null) return 'bad';
    const length = Number.parseInt(size[1]!, 16);
    if (body.length + length > BODY_BYTES_MAX) return 'bad';
    at = lineEnd + 1;
    if (length === 0) break;
    if (text.length < at + length + 2) return 'more';
    body += text.slice(at, at + length);
    if (text.slice(at + length, at + length + 2) !== '\r\n') return 'bad';
    at += length + 2;
  }
  // Trailers, up to an empty line.
  for (;;) {
    const lineEnd = text.indexOf('\n', at);
    if (lineEnd < 0) return text.length - at > 65_536 ? 'bad' : 'more';
    const line = text.slice(at, lineEnd).replace(/\r$/, '');
    at = lineEnd + 1;
    if (line === '') return { text: body, end: at };
  }
}

function targetOf(target: string): { path: string; query: Query } | null {
  const bare = target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = bare.indexOf('?');
  const path = decodeText(mark < 0 ? bare : bare.slice(0, mark));
  if (path === null || (!path.startsWith('/') && path !== '*')) return null;
  return { path, query: new Query(mark < 0 ? '' : bare.slice(mark + 1)) };
}

function decodeText(text: string): string | null {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return null;
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return fromUtf8(ofBinary(bytes));
}

/** The parameters after the question mark. */
export class Query {
  /** False when some are no parameters. */
  readonly isGood: boolean;
  readonly raw: string;
  private readonly pairs: (readonly [string, string])[] = [];

  constructor(raw: string) {
    this.raw = raw;
    let isGood = true;
    for (const part of raw.split('&')) {
      if (part === '') continue;
      const equals = part.indexOf('=');
      const plain = (text: string) => decodeText(text.replaceAll('+', ' '));
      const key = plain(equals < 0 ? part : part.slice(0, equals));
      const value = equals < 0 ? '' : plain(part.slice(equals + 1));
      if (key === null || value === null || part.includes(';')) isGood = false;
      else this.pairs.push([key, value]);
    }
    this.isGood = isGood;
  }

  has(name: string): boolean {
    return this.pairs.some(([key]) => key === name);
  }

  /** The first of that name, '' when there is none. */
  get(name: string): string {
    return this.pairs.find(([key]) => key === name)?.[1] ?? '';
  }

  all(name: string): readonly string[] {
    return this.pairs.flatMap(([key, value]) => (key === name ? value : []));
  }

  /** As `url.Values.Encode`: by name. */
  encode(): string {
    const escaped = (text: string) =>
      encodeURIComponent(text)
        .replace(/%20/g, '+')
        .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
    return [...this.pairs]
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, value]) => `${escaped(key)}=${escaped(value)}`)
      .join('&');
  }
}
