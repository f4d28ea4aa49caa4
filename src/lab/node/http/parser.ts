/**
 * HTTP/1.1 messages from bytes, in any pieces. What is accepted and refused, and with which code, is llhttp 9's
 * strict mode (parser.test.ts compares the two). RFC 9112.
 *
 * A head is collected until its empty line and then read from one string: heads nearly always come in one segment, so
 * an automaton that can stop at each octet would pay for what does not happen. Bodies are handed on as views of the
 * chunk they came in.
 */
import { asciiText, latin1Text } from './bytes.ts';
import {
  headerLineError,
  headerOverflow,
  invalidMethod,
  isMethod,
  METHODS,
  notHttp,
  oddOctetError,
  ParseError,
  requestLineError,
  statusLineError,
} from './parse-error.ts';

/** What onHead answers: the body follows; there is none whatever the headers say; the rest is another protocol. */
export const BODY = 0;
export const NO_BODY = 1;
export const UPGRADE = 2;

export interface ParserOwner {
  /** The head is in the parser's fields, which the next message overwrites (`headers` is a new array each time). */
  onHead(parser: HttpParser): number;
  onBody(chunk: Uint8Array): void;
  onComplete(trailers: string[]): void;
}

const NO_TRAILERS: string[] = [];

const HEAD = 0;
const LENGTH_BODY = 1;
const EOF_BODY = 2;
const CHUNK_SIZE = 3;
const CHUNK_DATA = 4;
const CHUNK_CR = 5;
const CHUNK_LF = 6;
const TRAILERS = 7;
const CLOSED = 8;
const UPGRADED = 9;

/** llhttp counts chunk extensions of a whole message against this. */
const MAX_CHUNK_EXTENSIONS = 16_384;

const PLAIN = 0;
const CONNECTION = 1;
const CONTENT_LENGTH = 2;
const TRANSFER_ENCODING = 3;
const UPGRADE_NAME = 4;
const HOST = 5;
const EXPECT = 6;

/** Names seen before → what they mean to the parser; services use a few dozen. */
const kinds = new Map<string, number>();

/** A header line as it came last time at its place in the head: most come again octet for octet on a connection. */
interface Line {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly value: string;
  readonly kind: number;
}

/** Lines of a head that are remembered. */
const LINES_MAX = 32;

export class HttpParser {
  method = '';
  url = '';
  statusCode = 0;
  statusMessage = '';
  major = 1;
  minor = 1;
  /** name, value, name, value, … as they came. */
  headers: string[] = [];
  shouldKeepAlive = true;
  isUpgrade = false;
  hasHost = false;
  hasExpect = false;

  maxHeaderSize: number;
  /** Names and values that a request may have, together; 0 for any number. */
  maxHeaderPairs = 2000;

  private readonly isRequest: boolean;
  private owner: ParserOwner | null;
  private state = HEAD;
  /** Bytes of the body or chunk still to come. */
  private remaining = 0;
  /** Head or trailer bytes of earlier chunks. */
  private collected: Uint8Array | null = null;
  /** How much of CR LF CR LF has been seen: 0 to 3. */
  private seen = 0;
  private chunkLine = '';
  /** Ends of the head's lines in the chunk being read, when it holds the head whole. */
  private readonly ends: number[] = [];
  private hasOddOctet = false;
  /** Of the head, when it lies in one chunk. */
  private isAscii = false;
  /** The first line that the fields hold the contents of. */
  private firstLine: Uint8Array | null = null;
  private readonly lines: Line[] = [];
  private extensionBytes = 0;
  private isChunked = false;
  private hasTransferEncoding = false;
  private contentLength = -1;
  private hasConnectionUpgrade = false;
  private hasUpgradeHeader = false;
  private connectionClose = false;
  private connectionKeepAlive = false;

  constructor(isRequest: boolean, owner: ParserOwner, maxHeaderSize: number) {
    this.isRequest = isRequest;
    this.owner = owner;
    this.maxHeaderSize = maxHeaderSize;
  }

  /** Nothing more is told to the owner. */
  free(): void {
    this.owner = null;
  }

