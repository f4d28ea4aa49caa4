/**
 * net.Socket: a Duplex over a kernel connection. Functions and not classes, because packages still call
 * `Socket.call(this)` and `net.Socket()`.
 *
 * node:http takes the bytes before the stream does (`_consume`) and writes past it when nothing waits (`_writeNow`):
 * a request through the stream machinery costs more than everything else about it.
 *
 * Source: Node 24's lib/net.js.
 */

import { codes, defineError, errnoOf, socketError } from '../errors.ts';
import { utf8Bytes, utf8Length } from '../http/bytes.ts';
import { Duplex } from '../stream/index.ts';
import { validateFunction, validateNumber } from '../validators.ts';
import { endpoint } from './address.ts';
import { connect } from './connect.ts';
import { Handle } from './handle.ts';
import { IdleTimer } from './idle.ts';
import { isInstance } from './instance.ts';

defineError('ERR_SOCKET_CLOSED', 'Socket is closed');
defineError('ERR_SOCKET_CLOSED_BEFORE_CONNECTION', 'Socket closed before the connection was established');

/** Takes a socket's bytes in the stream's place. */
export interface Consumer {
  onBytes(chunk: Uint8Array): void;
  /** The peer's end, when the consumer sees to it itself: return true. */
  onEof?(): boolean;
  /** A failed read or write, likewise. */
  onFailure?(): boolean;
  /** Somebody listens to 'data' or 'readable': bytes come through the stream from now on. */
  onReleased(): void;
}

export const Socket: any = function Socket(this: any, options?: any): any {
  if (!isInstance(this, Socket)) return new (Socket as any)(options);
  const given = typeof options === 'number' ? { fd: options } : { ...options };
  refuse(given);
  this.connecting = false;
  this._hadError = false;
  this._handle = null;
  this._context = __kernel.getContext();
  this._host = null;
  this._idle = null;
  this._consumer = null;
  this._waiting = null;
  this._queuedBefore = 0;
  this._bytesRead = 0;
  this._bytesWritten = 0;
  this._pendingBytes = 0;
  this._peername = null;
  this._sockname = null;
  this._isKeepAlive = Boolean(given.keepAlive);
  this._keepAliveDelayMs = given.keepAliveInitialDelay ?? 0;
  this._resets = false;
  this._onConnectFailed = null;
  given.allowHalfOpen = Boolean(given.allowHalfOpen);
  // 'close' comes from the handle, with its argument.
  given.emitClose = false;
  given.autoDestroy = true;
  given.decodeStrings = false;
  Duplex.call(this, given);
  this.on('end', onReadableEnd);
  this.server = null;
  this._server = null;
  this.timeout = undefined;
  if (given._connection) {
    this._handle = new Handle(this);
    this._handle.accept(given._connection);
    if (given.pauseOnCreate) {
      this._handle.readStop();
      this.readableFlowing = false;
    } else if (!given.manualStart) this.read(0);
  }
  return undefined;
};
Object.setPrototypeOf(Socket.prototype, Duplex.prototype);
Object.setPrototypeOf(Socket, Duplex);

function refuse(options: any): void {
  for (const name of ['objectMode', 'readableObjectMode', 'writableObjectMode']) {
    if (options[name]) throw new codes.ERR_INVALID_ARG_VALUE(`options.${name}`, options[name], 'is not supported');
  }
  if (options.keepAliveInitialDelay !== undefined) {
    validateNumber(options.keepAliveInitialDelay, 'options.keepAliveInitialDelay');
    if (options.keepAliveInitialDelay < 0) options.keepAliveInitialDelay = 0;
  }
  if (options.fd !== undefined || options.handle !== undefined) {
    throw new Error(
      'net.Socket with a file descriptor or handle is not part of the lab. Use net.connect({ host, port }).',
    );
  }
  if (options.onread !== undefined) {
    throw new Error("net.Socket's onread option is not part of the lab. Listen to 'data'.");
  }
}

const proto = Socket.prototype;

// --- what the handle tells

