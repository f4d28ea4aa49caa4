/** net.Server. Source: Node 24's lib/net.js. */

import { lookup } from '../dns.ts';
import { codes, defineError, socketError } from '../errors.ts';
import { EventEmitter } from '../events.ts';
import type { Connection, Listener } from '../kernel.ts';
import { validateNumber, validatePort } from '../validators.ts';
import { endpoint } from './address.ts';
import { normalizeArgs } from './connect.ts';
import { isInstance } from './instance.ts';
import { Socket } from './socket.ts';

defineError('ERR_SERVER_ALREADY_LISTEN', 'Listen method has been called more than once without closing.');
defineError('ERR_SERVER_NOT_RUNNING', 'Server is not running.');

export const Server: any = function Server(this: any, options?: any, connectionListener?: any): any {
  if (!isInstance(this, Server)) return new (Server as any)(options, connectionListener);
  EventEmitter.call(this);
  let given = options;
  if (typeof options === 'function') {
    given = {};
    this.on('connection', options);
  } else if (options == null || typeof options === 'object') {
    given = { ...options };
    if (typeof connectionListener === 'function') this.on('connection', connectionListener);
  } else throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
  if (given.keepAliveInitialDelay !== undefined) {
    validateNumber(given.keepAliveInitialDelay, 'options.keepAliveInitialDelay');
  }
  this._connections = 0;
  this._listener = null;
  this._isRef = true;
  this._holdsRef = false;
  this._listeningId = 1;
  this.allowHalfOpen = given.allowHalfOpen || false;
  this.pauseOnConnect = Boolean(given.pauseOnConnect);
  this.noDelay = Boolean(given.noDelay);
  this.keepAlive = Boolean(given.keepAlive);
  this.keepAliveInitialDelay = Math.max(0, ~~(given.keepAliveInitialDelay / 1000));
  this.highWaterMark = given.highWaterMark ?? 65_536;
  return undefined;
};
Object.setPrototypeOf(Server.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Server, EventEmitter);

const proto = Server.prototype;

const toNumber = (value: any): number | false => {
  const number = Number(value);
  return number >= 0 ? number : false;
};

proto.listen = function (this: any, ...args: any[]) {
  const [given, callback] = normalizeArgs(args);
  if (this._listener !== null) throw new codes.ERR_SERVER_ALREADY_LISTEN();
  if (callback !== null) this.once('listening', callback);
  const options = { ...given };
  const backlogArg = toNumber(args.length > 1 && args[1]) || toNumber(args.length > 2 && args[2]);
  this._listeningId++;
  if (options.fd !== undefined || options._handle || options.handle) {
    throw new Error('server.listen() on a file descriptor or handle is not part of the lab. Listen on a port.');
  }
  if (options.path) {
    throw new Error('server.listen() on a Unix domain socket is not part of the lab. Listen on a port.');
  }
  const noPort = (options.port === undefined && 'port' in options) || options.port === null;
  if (args.length === 0 || typeof args[0] === 'function' || noPort) options.port = 0;
  if (typeof options.port !== 'number' && typeof options.port !== 'string') {
    if (!('port' in options)) {
      throw new codes.ERR_INVALID_ARG_VALUE('options', given, 'must have the property "port" or "path"');
    }
    throw new codes.ERR_INVALID_ARG_VALUE('options', given);
  }
  const port = validatePort(options.port, 'options.port');
  const backlog = options.backlog || backlogArg || 511;
  abortWith(this, options.signal);
  if (!options.host) start(this, port, '::', backlog);
  else {
    const id = this._listeningId;
    lookup(options.host, { all: true }, (error: any, addresses: any[]) => {
      if (id !== this._listeningId) return;
      if (error) this.emit('error', error);
      else start(this, port, addresses[0].address, backlog);
    });
  }
  return this;
};

