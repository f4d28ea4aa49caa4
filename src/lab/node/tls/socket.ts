/**
 * TLSSocket: a net.Socket whose bytes are in records, after a simulated handshake (records.ts). One round trip, as TLS
 * 1.3: the client's hello, the server's with its certificates, the client's Finished.
 *
 * Source: Node 24's lib/internal/tls/wrap.js for events, errors and their order.
 */
import { codes, defineError, socketError } from '../errors.ts';
import { normalizeArgs } from '../net/connect.ts';
import { isInstance } from '../net/instance.ts';
import { Socket } from '../net/socket.ts';
import { validateFunction, validateString } from '../validators.ts';
import { describeCertificate, parseCertificate } from './certificate.ts';
import { createSecureContext, SecureContext } from './context.ts';
import {
  ALERT,
  APPLICATION_DATA,
  alertRecord,
  CLOSE_NOTIFY,
  HANDSHAKE,
  HANDSHAKE_FAILURE,
  type Hello,
  helloRecord,
  NO_APPLICATION_PROTOCOL,
  NotTls,
  RecordReader,
  records,
} from './records.ts';
import { checkServerIdentity, verifyChain } from './verify.ts';

defineError('ERR_TLS_HANDSHAKE_TIMEOUT', 'TLS handshake timeout');
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

// --- the handshake

proto._start = function (this: any): void {
  if (this.connecting) {
    this.once('connect', this._start);
    return;
  }
  if (this._handle === null) return;
  const { isServer, handshakeTimeout, ALPNProtocols } = this._tlsOptions;
  if (handshakeTimeout > 0) {
    this._handshakeTimer = setTimeout(() => this._fail(new codes.ERR_TLS_HANDSHAKE_TIMEOUT()), handshakeTimeout);
    this._handshakeTimer.unref();
  }
  this._handle.readStart();
  if (isServer) return;
  const servername = this._connectOptions?.servername;
  this._sendRecord(
    helloRecord({
      ...(servername ? { servername } : {}),
      ...(ALPNProtocols ? { alpn: protocols(ALPNProtocols) } : {}),
    }),
  );
};

/** As an array of names; packages also give the bytes of the extension. */
export function protocols(given: any): string[] {
  if (Array.isArray(given)) return given.map(String);
  const names: string[] = [];
  for (let at = 0; at < given.length; at += 1 + given[at]) {
    names.push(Buffer.from(given.subarray(at + 1, at + 1 + given[at])).toString('latin1'));
  }
  return names;
}

proto._sendRecord = function (this: any, bytes: Uint8Array): void {
  this._handle?.connection?.write(bytes, __kernel.getContext().cause);
};

proto._onHello = function (this: any, hello: Hello): void {
  if (this._tlsOptions.isServer) this._onClientHello(hello);
  else this._onServerHello(hello);
};

proto._onClientHello = function (this: any, hello: Hello): void {
  const options = this._tlsOptions;
  if (hello.isFinished) {
    this._peer = (hello.certificates ?? []).map((der) => parseCertificate(Buffer.from(der, 'base64')));
    this._onSecure();
    return;
  }
  const { servername } = hello;
  this.servername = servername ?? false;
  const context = (servername === undefined ? undefined : options.findContext?.(servername)) ?? this._context_;
  if (context.certificates.length === 0) {
    this._sendRecord(alertRecord(HANDSHAKE_FAILURE));
    this._fail(
      sslError(
        'ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM',
        '0A000076',
        'tls_choose_sigalg',
        'no suitable signature algorithm',
      ),
    );
    return;
  }
  this._context_ = context;
  const chosen = chooseProtocol(options, hello, servername);
  if (chosen === null) {
    this._sendRecord(alertRecord(NO_APPLICATION_PROTOCOL));
    this._fail(sslError('ERR_SSL_NO_APPLICATION_PROTOCOL', '0A0000EB', 'tls_handle_alpn', 'no application protocol'));
    return;
  }
  this.alpnProtocol = chosen;
  const certificates = context.certificates.map(({ raw }: any) => Buffer.from(raw).toString('base64'));
  const answer = { certificates, requestsCertificate: Boolean(options.requestCert) };
  this._sendRecord(helloRecord({ ...answer, ...(chosen === false ? {} : { alpn: [chosen] }) }));
};

/** RFC 7301 §3.2: the server's order counts. False without ALPN, null when nothing fits. */
function chooseProtocol(options: any, hello: Hello, servername: string | undefined): string | false | null {
  if (hello.alpn === undefined) return false;
  if (options.ALPNCallback) return options.ALPNCallback({ servername, protocols: [...hello.alpn] }) ?? null;
  if (!options.ALPNProtocols) return false;
  return protocols(options.ALPNProtocols).find((one) => hello.alpn!.includes(one)) ?? null;
}

proto._onServerHello = function (this: any, hello: Hello): void {
  const options = this._connectOptions ?? {};
  this._peer = (hello.certificates ?? []).map((der) => parseCertificate(Buffer.from(der, 'base64')));
  this.alpnProtocol = hello.alpn?.[0] ?? false;
  this.servername = options.servername || false;
  let error: any = verifyChain(this._peer, this._context_.trusted, __kernel.wallMs());
  const host = options.servername || options.host || 'localhost';
  if (error === null) error = (options.checkServerIdentity ?? checkServerIdentity)(host, this.getPeerCertificate(true));
  if (error) {
    this.authorized = false;
    this.authorizationError = error.code || error.message;
    if (options.rejectUnauthorized !== false) {
      this._isClosing = true;
      this.destroy(error);
      return;
    }
  } else this.authorized = true;
  const own = hello.requestsCertificate ? this._context_.certificates : [];
  this._sendRecord(
    helloRecord({ isFinished: true, certificates: own.map(({ raw }: any) => Buffer.from(raw).toString('base64')) }),
  );
  this._onSecure();
};

proto._onSecure = function (this: any): void {
  this._secureEstablished = true;
  this._clearHandshakeTimer();
  this.secureConnecting = false;
  this.emit('secure');
  if (this._tlsOptions.isServer) this._tlsOptions.onSecure(this);
  else this.emit('secureConnect');
  if (!this.destroyed && this._consumer === null && !this.isPaused()) this.read(0);
};

proto._clearHandshakeTimer = function (this: any): void {
  if (this._handshakeTimer !== null) clearTimeout(this._handshakeTimer);
  this._handshakeTimer = null;
};

/** The handshake failed: on a server it is told as 'tlsClientError', on a client as 'error'. */
proto._fail = function (this: any, error: any): void {
  this._clearHandshakeTimer();
  this._isClosing = true;
  if (this._tlsOptions.isServer && !this._secureEstablished) this._tlsOptions.onFailure(this, error);
  // A write that waits for the handshake fails with it.
  else if (error.library !== undefined && this.writableLength > 0) {
    this.destroy(
      Object.assign(new Error(`write EPROTO ${error.message}`), { errno: -71, code: 'EPROTO', syscall: 'write' }),
    );
  } else this.destroy(error);
};

/** `…:error:0A00009C:SSL routines:tls_validate_record_header:http request:…`, OpenSSL's words without its pointers and lines. */
function sslError(code: string, number: string, where: string, reason: string): Error {
  const error = new Error(`error:${number}:SSL routines:${where}:${reason}`);
  return Object.assign(error, { library: 'SSL routines', reason, code });
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