  /** Starts afresh for the next message of the connection, with what is remembered of its heads. */
  reuse(owner: ParserOwner, maxHeaderSize: number): void {
    this.owner = owner;
    this.maxHeaderSize = maxHeaderSize;
    this.state = HEAD;
    this.collected = null;
    this.seen = 0;
  }

  /** True between messages, before the first byte of the next one. */
  get isIdle(): boolean {
    return this.state === HEAD && this.collected === null;
  }

  /**
   * Reads a chunk. Returns the number of bytes used, less than all only when the connection changes its protocol, or
   * the error that ends it.
   */
  execute(bytes: Uint8Array): number | ParseError {
    let at = 0;
    const end = bytes.length;
    while (at < end && this.owner !== null) {
      let next: number | ParseError;
      switch (this.state) {
        case HEAD:
          next = this.readHead(bytes, at);
          break;
        case LENGTH_BODY:
          next = this.readLengthBody(bytes, at);
          break;
        case EOF_BODY:
          this.owner.onBody(at === 0 ? bytes : bytes.subarray(at));
          next = end;
          break;
        case CHUNK_SIZE:
          next = this.readChunkSize(bytes, at);
          break;
        case CHUNK_DATA:
          next = this.readChunkData(bytes, at);
          break;
        case CHUNK_CR:
          next = bytes[at] === 13 ? at + 1 : new ParseError('HPE_STRICT', 'Expected LF after chunk data');
          this.state = CHUNK_LF;
          break;
        case CHUNK_LF:
          next = bytes[at] === 10 ? at + 1 : new ParseError('HPE_STRICT', 'Expected LF after chunk data');
          this.startChunk();
          break;
        case TRAILERS:
          next = this.readTrailers(bytes, at);
          break;
        case CLOSED:
          next =
            bytes[at] === 13 || bytes[at] === 10
              ? at + 1
              : new ParseError('HPE_CLOSED_CONNECTION', 'Data after `Connection: close`');
          break;
        default:
          return at;
      }
      if (typeof next !== 'number') {
        next.bytesParsed = at;
        return next;
      }
      at = next;
    }
    return at;
  }

  /** The peer sends no more. An error when that cuts a message. */
  finish(): ParseError | null {
    if (this.owner === null) return null;
    if (this.state === EOF_BODY) {
      this.state = CLOSED;
      this.owner.onComplete(NO_TRAILERS);
      return null;
    }
    if (this.isIdle || this.state === CLOSED || this.state === UPGRADED) return null;
    return new ParseError('HPE_INVALID_EOF_STATE', 'Invalid EOF state');
  }

  private readHead(bytes: Uint8Array, at: number): number | ParseError {
    const end = bytes.length;
    if (this.collected === null) {
      while (at < end && (bytes[at] === 13 || bytes[at] === 10)) at++;
      if (at === end) return at;
    }
    this.ends.length = 0;
    this.hasOddOctet = false;
    const stop = this.scan(bytes, at, false);
    if (typeof stop !== 'number') return stop;
    if (stop < 0) {
      this.collect(bytes, at);
      return this.collected!.length > this.maxHeaderSize ? headerOverflow() : (this.earlyError() ?? end);
    }
    this.seen = 0;
    const isWhole = this.collected === null && !this.hasOddOctet;
    const length = stop - at + (this.collected?.length ?? 0);
    const error = isWhole ? this.parseLines(bytes, at) : this.parseText(this.take(bytes, at, stop));
    if (error !== null) return error;
    if (length >= this.maxHeaderSize && this.countHead() >= this.maxHeaderSize) return headerOverflow();
    return this.startBody(stop);
  }

