/**
 * OutgoingMessage: what ServerResponse and ClientRequest share. Source: Node 24's lib/_http_outgoing.js.
 *
 * Node corks the socket so that a head and what follows in the same turn leave together. Here the message itself keeps
 * its pieces (`_pieces`) until its turn ends, and gives the socket one array of bytes.
 */
import { codes, defineError } from '../errors.ts';
import { EventEmitter } from '../events.ts';
import Stream from '../stream/index.ts';
import { validateString } from '../validators.ts';
import { joinPieces, utf8Piece } from './bytes.ts';
import { utcDate } from './date.ts';
import './errors.ts';
import { checkHeaderValue, hasInvalidChar, headerKey, lowerName, validateHeaderName } from './header.ts';

defineError('ERR_METHOD_NOT_IMPLEMENTED', 'The %s method is not implemented');

const CLOSE = /(?:^|\W)close(?:$|\W)/i;
const CHUNKED = /(?:^|\W)chunked(?:$|\W)/i;
const HIGH_WATER_MARK = 65_536;

type Callback = (error?: Error | null) => void;

const nop = () => {};

export const OutgoingMessage: any = function OutgoingMessage(this: any, options?: any): void {
  this._pieces = NO_PIECES;
  this._callbacks = null;
  this.outputSize = 0;
  this._isFlushScheduled = false;
  this.writable = true;
  this.destroyed = false;
  this._last = false;
  this.chunkedEncoding = false;
  this.shouldKeepAlive = true;
  this.maxRequestsOnConnectionReached = false;
  this._defaultKeepAlive = true;
  this.useChunkedEncodingByDefault = true;
  this.sendDate = false;
  this._removedConnection = false;
  this._removedContLen = false;
  this._removedTE = false;
  this.strictContentLength = false;
  this._bodyBytes = 0;
  this._contentLength = null;
  this._hasBody = true;
  this._trailer = '';
  this._needDrain = false;
  this.finished = false;
  this._headerSent = false;
  this._corked = 0;
  this._closed = false;
  this._socket = null;
  this._header = null;
  this._outHeaders = null;
  this._keepAliveTimeout = 0;
  this._onPendingData = nop;
  this._errored = null;
  this._writableFinished = false;
  this._endCallbacks = null;
  this._flushError = null;
  this._highWaterMark = options?.highWaterMark ?? HIGH_WATER_MARK;
  this._rejectsBody = options?.rejectNonStandardBodyWrites ?? false;
};
Object.setPrototypeOf(OutgoingMessage.prototype, Stream.prototype);
Object.setPrototypeOf(OutgoingMessage, Stream);

/** Text is one byte a character here: heads, and bodies that are ASCII. */
type Piece = string | Uint8Array;
const NO_PIECES: Piece[] = [];

const proto = OutgoingMessage.prototype;

function getter(name: string, get: (message: any) => unknown, set?: (message: any, value: any) => void): void {
  Object.defineProperty(proto, name, {
    configurable: true,
    get(this: any) {
      return get(this);
    },
    ...(set && {
      set(this: any, value: any) {
        set(this, value);
      },
    }),
  });
}

getter('errored', (message) => message._errored);
getter('closed', (message) => message._closed);
getter('writableFinished', (message) => message._writableFinished);
getter('writableObjectMode', () => false);
getter('writableLength', (message) => message.outputSize + (message._socket ? message._socket.writableLength : 0));
getter('writableHighWaterMark', (message) =>
  message._socket ? message._socket.writableHighWaterMark : message._highWaterMark,
);
getter('writableCorked', (message) => message._corked);
getter('writableEnded', (message) => message.finished);
getter('writableNeedDrain', (message) => !message.destroyed && !message.finished && message._needDrain);
getter('headersSent', (message) => Boolean(message._header));
getter(
  'socket',
  (message) => message._socket,
  (message, socket) => {
    message._socket = socket;
  },
);
getter(
  'connection',
  (message) => message._socket,
  (message, socket) => {
    message._socket = socket;
  },
);

// --- header fields: [key, name, value, key, name, value, …] in the order they were first set

