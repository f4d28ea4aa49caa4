/** Http2Server, Http2SecureServer and the sessions of their sockets. Source: Node 24's lib/internal/http2/core.js. */
import { Server as HttpServer } from '../http/server.ts';
import { STATUS_CODES } from '../http/status.ts';
import { Server as NetServer } from '../net/server.ts';
import { validateFunction, validateUint32 } from '../validators.ts';
import { checkOptions, withAlpn } from './client.ts';
import { Http2ServerRequest } from './compat/request.ts';
import { Http2ServerResponse } from './compat/response.ts';
import { onServerStream } from './compat/stream.ts';
import { constants } from './constants.ts';
import { assertIsObject } from './headers.ts';
import type { ProtocolStream } from './protocol/stream.ts';
import { ServerHttp2Stream } from './server-stream.ts';
import { Http2Session } from './session.ts';
import { validateSettings } from './settings.ts';
import { kOptions, kServer, kSessions } from './symbols.ts';

export class ServerHttp2Session extends Http2Session {
  constructor(options: any, socket: any, server: any) {
    super(constants.NGHTTP2_SESSION_SERVER, options, socket);
    this[kServer] = server;
    server?.[kSessions].add(this);
  }

  get server() {
    return this[kServer];
  }

  /** A request: it counts as one in flight, and costs what the service's requests cost. */
  _createStream(handle: ProtocolStream, headers: any): any {
    const stream = new ServerHttp2Stream(this, handle, headers);
    __kernel.inFlight(1);
    stream.once('close', () => __kernel.inFlight(-1));
    const costUs = __kernel.requestCostUs();
    if (costUs > 0) __kernel.burn(costUs);
    return stream;
  }

  /** ALTSVC and ORIGIN frames are for browsers. */
  altsvc(): void {
    throw new Error('http2session.altsvc is not part of the lab. Send an alt-svc header.');
  }

  origin(...origins: any[]): void {
    if (origins.length > 0) throw new Error('http2session.origin is not part of the lab. Leave it out.');
  }
}

function initializeOptions(given: any): any {
  assertIsObject(given, 'options');
  const options = { ...given };
  assertIsObject(options.settings, 'options.settings');
  options.settings = { ...options.settings };
  for (const name of ['maxSessionInvalidFrames', 'maxSessionRejectedStreams', 'unknownProtocolTimeout']) {
    if (options[name] !== undefined) validateUint32(options[name], `options.${name}`);
  }
  options.unknownProtocolTimeout ??= 10_000;
  checkOptions(options);
  options.http1Options = { ...options.http1Options };
  options.http1Options.IncomingMessage ??= options.Http1IncomingMessage;
  options.http1Options.ServerResponse ??= options.Http1ServerResponse;
  options.Http2ServerRequest ||= Http2ServerRequest;
  options.Http2ServerResponse ||= Http2ServerResponse;
  return options;
}

function onConnection(this: any, socket: any): void {
  const options = this[kOptions];
  if (socket.alpnProtocol === false || socket.alpnProtocol === 'http/1.1') {
    if (options.allowHTTP1 === true) this._http1.emit('connection', socket);
    else refuseProtocol(this, socket, options);
    return;
  }
  const session = new ServerHttp2Session(options, socket, this);
  session.on('stream', (...args: any[]) => session[kServer]?.emit('stream', ...args));
  session.on('error', (error: any) => session[kServer]?.emit('sessionError', error, session));
  if (this.timeout) session.setTimeout(this.timeout, () => onTimeout(session));
  socket[kServer] = this;
  this.emit('session', session);
}

function onTimeout(session: any): void {
  if (!session.destroyed && !session.closed && !session[kServer].emit('timeout', session)) session.destroy();
}

function refuseProtocol(server: any, socket: any, options: any): void {
  if (server.emit('unknownProtocol', socket)) return;
  const timer: any = setTimeout(() => {
    if (!socket.destroyed) socket.destroy();
  }, options.unknownProtocolTimeout);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
  socket.end(
    'HTTP/1.0 403 Forbidden\r\nContent-Type: text/plain\r\n\r\n' +
      'Missing ALPN Protocol, expected `h2` to be available.\n' +
      'If this is a HTTP request: The server was not configured with the `allowHTTP1` option or a ' +
      'listener for the `unknownProtocol` event.\n',
  );
}