  /**
   * Looks for the empty line from `at` on: the index after it, or -1 when it has not come yet. `seen` is kept between
   * chunks.
   */
  private scan(bytes: Uint8Array, at: number, isTrailer: boolean): number | ParseError {
    const end = bytes.length;
    let seen = this.seen;
    let i = at;
    let bits = 0;
    while (i < end) {
      const start = i;
      let byte = 0;
      for (; i < end; i++) {
        byte = bytes[i]!;
        if (byte < 32 || byte === 127) break;
        bits |= byte;
      }
      let isOdd = false;
      if (i > start) {
        // Something followed a CR that was not its LF.
        isOdd = (seen & 1) === 1;
        seen = 0;
        if (isOdd) {
          const error = this.oddOctet(bytes, at, start + 1, isTrailer);
          if (error !== null) return error;
        }
        if (i === end) break;
      }
      if (byte === 13) {
        isOdd = (seen & 1) === 1;
        seen = seen === 2 ? 3 : 1;
      } else if (byte === 10) {
        if (seen === 3) {
          this.seen = 0;
          this.isAscii = bits < 128;
          return i + 1;
        }
        isOdd = seen !== 1;
        seen = isOdd ? 0 : 2;
        this.ends.push(i + 1);
      } else {
        isOdd = byte !== 9 || (seen & 1) === 1;
        seen = 0;
      }
      i++;
      if (isOdd) {
        const error = this.oddOctet(bytes, at, i, isTrailer);
        if (error !== null) return error;
      }
    }
    this.seen = seen;
    return -1;
  }

  private oddOctet(bytes: Uint8Array, from: number, to: number, isTrailer: boolean): ParseError | null {
    this.hasOddOctet = true;
    const earlier = this.collected;
    const text = (earlier === null ? '' : latin1Text(earlier, 0, earlier.length)) + latin1Text(bytes, from, to);
    return oddOctetError(text, this.isRequest, isTrailer);
  }

  /** What can be said of a head that is not complete: does it begin as one at all? */
  private earlyError(): ParseError | null {
    const head = this.collected!;
    const text = latin1Text(head, 0, Math.min(head.length, 20));
    if (this.isRequest) {
      const space = text.indexOf(' ');
      if (space >= 0) return isMethod(text.slice(0, space)) ? null : invalidMethod();
      return METHODS.some((method) => method.startsWith(text)) ? null : invalidMethod();
    }
    return 'HTTP/'.startsWith(text.slice(0, 5)) ? null : notHttp();
  }

  private collect(bytes: Uint8Array, from: number): void {
    const before = this.collected;
    if (before === null) {
      this.collected = bytes.subarray(from);
      return;
    }
    const joined = new Uint8Array(before.length + bytes.length - from);
    joined.set(before);
    joined.set(bytes.subarray(from), before.length);
    this.collected = joined;
  }

  private take(bytes: Uint8Array, from: number, to: number): string {
    const text = latin1Text(bytes, from, to);
    const before = this.collected;
    if (before === null) return text;
    this.collected = null;
    return latin1Text(before, 0, before.length) + text;
  }

  private countHead(): number {
    let count = this.url.length + this.statusMessage.length;
    for (const part of this.headers) count += part.length;
    return count;
  }

  /** A head that lies in one chunk, line by line; lines that came before cost a comparison. */
  private parseLines(bytes: Uint8Array, at: number): ParseError | null {
    const { ends, lines } = this;
    const decode = this.isAscii ? asciiText : latin1Text;
    const firstEnd = ends[0]! - 2;
    if (this.firstLine === null || !isSame(this.firstLine, bytes, at, firstEnd)) {
      this.firstLine = null;
      const text = decode(bytes, at, firstEnd);
      const error = this.isRequest ? this.parseRequestLine(text) : this.parseStatusLine(text);
      if (error !== null) return error;
      this.firstLine = bytes.slice(at, firstEnd);
    }
    this.startFields();
    const headers: string[] = [];
    for (let i = 1; i < ends.length; i++) {
      const from = ends[i - 1]!;
      const to = ends[i]! - 2;
      let line = lines[i];
      if (line === undefined || !isSame(line.bytes, bytes, from, to)) {
        const parsed = parseLine(decode(bytes, from, to), i === 1);
        if (parsed instanceof ParseError) return parsed;
        line = { bytes: bytes.slice(from, to), name: parsed[0], value: parsed[1], kind: kindOf(parsed[0]) };
        if (i < LINES_MAX) lines[i] = line;
      }
      if (line.kind !== PLAIN) {
        const error = this.applyField(line.kind, line.value);
        if (error !== null) return error;
      }
      headers.push(line.name, line.value);
    }
    return this.endFields(headers);
  }

