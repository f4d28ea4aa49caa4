/** http.Server. Source: Node 24's lib/_http_server.js. */

import { isInstance } from '../net/instance.ts';
import { Server as NetServer } from '../net/server.ts';
import { validateBoolean, validateFunction, validateInteger, validateObject } from '../validators.ts';
import { codes } from './errors.ts';
import { IncomingMessage } from './incoming.ts';
import { uniqueHeaders } from './outgoing.ts';
import { ServerConnection } from './server-connection.ts';
import { ServerResponse } from './server-response.ts';
import { STATUS_CODES } from './status.ts';

export const Server: any = function Server(this: any, options?: any, requestListener?: any): any {
  if (!isInstance(this, Server)) return new (Server as any)(options, requestListener);
  let given = options;
  if (typeof options === 'function') {
    requestListener = options;
    given = {};
  } else if (options == null) given = {};
  else validateObject(options, 'options');
  storeOptions(this, given);
  NetServer.call(this, {
    allowHalfOpen: true,
    noDelay: given.noDelay ?? true,
    keepAlive: given.keepAlive,
    keepAliveInitialDelay: given.keepAliveInitialDelay,
    highWaterMark: given.highWaterMark,
  });
  if (requestListener) this.on('request', requestListener);
  this.httpAllowHalfOpen = false;
  this._httpConnections = new Set();
  this._sweep = null;
  this.on('connection', onConnection);
  this.on('listening', startSweep);
  this.timeout = 0;
  this.maxHeadersCount = null;
  this.maxRequestsPerSocket = 0;
  this._uniqueHeaders = uniqueHeaders(given.uniqueHeaders);
  return undefined;
};
Object.setPrototypeOf(Server.prototype, NetServer.prototype);
Object.setPrototypeOf(Server, NetServer);

const proto = Server.prototype;

function storeOptions(server: any, options: any): void {
  server._IncomingMessage = options.IncomingMessage || IncomingMessage;
  server._ServerResponse = options.ServerResponse || ServerResponse;
  const milliseconds = (name: string, otherwise: number) => {
    if (options[name] !== undefined) validateInteger(options[name], name, 0);
    return options[name] ?? otherwise;
  };
  const flag = (name: string, otherwise: boolean | undefined) => {
    if (options[name] !== undefined) validateBoolean(options[name], name);
    return options[name] ?? otherwise;
  };
  if (options.maxHeaderSize !== undefined) validateInteger(options.maxHeaderSize, 'maxHeaderSize', 0);
  server.maxHeaderSize = options.maxHeaderSize;
  server._optimizesEmpty = flag('optimizeEmptyRequests', false);
  server.insecureHTTPParser = flag('insecureHTTPParser', undefined);
  server.requestTimeout = milliseconds('requestTimeout', 300_000);
  server.headersTimeout = milliseconds('headersTimeout', Math.min(60_000, server.requestTimeout));
  if (server.requestTimeout > 0 && server.headersTimeout > server.requestTimeout) {
    throw new codes.ERR_OUT_OF_RANGE('headersTimeout', '<= requestTimeout', options.headersTimeout);
  }
  server.keepAliveTimeout = milliseconds('keepAliveTimeout', 5000);
  server.keepAliveTimeoutBuffer = milliseconds('keepAliveTimeoutBuffer', 1000);
  server.connectionsCheckingInterval = milliseconds('connectionsCheckingInterval', 30_000);
  server.requireHostHeader = flag('requireHostHeader', true);
  server.joinDuplicateHeaders = flag('joinDuplicateHeaders', undefined);
  server.rejectNonStandardBodyWrites = flag('rejectNonStandardBodyWrites', false);
  if (options.shouldUpgradeCallback !== undefined) {
    validateFunction(options.shouldUpgradeCallback, 'options.shouldUpgradeCallback');
  }
  server.shouldUpgradeCallback =
    options.shouldUpgradeCallback ??
    function (this: any) {
      return this.listenerCount('upgrade') > 0;
    };
}

function onConnection(this: any, socket: any): void {
  this._httpConnections.add(new ServerConnection(this, socket));
}

/** One timer for all connections looks for heads and requests that take too long, as Node's does. */
function startSweep(this: any): void {
  if (this._sweep !== null) clearInterval(this._sweep);
  this._sweep = setInterval(() => sweep(this), this.connectionsCheckingInterval).unref();
}

function sweep(server: any): void {
  const nowUs = __kernel.loopUs();
  const headersUs = limit(server.headersTimeout) * 1000;
  const requestUs = limit(server.requestTimeout) * 1000;
  for (const connection of [...server._httpConnections]) {
    if (connection.messageStartUs < 0) continue;
    const ageUs = nowUs - connection.messageStartUs;
    const isExpired =
      (headersUs > 0 && !connection.isHeadComplete && ageUs > headersUs) || (requestUs > 0 && ageUs > requestUs);
    if (isExpired) connection.onError(new codes.ERR_HTTP_REQUEST_TIMEOUT());
  }
}

function limit(ms: unknown): number {
  return typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? ms : 0;
}

proto.close = function (this: any, callback?: any) {
  this.closeIdleConnections();
  if (this._sweep !== null) clearInterval(this._sweep);
  this._sweep = null;
  NetServer.prototype.close.call(this, callback);
  return this;
};

proto.closeAllConnections = function (this: any): void {
  for (const { socket } of [...this._httpConnections]) socket.destroy();
};

proto.closeIdleConnections = function (this: any): void {
  for (const { socket, messageStartUs } of [...this._httpConnections]) {
    if (messageStartUs >= 0 || (socket._httpMessage && !socket._httpMessage.finished)) continue;
    socket.destroy();
  }
};

proto.setTimeout = function (this: any, msecs: number, callback?: any) {
  this.timeout = msecs;
  if (callback) this.on('timeout', callback);
  return this;
};

/** An async request listener that rejects, where captureRejections is on. */
proto[Symbol.for('nodejs.rejection')] = function (this: any, error: Error, event: string, ...args: any[]): void {
  if (event !== 'request') {
    this.emit('error', error);
    return;
  }
  const res = args[1];
  if (res.headersSent || res.writableEnded) {
    res.destroy();
    return;
  }
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  res.statusCode = 500;
  res.end(STATUS_CODES[500]);
};
