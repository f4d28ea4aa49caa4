/**
 * The parser's errors with the codes and reasons of llhttp 9, which services see in `clientError` and in client
 * errors (`Parse Error: …`).
 */

export class ParseError extends Error {
  readonly code: string;
  readonly reason: string;
  /** Bytes of the chunk before the one that could not be read. */
  bytesParsed = 0;
  rawPacket: Uint8Array | undefined;
  constructor(code: string, reason: string) {
    super(`Parse Error: ${reason}`);
    this.code = code;
    this.reason = reason;
  }
}

const METHOD_NAMES =
  'ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY ' +
  'OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK ' +
  'UNLOCK UNSUBSCRIBE';

/** http.METHODS: sorted. */
export const METHODS: readonly string[] = METHOD_NAMES.split(' ');

const methodSet = new Set(METHODS);

export function isMethod(name: string): boolean {
  return methodSet.has(name);
}

/** Token characters of RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

export const invalidMethod = () => new ParseError('HPE_INVALID_METHOD', 'Invalid method encountered');
export const notHttp = () => new ParseError('HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/');
export const invalidHeaderToken = () => new ParseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header token');
export const headerOverflow = () => new ParseError('HPE_HEADER_OVERFLOW', 'Header overflow');

/** What is wrong with a request line (without CRLF), or null. */
export function requestLineError(line: string): ParseError | null {
  const space = line.indexOf(' ');
  if (space < 0) return invalidMethod();
  if (!isMethod(line.slice(0, space))) return invalidMethod();
  let i = space;
  while (line.charCodeAt(i) === 32) i++;
  const urlEnd = line.indexOf(' ', i);
  const url = urlEnd < 0 ? line.slice(i) : line.slice(i, urlEnd);
  const inUrl = urlError(url, line.startsWith('CONNECT '));
  if (inUrl !== null) return inUrl;
  if (urlEnd < 0) return null; // HTTP/0.9
  i = urlEnd;
  while (line.charCodeAt(i) === 32) i++;
  return versionError(line.slice(i), true);
}

function urlError(url: string, isConnect: boolean): ParseError | null {
  for (let i = 0; i < url.length; i++) {
    const code = url.charCodeAt(i);
    if (code <= 32 || code >= 127) {
      return new ParseError('HPE_INVALID_URL', i === 0 ? 'Unexpected start char in url' : 'Invalid char in url path');
    }
  }
  if (isConnect || url[0] === '/' || url[0] === '*') return null;
  if (!/^[A-Za-z]/.test(url)) return new ParseError('HPE_INVALID_URL', 'Unexpected start char in url');
  if (/^[A-Za-z]+:\/\/./.test(url)) return null;
  const rest = url.replace(/^[A-Za-z]+/, '');
  if (rest === '' || rest === ':' || rest === ':/' || rest === '://') {
    return new ParseError('HPE_INVALID_URL', 'Invalid characters in url');
  }
  return new ParseError(
    'HPE_INVALID_URL',
    rest[0] === ':' ? 'Unexpected char in url schema' : 'Unexpected char in url schema',
  );
}

/** `HTTP/1.1` at the end of a request line, or at the start of a status line. */
export function versionError(text: string, isWhole: boolean): ParseError | null {
  if (!text.startsWith('HTTP/')) return notHttp();
  if (!/^\d/.test(text.slice(5))) return new ParseError('HPE_INVALID_VERSION', 'Invalid major version');
  if (text[6] !== '.') return new ParseError('HPE_INVALID_VERSION', 'Expected dot');
  if (!/^\d/.test(text.slice(7))) return new ParseError('HPE_INVALID_VERSION', 'Invalid minor version');
  const version = text.slice(5, 8);
  if (version !== '1.1' && version !== '1.0' && version !== '2.0' && version !== '0.9') {
    return new ParseError('HPE_INVALID_VERSION', 'Invalid HTTP version');
  }
  if (isWhole && text.length > 8) return new ParseError('HPE_INVALID_VERSION', 'Expected CRLF after version');
  return null;
}