  private parseText(text: string): ParseError | null {
    this.firstLine = null;
    const lineEnd = text.indexOf('\r\n');
    const first = text.slice(0, lineEnd);
    const error = this.isRequest ? this.parseRequestLine(first) : this.parseStatusLine(first);
    if (error !== null) return error;
    this.startFields();
    const headers: string[] = [];
    return this.parseFields(text, lineEnd + 2, headers, false) ?? this.endFields(headers);
  }

  private startFields(): void {
    this.isChunked = false;
    this.hasTransferEncoding = false;
    this.contentLength = -1;
    this.hasConnectionUpgrade = false;
    this.hasUpgradeHeader = false;
    this.connectionClose = false;
    this.connectionKeepAlive = false;
    this.hasHost = false;
    this.hasExpect = false;
    this.extensionBytes = 0;
  }

  private endFields(headers: string[]): ParseError | null {
    if (this.isRequest && this.maxHeaderPairs > 0 && headers.length > this.maxHeaderPairs) return headerOverflow();
    this.headers = headers;
    this.isUpgrade = this.isRequest
      ? (this.hasConnectionUpgrade && this.hasUpgradeHeader) || this.method === 'CONNECT'
      : this.hasConnectionUpgrade && this.hasUpgradeHeader && this.statusCode === 101;
    this.shouldKeepAlive =
      (this.major > 0 && this.minor > 0 ? !this.connectionClose : this.connectionKeepAlive) && !this.needsEof();
    return null;
  }

  /** A response without any length lasts until the connection ends. */
  private needsEof(): boolean {
    const { statusCode } = this;
    if (this.isRequest || statusCode < 200 || statusCode === 204 || statusCode === 304) return false;
    if (this.hasTransferEncoding && !this.isChunked) return true;
    return !this.isChunked && this.contentLength < 0;
  }

  private parseRequestLine(line: string): ParseError | null {
    const space = line.indexOf(' ');
    const method = line.slice(0, space);
    // The common case in a few native searches; everything else is looked at octet by octet.
    if (line.charCodeAt(space + 1) === 47 && isMethod(method)) {
      const urlEnd = line.indexOf(' ', space + 1);
      if (urlEnd > 0 && urlEnd === line.length - 9 && line.startsWith('HTTP/1.1', urlEnd + 1)) {
        const url = line.slice(space + 1, urlEnd);
        if (isPlainUrl(url)) {
          this.method = method;
          this.url = url;
          this.major = 1;
          this.minor = 1;
          return null;
        }
      }
    }
    const error = requestLineError(line);
    if (error !== null) return error;
    const parts = line.split(/ +/);
    this.method = parts[0]!;
    this.url = parts[1]!;
    this.major = parts[2] === undefined ? 0 : Number(parts[2][5]);
    this.minor = parts[2] === undefined ? 9 : Number(parts[2][7]);
    if (this.method === 'PRI' && this.major === 2) {
      return new ParseError('HPE_PAUSED_H2_UPGRADE', 'Pause on PRI/Upgrade');
    }
    return null;
  }

  private parseStatusLine(line: string): ParseError | null {
    const error = statusLineError(line);
    if (error !== null) return error;
    this.major = line.charCodeAt(5) - 48;
    this.minor = line.charCodeAt(7) - 48;
    this.statusCode = Number(line.slice(9, 12));
    this.statusMessage = line.slice(13);
    return null;
  }

  /** Header or trailer lines from `at` to the empty line. */
  private parseFields(text: string, at: number, into: string[], isTrailer: boolean): ParseError | null {
    const start = at;
    for (;;) {
      const lineEnd = text.indexOf('\r\n', at);
      if (lineEnd === at) return null;
      const parsed = parseLine(text.slice(at, lineEnd), at === start && !isTrailer);
      if (parsed instanceof ParseError) return parsed;
      const [name, value] = parsed;
      const kind = isTrailer ? PLAIN : kindOf(name);
      const error = kind === PLAIN ? null : this.applyField(kind, value);
      if (error !== null) return error;
      into.push(name, value);
      at = lineEnd + 2;
    }
  }

