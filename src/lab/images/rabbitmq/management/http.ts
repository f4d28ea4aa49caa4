/**
 * HTTP/1.1 as far as an API needs it: requests one after another on a connection, bodies by length or in chunks, limits on
 * both. What is no request is answered with 400 and the end of the connection.
 */
import { httpDate } from '../../civil-time.ts';
import type { ServerSocket } from '../../server.ts';
import { ofBinary, toBinary } from '../wire/bytes.ts';

export interface Request {
  readonly method: string;
  /** Decoded parts of the path. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; absent for no body. */
  readonly json?: unknown;
}

const HEAD_BYTES_MAX = 32_768;
const BODY_BYTES_MAX = 10_000_000;

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Request Entity Too Large',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
};

/** Serves one connection. */
export function serveHttp(socket: ServerSocket, nowMs: () => number, handle: (request: Request) => Response): void {
  let text = '';
  const fail = (status: number) => {
    socket.write(ofBinary(render({ status }, nowMs(), false, false)));
    socket.end();
    text = '';
    socket.onData = () => {};
  };
  socket.onData = (chunk) => {
    text += toBinary(chunk);
    for (;;) {
      const parsed = parse(text);
      if (parsed === 'more') return;
      if (typeof parsed === 'number') return fail(parsed);
      text = text.slice(parsed.length);
      const { request } = parsed;
      const isKept = request.headers.connection?.toLowerCase() !== 'close' && !parsed.isOld;
      socket.write(ofBinary(render(handle(request), nowMs(), isKept, request.method === 'HEAD')));
      if (!isKept) {
        socket.end();
        socket.onData = () => {};
        return;
      }
    }
  };
}

/** The request at the beginning of the text, the status of a refusal, or 'more' when it is not whole. */
export function parse(
  text: string,
): 'more' | number | { readonly request: Request; readonly length: number; readonly isOld: boolean } {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return text.length > HEAD_BYTES_MAX ? 431 : 'more';
  if (end > HEAD_BYTES_MAX) return 431;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const start = /^([A-Z]+) (\/[^\s]*) HTTP\/1\.([01])$/.exec(first);
  if (!start) return 400;
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const header = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (!header) return 400;
    headers[header[1]!.toLowerCase()] = header[2]!;
  }
  const target = targetOf(start[2]!);
  if (target === null) return 400;
  const found = headers['transfer-encoding'] === undefined ? byLength(text, end + 4, headers) : chunked(text, end + 4);
  if (typeof found === 'number' || found === 'more') return found;
  const request = { method: start[1]!, ...target, headers, body: ofBinary(found.body) };
  return { request, length: found.end, isOld: start[3] === '0' };
}

function byLength(text: string, at: number, headers: Readonly<Record<string, string>>) {
  const stated = headers['content-length'] ?? '0';
  if (!/^\d{1,15}$/.test(stated)) return 400;
  const length = Number(stated);
  if (length > BODY_BYTES_MAX) return 413;
  if (text.length < at + length) return 'more';
  return { body: text.slice(at, at + length), end: at + length };
}

function chunked(text: string, from: number) {
  let at = from;
  let body = '';
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return 'more';
    const size = /^([0-9a-fA-F]{1,8})(?:;.*)?$/.exec(text.slice(at, lineEnd));
    if (!size) return 400;
    const length = Number.parseInt(size[1]!, 16);
    if (body.length + length > BODY_BYTES_MAX) return 413;
    if (text.length < lineEnd + 2 + length + 2) return 'more';
    body += text.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 2 + length + 2;
    if (length === 0) return { body, end: at };
  }
}

function targetOf(target: string): { path: readonly string[]; query: Record<string, string> } | null {
  const [path = '', search = ''] = target.split('?', 2);
  try {
    const query: Record<string, string> = Object.create(null);
    for (const pair of search.split('&').filter(Boolean)) {
      const [name = '', value = ''] = pair.split('=', 2);
      query[decodeURIComponent(name)] = decodeURIComponent(value.replaceAll('+', ' '));
    }
    const parts = path.split('/').slice(1);
    if (parts.at(-1) === '') parts.pop();
    return { path: parts.map(decodeURIComponent), query };
  } catch {
    return null;
  }
}

function render({ status, headers = {}, json }: Response, nowMs: number, isKept: boolean, isHead: boolean): string {
  const body = json === undefined ? '' : toBinary(new TextEncoder().encode(JSON.stringify(json)));
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? ''}`,
    ...(json === undefined ? [] : ['cache-control: no-cache', 'content-type: application/json']),
    ...(status === 204 ? [] : [`content-length: ${body.length}`]),
    `date: ${httpDate(nowMs)}`,
    'server: Cowboy',
    'vary: accept, accept-encoding, origin',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(isKept ? [] : ['connection: close']),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${isHead ? '' : body}`;
}