proto._onConnected = function (this: any, handle: any): void {
  if (this.destroyed || handle !== this._handle) return;
  this.connecting = false;
  this._sockname = null;
  this._idle?.refresh();
  if (this._isKeepAlive) handle.connection.setKeepAlive(true, this._keepAliveDelayMs);
  this.emit('connect');
  this.emit('ready');
  if (!this.isPaused()) this.read(0);
};

proto._onBytes = function (this: any, chunk: Uint8Array): void {
  this._idle?.refresh();
  if (this._consumer !== null) {
    this._consumer.onBytes(chunk);
    return;
  }
  if (this.destroyed) return;
  if (!this.push(Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length))) this._handle?.readStop();
};

proto._onEof = function (this: any): void {
  this._idle?.refresh();
  if (this._consumer?.onEof?.()) return;
  if (this._readableState.endEmitted || this.destroyed) return;
  this.push(null);
  this.read(0);
};

proto._onDrained = function (this: any): void {
  const waiting = this._waiting;
  if (waiting === null) return;
  this._waiting = null;
  this._queuedBefore = 0;
  this._idle?.refresh();
  for (let i = 0; i < waiting.length; i++) waiting[i]();
};

proto._onFailed = function (this: any, handle: any, code: string, syscall: string): void {
  if (this.destroyed) return;
  if (syscall === 'connect') {
    this._onConnectFailed(handle, code);
    return;
  }
  this._idle?.refresh();
  if (this._consumer?.onFailure?.()) return;
  this.destroy(socketError(code, syscall));
};

// --- reading

proto._read = function (this: any, size: number): void {
  if (this.connecting || this._handle === null) this.once('connect', () => this._read(size));
  else this._handle.readStart();
};

/** Bytes go to `consumer` instead of the stream; null gives them back to the stream. */
proto._consume = function (this: any, consumer: Consumer | null): void {
  this._consumer = consumer;
};

for (const name of ['on', 'addListener', 'prependListener']) {
  const original = Duplex.prototype[name];
  proto[name] = function (this: any, event: string | symbol, listener: any) {
    if (this._consumer !== null && (event === 'data' || event === 'readable')) {
      const consumer = this._consumer;
      this._consumer = null;
      consumer.onReleased();
    }
    return original.call(this, event, listener);
  };
}

function onReadableEnd(this: any): void {
  if (!this.allowHalfOpen) this.write = writeAfterFin;
}

/** The peer has ended and so have we: 'write after end' would blame the wrong side. */
function writeAfterFin(this: any, chunk: any, encoding: any, callback: any): boolean {
  if (!this.writableEnded) return Duplex.prototype.write.call(this, chunk, encoding, callback);
  const done = typeof encoding === 'function' ? encoding : callback;
  const error: any = new Error('This socket has been ended by the other party');
  error.code = 'EPIPE';
  if (typeof done === 'function') process.nextTick(done, error);
  this.destroy(error);
  return false;
}

// --- writing

proto._write = function (this: any, data: any, encoding: any, callback: (error?: Error | null) => void): void {
  send(this, bytesOf(data, encoding), __kernel.getContext().cause, callback);
};

proto._writev = function (this: any, chunks: any[], callback: (error?: Error | null) => void): void {
  let length = 0;
  const parts = chunks.map(({ chunk, encoding }) => {
    const bytes = bytesOf(chunk, encoding);
    length += bytes.length;
    return bytes;
  });
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  send(this, all, __kernel.getContext().cause, callback);
};

function bytesOf(data: any, encoding: any): Uint8Array {
  if (typeof data !== 'string') return data;
  if (encoding === 'utf8' || encoding === 'utf-8' || !encoding) return utf8Bytes(data, utf8Length(data));
  return Buffer.from(data, encoding);
}

function send(socket: any, bytes: Uint8Array, cause: number, callback: (error?: Error | null) => void): void {
  if (socket.connecting) {
    socket._pendingBytes = bytes.length;
    const onClose = () => callback(new codes.ERR_SOCKET_CLOSED_BEFORE_CONNECTION());
    socket.once('connect', () => {
      socket.off('close', onClose);
      send(socket, bytes, cause, callback);
    });
    socket.once('close', onClose);
    return;
  }
  socket._pendingBytes = 0;
  const handle = socket._handle;
  if (handle === null) {
    callback(new codes.ERR_SOCKET_CLOSED());
    return;
  }
  socket._idle?.refresh();
  if (handle.connection.write(bytes, cause)) callback();
  else waitForDrain(socket, callback);
}

