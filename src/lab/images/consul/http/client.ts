/** One HTTP request of a health check, as Go's client sends it, on a connection of its own. */
import type { ServerMachine, ServerSocket } from '../../server.ts';
import { ofBinary, toBinary, utf8 } from '../bytes.ts';

export interface CheckRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly followsRedirects: boolean;
}

export type CheckResponse =
  | { readonly status: number /** `200 OK` */; readonly statusText: string; readonly body: string }
  | { readonly error: string };

const REDIRECTS_MAX = 10;
const BODY_BYTES_MAX = 64 * 1024;

/** Returns what ends it; `onDone` is not called then. */
export function sendCheck(
  machine: ServerMachine,
  request: CheckRequest,
  onDone: (response: CheckResponse) => void,
): () => void {
  let isOver = false;
  let socket: ServerSocket | null = null;
  let hasHead = false;
  const finish = (response: CheckResponse) => {
    if (isOver) return;
    isOver = true;
    stopTimer();
    socket?.reset();
    onDone(response);
  };
  // Of all its redirects together, as Go's Client.Timeout.
  const stopTimer = machine.after(request.timeoutMs, () =>
    finish({
      error: `${operation(request)}: context deadline exceeded (Client.Timeout${hasHead ? ' or context cancellation while reading body' : ' exceeded while awaiting headers'})`,
    }),
  );
  const go = (url: string, redirects: number): void => {
    const target = parseUrl(url);
    if (typeof target === 'string') {
      finish({ error: `${operation(request)}: ${target}` });
      return;
    }
    let text = '';
    let isConnected = false;
    hasHead = false;
    const own = machine.connect(target.host, target.port, () => {
      if (socket !== own || isOver) return;
      isConnected = true;
      own.write(ofBinary(toBinary(utf8(render(request, target)))));
    });
    socket = own;
    const look = (isEnd: boolean): void => {
      if (isOver || socket !== own) return;
      const response = parseResponse(text, isEnd, request.method === 'HEAD');
      if (response === 'more') return;
      if (response === 'bad') {
        finish({
          error: `${operation(request)}: net/http: HTTP/1.x transport connection broken: malformed HTTP response ${JSON.stringify(text.split('\r\n')[0]!.slice(0, 60))}`,
        });
        return;
      }
      if (response === 'head') {
        hasHead = true;
        return;
      }
      const { location } = response;
      if (location !== null && request.followsRedirects && redirects < REDIRECTS_MAX) {
        own.reset();
        const next = location.startsWith('/') ? `http://${target.authority}${location}` : location;
        go(next, redirects + 1);
        return;
      }
      if (location !== null && request.followsRedirects) {
        finish({ error: `${operation(request)}: stopped after 10 redirects` });
        return;
      }
      finish({ status: response.status, statusText: response.statusText, body: response.body });
    };
    own.onData = (chunk) => {
      text += toBinary(chunk);
      if (text.length > BODY_BYTES_MAX * 2) look(true);
      else look(false);
    };
    own.onEnd = () => {
      if (isOver || socket !== own) return;
      look(true);
      finish({ error: `${operation(request)}: ${text === '' ? 'EOF' : 'unexpected EOF'}` });
    };
    own.onClose = (code) => {
      if (isOver || socket !== own) return;
      if (isConnected) look(true);
      finish({ error: `${operation(request)}: ${failure(code, target, isConnected)}` });
    };
  };
  go(request.url, 0);
  return () => {
    if (isOver) return;
    isOver = true;
    stopTimer();
    socket?.reset();
  };
}

/** `Get "http://…"`, as url.Error begins. */
function operation({ method, url }: CheckRequest): string {
  return `${method[0]!.toUpperCase()}${method.slice(1).toLowerCase()} "${url}"`;
}

/** What Go's dialer says; also of TCP checks. */
export function failure(
  code: string | null,
  { host, port }: { readonly host: string; readonly port: number },
  isConnected = false,
): string {
  if (isConnected) return code === 'ECONNRESET' ? `read tcp ${host}:${port}: read: connection reset by peer` : 'EOF';
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${host}:${port}: connect: connection refused`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${host} on 127.0.0.11:53: ${code === 'ENOTFOUND' ? 'no such host' : 'server misbehaving'}`;
    case 'EHOSTUNREACH':
      return `dial tcp ${host}:${port}: connect: no route to host`;
    case 'ECONNRESET':
      return `dial tcp ${host}:${port}: connect: connection reset by peer`;
    default:
      return `dial tcp ${host}:${port}: connect: connection timed out`;
  }
}