  private applyField(kind: number, value: string): ParseError | null {
    switch (kind) {
      case CONNECTION:
        this.applyConnection(value);
        return null;
      case CONTENT_LENGTH:
        return this.applyContentLength(value);
      case TRANSFER_ENCODING:
        return this.applyTransferEncoding(value);
      case HOST:
        this.hasHost = true;
        return null;
      case EXPECT:
        this.hasExpect = true;
        return null;
      default:
        this.hasUpgradeHeader = true;
        return null;
    }
  }

  private applyConnection(value: string): void {
    if (value === 'keep-alive') {
      this.connectionKeepAlive = true;
      return;
    }
    for (const part of value.toLowerCase().split(',')) {
      const token = part.trim();
      if (token === 'close') this.connectionClose = true;
      else if (token === 'keep-alive') this.connectionKeepAlive = true;
      else if (token === 'upgrade') this.hasConnectionUpgrade = true;
    }
  }

  private applyContentLength(value: string): ParseError | null {
    if (this.hasTransferEncoding) {
      return new ParseError('HPE_INVALID_CONTENT_LENGTH', "Content-Length can't be present with Transfer-Encoding");
    }
    if (this.contentLength >= 0) return new ParseError('HPE_UNEXPECTED_CONTENT_LENGTH', 'Duplicate Content-Length');
    if (value === '') return new ParseError('HPE_INVALID_CONTENT_LENGTH', 'Empty Content-Length');
    let length = 0;
    for (let i = 0; i < value.length; i++) {
      const digit = value.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) {
        return new ParseError('HPE_INVALID_CONTENT_LENGTH', 'Invalid character in Content-Length');
      }
      length = length * 10 + digit;
      if (length > 2 ** 64) return new ParseError('HPE_INVALID_CONTENT_LENGTH', 'Content-Length overflow');
    }
    this.contentLength = length;
    return null;
  }

  private applyTransferEncoding(value: string): ParseError | null {
    if (this.contentLength >= 0) {
      return new ParseError('HPE_INVALID_TRANSFER_ENCODING', "Transfer-Encoding can't be present with Content-Length");
    }
    this.hasTransferEncoding = true;
    for (const part of value.split(',')) {
      // `chunked` frames the message and so must be the last coding, once.
      if (this.isChunked && this.isRequest) {
        return new ParseError('HPE_INVALID_TRANSFER_ENCODING', 'Invalid `Transfer-Encoding` header value');
      }
      this.isChunked = part.trim().toLowerCase() === 'chunked';
    }
    return null;
  }

  private startBody(at: number): number | ParseError {
    const { statusCode, isRequest } = this;
    const answer = this.owner!.onHead(this);
    if (this.owner === null) return at;
    const isUpgrade = answer === UPGRADE;
    const skips = answer !== BODY;
    const hasBody = this.isChunked || this.contentLength > 0;
    const changesProtocol =
      isUpgrade || (this.isUpgrade && (this.method === 'CONNECT' || !hasBody)) || (!isRequest && statusCode === 101);
    // An owner that declines an upgrade answers BODY and clears the flag.
    if (changesProtocol) {
      this.state = UPGRADED;
      this.owner.onComplete(NO_TRAILERS);
      return at;
    }
    if (skips || (!isRequest && (statusCode < 200 || statusCode === 204 || statusCode === 304))) {
      this.complete(NO_TRAILERS);
      return at;
    }
    if (this.isChunked) {
      this.startChunk();
      return at;
    }
    if (this.hasTransferEncoding) {
      if (isRequest) {
        return new ParseError('HPE_INVALID_TRANSFER_ENCODING', 'Request has invalid `Transfer-Encoding`');
      }
      this.state = EOF_BODY;
      return at;
    }
    if (this.contentLength > 0) {
      this.state = LENGTH_BODY;
      this.remaining = this.contentLength;
      return at;
    }
    if (this.contentLength === 0 || isRequest) this.complete(NO_TRAILERS);
    else this.state = EOF_BODY;
    return at;
  }

  private complete(trailers: string[]): void {
    this.state = this.shouldKeepAlive ? HEAD : CLOSED;
    this.owner!.onComplete(trailers);
  }

  private readLengthBody(bytes: Uint8Array, at: number): number {
    const available = bytes.length - at;
    const count = Math.min(available, this.remaining);
    this.remaining -= count;
    this.owner!.onBody(bytes.subarray(at, at + count));
    if (this.remaining === 0 && this.owner !== null) this.complete(NO_TRAILERS);
    return at + count;
  }

  private startChunk(): void {
    this.state = CHUNK_SIZE;
    this.chunkLine = '';
  }

  private readChunkSize(bytes: Uint8Array, at: number): number | ParseError {
    if (this.chunkLine === '') {
      const next = this.readPlainChunkSize(bytes, at);
      if (next > 0) return next;
    }
    const end = bytes.length;
    let line = this.chunkLine;
    while (at < end) {
      const byte = bytes[at++]!;
      if (byte === 10) {
        if (!line.endsWith('\r')) return chunkLineError(line, '\n') ?? badChunk();
        const size = this.parseChunkLine(line.slice(0, -1));
        if (typeof size !== 'number') return size;
        this.startChunkData(size);
        return at;
      }
      if (line.endsWith('\r')) return chunkLineError(line, String.fromCharCode(byte)) ?? badChunk();
      line += String.fromCharCode(byte);
      if (byte !== 13) {
        const error = chunkLineError(line, '');
        if (error !== null) return error;
        if (line.length > 16 && this.extensionBytes + line.length - line.indexOf(';') > MAX_CHUNK_EXTENSIONS) {
          return new ParseError('HPE_CHUNK_EXTENSIONS_OVERFLOW', 'Chunk extensions overflow');
        }
      } else if (line.endsWith(';\r')) {
        return new ParseError('HPE_STRICT', 'Invalid character in chunk extensions');
      }
    }
    this.chunkLine = line;
    return at;
  }

  /** Up to eight digits and their CR LF in this piece: the index after them, or 0 when it is anything else. */
  private readPlainChunkSize(bytes: Uint8Array, at: number): number {
    let size = 0;
    for (let i = at; i < at + 8; i++) {
      const digit = hexDigit(bytes[i]!);
      if (digit >= 0) {
        size = size * 16 + digit;
        continue;
      }
      if (i === at || bytes[i] !== 13 || bytes[i + 1] !== 10) return 0;
      this.startChunkData(size);
      return i + 2;
    }
    return 0;
  }

  private startChunkData(size: number): void {
    if (size > 0) {
      this.remaining = size;
      this.state = CHUNK_DATA;
    } else {
      this.state = TRAILERS;
      this.seen = 2;
    }
  }

  private parseChunkLine(line: string): number | ParseError {
    const semicolon = line.indexOf(';');
    if (semicolon >= 0) this.extensionBytes += line.length - semicolon;
    const digits = semicolon < 0 ? line : line.slice(0, semicolon);
    if (digits === '') return new ParseError('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size');
    return Number.parseInt(digits, 16);
  }

  private readChunkData(bytes: Uint8Array, at: number): number {
    const available = bytes.length - at;
    const count = Math.min(available, this.remaining);
    this.remaining -= count;
    if (this.remaining === 0) this.state = CHUNK_CR;
    this.owner!.onBody(bytes.subarray(at, at + count));
    return at + count;
  }

  private readTrailers(bytes: Uint8Array, at: number): number | ParseError {
    const stop = this.scan(bytes, at, true);
    if (typeof stop !== 'number') return stop;
    if (stop < 0) {
      this.collect(bytes, at);
      return this.collected!.length > this.maxHeaderSize ? headerOverflow() : bytes.length;
    }
    const text = this.take(bytes, at, stop);
    this.seen = 0;
    if (text.length === 2) {
      this.complete(NO_TRAILERS);
      return stop;
    }
    const trailers: string[] = [];
    const error = this.parseFields(text, 0, trailers, true);
    if (error !== null) return error;
    this.complete(trailers);
    return stop;
  }
}

