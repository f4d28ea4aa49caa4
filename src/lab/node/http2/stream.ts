/**
 * Http2Stream: a Duplex over one stream of a connection. server-stream.ts and client-session.ts build on it.
 *
 * Source: Node 24's lib/internal/http2/core.js.
 */
import { AbortError } from '../errors.ts';
import { Duplex } from '../stream/index.ts';
import { format } from '../util/format.ts';
import { validateFunction, validateInteger } from '../validators.ts';
import { constants, nameForErrorCode } from './constants.ts';
import { bind } from './context.ts';
import { codes } from './errors.ts';
import { assertIsObject, assertValidPseudoHeaderTrailer, buildHeaders } from './headers.ts';
import type { ProtocolStream } from './protocol/stream.ts';
import { closeStream, FORCE_RST, finishWrite, lookForEnd, NO_RST, shutdownWritable } from './stream-ends.ts';
import {
  kContext,
  kHandle,
  kID,
  kInfoHeaders,
  kInit,
  kMaybeDestroy,
  kProceed,
  kProxySocket,
  kRawHeaders,
  kRequest,
  kSensitiveHeaders,
  kSentHeaders,
  kSentTrailers,
  kSession,
  kState,
  kStrictSingleValueFields,
  kTimeout,
  kType,
  kUpdateTimer,
  STREAM_ABORTED,
  STREAM_CLOSED,
  STREAM_HAS_TRAILERS,
  STREAM_HEAD_REQUEST,
  STREAM_HEADERS_SENT,
  STREAM_READY,
} from './symbols.ts';
import { callTimeout, setStreamTimeout } from './timeouts.ts';

const { NGHTTP2_CANCEL, NGHTTP2_DEFAULT_WEIGHT, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_SESSION_SERVER } =
  constants;

export class Http2Stream extends Duplex {
  [key: string | symbol]: any;

  constructor(session: any, options: any) {
    super({ ...options, allowHalfOpen: true, decodeStrings: false, autoDestroy: false });
    // Writes wait until the stream has its number.
    this.cork();
    this[kSession] = session;
    session[kState].pendingStreams.add(this);
    // Lets the code below tell whether anybody has read.
    this._readableState.readingMore = true;
    this[kTimeout] = null;
    this[kState] = {
      didRead: false,
      flags: 0,
      rstCode: NGHTTP2_NO_ERROR,
      writeQueueSize: 0,
      trailersReady: false,
      endAfterHeaders: false,
      writeCb: null,
      writeErr: null,
      endErr: null,
      writePending: 0,
      shutdownWritableCalled: false,
      chunksSent: 0,
    };
    this[kRequest] = null;
    this[kProxySocket] = null;
    this.on('pause', onPause);
  }

  [kUpdateTimer](): void {
    if (this.destroyed) return;
    this[kTimeout]?.refresh();
    this[kSession]?.[kUpdateTimer]();
  }

  [kInit](id: number, handle: ProtocolStream): void {
    this[kState].flags |= STREAM_READY;
    const { pendingStreams, streams } = this[kSession][kState];
    pendingStreams.delete(this);
    streams.set(id, this);
    this[kID] = id;
    handle.owner = this;
    this[kHandle] = handle;
    this[kContext] = __kernel.getContext();
    this.uncork();
    this.emit('ready');
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth: unknown): any {
    if (typeof depth === 'number' && depth < 0) return this;
    const { closed, destroyed, state, _readableState: readableState, _writableState: writableState } = this;
    return `Http2Stream ${format({ id: this[kID] || '<pending>', closed, destroyed, state, readableState, writableState })}`;
  }

  get bufferSize() {
    return this[kState].writeQueueSize + this.writableLength;
  }
  get endAfterHeaders() {
    return this[kState].endAfterHeaders;
  }

