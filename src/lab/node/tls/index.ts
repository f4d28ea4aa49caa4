/**
 * node:tls, simulated: there is no cryptography in it. Identities are real X.509 certificates, read and compared by
 * name and date (certificate.ts, verify.ts); ALPN, SNI, client certificates and their errors are as on Node; on the
 * network records look like TLS and carry plain text (records.ts).
 *
 * Left out: sessions and tickets, OCSP, PSK, renegotiation, ciphers to choose from, pfx.
 */

import { createSecureContext, SecureContext } from './context.ts';
import { Server } from './server.ts';
import { connect, TLSSocket } from './socket.ts';
import { checkServerIdentity } from './verify.ts';

export default {
  CLIENT_RENEG_LIMIT: 3,
  CLIENT_RENEG_WINDOW: 600,
  DEFAULT_CIPHERS: 'TLS_AES_256_GCM_SHA384',
  DEFAULT_ECDH_CURVE: 'auto',
  DEFAULT_MAX_VERSION: 'TLSv1.3',
  DEFAULT_MIN_VERSION: 'TLSv1.2',
  rootCertificates: Object.freeze([]),
  getCACertificates: () => [],
  getCiphers: () => ['tls_aes_256_gcm_sha384'],
  checkServerIdentity,
  connect,
  createSecureContext,
  createServer: (options?: any, listener?: any) => new Server(options, listener),
  SecureContext,
  Server,
  TLSSocket,
};