proto.setHeader = function (this: any, name: string, value: any) {
  if (this._header) throw new codes.ERR_HTTP_HEADERS_SENT('set');
  const key = headerKey(name);
  checkHeaderValue(name, value);
  const headers = (this._outHeaders ??= []);
  const at = indexOf(headers, key);
  if (at < 0) headers.push(key, name, value);
  else {
    headers[at + 1] = name;
    headers[at + 2] = value;
  }
  return this;
};

function indexOf(headers: any[], key: string): number {
  for (let i = 0; i < headers.length; i += 3) if (headers[i] === key) return i;
  return -1;
}

function find(message: any, name: any): number {
  validateString(name, 'name');
  return message._outHeaders === null ? -1 : indexOf(message._outHeaders, lowerName(name));
}

proto.setHeaders = function (this: any, headers: any) {
  if (this._header) throw new codes.ERR_HTTP_HEADERS_SENT('set');
  const isMapLike = headers && !Array.isArray(headers) && typeof headers.keys === 'function';
  if (!isMapLike || typeof headers.get !== 'function') {
    throw new codes.ERR_INVALID_ARG_TYPE('headers', ['Headers', 'Map'], headers);
  }
  const cookies: string[] = [];
  for (const [name, value] of headers) {
    if (name !== 'set-cookie') this.setHeader(name, value);
    else if (Array.isArray(value)) cookies.push(...value);
    else cookies.push(value);
  }
  if (cookies.length > 0) this.setHeader('set-cookie', cookies);
  return this;
};

proto.appendHeader = function (this: any, name: string, value: any) {
  if (this._header) throw new codes.ERR_HTTP_HEADERS_SENT('append');
  const key = headerKey(name);
  checkHeaderValue(name, value);
  const at = this._outHeaders === null ? -1 : indexOf(this._outHeaders, key);
  if (at < 0) return this.setHeader(name, value);
  const before = this._outHeaders[at + 2];
  this._outHeaders[at + 2] = (Array.isArray(before) ? before : [before]).concat(value);
  return this;
};

proto.getHeader = function (this: any, name: any) {
  const at = find(this, name);
  return at < 0 ? undefined : this._outHeaders[at + 2];
};

proto.hasHeader = function (this: any, name: any) {
  return find(this, name) >= 0;
};

proto.removeHeader = function (this: any, name: any): void {
  const at = find(this, name);
  if (this._header) throw new codes.ERR_HTTP_HEADERS_SENT('remove');
  switch (lowerName(name)) {
    case 'connection':
      this._removedConnection = true;
      break;
    case 'content-length':
      this._removedContLen = true;
      break;
    case 'transfer-encoding':
      this._removedTE = true;
      break;
    case 'date':
      this.sendDate = false;
      break;
  }
  if (at >= 0) this._outHeaders.splice(at, 3);
};

function pick(message: any, offset: number): any[] {
  const picked: any[] = [];
  const headers = message._outHeaders;
  if (headers !== null) for (let i = 0; i < headers.length; i += 3) picked.push(headers[i + offset]);
  return picked;
}

proto.getHeaderNames = function (this: any) {
  return pick(this, 0);
};

proto.getRawHeaderNames = function (this: any) {
  return pick(this, 1);
};

proto.getHeaders = function (this: any) {
  const all = Object.create(null);
  const headers = this._outHeaders;
  if (headers !== null) for (let i = 0; i < headers.length; i += 3) all[headers[i]] = headers[i + 2];
  return all;
};

proto._renderHeaders = function (this: any) {
  if (this._header) throw new codes.ERR_HTTP_HEADERS_SENT('render');
  const all: any = {};
  const headers = this._outHeaders;
  if (headers !== null) for (let i = 0; i < headers.length; i += 3) all[headers[i + 1]] = headers[i + 2];
  return all;
};

// --- the head

interface HeadState {
  text: string;
  hasConnection: boolean;
  hasLength: boolean;
  hasEncoding: boolean;
  hasDate: boolean;
  hasExpect: boolean;
  hasTrailer: boolean;
}