function waitForDrain(socket: any, callback: () => void): void {
  socket._queuedBefore = socket._handle.connection.bytesQueued;
  if (socket._waiting === null) socket._waiting = [callback];
  else socket._waiting.push(callback);
}

/** Whether nothing written before has to go first. */
proto._canWriteNow = function (this: any): boolean {
  if (this._handle === null || this.connecting || this._waiting !== null) return false;
  const state = this._writableState;
  return state.length === 0 && state.corked === 0 && !state.ending && !state.destroyed;
};

/** For http, after `_canWriteNow`: writes past the stream and calls back in a tick, or when the kernel has room again. */
proto._writeNow = function (this: any, bytes: Uint8Array, callback: (() => void) | null): void {
  this._idle?.refresh();
  const isTaken = this._handle.connection.write(bytes, __kernel.getContext().cause);
  if (!isTaken) waitForDrain(this, callback ?? (() => {}));
  else if (callback !== null) __kernel.nextTick(callback);
};

proto._final = function (this: any, callback: (error?: Error | null) => void): void {
  if (this.connecting) {
    this.once('connect', () => this._final(callback));
    return;
  }
  if (this._handle === null) {
    callback();
    return;
  }
  this._handle.connection.end();
  // shutdown(2) is reported by the loop, not by the call.
  const context = __kernel.getContext();
  __kernel.setImmediate(() => {
    __kernel.setContext(context);
    callback();
  });
};

proto.end = function (this: any, data: any, encoding: any, callback: any) {
  Duplex.prototype.end.call(this, data, encoding, callback);
  return this;
};

// --- closing

proto.destroySoon = function (this: any): void {
  if (this.writable) this.end();
  if (this.writableFinished) this.destroy();
  else this.once('finish', this.destroy);
};

proto.resetAndDestroy = function (this: any) {
  if (this._handle === null) this.destroy(new codes.ERR_SOCKET_CLOSED());
  else if (this.connecting) this.once('connect', () => this._reset());
  else this._reset();
  return this;
};

proto._reset = function (this: any) {
  this._resets = true;
  return this.destroy();
};

proto._destroy = function (this: any, error: any, callback: (error?: Error | null) => void): void {
  this.connecting = false;
  this._idle?.stop();
  const handle = this._handle;
  const isException = Boolean(error);
  if (handle === null) {
    callback(error);
    process.nextTick(() => this.emit('close', isException));
  } else {
    const { connection } = handle;
    if (connection !== null) {
      this._bytesRead = connection.bytesRead;
      this._bytesWritten = connection.bytesWritten;
      this._peername ??= endpoint(connection.remoteAddress, connection.remotePort);
    }
    const context = this._context;
    handle.close(this._resets ? 'reset' : 'close', () => {
      __kernel.setContext(context);
      this.emit('close', isException);
    });
    this._handle = null;
    this._sockname = null;
    this._waiting = null;
    callback(error);
  }
  const server = this._server;
  if (server) {
    server._connections--;
    server._sockets?.delete(this);
    server._emitCloseIfDrained();
  }
};

// --- options and figures

proto.connect = connect;

proto.setTimeout = function (this: any, msecs: number, callback?: () => void) {
  if (this.destroyed) return this;
  this.timeout = msecs;
  const delayMs = timerDuration(msecs, 'msecs');
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (delayMs === 0) {
    this._idle?.stop();
    if (callback !== undefined) this.removeListener('timeout', callback);
    return this;
  }
  this._idle ??= new IdleTimer(() => this._onTimeout());
  this._idle.start(delayMs);
  if (callback !== undefined) this.once('timeout', callback);
  return this;
};

/** A duration for a timer, as Node checks it. */
export function timerDuration(msecs: unknown, name: string): number {
  validateNumber(msecs, name);
  if (msecs < 0 || !Number.isFinite(msecs))
    throw new codes.ERR_OUT_OF_RANGE(name, 'a non-negative finite number', msecs);
  return Math.min(msecs, 2 ** 31 - 1);
}