/** What both servers have over net.Server and tls.Server. */
function methodsOver(Base: any) {
  return {
    setTimeout(this: any, msecs: number, callback?: any) {
      this.timeout = msecs;
      if (callback !== undefined) {
        validateFunction(callback, 'callback');
        this.on('timeout', callback);
      }
      return this;
    },
    updateSettings(this: any, settings: any) {
      assertIsObject(settings, 'settings');
      validateSettings(settings);
      this[kOptions].settings = { ...this[kOptions].settings, ...settings };
    },
    close(this: any, callback?: any) {
      Base.prototype.close.call(this, callback);
      this._http1?.close();
      for (const session of [...this[kSessions]]) session.close();
      return undefined;
    },
    closeIdleConnections(this: any) {
      this._http1?.closeIdleConnections();
    },
    [Symbol.for('nodejs.rejection')](this: any, error: any, event: string, ...args: any[]) {
      onRejection(this, error, event, args);
    },
  };
}

/** An async listener that rejected, where captureRejections is on. */
function onRejection(server: any, error: any, event: string, args: any[]): void {
  if (event === 'stream') {
    const [stream] = args;
    if (stream.sentHeaders) stream.destroy(error);
    else {
      stream.respond({ ':status': 500 });
      stream.end();
    }
  } else if (event === 'request') {
    const res = args[1];
    if (res.headersSent || res.finished) {
      res.destroy();
      return;
    }
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    res.statusCode = 500;
    res.end(STATUS_CODES[500]);
  } else server.emit('error', error);
}

function initialize(server: any, options: any, requestListener: any): void {
  server[kOptions] = options;
  server[kSessions] = new Set();
  server.timeout = 0;
  server.on('newListener', setUpCompat);
  if (typeof requestListener === 'function') server.on('request', requestListener);
}

/** The first listener to 'request' asks for the compatibility API. */
function setUpCompat(this: any, event: string): void {
  if (event !== 'request') return;
  this.removeListener('newListener', setUpCompat);
  const { Http2ServerRequest: Request, Http2ServerResponse: Response } = this[kOptions];
  this.on('stream', (...args: any[]) => (onServerStream as any)(this, Request, Response, ...args));
}

export const Http2Server: any = function Http2Server(this: any, given: any, requestListener: any): void {
  const options = initializeOptions(given);
  NetServer.call(this, options, onConnection);
  initialize(this, options, requestListener);
};
Object.setPrototypeOf(Http2Server.prototype, NetServer.prototype);
Object.setPrototypeOf(Http2Server, NetServer);
Object.assign(Http2Server.prototype, methodsOver(NetServer));

let SecureServer: any;

/** Made when first wanted: few programs need TLS. */
function secureServerClass(): any {
  if (SecureServer !== undefined) return SecureServer;
  const TlsServer = require('../tls/index.ts').default.Server;
  SecureServer = function Http2SecureServer(this: any, given: any, requestListener: any): void {
    const options = withAlpn(initializeOptions(given));
    TlsServer.call(this, options, onConnection);
    initialize(this, options, requestListener);
    if (options.allowHTTP1 === true) {
      this._http1 = new HttpServer(options.http1Options);
      for (const event of ['request', 'checkContinue', 'checkExpectation', 'upgrade', 'connect', 'clientError']) {
        if (event === 'request') this._http1.on(event, (...args: any[]) => this.emit(event, ...args));
        else {
          this.on('newListener', (name: string, listener: any) => {
            if (name === event) this._http1.on(event, listener);
          });
        }
      }
    }
    this.on('tlsClientError', (error: any, socket: any) => {
      if (!this.emit('clientError', error, socket)) socket.destroy(error);
    });
  };
  Object.setPrototypeOf(SecureServer.prototype, TlsServer.prototype);
  Object.setPrototypeOf(SecureServer, TlsServer);
  Object.assign(SecureServer.prototype, methodsOver(TlsServer));
  return SecureServer;
}

export function createServer(options: any, handler?: any): any {
  return typeof options === 'function' ? new Http2Server({}, options) : new Http2Server(options, handler);
}

export function createSecureServer(options: any, handler?: any): any {
  return new (secureServerClass())(options, handler);
}

/** A session on a socket that somebody else accepted. */
export function performServerHandshake(socket: any, options: any = {}): any {
  return new ServerHttp2Session(initializeOptions(options), socket, undefined);
}