  get sentHeaders() {
    const raw = this[kRawHeaders];
    if (this[kSentHeaders] || !raw) return this[kSentHeaders];
    const headers = Object.create(null);
    for (let i = 0; i < raw.length; i += 2) {
      const existing = headers[raw[i]];
      if (existing === undefined) headers[raw[i]] = raw[i + 1];
      else if (Array.isArray(existing)) existing.push(raw[i + 1]);
      else headers[raw[i]] = [existing, raw[i + 1]];
    }
    if (raw[kSensitiveHeaders] !== undefined) headers[kSensitiveHeaders] = raw[kSensitiveHeaders];
    this[kSentHeaders] = headers;
    return headers;
  }

  get sentTrailers() {
    return this[kSentTrailers];
  }
  get sentInfoHeaders() {
    return this[kInfoHeaders];
  }
  get pending() {
    return this[kID] === undefined;
  }
  get id() {
    return this[kID];
  }
  get session() {
    return this[kSession];
  }
  get headersSent() {
    return Boolean(this[kState].flags & STREAM_HEADERS_SENT);
  }
  get aborted() {
    return Boolean(this[kState].flags & STREAM_ABORTED);
  }
  get headRequest() {
    return Boolean(this[kState].flags & STREAM_HEAD_REQUEST);
  }
  get rstCode() {
    return this[kState].rstCode;
  }
  get closed() {
    return Boolean(this[kState].flags & STREAM_CLOSED);
  }

  get state() {
    const handle: ProtocolStream | undefined = this[kHandle];
    if (this.destroyed || handle === undefined) return {};
    return {
      state: handle.state,
      weight: NGHTTP2_DEFAULT_WEIGHT,
      sumDependencyWeight: 0,
      localClose: Number(handle.isLocalClosed),
      remoteClose: Number(handle.isRemoteClosed),
      localWindowSize: handle.connection.local.initialWindowSize - handle.received,
    };
  }

  _onTimeout(): void {
    callTimeout(this, this[kSession]);
  }

  setTimeout(msecs: number, callback?: () => void): this {
    return setStreamTimeout(this, msecs, callback);
  }

  /** RFC 9113 took priorities out: nothing happens, as in Node. */
  priority(): void {
    if (this.destroyed) throw new codes.ERR_HTTP2_INVALID_STREAM();
  }

  _write(data: any, encoding: any, callback: any): void {
    this._writeBytes(typeof data === 'string' ? Buffer.from(data, encoding) : data, callback);
  }

  _writev(chunks: any[], callback: any): void {
    const parts = chunks.map(({ chunk, encoding }) =>
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
    );
    this._writeBytes(Buffer.concat(parts), callback);
  }

  _writeBytes(bytes: Uint8Array, callback: any): void {
    if (this.pending) {
      this.once('ready', () => this._writeBytes(bytes, callback));
      return;
    }
    if (this.destroyed) return;
    this[kUpdateTimer]();
    if (!this.headersSent) this[kProceed]();
    // One write at a time: the state of its two halves, written and end looked for, can lie on the stream.
    const state = this[kState];
    state.writeCb = callback;
    state.writeErr = null;
    state.endErr = null;
    if (state.flags & STREAM_HAS_TRAILERS) state.writePending = 1;
    else {
      state.writePending = 2;
      process.nextTick(lookForEnd, this);
    }
    const { length } = bytes;
    state.writeQueueSize += length;
    const sessionState = this[kSession][kState];
    sessionState.writeQueueSize += length;
    const onWritten = bind((isCanceled: boolean) => {
      if (!isCanceled && !this.destroyed) {
        this[kUpdateTimer]();
        state.writeQueueSize -= length;
        if (this[kSession] !== undefined) this[kSession][kState].writeQueueSize -= length;
      }
      state.writeErr = undefined;
      finishWrite(this);
    });
    this[kHandle].write(bytes, onWritten);
  }

  _final(callback: any): void {
    if (this.pending) this.once('ready', () => this._final(callback));
    else shutdownWritable(this, callback);
  }

