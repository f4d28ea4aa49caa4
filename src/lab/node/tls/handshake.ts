/**
 * The handshake of the lab's TLS, as methods of TLSSocket: hellos, identities, ALPN, and how it fails. What is on the
 * wire is records.ts.
 *
 * Source: Node 24's lib/internal/tls/wrap.js for events, errors and their order.
 */
import { codes, defineError } from '../errors.ts';
import { parseCertificate } from './certificate.ts';
import { alertRecord, HANDSHAKE_FAILURE, type Hello, helloRecord, NO_APPLICATION_PROTOCOL } from './records.ts';
import { checkServerIdentity, verifyChain } from './verify.ts';

defineError('ERR_TLS_HANDSHAKE_TIMEOUT', 'TLS handshake timeout');

/** Put on TLSSocket.prototype. */
export const handshake: Record<string, (this: any, ...args: any[]) => void> = {};

handshake._start = function (this: any): void {
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

handshake._sendRecord = function (this: any, bytes: Uint8Array): void {
  this._handle?.connection?.write(bytes, __kernel.getContext().cause);
};

handshake._onHello = function (this: any, hello: Hello): void {
  if (this._tlsOptions.isServer) this._onClientHello(hello);
  else this._onServerHello(hello);
};

handshake._onClientHello = function (this: any, hello: Hello): void {
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

handshake._onServerHello = function (this: any, hello: Hello): void {
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

handshake._onSecure = function (this: any): void {
  this._secureEstablished = true;
  this._clearHandshakeTimer();
  this.secureConnecting = false;
  this.emit('secure');
  if (this._tlsOptions.isServer) this._tlsOptions.onSecure(this);
  else this.emit('secureConnect');
  if (!this.destroyed && this._consumer === null && !this.isPaused()) this.read(0);
};

handshake._clearHandshakeTimer = function (this: any): void {
  if (this._handshakeTimer !== null) clearTimeout(this._handshakeTimer);
  this._handshakeTimer = null;
};

/** The handshake failed: on a server it is told as 'tlsClientError', on a client as 'error'. */
handshake._fail = function (this: any, error: any): void {
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
export function sslError(code: string, number: string, where: string, reason: string): Error {
  const error = new Error(`error:${number}:SSL routines:${where}:${reason}`);
  return Object.assign(error, { library: 'SSL routines', reason, code });
}