/** Makes `_header` from the first line and the fields: own flat list, object, pairs or flat array. */
proto._storeHeader = function (this: any, firstLine: string, headers: any): void {
  const state: HeadState = {
    text: firstLine,
    hasConnection: false,
    hasLength: false,
    hasEncoding: false,
    hasDate: false,
    hasExpect: false,
    hasTrailer: false,
  };
  if (headers) {
    if (headers === this._outHeaders) {
      for (let i = 0; i < headers.length; i += 3) addField(this, state, headers[i], headers[i + 1], headers[i + 2]);
    } else if (!Array.isArray(headers)) {
      for (const name in headers) {
        if (Object.hasOwn(headers, name)) addChecked(this, state, name, headers[name]);
      }
    } else if (headers.length > 0 && Array.isArray(headers[0])) {
      for (const [name, value] of headers) addChecked(this, state, name, value);
    } else {
      if (headers.length % 2 !== 0) throw new codes.ERR_INVALID_ARG_VALUE('headers', headers);
      for (let i = 0; i < headers.length; i += 2) addChecked(this, state, headers[i], headers[i + 1]);
    }
  }
  if (this.sendDate && !state.hasDate) state.text += `Date: ${utcDate()}\r\n`;
  // No body may follow, and a reader that does not know it would take a last chunk for the next response.
  if (this.chunkedEncoding && (this.statusCode === 204 || this.statusCode === 304)) {
    this.chunkedEncoding = false;
    this.shouldKeepAlive = false;
  }
  addConnection(this, state);
  addFraming(this, state);
  if (this.chunkedEncoding !== true && state.hasTrailer) throw new codes.ERR_HTTP_TRAILER_INVALID();
  this._header = `${state.text}\r\n`;
  this._headerSent = false;
  // The peer is to say whether it wants the body before any of it is written.
  if (state.hasExpect) this._send('');
};

function addConnection(message: any, state: HeadState): void {
  if (message._removedConnection) {
    message._last = !message.shouldKeepAlive;
    return;
  }
  if (state.hasConnection) return;
  const keepsAlive =
    message.shouldKeepAlive && (state.hasLength || message.useChunkedEncodingByDefault || message.agent);
  if (!keepsAlive) {
    message._last = true;
    state.text += 'Connection: close\r\n';
  } else if (message.maxRequestsOnConnectionReached) state.text += 'Connection: close\r\n';
  else {
    state.text += 'Connection: keep-alive\r\n';
    if (message._keepAliveTimeout && message._defaultKeepAlive) {
      const max = ~~message._maxRequestsPerSocket > 0 ? `, max=${message._maxRequestsPerSocket}` : '';
      state.text += `Keep-Alive: timeout=${Math.floor(message._keepAliveTimeout / 1000)}${max}\r\n`;
    }
  }
}

function addFraming(message: any, state: HeadState): void {
  if (state.hasLength || state.hasEncoding) return;
  if (!message._hasBody) message.chunkedEncoding = false;
  else if (!message.useChunkedEncodingByDefault) message._last = true;
  else if (!state.hasTrailer && !message._removedContLen && typeof message._contentLength === 'number') {
    state.text += `Content-Length: ${message._contentLength}\r\n`;
  } else if (!message._removedTE) {
    state.text += 'Transfer-Encoding: chunked\r\n';
    message.chunkedEncoding = true;
  } else {
    // Neither is allowed: only the connection's end can tell where the body ends.
    message._last = true;
  }
}

function addChecked(message: any, state: HeadState, name: any, value: any): void {
  const key = headerKey(name);
  if (!Array.isArray(value)) checkHeaderValue(name, value);
  else for (const one of value) checkHeaderValue(name, one);
  addField(message, state, key, name, value);
}

function addField(message: any, state: HeadState, key: string, name: string, value: any): void {
  if (Array.isArray(value)) {
    if (key !== 'cookie' && !message._uniqueHeaders?.has(key)) {
      for (const one of value) addLine(message, state, key, name, one);
      return;
    }
    value = value.join('; ');
  }
  addLine(message, state, key, name, value);
}