  _read(): void {
    if (this.destroyed) {
      this.push(null);
      return;
    }
    if (!this[kState].didRead) {
      this._readableState.readingMore = false;
      this[kState].didRead = true;
    }
    if (this.pending) this.once('ready', onResume);
    else onResume.call(this);
  }

  sendTrailers(given: any): void {
    if (this.destroyed || this.closed) throw new codes.ERR_HTTP2_INVALID_STREAM();
    if (this[kSentTrailers]) throw new codes.ERR_HTTP2_TRAILERS_ALREADY_SENT();
    if (!this[kState].trailersReady) throw new codes.ERR_HTTP2_TRAILERS_NOT_READY();
    assertIsObject(given, 'headers');
    const headers = Object.assign(Object.create(null), given);
    this[kUpdateTimer]();
    const list = buildHeaders(headers, assertValidPseudoHeaderTrailer, this.session[kStrictSingleValueFields]);
    this[kSentTrailers] = headers;
    setImmediate(() => {
      if (this.destroyed) return;
      this[kState].flags &= ~STREAM_HAS_TRAILERS;
      this[kHandle].sendTrailers(list);
      this[kMaybeDestroy]();
    });
  }

  close(code: number = NGHTTP2_NO_ERROR, callback?: any): void {
    validateInteger(code, 'code', 0, 2 ** 32 - 1);
    if (callback !== undefined) validateFunction(callback, 'callback');
    if (this.closed) return;
    if (callback !== undefined) this.once('close', callback);
    closeStream(this, code);
  }

  _destroy(given: any, callback: any): void {
    const session = this[kSession];
    const handle: ProtocolStream | undefined = this[kHandle];
    const state = this[kState];
    const sessionState = session[kState];
    const sessionCode = sessionState.goawayCode || sessionState.destroyCode;
    let error = given;
    // A stream that closed well stays so, whatever becomes of its session.
    let code = this.closed ? this.rstCode : sessionCode;
    if (error != null) {
      if (sessionCode) code = sessionCode;
      else code = error instanceof AbortError ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR;
    }
    if (!this.closed) closeStream(this, code, handle === undefined ? NO_RST : FORCE_RST);
    this.push(null);
    if (handle === undefined) sessionState.pendingStreams.delete(this);
    else {
      handle.destroy();
      sessionState.streams.delete(this[kID]);
    }
    sessionState.writeQueueSize -= state.writeQueueSize;
    state.writeQueueSize = 0;
    // A cancelled stream is no error: 'aborted' tells of it.
    if (error == null && code !== NGHTTP2_NO_ERROR && code !== NGHTTP2_CANCEL) {
      error = new codes.ERR_HTTP2_STREAM_ERROR(nameForErrorCode[code] || code);
    }
    this[kSession] = undefined;
    this[kHandle] = undefined;
    setImmediate(() => session[kMaybeDestroy]());
    callback(error);
  }

  /** Ends a stream whose two sides are through. */
  [kMaybeDestroy](code: number = NGHTTP2_NO_ERROR): void {
    if (code !== NGHTTP2_NO_ERROR) {
      this.destroy();
      return;
    }
    if (!this.writableFinished) return;
    if (!this.readable && this.closed) {
      this.destroy();
      return;
    }
    // A server that has answered and never looked at the request's body does not wait for the rest of it.
    const state = this[kState];
    const isServer = this[kSession]?.[kType] === NGHTTP2_SESSION_SERVER;
    const isUnread = !state.didRead && this.readableFlowing === null;
    if (this.headersSent && isServer && !(state.flags & STREAM_HAS_TRAILERS) && isUnread) {
      setImmediate(() => this.close());
    }
  }
}

function onResume(this: any): void {
  if (!this.destroyed) this[kHandle].readStart();
}

function onPause(this: any): void {
  if (!this.destroyed && !this.pending) this[kHandle].readStop();
}