/** -1 for what is none, the end of the piece included. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function badChunk(): ParseError {
  return new ParseError('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size');
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** Printable ASCII without space. Other octets are refused elsewhere, with their code. */
function isPlainUrl(url: string): boolean {
  for (let i = 0; i < url.length; i++) {
    const code = url.charCodeAt(i);
    if (code <= 32 || code >= 127) return false;
  }
  return true;
}

const KINDS: Readonly<Record<string, number>> = {
  connection: CONNECTION,
  'proxy-connection': CONNECTION,
  'content-length': CONTENT_LENGTH,
  'transfer-encoding': TRANSFER_ENCODING,
  upgrade: UPGRADE_NAME,
  host: HOST,
  expect: EXPECT,
};

function kindOf(name: string): number {
  let kind = kinds.get(name);
  if (kind !== undefined) return kind;
  const lower = name.toLowerCase();
  kind = Object.hasOwn(KINDS, lower) ? KINDS[lower]! : PLAIN;
  if (kinds.size > 1000) kinds.clear();
  kinds.set(name, kind);
  return kind;
}

/** Name and value of a header line. */
function parseLine(line: string, isFirst: boolean): readonly [string, string] | ParseError {
  const colon = line.indexOf(':');
  const first = line.charCodeAt(0);
  if (colon <= 0 || first === 32 || first === 9) return headerLineError(line, isFirst)!;
  const name = line.slice(0, colon);
  if (!kinds.has(name)) {
    const error = headerLineError(line, isFirst);
    if (error !== null) return error;
  }
  let from = colon + 1;
  let to = line.length;
  while (from < to && isBlank(line.charCodeAt(from))) from++;
  while (to > from && isBlank(line.charCodeAt(to - 1))) to--;
  return [name, line.slice(from, to)];
}