function abortWith(server: any, signal: any): void {
  if (signal === undefined) return;
  if (signal === null || typeof signal !== 'object' || !('aborted' in signal)) {
    throw new codes.ERR_INVALID_ARG_TYPE('options.signal', 'AbortSignal', signal);
  }
  const onAbort = () => server.close();
  if (signal.aborted) process.nextTick(onAbort);
  else {
    signal.addEventListener('abort', onAbort, { once: true });
    server.once('close', () => signal.removeEventListener('abort', onAbort));
  }
}

function start(server: any, port: number, address: string, backlog: number): void {
  let listener: Listener;
  try {
    listener = __kernel.listen(port, address, backlog, (connection) => onConnection(server, connection));
  } catch (error: any) {
    if (typeof error?.code !== 'string') throw error;
    const shaped = socketError(error.code, 'listen', address, port);
    process.nextTick(() => server.emit('error', shaped));
    return;
  }
  server._listener = listener;
  server._handle = listener;
  server._connectionKey = `${address.includes(':') ? 6 : 4}:${address}:${port}`;
  hold(server);
  process.nextTick(() => {
    if (server._listener !== null) server.emit('listening');
  });
}

/** An open listener keeps the process alive unless unref() was called. */
function hold(server: any): void {
  const shouldHold = server._listener !== null && server._isRef;
  if (shouldHold === server._holdsRef) return;
  server._holdsRef = shouldHold;
  if (shouldHold) __kernel.ref();
  else __kernel.unref();
}

function onConnection(server: any, connection: Connection): void {
  if (server.maxConnections != null && server._connections >= server.maxConnections) {
    const data = {
      localAddress: connection.localAddress,
      localPort: connection.localPort,
      localFamily: endpoint(connection.localAddress, 0).family,
      remoteAddress: connection.remoteAddress,
      remotePort: connection.remotePort,
      remoteFamily: endpoint(connection.remoteAddress, 0).family,
    };
    connection.close();
    server.emit('drop', data);
    return;
  }
  const socket = new Socket({
    _connection: connection,
    allowHalfOpen: server.allowHalfOpen,
    pauseOnCreate: server.pauseOnConnect,
    readable: true,
    writable: true,
    readableHighWaterMark: server.highWaterMark,
    writableHighWaterMark: server.highWaterMark,
  });
  if (server.keepAlive) socket.setKeepAlive(true, server.keepAliveInitialDelay * 1000);
  server._connections++;
  socket.server = server;
  socket._server = server;
  server.emit('connection', socket);
}

Object.defineProperty(proto, 'listening', {
  configurable: true,
  enumerable: true,
  get(this: any) {
    return this._listener !== null;
  },
});

proto.address = function (this: any) {
  return this._listener === null ? null : endpoint(this._listener.address, this._listener.port);
};

proto.getConnections = function (this: any, callback: (error: null, count: number) => void) {
  process.nextTick(() => callback(null, this._connections));
  return this;
};

proto.close = function (this: any, callback?: (error?: Error) => void) {
  if (typeof callback === 'function') {
    if (this._listener === null) {
      this.once('close', () => callback(new codes.ERR_SERVER_NOT_RUNNING()));
    } else this.once('close', callback);
  }
  if (this._listener !== null) {
    this._listener.close();
    this._listener = null;
    this._handle = null;
  } else this._listeningId++;
  this._emitCloseIfDrained();
  return this;
};

proto._emitCloseIfDrained = function (this: any): void {
  if (this._listener !== null || this._connections > 0) return;
  process.nextTick(() => {
    // Released only now: a closing server still has its 'close' to tell.
    hold(this);
    this.emit('close');
  });
};

proto.ref = function (this: any) {
  this._isRef = true;
  hold(this);
  return this;
};

proto.unref = function (this: any) {
  this._isRef = false;
  hold(this);
  return this;
};

proto[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')] = function (this: any) {
  if (this._listener === null) return Promise.resolve();
  return new Promise<void>((resolve, reject) => {
    this.close((error?: Error) => (error ? reject(error) : resolve()));
  });
};
