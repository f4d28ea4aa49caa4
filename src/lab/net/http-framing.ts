/**
 * Finds where HTTP/1.1 messages begin and end in a byte stream (RFC 9112 §6), and reads no more of them than that
 * needs: the start line, content-length and transfer-encoding. Any split of the stream gives the same calls. What is
 * no HTTP, or is broken, stops it for good: an observer must not guess.
 */

export type BodyKind = 'framed' | 'none' | 'stop';

export interface FramerSink {
  /**
   * A head is complete. Returns how the body is framed: as the head says, not at all (HEAD, 204, 304, 1xx), or that
   * the rest of the stream is no HTTP any more (an upgrade).
   */
  onHead(framer: Framer): BodyKind;
  /** The message is complete, `bytes` long with its head. */
  onMessage(bytes: number): void;
}

/** Node refuses heads above 16 KiB (--max-http-header-size). */
const HEAD_BYTES_MAX = 16384;
/** No extension of a chunk's size line is that long in practice. */
const CHUNK_LINE_BYTES_MAX = 4096;

const CR = 13;
const LF = 10;
const SPACE = 32;

type State = 'between' | 'head' | 'fixed' | 'chunk-size' | 'chunk-data' | 'trailers' | 'until-end' | 'stopped';

export class Framer {
  /** Of the head last completed. */
  method = '';
  path = '';
  /** Of a request's head; empty when there was none. */
  traceparent = '';
  status = 0;
  /** What the caller gave with the first byte of the message. */
  tag = 0;
  /** Bytes of the stream up to the end of the head last completed. */
  headEnd = 0;
  private readonly isRequest: boolean;
  private readonly sink: FramerSink;
  private state: State = 'between';
  private streamBytes = 0;
  private messageStart = 0;
  /** A head that came in pieces so far; null while it may lie in one chunk. */
  private stash: Uint8Array | null = null;
  private stashBytes = 0;
  /** Where the walk over head lines stands, in `stash`. */
  private lineStart = 0;
  private lineScan = 0;
  private startLineEnd = -1;
  private contentLength = -1;
  private isChunked = false;
  /** Bytes of body, chunk or line still expected, or seen, as the state needs. */
  private remaining = 0;
  private lineBytes = 0;
  private hasDigit = false;
  private isInExtension = false;

  constructor(kind: 'request' | 'response', sink: FramerSink) {
    this.isRequest = kind === 'request';
    this.sink = sink;
  }

  get isStopped(): boolean {
    return this.state === 'stopped';
  }

  stop(): void {
    this.state = 'stopped';
    this.stash = null;
  }

  push(bytes: Uint8Array, tag: number): void {
    const length = bytes.length;
    const base = this.streamBytes;
    let at = 0;
    while (at < length && this.state !== 'stopped') {
      switch (this.state) {
        case 'between':
          // A server ignores empty lines before a request (RFC 9112 §2.2).
          if (bytes[at] === CR || bytes[at] === LF) at++;
          else this.begin(base + at, tag, bytes[at]!);
          break;
        case 'head':
          at = this.readHead(bytes, at, base);
          break;
        case 'fixed':
        case 'chunk-data': {
          const taken = Math.min(this.remaining, length - at);
          this.remaining -= taken;
          at += taken;
          if (this.remaining > 0) break;
          if (this.state === 'fixed') this.complete(base + at);
          else this.beginChunkLine();
          break;
        }
        case 'chunk-size':
          this.readChunkSize(bytes[at++]!);
          break;
        case 'trailers':
          if (this.readTrailer(bytes[at++]!)) this.complete(base + at);
          break;
        case 'until-end':
          at = length;
      }
    }
    this.streamBytes = base + length;
  }

  /** The sender closed its side; what was framed by that is complete. */
  end(): void {
    if (this.state === 'until-end') this.complete(this.streamBytes);
    this.stop();
  }

  private begin(start: number, tag: number, first: number): void {
    const isPlausible = this.isRequest ? isTokenLetter(first) : first === 72; // H
    if (!isPlausible) {
      this.stop();
      return;
    }
    this.state = 'head';
    this.messageStart = start;
    this.tag = tag;
    this.lineStart = 0;
    this.lineScan = 0;
    this.startLineEnd = -1;
    this.contentLength = -1;
    this.isChunked = false;
    this.traceparent = '';
    this.stashBytes = 0;
  }