/** What is wrong with a status line (without CRLF), or null. */
export function statusLineError(line: string): ParseError | null {
  const inVersion = versionError(line, false);
  if (inVersion !== null) return inVersion;
  if (line[8] !== ' ') return new ParseError('HPE_INVALID_VERSION', 'Expected space after version');
  if (!/^\d\d\d/.test(line.slice(9))) return new ParseError('HPE_INVALID_STATUS', 'Invalid status code');
  if (line.length > 12 && line[12] !== ' ') return new ParseError('HPE_INVALID_STATUS', 'Invalid response status');
  return null;
}

/** What is wrong with a header line (without CRLF), or null. */
export function headerLineError(line: string, isFirst: boolean): ParseError | null {
  const first = line.charCodeAt(0);
  if (first === 32 || first === 9) {
    return isFirst
      ? new ParseError('HPE_INVALID_SPACE', 'Unexpected space after start line')
      : new ParseError('HPE_INVALID_HEADER_TOKEN', 'Unexpected whitespace after header value');
  }
  const colon = line.indexOf(':');
  if (colon <= 0 || !isToken(line.slice(0, colon))) return invalidHeaderToken();
  return null;
}

/**
 * An octet that no head may hold has been read: a control character, a CR or LF that stands alone. `text` is the head
 * up to and with it. Null when it is allowed where it stands (inside a reason phrase).
 */
export function oddOctetError(text: string, isRequest: boolean, isTrailer: boolean): ParseError | null {
  const lines = text.split('\r\n');
  const last = lines.pop()!;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const inLine =
      isTrailer || i > 0
        ? headerLineError(line, i === 1 && !isTrailer)
        : isRequest
          ? requestLineError(line)
          : statusLineError(line);
    if (inLine !== null && !(isTrailer && line === '')) return inLine;
  }
  const before = last.slice(0, -1);
  const odd = last.charCodeAt(last.length - 1);
  if (lines.length === 0 && !isTrailer) return isRequest ? oddInRequestLine(before, odd) : oddInStatusLine(before, odd);
  const colon = before.indexOf(':');
  if (colon < 0) return invalidHeaderToken();
  const inName = headerLineError(before.slice(0, colon + 1), lines.length === 1);
  if (inName !== null) return inName;
  if (before.endsWith('\r')) return new ParseError('HPE_LF_EXPECTED', 'Missing expected LF after header value');
  if (odd === 10) return new ParseError('HPE_CR_EXPECTED', 'Missing expected CR after header value');
  return new ParseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header value char');
}

function oddInRequestLine(before: string, odd: number): ParseError {
  if (/ HTTP\/\d\.\d\r$/.test(before)) return new ParseError('HPE_STRICT', 'Expected CRLF after version');
  const inLine = requestLineError(before);
  if (/ HTTP\/\d\.\d$/.test(before)) {
    return inLine ?? new ParseError('HPE_INVALID_VERSION', 'Expected CRLF after version');
  }
  if (inLine !== null) return inLine;
  const url = before.slice(before.indexOf(' ')).trim();
  if (url === '') return new ParseError('HPE_INVALID_URL', 'Unexpected start char in url');
  if (before.endsWith(' ')) return notHttp();
  if (odd === 10 && !before.endsWith('\r'))
    return new ParseError('HPE_CR_EXPECTED', 'Missing expected CR after request line');
  return new ParseError('HPE_INVALID_URL', 'Invalid char in url path');
}

function oddInStatusLine(before: string, odd: number): ParseError | null {
  if (before.endsWith('\r')) return new ParseError('HPE_LF_EXPECTED', 'Missing expected LF after response line');
  const inLine = statusLineError(before);
  if (inLine !== null) return inLine;
  if (before.length <= 12) return new ParseError('HPE_INVALID_STATUS', 'Invalid response status');
  if (odd === 10) return new ParseError('HPE_CR_EXPECTED', 'Missing expected CR after response line');
  return null;
}