function addLine(message: any, state: HeadState, key: string, name: string, value: any): void {
  state.text += `${name}: ${value}\r\n`;
  switch (key) {
    case 'connection':
      state.hasConnection = true;
      message._removedConnection = false;
      if (CLOSE.test(value)) message._last = true;
      else message.shouldKeepAlive = true;
      break;
    case 'transfer-encoding':
      state.hasEncoding = true;
      message._removedTE = false;
      if (CHUNKED.test(value)) message.chunkedEncoding = true;
      break;
    case 'content-length':
      state.hasLength = true;
      message._contentLength = +value;
      message._removedContLen = false;
      break;
    case 'date':
      state.hasDate = true;
      break;
    case 'expect':
      state.hasExpect = true;
      break;
    case 'trailer':
      state.hasTrailer = true;
      break;
    case 'keep-alive':
      message._defaultKeepAlive = false;
      break;
  }
}

proto._implicitHeader = (): never => {
  throw new codes.ERR_METHOD_NOT_IMPLEMENTED('_implicitHeader()');
};

proto.addTrailers = function (this: any, headers: any): void {
  this._trailer = '';
  const entries: [any, any][] = Array.isArray(headers) ? headers : Object.entries(headers);
  for (const [name, value] of entries) {
    validateHeaderName(name, 'Trailer name');
    const isList = Array.isArray(value);
    const lines = isList && !this._uniqueHeaders?.has(name.toLowerCase()) ? value : [isList ? value.join('; ') : value];
    for (const line of lines) {
      if (hasInvalidChar(line)) throw new codes.ERR_INVALID_CHAR('trailer content', name);
      this._trailer += `${name}: ${line}\r\n`;
    }
  }
};

proto.flushHeaders = function (this: any): void {
  if (!this._header) this._implicitHeader();
  this._send('');
  this._flushPieces();
};

// --- writing

/** Bytes of a chunk in its encoding: text that is ASCII stays text. */
function pieceOf(chunk: any, encoding: any): Piece {
  if (typeof chunk !== 'string') return chunk;
  if (!encoding || encoding === 'utf8' || encoding === 'utf-8') return utf8Piece(chunk);
  if (encoding === 'latin1' || encoding === 'binary') return chunk;
  return Buffer.from(chunk, encoding);
}

/** Adds to what this message has to send, its head first. */
proto._send = function (this: any, data: any, encoding?: any, callback?: Callback | null): boolean {
  if (!this._headerSent && this._header !== null) {
    this._headerSent = true;
    append(this, this._header);
  }
  return this._writeRaw(data, encoding, callback);
};

proto._writeRaw = function (this: any, data: any, encoding?: any, callback?: Callback | null): boolean {
  // Its 'close' is on the way.
  if (this._socket?.destroyed) return false;
  if (typeof encoding === 'function') {
    callback = encoding;
    encoding = undefined;
  }
  append(this, pieceOf(data, encoding));
  if (callback) {
    if (this._callbacks === null) this._callbacks = [callback];
    else this._callbacks.push(callback);
  }
  if (this._corked === 0) this._scheduleFlush();
  return this.writableLength < (this._socket ? this._socket.writableHighWaterMark : this._highWaterMark);
};

function append(message: any, piece: Piece): void {
  if (piece.length === 0) return;
  if (message._pieces === NO_PIECES) message._pieces = [piece];
  else message._pieces.push(piece);
  message.outputSize += piece.length;
  // What waits for its turn in a pipeline counts against the connection.
  if (message._socket === null) message._onPendingData(piece.length);
}

/** The pieces leave together when the current turn is over. */
proto._scheduleFlush = function (this: any): void {
  if (this._isFlushScheduled || !this._ownsSocket()) return;
  this._isFlushScheduled = true;
  __kernel.nextTick(() => {
    this._isFlushScheduled = false;
    if (this._corked === 0) this._flushPieces();
  });
};

/** The message has its socket and its turn on it. */
proto._ownsSocket = function (this: any): boolean {
  const socket = this._socket;
  return socket !== null && socket._httpMessage === this && socket.writable;
};

