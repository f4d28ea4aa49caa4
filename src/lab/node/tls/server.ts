/** tls.Server: a net.Server whose connections are shown when their handshake is done. Source: Node 24's lib/internal/tls/wrap.js. */
import { codes, defineError } from '../errors.ts';
import { isInstance } from '../net/instance.ts';
import { Server as NetServer } from '../net/server.ts';
import { validateFunction, validateNumber } from '../validators.ts';
import { createSecureContext, SecureContext } from './context.ts';
import { TLSSocket } from './socket.ts';
import { verifyChain } from './verify.ts';

defineError('ERR_TLS_REQUIRED_SERVER_NAME', '"servername" is required parameter for Server.addContext');

export const Server: any = function Server(this: any, given?: any, listener?: any): any {
  if (!isInstance(this, Server)) return new (Server as any)(given, listener);
  const [options, onSecure] = typeof given === 'function' ? [{}, given] : [given ?? {}, listener];
  if (typeof options !== 'object') throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
  this._contexts = [];
  this.requestCert = options.requestCert === true;
  this.rejectUnauthorized = options.rejectUnauthorized !== false;
  this.ALPNProtocols = options.ALPNProtocols;
  this.ALPNCallback = options.ALPNCallback;
  this.SNICallback = options.SNICallback;
  if (this.SNICallback) validateFunction(this.SNICallback, 'options.SNICallback');
  this._handshakeTimeout = options.handshakeTimeout || 120_000;
  validateNumber(this._handshakeTimeout, 'options.handshakeTimeout');
  this.setSecureContext(options);
  NetServer.call(this, options, onConnection);
  if (onSecure) this.on('secureConnection', onSecure);
  return undefined;
};
Object.setPrototypeOf(Server.prototype, NetServer.prototype);
Object.setPrototypeOf(Server, NetServer);

Server.prototype.setSecureContext = function (this: any, options: any): void {
  this._sharedCreds = options.secureContext ?? createSecureContext(options);
};

Server.prototype.addContext = function (this: any, servername: string, context: any): void {
  if (!servername) throw new codes.ERR_TLS_REQUIRED_SERVER_NAME();
  const pattern = servername.replace(/([.^$+?\-\\[\]{}])/g, '\\$1').replaceAll('*', '[^.]*');
  const secure = context instanceof SecureContext ? context : createSecureContext(context);
  this._contexts.push([new RegExp(`^${pattern}$`, 'i'), secure.context]);
};

/** Session tickets: there are none, and nothing to rotate. */
Server.prototype.getTicketKeys = () => Buffer.alloc(48);
Server.prototype.setTicketKeys = () => {};

function onConnection(this: any, raw: any): void {
  const socket = new TLSSocket(raw, {
    isServer: true,
    secureContext: this._sharedCreds,
    requestCert: this.requestCert,
    ALPNProtocols: this.ALPNProtocols,
    ALPNCallback: this.ALPNCallback,
    handshakeTimeout: this._handshakeTimeout,
    allowHalfOpen: this.allowHalfOpen,
    findContext: (servername: string) => findContext(this, servername),
    onSecure: (secure: any) => onSecure(this, secure),
    onFailure: (failed: any, error: any) => onFailure(this, failed, error),
  });
  socket.server = this;
  socket._start();
}

/** The newest context whose pattern fits; SNICallback is asked first, and has to answer at once. */
function findContext(server: any, servername: string): any {
  let found: any;
  server.SNICallback?.(servername, (_error: any, context: any) => {
    found = context?.context;
  });
  return found ?? server._contexts.findLast(([pattern]: [RegExp]) => pattern.test(servername))?.[1];
}

function onSecure(server: any, socket: any): void {
  if (server.requestCert) {
    const { trusted } = server._sharedCreds.context;
    const error: any = socket._peer.length === 0 ? null : verifyChain(socket._peer, trusted, __kernel.wallMs());
    socket.authorized = socket._peer.length > 0 && error === null;
    if (!socket.authorized) {
      socket.authorizationError = error?.code ?? 'UNABLE_TO_GET_ISSUER_CERT';
      if (server.rejectUnauthorized) {
        socket.destroy();
        return;
      }
    }
  }
  server.emit('secureConnection', socket);
}

function onFailure(server: any, socket: any, error: any): void {
  if (socket._hasFailed) return;
  socket._hasFailed = true;
  socket.destroy();
  server.emit('tlsClientError', error, socket);
}
