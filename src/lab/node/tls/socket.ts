/**
 * TLSSocket: a net.Socket whose bytes are in records, after a simulated handshake (handshake.ts). One round trip, as TLS
 * 1.3: the client's hello, the server's with its certificates, the client's Finished.
 *
 * Source: Node 24's lib/internal/tls/wrap.js for events, errors and their order.
 */
import { codes, defineError, socketError } from '../errors.ts';
import { normalizeArgs } from '../net/connect.ts';
import { isInstance } from '../net/instance.ts';
import { Socket } from '../net/socket.ts';
import { validateFunction, validateString } from '../validators.ts';
import { describeCertificate } from './certificate.ts';
import { createSecureContext, SecureContext } from './context.ts';
import { handshake, sslError } from './handshake.ts';
import {
  ALERT,
  APPLICATION_DATA,
  alertRecord,
  CLOSE_NOTIFY,
  HANDSHAKE,
  NO_APPLICATION_PROTOCOL,
  NotTls,
  RecordReader,
  records,
} from './records.ts';
import { checkServerIdentity } from './verify.ts';

defineError('ERR_TLS_SNI_FROM_SERVER', 'Cannot issue SNI from a TLS server-side socket');

export const TLSSocket: any = function TLSSocket(this: any, socket?: any, given?: any): any {
  if (!isInstance(this, TLSSocket)) return new (TLSSocket as any)(socket, given);
  const options = { ...given };
  Socket.call(this, {
    allowHalfOpen: options.allowHalfOpen ?? false,
    highWaterMark: options.highWaterMark,
    manualStart: true,
  });
  this.encrypted = true;
  this.authorized = false;
  this.authorizationError = null;
  this.alpnProtocol = null;
  this.servername = null;
  this.secureConnecting = true;
  this._tlsOptions = options;
  this._connectOptions = null;
  this._secureEstablished = false;
  this._controlReleased = false;
  this._reader = new RecordReader();
  this._peer = [];
  this._context_ = (options.secureContext ?? createSecureContext(options)).context;
  this._handshakeTimer = null;
  this._isClosing = false;
  if (socket) adopt(this, socket);
  else this.connecting = true;
  return undefined;
};
Object.setPrototypeOf(TLSSocket.prototype, Socket.prototype);
Object.setPrototypeOf(TLSSocket, Socket);

const proto = TLSSocket.prototype;
Object.assign(proto, handshake);
const base = Socket.prototype;

/** Takes the connection of a plain socket, which is spent then. */
function adopt(self: any, socket: any): void {
  if (!isInstance(socket, Socket)) {
    throw new Error('TLS over a stream that is no net.Socket is not part of the lab. Connect with { host, port }.');
  }
  self._parent = socket;
  if (socket.connecting) {
    self.connecting = true;
    socket.once('connect', () => {
      take(self, socket);
      self.connecting = false;
      self.emit('connect');
    });
    socket.once('error', (error: any) => self.destroy(error));
  } else take(self, socket);
}

function take(self: any, socket: any): void {
  const handle = socket._handle;
  self._handle = handle;
  handle.owner = self;
  self._context = socket._context;
  self._server = socket._server;
  socket._server = null;
  socket._handle = null;
  self._idle?.refresh();
  for (let bytes = socket.read(); bytes !== null; bytes = socket.read()) self._onBytes(bytes);
}

// --- bytes

proto._onBytes = function (this: any, chunk: Uint8Array): void {
  if (this._isClosing || this.destroyed) return;
  this._reader.push(chunk);
  try {
    for (let record = this._reader.read(); record !== null && !this.destroyed; record = this._reader.read()) {
      if (record.type === APPLICATION_DATA && this._secureEstablished) base._onBytes.call(this, record.payload.slice());
      else if (record.type === HANDSHAKE) this._onHello(JSON.parse(Buffer.from(record.payload).toString()));
      else if (record.type === ALERT) this._onAlert(record.payload[1]!);
    }
  } catch (error) {
    if (!(error instanceof NotTls)) throw error;
    this._onNotTls(error);
  }
};

proto._onNotTls = function (this: any, { isHttp }: NotTls): void {
  const where = 'tls_validate_record_header';
  this._fail(
    isHttp && this._tlsOptions.isServer
      ? sslError('ERR_SSL_HTTP_REQUEST', '0A00009C', where, 'http request')
      : sslError('ERR_SSL_WRONG_VERSION_NUMBER', '0A00010B', where, 'wrong version number'),
  );
};

