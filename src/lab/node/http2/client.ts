/** ClientHttp2Session, its streams, and http2.connect. Source: Node 24's lib/internal/http2/core.js. */
import { AbortError, codes as nodeCodes } from '../errors.ts';
import { addAbortListener } from '../events.ts';
import { isIP } from '../net/address.ts';
import { createConnection as netConnect } from '../net.ts';
import { validateAbortSignal, validateBoolean, validateNumber } from '../validators.ts';
import { constants } from './constants.ts';
import { codes } from './errors.ts';
import { assertIsObject, isPayloadMeaningless, prepareRequest } from './headers.ts';
import type { Header } from './hpack/encoder.ts';
import type { ProtocolStream } from './protocol/stream.ts';
import { Http2Session } from './session.ts';
import { Http2Stream } from './stream.ts';
import {
  kAuthority,
  kHandle,
  kInit,
  kOrigin,
  kPendingRequestCalls,
  kProtocol,
  kRawHeaders,
  kRequestContext,
  kSentHeaders,
  kSession,
  kState,
  kUpdateTimer,
  STREAM_HAS_TRAILERS,
  STREAM_HEADERS_SENT,
} from './symbols.ts';

export class ClientHttp2Stream extends Http2Stream {
  constructor(session: any, handle?: ProtocolStream) {
    super(session, {});
    this[kState].flags |= STREAM_HEADERS_SENT;
    if (handle !== undefined) this[kInit](handle.id, handle);
    this.on('headers', (headers: any) => {
      if (headers[':status'] === 100) this.emit('continue');
    });
  }
}

export class ClientHttp2Session extends Http2Session {
  constructor(options: any, socket: any) {
    super(constants.NGHTTP2_SESSION_CLIENT, options, socket);
    this[kPendingRequestCalls] = null;
  }

  /** A stream that the server promised. */
  _createStream(handle: ProtocolStream): any {
    return new ClientHttp2Stream(this, handle);
  }

  request(headersParam?: any, given?: any): any {
    // Arguments are checked at once; a session that is over is told through the stream.
    const sessionError = this.destroyed
      ? new codes.ERR_HTTP2_INVALID_SESSION()
      : this.closed
        ? new codes.ERR_HTTP2_GOAWAY_SESSION()
        : null;
    this[kUpdateTimer]();
    if (headersParam !== undefined && (headersParam === null || typeof headersParam !== 'object')) {
      throw new nodeCodes.ERR_INVALID_ARG_TYPE('headers', ['Object', 'Array'], headersParam);
    }
    const { object, raw, list, scheme, authority, method } = prepareRequest(headersParam ?? {}, this);
    assertIsObject(given, 'options');
    const options = { ...given };
    checkPriority(options);
    if (options.endStream === undefined) options.endStream = isPayloadMeaningless(method);
    else validateBoolean(options.endStream, 'options.endStream');
    const stream = new ClientHttp2Stream(this);
    stream[kSentHeaders] = object;
    stream[kRawHeaders] = raw;
    stream[kOrigin] = `${scheme}://${authority}`;
    const context = __kernel.getContext();
    stream[kRequestContext] = context;
    if (options.endStream) stream.end();
    if (options.waitForTrailers) stream[kState].flags |= STREAM_HAS_TRAILERS;
    followSignal(stream, options.signal);
    const start = () => {
      __kernel.setContext(context);
      startRequest(stream, list, options);
    };
    if (sessionError !== null) process.nextTick(() => stream.destroy(sessionError));
    else if (!this.connecting) startRequest(stream, list, options);
    else if (this[kPendingRequestCalls] !== null) this[kPendingRequestCalls].push(start);
    else {
      this[kPendingRequestCalls] = [start];
      this.once('connect', () => {
        const before = __kernel.getContext();
        for (const run of this[kPendingRequestCalls]) run();
        this[kPendingRequestCalls] = null;
        __kernel.setContext(before);
      });
    }
    return stream;
  }
}

