/** ClientRequest. Source: Node 24's lib/_http_client.js. */

import { timerDuration } from '../net/socket.ts';
import { createConnection } from '../net.ts';
import { addAbortSignal, finished } from '../stream/index.ts';
import { validateBoolean, validateInteger, validateString } from '../validators.ts';
import { Agent, globalAgent } from './agent.ts';
import { ClientExchange, listenToSocket, onSocketError } from './client-exchange.ts';
import { codes, connectionReset } from './errors.ts';
import { OutgoingMessage, uniqueHeaders } from './outgoing.ts';
import { isToken } from './parse-error.ts';

const INVALID_PATH = /[^\u0021-\u00ff]/;
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** The global agent can be replaced by assignment to http.globalAgent. */
export const globals: { agent: any } = { agent: globalAgent };

export const ClientRequest: any = function ClientRequest(this: any, input: any, given?: any, callback?: any): void {
  OutgoingMessage.call(this);
  this._context = __kernel.getContext();
  this._error = undefined;
  const [options, cb] = normalize(input, given, callback);
  if (options.highWaterMark != null) this._highWaterMark = options.highWaterMark;
  const defaultAgent = options._defaultAgent || globals.agent;
  const agent = chooseAgent(options, defaultAgent);
  this.agent = agent;
  const protocol = options.protocol || defaultAgent.protocol;
  const expected = agent?.protocol || defaultAgent.protocol;
  if (options.path && INVALID_PATH.test(String(options.path))) throw new codes.ERR_UNESCAPED_CHARACTERS('Request path');
  if (protocol !== expected) throw new codes.ERR_INVALID_PROTOCOL(protocol, expected);
  const defaultPort = options.defaultPort || agent?.defaultPort;
  const port = options.port || defaultPort || 80;
  const host = checkHost(options.hostname, 'hostname') || checkHost(options.host, 'host') || 'localhost';
  options.port = port;
  options.host = host;
  const setsHost = options.setHost !== undefined ? Boolean(options.setHost) : options.setDefaultHeaders !== false;
  this._removedConnection = options.setDefaultHeaders === false;
  this._removedContLen = options.setDefaultHeaders === false;
  this._removedTE = options.setDefaultHeaders === false;
  this.socketPath = options.socketPath;
  if (options.timeout !== undefined) this.timeout = timerDuration(options.timeout, 'timeout');
  if (options.signal) {
    addAbortSignal(options.signal, this);
    // It is the request's, not the connection's.
    options.signal = undefined;
  }
  this.method = checkMethod(options.method);
  if (options.maxHeaderSize !== undefined) validateInteger(options.maxHeaderSize, 'maxHeaderSize', 0);
  this.maxHeaderSize = options.maxHeaderSize;
  if (options.joinDuplicateHeaders !== undefined) {
    validateBoolean(options.joinDuplicateHeaders, 'options.joinDuplicateHeaders');
  }
  this.joinDuplicateHeaders = options.joinDuplicateHeaders;
  this._path = options.path || '/';
  if (cb) this.once('response', cb);
  this.useChunkedEncodingByDefault = !BODILESS.has(this.method);
  this._ended = false;
  this.res = null;
  this.aborted = false;
  this._listensTimeout = false;
  this.upgradeOrConnect = false;
  this.parser = null;
  this.maxHeadersCount = null;
  this.reusedSocket = false;
  this.host = host;
  this.protocol = protocol;
  if (agent) {
    // An agent that keeps nothing and limits nothing never uses a connection twice.
    this._last = !agent.keepAlive && !Number.isFinite(agent.maxSockets);
    this.shouldKeepAlive = !this._last;
  }
  setFields(this, options, hostHeader(host, port, defaultPort), host && setsHost);
  this._uniqueHeaders = uniqueHeaders(options.uniqueHeaders);
  if (agent) agent.addRequest(this, options);
  else connectAlone(this, options);
};
Object.setPrototypeOf(ClientRequest.prototype, OutgoingMessage.prototype);
Object.setPrototypeOf(ClientRequest, OutgoingMessage);