  /** Reads on in a head; returns where in `bytes` it went on to. */
  private readHead(bytes: Uint8Array, at: number, base: number): number {
    const length = bytes.length;
    if (this.stashBytes === 0) {
      this.lineStart = at;
      this.lineScan = at;
      const end = this.walk(bytes, length);
      if (this.isStopped) return length;
      if (end >= 0) {
        this.headEnd = base + end;
        this.finishHead(bytes, at);
        return end;
      }
      // The positions were in the chunk; from now on they are in the stash.
      this.lineStart -= at;
      this.lineScan -= at;
      if (this.startLineEnd >= 0) this.startLineEnd -= at;
      this.keep(bytes, at);
      return length;
    }
    const before = this.stashBytes;
    this.keep(bytes, at);
    if (this.isStopped) return length;
    const end = this.walk(this.stash!, this.stashBytes);
    if (this.isStopped || end < 0) return length;
    const next = at + end - before;
    this.headEnd = base + next;
    this.finishHead(this.stash!, 0);
    return next;
  }

  private keep(bytes: Uint8Array, at: number): void {
    const added = Math.min(bytes.length - at, HEAD_BYTES_MAX + 1 - this.stashBytes);
    const needed = this.stashBytes + added;
    if (this.stash === null || this.stash.length < needed) {
      const larger = new Uint8Array(Math.max(1024, 2 * needed));
      if (this.stash !== null) larger.set(this.stash.subarray(0, this.stashBytes));
      this.stash = larger;
    }
    this.stash.set(bytes.subarray(at, at + added), this.stashBytes);
    this.stashBytes = needed;
  }

  /** Goes through complete lines; the position after the empty one, or -1 when it is not there yet. */
  private walk(bytes: Uint8Array, length: number): number {
    let start = this.lineStart;
    let at = this.lineScan;
    const headStart = this.stashBytes > 0 ? 0 : at;
    for (;;) {
      while (at < length && bytes[at] !== LF) at++;
      if ((this.stashBytes > 0 ? at : at - headStart) > HEAD_BYTES_MAX) {
        this.stop();
        return -1;
      }
      if (at >= length) break;
      if (at === start || bytes[at - 1] !== CR) {
        this.stop();
        return -1;
      }
      if (at === start + 1) {
        if (this.startLineEnd < 0) this.stop();
        return at + 1;
      }
      if (this.startLineEnd < 0) this.startLineEnd = at - 1;
      else if (!this.readField(bytes, start, at - 1)) {
        this.stop();
        return -1;
      }
      start = ++at;
    }
    this.lineStart = start;
    this.lineScan = at;
    return -1;
  }

  /** False when the field makes the message's length unknowable. */
  private readField(bytes: Uint8Array, start: number, end: number): boolean {
    const first = bytes[start]! | 0x20;
    if (first === 99 && isName(bytes, start, end, 'content-length')) {
      const value = decimal(bytes, start + 15, end);
      // Two that differ are how requests are smuggled (RFC 9112 §6.3).
      if (value < 0 || (this.contentLength >= 0 && this.contentLength !== value)) return false;
      this.contentLength = value;
    } else if (first === 116 && isName(bytes, start, end, 'traceparent')) {
      this.traceparent = text(bytes, start + 12, end).trim();
    } else if (first === 116 && isName(bytes, start, end, 'transfer-encoding')) {
      this.isChunked = isChunkedLast(bytes, start + 18, end);
      return this.isChunked;
    }
    return true;
  }

  private finishHead(bytes: Uint8Array, start: number): void {
    const isValid = this.isRequest
      ? this.readRequestLine(bytes, start, this.startLineEnd)
      : this.readStatusLine(bytes, start, this.startLineEnd);
    this.stashBytes = 0;
    if (!isValid) {
      this.stop();
      return;
    }
    const kind = this.sink.onHead(this);
    if (this.isStopped) return;
    if (kind === 'stop') this.stop();
    else if (kind === 'none') this.complete(this.headEnd);
    else if (this.isChunked) this.beginChunkLine();
    else if (this.contentLength > 0) {
      this.state = 'fixed';
      this.remaining = this.contentLength;
    } else if (this.contentLength === 0 || this.isRequest) this.complete(this.headEnd);
    else this.state = 'until-end';
  }

