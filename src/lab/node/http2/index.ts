/**
 * node:http2. From the wire up: frames.ts (RFC 9113 §4, §6) and hpack/ (RFC 7541) are bytes; protocol/ is a connection
 * without sockets and events, what nghttp2 is in Node; session.ts and stream.ts make it an emitter and Duplexes, with
 * bridge.ts between; client.ts and server.ts are their two sides; compat/ is node:http's request and response over them.
 *
 * Left out: ALTSVC and ORIGIN frames, padding strategies, respondWithFD, diagnostics channels. Priorities are read and
 * ignored, as Node does.
 */
import { connect } from './client.ts';
import { Http2ServerRequest } from './compat/request.ts';
import { Http2ServerResponse } from './compat/response.ts';
import { constants } from './constants.ts';
import { createSecureServer, createServer, performServerHandshake, ServerHttp2Session } from './server.ts';
import { Http2Session } from './session.ts';
import { getDefaultSettings, getPackedSettings, getUnpackedSettings } from './settings.ts';
import { Http2Stream } from './stream.ts';
import { kSensitiveHeaders } from './symbols.ts';

export default {
  connect,
  constants,
  createServer,
  createSecureServer,
  getDefaultSettings,
  getPackedSettings,
  getUnpackedSettings,
  performServerHandshake,
  sensitiveHeaders: kSensitiveHeaders,
  Http2Session,
  Http2Stream,
  ServerHttp2Session,
  Http2ServerRequest,
  Http2ServerResponse,
};