proto._flushPieces = function (this: any): void {
  const callbacks = this._callbacks;
  if ((this._pieces.length === 0 && callbacks === null) || !this._ownsSocket()) return;
  const pieces = this._pieces;
  const size = this.outputSize;
  this._pieces = NO_PIECES;
  this._callbacks = null;
  this.outputSize = 0;
  const done =
    callbacks === null ? null : callbacks.length === 1 ? callbacks[0] : (error?: Error) => callAll(callbacks, error);
  const socket = this._socket;
  const isSmall = size < HIGH_WATER_MARK && !this._needDrain;
  if (isSmall && socket._canWriteNow?.()) {
    if (size > 0) socket._writeNow(joinPieces(pieces, size), done);
    else if (done !== null) __kernel.nextTick(done);
  } else {
    const bytes = joinPieces(pieces, size).slice();
    socket.write(Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length), done ?? undefined);
  }
};

function callAll(callbacks: Callback[], error?: Error): void {
  for (const callback of callbacks) callback(error);
}

proto.cork = function (this: any): void {
  this._corked++;
};

proto.uncork = function (this: any): void {
  if (this._corked === 0 || --this._corked > 0) return;
  // Node gathers what was written while corked into one chunk of the chunked coding; here each keeps its own.
  this._flushPieces();
};

proto.write = function (this: any, chunk: any, encoding?: any, callback?: any): boolean {
  if (typeof encoding === 'function') {
    callback = encoding;
    encoding = null;
  }
  const isTaken = writeChunk(this, chunk, encoding, callback, false);
  if (!isTaken) this._needDrain = true;
  return isTaken;
};

function sizeOf(piece: Piece): number {
  return piece.length;
}

function writeChunk(message: any, chunk: any, encoding: any, given: any, isLast: boolean): boolean {
  const callback: Callback | null = typeof given === 'function' ? given : null;
  if (chunk === null) throw new codes.ERR_STREAM_NULL_VALUES();
  if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
    throw new codes.ERR_INVALID_ARG_TYPE('chunk', ['string', 'Buffer', 'Uint8Array'], chunk);
  }
  if (message.finished || message.destroyed) {
    refuseWrite(message, callback ?? nop);
    return false;
  }
  const piece = pieceOf(chunk, encoding);
  if (message.strictContentLength) checkLength(message, sizeOf(piece), isLast);
  if (!message._header) {
    if (isLast) message._contentLength = sizeOf(piece);
    message._implicitHeader();
  }
  if (!message._hasBody) {
    if (message._rejectsBody) throw new codes.ERR_HTTP_BODY_NOT_ALLOWED();
    process.nextTick(callback ?? nop);
    return true;
  }
  if (!message.chunkedEncoding || piece.length === 0) return sendPiece(message, piece, callback);
  message._send(`${sizeOf(piece).toString(16)}\r\n`, 'latin1', null);
  sendPiece(message, piece, null);
  return message._send('\r\n', 'latin1', callback);
}

function sendPiece(message: any, piece: Piece, callback: Callback | null): boolean {
  return message._send(piece, 'latin1', callback);
}

function refuseWrite(message: any, callback: Callback): void {
  if (message.destroyed) {
    process.nextTick(
      callback,
      message.finished ? new codes.ERR_STREAM_WRITE_AFTER_END() : new codes.ERR_STREAM_DESTROYED('write'),
    );
    return;
  }
  fail(message, new codes.ERR_STREAM_WRITE_AFTER_END(), callback);
}

function fail(message: any, error: Error, callback: Callback): void {
  process.nextTick(() => {
    callback(error);
    if (!message.destroyed) message.emit('error', error);
  });
}

function isLengthStrict(message: any): boolean {
  return (
    message.strictContentLength &&
    message._contentLength != null &&
    message._hasBody &&
    !message._removedContLen &&
    !message.chunkedEncoding &&
    !message.hasHeader('transfer-encoding')
  );
}

function checkLength(message: any, length: number, isLast: boolean): void {
  const total = message._bodyBytes + length;
  const isWrong = isLast ? total !== message._contentLength : total > message._contentLength;
  if (isLengthStrict(message) && isWrong) {
    throw new codes.ERR_HTTP_CONTENT_LENGTH_MISMATCH(total, message._contentLength);
  }
  message._bodyBytes = total;
}

