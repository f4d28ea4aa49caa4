/** Heads of HTTP/1 messages and where their bodies end. Text is one character a byte. */

export interface Head {
  /** Method or version. */
  readonly first: string;
  /** Target or status. */
  readonly second: string;
  /** Version or reason. */
  readonly third: string;
  /** Names in lower case, as HAProxy sends them on. */
  readonly headers: readonly (readonly [string, string])[];
  /** Bytes of the head with its empty line. */
  readonly length: number;
}

/** As tune.bufsize less tune.maxrewrite. */
const HEAD_BYTES_MAX = 15_360;

/** Null while it is not whole; 'bad' when it can never be. */
export function parseHead(text: string, isRequest: boolean): Head | null | 'bad' {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return text.length > HEAD_BYTES_MAX || isBadStart(text, isRequest) ? 'bad' : null;
  if (end > HEAD_BYTES_MAX) return 'bad';
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  const match = isRequest
    ? /^([A-Z][A-Z0-9_-]*) (\S+) (HTTP\/1\.[01])$/.exec(start)
    : /^(HTTP\/1\.[01]) (\d{3})(?: (.*))?$/.exec(start);
  if (!match) return 'bad';
  const headers: (readonly [string, string])[] = [];
  for (const line of lines) {
    const header = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (!header) return 'bad';
    headers.push([header[1]!.toLowerCase(), header[2]!]);
  }
  return { first: match[1]!, second: match[2]!, third: match[3] ?? '', headers, length: end + 4 };
}

function isBadStart(text: string, isRequest: boolean): boolean {
  return text !== '' && !(isRequest ? /^[A-Z]/ : /^H/).test(text);
}

export function headerOf(headers: Head['headers'], name: string): string | undefined {
  return headers.find(([key]) => key === name)?.[1];
}

export function writeHead(start: string, headers: Head['headers']): string {
  return `${start}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** Follows a body to its end without changing a byte. */
export class Body {
  isDone: boolean;
  /** Ends with the connection. */
  readonly isToEnd: boolean;
  private left: number;
  private readonly isChunked: boolean;
  private state: 'size' | 'data' | 'trailer' = 'size';
  private line = '';

  /** Throws a RangeError for lengths that contradict each other or are none. */
  constructor(head: Head, kind: 'request' | 'response' | 'none') {
    const coding = headerOf(head.headers, 'transfer-encoding');
    const lengths = new Set(head.headers.filter(([name]) => name === 'content-length').map(([, value]) => value));
    this.isChunked = kind !== 'none' && coding !== undefined && /(?:^|,\s*)chunked$/i.test(coding);
    if (lengths.size > 1 || [...lengths].some((value) => !/^\d{1,15}$/.test(value)))
      throw new RangeError('content-length');
    this.left = kind === 'none' || this.isChunked ? 0 : Number([...lengths][0] ?? 0);
    this.isToEnd = kind === 'response' && !this.isChunked && lengths.size === 0;
    this.isDone = !this.isChunked && !this.isToEnd && this.left === 0;
  }

  /** How many characters of the text belong to it. Throws a RangeError for a chunk that is none. */
  take(text: string): number {
    if (this.isDone) return 0;
    if (this.isToEnd) return text.length;
    if (!this.isChunked) {
      const used = Math.min(this.left, text.length);
      this.left -= used;
      this.isDone = this.left === 0;
      return used;
    }
    let at = 0;
    while (at < text.length && !this.isDone) at = this.chunk(text, at);
    return at;
  }

  private chunk(text: string, at: number): number {
    if (this.state === 'data') {
      const used = Math.min(this.left, text.length - at);
      this.left -= used;
      if (this.left === 0) this.state = 'size';
      return at + used;
    }
    const end = text.indexOf('\n', at);
    if (end < 0) {
      this.line += text.slice(at);
      if (this.line.length > 1024) throw new RangeError('chunk');
      return text.length;
    }
    const line = (this.line + text.slice(at, end)).replace(/\r$/, '');
    this.line = '';
    if (this.state === 'trailer') {
      this.isDone = line === '';
      return end + 1;
    }
    const size = /^([0-9a-fA-F]{1,8})\s*(?:;.*)?$/.exec(line);
    if (!size) throw new RangeError('chunk');
    const length = Number.parseInt(size[1]!, 16);
    if (length === 0) this.state = 'trailer';
    else {
      this.state = 'data';
      this.left = length + 2;
    }
    return end + 1;
  }
}

const TEXTS: Readonly<Record<number, readonly [reason: string, text: string]>> = {
  200: ['OK', ''],
  400: ['Bad request', 'Your browser sent an invalid request.'],
  401: ['Unauthorized', 'You need a valid user and password to access this content.'],
  403: ['Forbidden', 'Request forbidden by administrative rules.'],
  404: ['Not Found', 'The resource could not be found.'],
  408: ['Request Time-out', "Your browser didn't send a complete request in time."],
  429: ['Too Many Requests', 'You have sent too many requests in a given amount of time.'],
  500: ['Internal Server Error', 'An internal server error occurred.'],
  502: ['Bad Gateway', 'The server returned an invalid or incomplete response.'],
  503: ['Service Unavailable', 'No server is available to handle this request.'],
  504: ['Gateway Time-out', "The server didn't respond in time."],
};

export function reasonOf(status: number): string {
  return TEXTS[status]?.[0] ?? 'OK';
}

/**
 * The answer that HAProxy gives of itself (http_htx.c, http_err_msgs). One to what is no request is sent before there is a
 * message to write headers for, and has them as in its source.
 */
export function errorPage(status: number, closes: boolean): string {
  const [reason, text] = TEXTS[status] ?? TEXTS[503]!;
  const body = `<html><body><h1>${status} ${reason}</h1>\n${text}\n</body></html>\n`;
  const start = `HTTP/1.1 ${status} ${reason}`;
  if (status === 400 || status === 408) {
    const headers = `Content-length: ${body.length}\r\nCache-Control: no-cache\r\nConnection: close\r\nContent-Type: text/html`;
    return `${start}\r\n${headers}\r\n\r\n${body}`;
  }
  const headers: (readonly [string, string])[] = [
    ['content-length', String(body.length)],
    ['cache-control', 'no-cache'],
    ['content-type', 'text/html'],
    ...(closes ? [['connection', 'close'] as const] : []),
  ];
  return writeHead(start, headers) + body;
}