function checkPriority(options: any): void {
  options.parent ??= 0;
  validateNumber(options.parent, 'options.parent', 0);
  for (const name of ['exclusive', 'silent']) {
    options[name] ??= false;
    validateBoolean(options[name], `options.${name}`);
  }
}

function followSignal(stream: any, signal: any): void {
  if (!signal) return;
  validateAbortSignal(signal, 'options.signal');
  const abort = () => stream.destroy(new AbortError(undefined, { cause: signal.reason }));
  if (signal.aborted) {
    abort();
    return;
  }
  const listener: any = addAbortListener(signal, abort);
  stream.once('close', listener[Symbol.dispose ?? Symbol.for('nodejs.dispose')]);
}

function startRequest(stream: any, list: readonly Header[], options: any): void {
  const session = stream[kSession];
  if (session === undefined || session.destroyed) return;
  if (session.closed) {
    stream.destroy(new codes.ERR_HTTP2_GOAWAY_SESSION());
    return;
  }
  const handle = session[kHandle].request(list, Boolean(options.endStream), Boolean(options.waitForTrailers));
  if (handle === null) stream.destroy(new codes.ERR_HTTP2_OUT_OF_STREAMS());
  else stream[kInit](handle.id, handle);
}

export function connect(given: any, options: any, listener?: any): any {
  if (typeof options === 'function') return connectSession(given, undefined, options);
  return connectSession(given, options, listener);
}

function connectSession(given: any, givenOptions: any, listener: any): any {
  assertIsObject(givenOptions, 'options');
  const options = { ...givenOptions };
  if (options.maxOriginSetSize != null) validateNumber(options.maxOriginSetSize, 'options.maxOriginSetSize', 0);
  checkOptions(options);
  const authority = typeof given === 'string' ? new URL(given) : given;
  assertIsObject(authority, 'authority', ['string', 'Object', 'URL']);
  const protocol = authority.protocol || options.protocol || 'https:';
  const port = String(authority.port !== '' ? authority.port : authority.protocol === 'http:' ? 80 : 443);
  const host = (authority.hostname || authority.host || 'localhost').replace(/^\[(.*)\]$/, '$1');
  const session: any = new ClientHttp2Session(options, openSocket(authority, options, protocol, host, port));
  session[kAuthority] = `${options.servername || host}:${port}`;
  session[kProtocol] = protocol;
  if (typeof listener === 'function') session.once('connect', listener);
  return session;
}

function openSocket(authority: any, options: any, protocol: string, host: string, port: string): any {
  if (typeof options.createConnection === 'function') return options.createConnection(authority, options);
  if (protocol === 'http:') return netConnect({ port, host, ...options });
  if (protocol !== 'https:') throw new codes.ERR_HTTP2_UNSUPPORTED_PROTOCOL(protocol);
  const tls = require('../tls/index.ts').default;
  return tls.connect(port, host, withAlpn(options, isIP(host) ? undefined : host));
}

/** Options that sessions of both sides share. */
export function checkOptions(options: any): void {
  const custom = options.remoteCustomSettings;
  if (custom !== undefined) {
    if (!Array.isArray(custom)) {
      throw new nodeCodes.ERR_INVALID_ARG_TYPE('options.remoteCustomSettings', 'Array', custom);
    }
    if (custom.length > 10) throw new codes.ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS();
    options.remoteCustomSettings = [...custom];
  }
  if (options.strictSingleValueFields === undefined) options.strictSingleValueFields = true;
  else validateBoolean(options.strictSingleValueFields, 'options.strictSingleValueFields');
}

export function withAlpn(options: any, servername?: string): any {
  if (!options.ALPNCallback) {
    options.ALPNProtocols = ['h2'];
    if (options.allowHTTP1 === true) options.ALPNProtocols.push('http/1.1');
  }
  if (servername !== undefined && !options.servername) options.servername = servername;
  return options;
}

Object.defineProperty(connect, Symbol.for('nodejs.util.promisify.custom'), {
  value: function connect(authority: any, options: any) {
    return new Promise((resolve, reject) => {
      const session = connectSession(authority, options, () => {
        session.removeListener('error', reject);
        resolve(session);
      });
      session.once('error', reject);
    });
  },
});