interface Target {
  readonly host: string;
  readonly port: number;
  /** As the Host header has it. */
  readonly authority: string;
  readonly path: string;
}

/** A string says what is wrong. */
export function parseUrl(url: string): Target | string {
  const match = /^(\w+):\/\/(?:[^@/?#]*@)?(\[[^\]]+\]|[^:/?#]*)(?::(\d*))?([^#]*)/.exec(url);
  if (match === null) return `unsupported protocol scheme "${/^(\w+):/.exec(url)?.[1] ?? ''}"`;
  const [, scheme = '', host = '', port = '', rest = ''] = match;
  if (scheme.toLowerCase() === 'https') return "the lab's Consul checks no HTTPS";
  if (scheme.toLowerCase() !== 'http') return `unsupported protocol scheme "${scheme}"`;
  if (host === '') return 'http: no Host in request URL';
  const number = port === '' ? 80 : Number(port);
  if (number < 1 || number > 65_535) return `dial tcp: address ${port}: invalid port`;
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: number,
    authority: port === '' ? host : `${host}:${port}`,
    path: rest === '' ? '/' : rest.startsWith('?') ? `/${rest}` : rest,
  };
}

function render({ method, headers, body }: CheckRequest, { authority, path }: Target): string {
  const own = Object.entries(headers).map(([name, values]) => [name.toLowerCase(), name, values] as const);
  const given = (name: string) => own.find(([key]) => key === name)?.[2][0];
  const lines = [
    `${method} ${path.replace(/[\s\r\n]/g, encodeURIComponent)} HTTP/1.1`,
    `Host: ${given('host') ?? authority}`,
    `User-Agent: ${given('user-agent') ?? 'Consul Health Check'}`,
    ...(body === '' ? [] : [`Content-Length: ${utf8(body).length}`]),
    `Accept: ${given('accept') ?? 'text/plain, text/*, */*'}`,
    ...own.flatMap(([key, name, values]) =>
      ['host', 'user-agent', 'accept', 'content-length', 'connection'].includes(key)
        ? []
        : values.map((value) => `${name}: ${value.replace(/[\r\n]/g, ' ')}`),
    ),
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

type ParsedResponse =
  | 'more'
  | 'bad'
  /** The head is whole, its body not. */
  | 'head'
  | { readonly status: number; readonly statusText: string; readonly body: string; readonly location: string | null };

function parseResponse(text: string, isEnd: boolean, isHead: boolean): ParsedResponse {
  if (text !== '' && !'HTTP/1.'.startsWith(text.slice(0, 7))) return 'bad';
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return 'more';
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const start = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(first);
  if (start === null) return 'bad';
  const status = Number(start[1]);
  const rest = text.slice(end + 4);
  // 100 Continue and 103 Early Hints come before the answer.
  if (status < 200 && status !== 101) return parseResponse(rest, isEnd, isHead);
  const header = (name: string) =>
    lines
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const done = (body: string): ParsedResponse => ({
    status,
    statusText: `${start[1]} ${start[2] ?? ''}`.trim(),
    body,
    location: [301, 302, 303, 307, 308].includes(status) ? (header('location') ?? null) : null,
  });
  if (isHead || status === 204 || status === 304) return done('');
  if (/chunked/i.test(header('transfer-encoding') ?? '')) {
    const body = unchunk(rest);
    return body === null ? (isEnd ? done(rest.slice(0, BODY_BYTES_MAX)) : 'head') : done(body);
  }
  const stated = header('content-length');
  if (stated !== undefined && /^\d{1,15}$/.test(stated)) {
    const length = Number(stated);
    return rest.length >= length ? done(rest.slice(0, length)) : isEnd ? done(rest) : 'head';
  }
  return isEnd ? done(rest) : 'head';
}

/** Null while it is not whole. */
function unchunk(text: string): string | null {
  let body = '';
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const length = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(length >= 0)) return body;
    if (length === 0) return body;
    if (text.length < lineEnd + 2 + length + 2) return null;
    body += text.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 2 + length + 2;
  }
}