  /** `GET /products HTTP/1.1` */
  private readRequestLine(bytes: Uint8Array, start: number, end: number): boolean {
    let space = start;
    while (space < end && bytes[space] !== SPACE) space++;
    const pathEnd = end - 9;
    if (space === start || space - start > 24 || pathEnd <= space + 1 || bytes[pathEnd] !== SPACE) return false;
    if (!isHttp1(bytes, pathEnd + 1)) return false;
    for (let i = space + 1; i < pathEnd; i++) if (bytes[i]! <= SPACE) return false;
    // The same text again and again on a kept connection: compare before making a new string.
    if (!isText(bytes, start, space, this.method)) this.method = text(bytes, start, space);
    if (!isText(bytes, space + 1, pathEnd, this.path)) this.path = text(bytes, space + 1, pathEnd);
    return true;
  }

  /** `HTTP/1.1 200 OK` */
  private readStatusLine(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < 12 || !isHttp1(bytes, start) || bytes[start + 8] !== SPACE) return false;
    this.status = decimal(bytes, start + 9, start + 12);
    return this.status >= 100;
  }

  private beginChunkLine(): void {
    this.state = 'chunk-size';
    this.remaining = 0;
    this.lineBytes = 0;
    this.hasDigit = false;
    this.isInExtension = false;
  }

  private readChunkSize(byte: number): void {
    if (byte === LF) {
      if (!this.hasDigit) {
        this.stop();
        return;
      }
      if (this.remaining === 0) {
        this.state = 'trailers';
        this.lineBytes = 0;
        this.remaining = 0;
      } else {
        this.state = 'chunk-data';
        this.remaining += 2; // its own CRLF
      }
      return;
    }
    if (++this.lineBytes > CHUNK_LINE_BYTES_MAX) {
      this.stop();
      return;
    }
    if (this.isInExtension || byte === CR) return;
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.hasDigit = true;
      this.remaining = this.remaining * 16 + digit;
      if (this.remaining > Number.MAX_SAFE_INTEGER / 32) this.stop();
    } else if (byte === 59 || byte === SPACE || byte === 9) this.isInExtension = true;
    else this.stop();
  }

  /** True at the end of the empty line that closes the message. `remaining` counts bytes of the trailers. */
  private readTrailer(byte: number): boolean {
    if (++this.remaining > HEAD_BYTES_MAX) this.stop();
    if (byte === LF) {
      if (this.lineBytes === 0) return !this.isStopped;
      this.lineBytes = 0;
    } else if (byte !== CR) this.lineBytes++;
    return false;
  }

  private complete(end: number): void {
    this.state = 'between';
    this.sink.onMessage(end - this.messageStart);
  }
}

function isTokenLetter(byte: number): boolean {
  return byte >= 65 && byte <= 90;
}

/** Whether the field's name, up to its colon, is `name`, in any case. */
function isName(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  const colon = start + name.length;
  if (colon >= end || bytes[colon] !== 58) return false;
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[start + i]!;
    if ((byte >= 65 && byte <= 90 ? byte | 0x20 : byte) !== name.charCodeAt(i)) return false;
  }
  return true;
}

/** A whole number with white space around it; -1 for anything else. */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && (bytes[start] === SPACE || bytes[start] === 9)) start++;
  while (end > start && (bytes[end - 1] === SPACE || bytes[end - 1] === 9)) end--;
  if (start === end || end - start > 15) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** A body is framed by chunks only when that is the last coding of the list (RFC 9112 §6.1). */
function isChunkedLast(bytes: Uint8Array, start: number, end: number): boolean {
  while (end > start && (bytes[end - 1] === SPACE || bytes[end - 1] === 9)) end--;
  const codings = text(bytes, start, end).toLowerCase().split(',');
  return codings[codings.length - 1]!.trim() === 'chunked';
}

/** `HTTP/1.` and a digit at `at`. */
function isHttp1(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 72 &&
    bytes[at + 1] === 84 &&
    bytes[at + 2] === 84 &&
    bytes[at + 3] === 80 &&
    bytes[at + 4] === 47 &&
    bytes[at + 5] === 49 &&
    bytes[at + 6] === 46
  );
}

function isText(bytes: Uint8Array, start: number, end: number, expected: string): boolean {
  if (expected.length !== end - start) return false;
  for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected.charCodeAt(i)) return false;
  return true;
}

function text(bytes: Uint8Array, start: number, end: number): string {
  let result = '';
  for (let i = start; i < end; i++) result += String.fromCharCode(bytes[i]!);
  return result;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