proto.end = function (this: any, chunk?: any, encoding?: any, callback?: any) {
  if (typeof chunk === 'function') {
    callback = chunk;
    chunk = null;
    encoding = null;
  } else if (typeof encoding === 'function') {
    callback = encoding;
    encoding = null;
  }
  if (chunk) {
    if (this.finished) {
      fail(this, new codes.ERR_STREAM_WRITE_AFTER_END(), typeof callback === 'function' ? callback : nop);
      return this;
    }
    writeChunk(this, chunk, encoding, null, true);
  } else if (this.finished) {
    if (typeof callback === 'function') queueEndCallback(this, callback);
    return this;
  } else if (!this._header) {
    this._contentLength = 0;
    this._implicitHeader();
  }
  if (typeof callback === 'function') queueEndCallback(this, callback);
  if (isLengthStrict(this) && this._bodyBytes !== this._contentLength) {
    throw new codes.ERR_HTTP_CONTENT_LENGTH_MISMATCH(this._bodyBytes, this._contentLength);
  }
  const finish = (error?: Error | null) => onFinish(this, error);
  const hasLastChunk = this._hasBody && this.chunkedEncoding;
  this._corked = 1;
  if (hasLastChunk || !this._headerSent || this.writableLength > 0 || chunk) {
    this._send(hasLastChunk ? `0\r\n${this._trailer}\r\n` : '', 'latin1', finish);
  } else process.nextTick(finish);
  this._corked = 0;
  this._flushPieces();
  this.finished = true;
  if (this._pieces.length === 0 && this._socket?._httpMessage === this) this._finish();
  return this;
};

function queueEndCallback(message: any, callback: Callback): void {
  if (message._writableFinished) callback(new codes.ERR_STREAM_ALREADY_FINISHED('end'));
  else if (message._flushError !== null) process.nextTick(callback, message._flushError);
  else if (message._endCallbacks === null) message._endCallbacks = [callback];
  else message._endCallbacks.push(callback);
}

function onFinish(message: any, error?: Error | null): void {
  if (error || message._errored || message._socket?.errored || message._socket?._hadError) {
    message._flushError =
      error ?? message._errored ?? message._socket?.errored ?? new codes.ERR_STREAM_DESTROYED('end');
    runEndCallbacks(message, message._flushError);
    return;
  }
  message._writableFinished = true;
  if (message._endCallbacks !== null) runEndCallbacks(message, null);
  // Node's server does this as the first listener of 'finish'.
  message._exchange?.finish();
  message.emit('finish');
}

function runEndCallbacks(message: any, error: Error | null): void {
  const callbacks = message._endCallbacks;
  if (callbacks === null) return;
  message._endCallbacks = null;
  for (const callback of callbacks) callback(error);
}

/** All the user wrote has been given to the socket. */
proto._finish = function (this: any): void {
  this.emit('prefinish');
};

/** The message got its turn on the socket. */
proto._flush = function (this: any): void {
  const socket = this._socket;
  if (!socket?.writable) return;
  const waiting = this.outputSize;
  this._flushPieces();
  if (waiting > 0) this._onPendingData(-waiting);
  if (this.finished) this._finish();
  else if (this._needDrain && !socket.writableNeedDrain) {
    this._needDrain = false;
    this.emit('drain');
  }
};

proto.setTimeout = function (this: any, msecs: number, callback?: () => void) {
  if (callback) this.on('timeout', callback);
  if (this._socket) this._socket.setTimeout(msecs);
  else this.once('socket', (socket: any) => socket.setTimeout(msecs));
  return this;
};

proto.destroy = function (this: any, error?: any) {
  if (this.destroyed) return this;
  this.destroyed = true;
  this._errored = error;
  if (this._socket) this._socket.destroy(error);
  else {
    process.nextTick(() => {
      if (this._closed) return;
      this._closed = true;
      this.emit('close');
    });
  }
  return this;
};

proto.pipe = function (this: any): void {
  this.emit('error', new codes.ERR_STREAM_CANNOT_PIPE());
};

proto[EventEmitter.captureRejectionSymbol ?? Symbol.for('nodejs.rejection')] = function (
  this: any,
  error: Error,
): void {
  this.destroy(error);
};

export function uniqueHeaders(names: any): Set<string> | null {
  return Array.isArray(names) ? new Set(names.map((name) => name.toLowerCase())) : null;
}