proto._onAlert = function (this: any, description: number): void {
  if (description === CLOSE_NOTIFY) return;
  const reason =
    description === NO_APPLICATION_PROTOCOL ? 'tlsv1 alert no application protocol' : 'ssl/tls alert handshake failure';
  const code = `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
  this._fail(
    sslError(code, description === NO_APPLICATION_PROTOCOL ? '0A000460' : '0A000410', 'ssl3_read_bytes', reason),
  );
};

proto._onEof = function (this: any): void {
  if (this._secureEstablished) {
    base._onEof.call(this);
    return;
  }
  if (this._isClosing) return;
  if (this._tlsOptions.isServer) {
    this._fail(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    return;
  }
  const { path, host, port, localAddress } = this._connectOptions ?? {};
  const text = 'Client network socket disconnected before secure TLS connection was established';
  this._fail(Object.assign(new Error(text), { code: 'ECONNRESET', path, host, port, localAddress }));
};

proto._onFailed = function (this: any, handle: any, code: string, syscall: string): void {
  if (this._tlsOptions.isServer && !this._secureEstablished && !this.destroyed) this._fail(socketError(code, syscall));
  else base._onFailed.call(this, handle, code, syscall);
};

const wrap = (bytes: any, encoding?: any) =>
  records(APPLICATION_DATA, typeof bytes === 'string' ? Buffer.from(bytes, encoding) : bytes);

proto._write = function (this: any, data: any, encoding: any, callback: any): void {
  if (whenSecure(this, () => this._write(data, encoding, callback), callback)) return;
  base._write.call(this, wrap(data, encoding), 'buffer', callback);
};

proto._writev = function (this: any, chunks: any[], callback: any): void {
  if (whenSecure(this, () => this._writev(chunks, callback), callback)) return;
  const parts = chunks.map(({ chunk, encoding }) => (typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk));
  base._write.call(this, wrap(Buffer.concat(parts)), 'buffer', callback);
};

proto._final = function (this: any, callback: any): void {
  if (whenSecure(this, () => this._final(callback), callback)) return;
  this._sendRecord(alertRecord(CLOSE_NOTIFY));
  base._final.call(this, callback);
};

/** Before the handshake is done, writes wait for it. */
function whenSecure(self: any, run: () => void, callback: any): boolean {
  if (self._secureEstablished || self._isClosing) return false;
  const onClose = () => callback(new codes.ERR_SOCKET_CLOSED_BEFORE_CONNECTION());
  self.once('secure', () => {
    self.off('close', onClose);
    run();
  });
  self.once('close', onClose);
  return true;
}

proto._canWriteNow = function (this: any): boolean {
  return this._secureEstablished && base._canWriteNow.call(this);
};

proto._writeNow = function (this: any, bytes: Uint8Array, callback: any): void {
  base._writeNow.call(this, wrap(bytes), callback);
};

proto._destroy = function (this: any, error: any, callback: any): void {
  this._clearHandshakeTimer();
  base._destroy.call(this, error, callback);
};

// --- what a program asks

proto.getPeerCertificate = function (this: any, isDetailed?: boolean): any {
  if (this._handle === null) return null;
  const [leaf, ...rest] = this._peer.map(describeCertificate);
  if (leaf === undefined) return {};
  if (isDetailed) {
    const chain = [leaf, ...rest];
    for (const [i, one] of chain.entries()) one.issuerCertificate = chain[i + 1] ?? one;
  }
  return leaf;
};

proto.getCertificate = function (this: any): any {
  if (this._handle === null) return null;
  const [own] = this._context_.certificates;
  return own === undefined ? {} : describeCertificate(own);
};

proto.setServername = function (this: any, name: any): void {
  validateString(name, 'name');
  if (this._tlsOptions.isServer) throw new codes.ERR_TLS_SNI_FROM_SERVER();
  this._connectOptions = { ...this._connectOptions, servername: name };
};

/** What a real one would have agreed on; no cipher is at work. */
const CIPHER = { name: 'TLS_AES_256_GCM_SHA384', standardName: 'TLS_AES_256_GCM_SHA384', version: 'TLSv1.3' };
Object.assign(proto, {
  getProtocol(this: any) {
    return this.destroyed ? null : 'TLSv1.3';
  },
  getCipher: () => ({ ...CIPHER }),
  getEphemeralKeyInfo: () => ({ type: 'ECDH', name: 'X25519', size: 253 }),
  getFinished: () => undefined,
  getPeerFinished: () => undefined,
  getSession: () => undefined,
  getTLSTicket: () => undefined,
  isSessionReused: () => false,
  setSession() {},
  setMaxSendFragment: () => true,
  enableTrace() {},
  disableRenegotiation() {},
  renegotiate: () => false,
  _releaseControl() {},
});

// --- connect

export function connect(...args: any[]): any {
  const [base_, callback] = normalizeArgs(args);
  const given = { ...base_ };
  if (typeof args[0] !== 'object' && typeof args[1] === 'string') given.host = args[1];
  Object.assign(
    given,
    args[1] !== null && typeof args[1] === 'object'
      ? args[1]
      : args[2] instanceof Object && typeof args[2] !== 'function'
        ? args[2]
        : undefined,
  );
  const options = { checkServerIdentity, ...given, rejectUnauthorized: given.rejectUnauthorized !== false };
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0' && given.rejectUnauthorized === undefined) {
    options.rejectUnauthorized = false;
  }
  validateFunction(options.checkServerIdentity, 'options.checkServerIdentity');
  const secureContext = options.secureContext || createSecureContext(options);
  const { allowHalfOpen, ALPNProtocols, highWaterMark } = options;
  const socket = new TLSSocket(options.socket, {
    allowHalfOpen,
    ALPNProtocols,
    highWaterMark,
    secureContext,
    isServer: false,
  });
  socket._connectOptions = options;
  if (callback) socket.once('secureConnect', callback);
  if (options.socket) socket._start();
  else {
    if (options.timeout) socket.setTimeout(options.timeout);
    socket.connect(options, socket._start);
  }
  return socket;
}

export { SecureContext };