proto._onTimeout = function (this: any): void {
  const queued = this._handle?.connection?.bytesQueued ?? 0;
  if (this._waiting !== null && this._queuedBefore > 0 && queued !== this._queuedBefore) {
    // A large write is under way: that is activity.
    this._queuedBefore = queued;
    this._idle.start(this.timeout);
    return;
  }
  this.emit('timeout');
};

proto._unrefTimer = function (this: any): void {
  this._idle?.refresh();
};

/** The lab's links deliver small segments at once; there is no Nagle delay to turn off. */
proto.setNoDelay = function (this: any) {
  return this;
};

proto.setKeepAlive = function (this: any, enable: any, initialDelayMs: any) {
  const isOn = Boolean(enable !== null && typeof enable === 'object' ? enable.enable : enable);
  const delay = enable !== null && typeof enable === 'object' ? enable.initialDelay : initialDelayMs;
  // Whole seconds, as setsockopt takes them.
  const delayMs = ~~((delay ?? 0) / 1000) * 1000;
  if (this._isKeepAlive === isOn && this._keepAliveDelayMs === delayMs) return this;
  this._isKeepAlive = isOn;
  this._keepAliveDelayMs = delayMs;
  if (this._handle !== null && !this.connecting) this._handle.connection.setKeepAlive(isOn, delayMs);
  return this;
};

proto.ref = function (this: any) {
  if (this._handle === null) this.once('connect', this.ref);
  else this._handle.ref();
  return this;
};

proto.unref = function (this: any) {
  if (this._handle === null) this.once('connect', this.unref);
  else this._handle.unref();
  return this;
};

proto.address = function (this: any) {
  return sockname(this);
};

function sockname(socket: any): any {
  const connection = socket._handle?.connection;
  if (!connection) return {};
  socket._sockname ??= endpoint(connection.localAddress, connection.localPort);
  return socket._sockname;
}

function peername(socket: any): any {
  const connection = socket._handle?.connection;
  if (!connection || socket.connecting) return socket._peername ?? {};
  socket._peername ??= endpoint(connection.remoteAddress, connection.remotePort);
  return socket._peername;
}

function getter(name: string, get: (socket: any) => unknown): void {
  Object.defineProperty(proto, name, {
    configurable: true,
    enumerable: true,
    get(this: any) {
      return get(this);
    },
  });
}

getter('remoteAddress', (socket) => peername(socket).address);
getter('remotePort', (socket) => peername(socket).port);
getter('remoteFamily', (socket) => peername(socket).family);
getter('localAddress', (socket) => sockname(socket).address);
getter('localPort', (socket) => sockname(socket).port);
getter('localFamily', (socket) => sockname(socket).family);
getter('bytesRead', (socket) => socket._handle?.connection?.bytesRead ?? socket._bytesRead);
getter('bytesWritten', (socket) => {
  const sent = socket._handle?.connection?.bytesWritten ?? socket._bytesWritten;
  let waiting = socket._pendingBytes;
  for (const { chunk, encoding } of socket._writableState.getBuffer?.() ?? []) {
    waiting += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
  }
  return sent + waiting;
});
getter('_bytesDispatched', (socket) => socket._handle?.connection?.bytesWritten ?? socket._bytesWritten);
getter('bufferSize', (socket) => (socket._handle === null ? undefined : socket.writableLength));
getter('_connecting', (socket) => socket.connecting);
getter('pending', (socket) => socket._handle === null || socket.connecting);
getter('readyState', (socket) => {
  if (socket.connecting) return 'opening';
  if (socket.readable) return socket.writable ? 'open' : 'readOnly';
  return socket.writable ? 'writeOnly' : 'closed';
});

/** `connect ECONNREFUSED 10.0.0.5:8081` with Node's fields. */
export function connectError(code: string, address: string, port: number, local?: string): Error {
  return Object.assign(socketError(code, 'connect', address, port, local), { errno: errnoOf(code) });
}