/** Options of our own, which may be changed, and the callback. */
function normalize(input: any, given: any, callback: any): [any, any] {
  let base: any = null;
  let options = given;
  let cb = callback;
  if (typeof input === 'string') base = urlToHttpOptions(new URL(input));
  else if (isUrl(input)) base = urlToHttpOptions(input);
  else {
    cb = given;
    options = input;
  }
  if (typeof options === 'function') {
    cb = options;
    options = base ?? {};
  } else if (base === null) options = { ...options };
  else if (options === undefined) options = base;
  else options = { ...base, ...options };
  return [options, cb];
}

function isUrl(value: any): boolean {
  return Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined);
}

/** A URL in the form of request options; url.urlToHttpOptions. */
export function urlToHttpOptions(url: any): any {
  const { hostname, pathname, port, username, password, search } = url;
  const options: any = {
    protocol: url.protocol,
    hostname: hostname?.[0] === '[' ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search,
    pathname,
    path: `${pathname || ''}${search || ''}`,
    href: url.href,
  };
  // Properties that somebody put on the URL object.
  for (const key of Object.keys(url)) options[key] ??= url[key];
  if (port !== '') options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

function chooseAgent(options: any, defaultAgent: any): any {
  const { agent } = options;
  if (agent === false) return new defaultAgent.constructor();
  if (agent === null || agent === undefined) {
    return typeof options.createConnection === 'function' ? agent : defaultAgent;
  }
  if (typeof agent.addRequest !== 'function') {
    throw new codes.ERR_INVALID_ARG_TYPE('options.agent', ['Agent-like Object', 'undefined', 'false'], agent);
  }
  return agent;
}

function checkHost(host: any, name: string): any {
  if (host !== null && host !== undefined && typeof host !== 'string') {
    throw new codes.ERR_INVALID_ARG_TYPE(`options.${name}`, ['string', 'undefined', 'null'], host);
  }
  return host;
}

function checkMethod(method: any): string {
  if (method != null) validateString(method, 'options.method');
  if (!method) return 'GET';
  if (!isToken(method)) throw new codes.ERR_INVALID_HTTP_TOKEN('Method', method);
  return method.toUpperCase();
}

function hostHeader(host: string, port: any, defaultPort: any): string {
  // A literal IPv6 address stands in brackets.
  const isV6 = host.indexOf(':') !== host.lastIndexOf(':') && host[0] !== '[';
  const name = isV6 ? `[${host}]` : host;
  return port && +port !== defaultPort ? `${name}:${port}` : name;
}

function setFields(req: any, options: any, authority: string, setsHost: any): void {
  const firstLine = () => `${req.method} ${req._path} HTTP/1.1\r\n`;
  if (Array.isArray(options.headers)) {
    req._storeHeader(firstLine(), options.headers);
    return;
  }
  if (options.headers) for (const name of Object.keys(options.headers)) req.setHeader(name, options.headers[name]);
  if (setsHost && !req.getHeader('host')) req.setHeader('Host', authority);
  if (options.auth && !req.getHeader('Authorization')) {
    req.setHeader('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
  }
  if (req.getHeader('expect')) req._storeHeader(firstLine(), req._outHeaders);
}

function connectAlone(req: any, options: any): void {
  req._last = true;
  req.shouldKeepAlive = false;
  const { path: _path, ...plain } = options;
  if (typeof options.createConnection !== 'function') {
    req.onSocket(createConnection(plain));
    return;
  }
  let isDone = false;
  const onCreated = (error: any, socket?: any) => {
    if (isDone) return;
    isDone = true;
    if (error) process.nextTick(() => req.emit('error', error));
    else req.onSocket(socket);
  };
  try {
    const socket = options.createConnection(plain, onCreated);
    if (socket) onCreated(null, socket);
  } catch (error) {
    onCreated(error);
  }
}

const proto = ClientRequest.prototype;

Object.defineProperty(proto, 'path', {
  configurable: true,
  enumerable: true,
  get(this: any) {
    return this._path;
  },
  set(this: any, value: any) {
    if (INVALID_PATH.test(String(value))) throw new codes.ERR_UNESCAPED_CHARACTERS('Request path');
    this._path = String(value);
  },
});

proto._implicitHeader = function (this: any): void {
  if (this._header) throw new codes.ERR_HTTP_HEADERS_SENT('render');
  this._storeHeader(`${this.method} ${this._path} HTTP/1.1\r\n`, this._outHeaders);
};

proto.abort = function (this: any): void {
  if (this.aborted) return;
  this.aborted = true;
  process.nextTick(() => this.emit('abort'));
  this.destroy();
};

proto.destroy = function (this: any, error?: any) {
  if (this.destroyed) return this;
  this.destroyed = true;
  this.res?._dump();
  this._error = error;
  this._socket?.destroy(error);
  return this;
};

/** The agent found a connection, or failed to. The request takes it in the next tick, when its listeners are there. */
proto.onSocket = function (this: any, socket: any, error?: any): void {
  if (socket && !error) {
    socket._httpMessage = this;
    listenToSocket(socket);
  }
  process.nextTick(onSocketLater, this, socket, error);
};

function onSocketLater(req: any, socket: any, error: any): void {
  if (!req.destroyed && !error) {
    start(req, socket);
    req._flush();
    return;
  }
  req.destroyed = true;
  const close = (reason: any) => {
    const shown = !req.aborted && !reason ? connectionReset('socket hang up') : reason;
    if (shown && !socket?._hadError) req.emit('error', shown);
    req._closed = true;
    req.emit('close');
  };
  if (!socket) {
    close(error || req._error);
    return;
  }
  if (!error && req.agent && !socket.destroyed) {
    socket.emit('free');
    close(error || req._error);
    return;
  }
  socket.removeListener('error', onSocketError);
  finished(socket.destroy(error || req._error), (failure: any) => {
    close((failure?.code === 'ERR_STREAM_PREMATURE_CLOSE' ? null : failure) || error || req._error);
  });
}

function start(req: any, socket: any): void {
  req.socket = socket;
  socket._httpMessage = req;
  if (socket._context) socket._context = req._context;
  req._exchange = new ClientExchange(req, socket);
  if (req.timeout !== undefined || req.agent?.options?.timeout) req._listensTimeout = true;
  req.emit('socket', socket);
}

proto._deferToConnect = function (this: any, method: string, args: any[]): void {
  const call = () => {
    if (method) this.socket[method](...args);
  };
  const onSocket = () => {
    if (this.socket.writable) call();
    else this.socket.once('connect', call);
  };
  if (this.socket) onSocket();
  else this.once('socket', onSocket);
};

proto.setTimeout = function (this: any, msecs: any, callback?: any) {
  if (this._ended) return this;
  this._listensTimeout = true;
  const delayMs = timerDuration(msecs, 'msecs');
  if (callback) this.once('timeout', callback);
  if (this.socket) setSocketTimeout(this.socket, delayMs);
  else this.once('socket', (socket: any) => setSocketTimeout(socket, delayMs));
  return this;
};

/** A connection that is being made has its own timeout. */
function setSocketTimeout(socket: any, delayMs: number): void {
  if (socket.connecting) socket.once('connect', () => socket.setTimeout(delayMs));
  else socket.setTimeout(delayMs);
}

proto.setNoDelay = function (this: any, noDelay: any): void {
  this._deferToConnect('setNoDelay', [noDelay]);
};

proto.setSocketKeepAlive = function (this: any, enable: any, initialDelay: any): void {
  this._deferToConnect('setKeepAlive', [enable, initialDelay]);
};

proto.clearTimeout = function (this: any, callback?: any): void {
  this.setTimeout(0, callback);
};

export { Agent };