function isSame(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  // From the end: values differ there first, in numbers and times.
  for (let i = known.length - 1; i >= 0; i--) if (known[i] !== bytes[from + i]) return false;
  return true;
}

/** `after` follows `line`, which is `size[;extensions]`, perhaps with its CR. */
function chunkLineError(line: string, after: string): ParseError | null {
  const isEnding = line.endsWith('\r');
  const semicolon = line.indexOf(';');
  const size = semicolon >= 0 ? line.slice(0, semicolon) : isEnding ? line.slice(0, -1) : line;
  if (!/^[0-9A-Fa-f]+$/.test(size) && !(size === '' && line === '' && after === '')) {
    return new ParseError('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size');
  }
  if (size.replace(/^0+/, '').length > 16) return new ParseError('HPE_INVALID_CHUNK_SIZE', 'Chunk size overflow');
  if (semicolon >= 0) {
    const extensions = line.slice(semicolon + 1, isEnding ? -1 : undefined);
    const error = extensionError(extensions);
    if (error !== null) return error;
  }
  if (after === '\n') {
    return isEnding ? null : new ParseError('HPE_CR_EXPECTED', 'Missing expected CR after chunk size');
  }
  if (after === '') return null;
  return semicolon >= 0
    ? new ParseError('HPE_STRICT', 'Expected LF after chunk extensions')
    : new ParseError('HPE_LF_EXPECTED', 'Missing expected LF after chunk size');
}

/** name[=value|="quoted"], joined by `;`. Only octets that cannot stand are refused. */
function extensionError(text: string): ParseError | null {
  let inQuotes = false;
  let inValue = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const code = text.charCodeAt(i);
    if (inQuotes) {
      if (char === '\\') i++;
      else if (char === '"') inQuotes = false;
      continue;
    }
    if (char === ';') inValue = false;
    else if (char === '=' && !inValue) inValue = true;
    else if (char === '"' && inValue) inQuotes = true;
    else if (code <= 32 || code >= 127) {
      return new ParseError(
        'HPE_STRICT',
        inValue ? 'Invalid character in chunk extensions value' : 'Invalid character in chunk extensions name',
      );
    }
  }
  return null;
}
