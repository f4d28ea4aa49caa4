/** The coded errors of node:http2, with Node's messages, and nghttp2's. */
import { codes, defineError } from '../errors.ts';

const E = defineError;
E('ERR_HTTP2_ALTSVC_INVALID_ORIGIN', 'HTTP/2 ALTSVC frames require a valid origin', TypeError);
E('ERR_HTTP2_ALTSVC_LENGTH', 'HTTP/2 ALTSVC frames are limited to 16382 bytes', TypeError);
E('ERR_HTTP2_CONNECT_AUTHORITY', ':authority header is required for CONNECT requests');
E('ERR_HTTP2_CONNECT_PATH', 'The :path header is forbidden for CONNECT requests');
E('ERR_HTTP2_CONNECT_SCHEME', 'The :scheme header is forbidden for CONNECT requests');
E('ERR_HTTP2_GOAWAY_SESSION', 'New streams cannot be created after receiving a GOAWAY');
E('ERR_HTTP2_HEADERS_AFTER_RESPOND', 'Cannot specify additional headers after response initiated');
E('ERR_HTTP2_HEADERS_SENT', 'Response has already been initiated.');
E('ERR_HTTP2_HEADER_SINGLE_VALUE', 'Header field "%s" must only have a single value', TypeError);
E('ERR_HTTP2_INFO_STATUS_NOT_ALLOWED', 'Informational status codes cannot be used', RangeError);
E('ERR_HTTP2_INVALID_CONNECTION_HEADERS', 'HTTP/1 Connection specific headers are forbidden: "%s"', TypeError);
E('ERR_HTTP2_INVALID_HEADER_VALUE', 'Invalid value "%s" for header "%s"', TypeError);
E('ERR_HTTP2_INVALID_INFO_STATUS', 'Invalid informational status code: %s', RangeError);
E('ERR_HTTP2_INVALID_PACKED_SETTINGS_LENGTH', 'Packed settings length must be a multiple of six', RangeError);
E('ERR_HTTP2_INVALID_PSEUDOHEADER', '"%s" is an invalid pseudoheader or is used incorrectly', TypeError);
E('ERR_HTTP2_INVALID_SESSION', 'The session has been destroyed');
E('ERR_HTTP2_INVALID_SETTING_VALUE', 'Invalid value for setting "%s": %s', TypeError);
E('ERR_HTTP2_INVALID_STREAM', 'The stream has been destroyed');
E('ERR_HTTP2_MAX_PENDING_SETTINGS_ACK', 'Maximum number of pending settings acknowledgements');
E('ERR_HTTP2_NESTED_PUSH', 'A push stream cannot initiate another push stream.');
E('ERR_HTTP2_NO_SOCKET_MANIPULATION', 'HTTP/2 sockets should not be directly manipulated (e.g. read and written)');
E('ERR_HTTP2_OUT_OF_STREAMS', 'No stream ID is available because maximum stream ID has been reached');
E('ERR_HTTP2_PAYLOAD_FORBIDDEN', 'Responses with %s status must not have a payload');
E('ERR_HTTP2_PING_CANCEL', 'HTTP2 ping cancelled');
E('ERR_HTTP2_PING_LENGTH', 'HTTP2 ping payload must be 8 bytes', RangeError);
E('ERR_HTTP2_PSEUDOHEADER_NOT_ALLOWED', 'Cannot set HTTP/2 pseudo-headers', TypeError);
E('ERR_HTTP2_PUSH_DISABLED', 'HTTP/2 client has disabled push streams');
E('ERR_HTTP2_SESSION_ERROR', 'Session closed with error code %s');
E('ERR_HTTP2_SETTINGS_CANCEL', 'HTTP2 session settings canceled');
E('ERR_HTTP2_SOCKET_BOUND', 'The socket is already bound to an Http2Session');
E('ERR_HTTP2_SOCKET_UNBOUND', 'The socket has been disconnected from the Http2Session');
E('ERR_HTTP2_STATUS_101', 'HTTP status code 101 (Switching Protocols) is forbidden in HTTP/2');
E('ERR_HTTP2_STATUS_INVALID', 'Invalid status code: %s', RangeError);
E('ERR_HTTP2_STREAM_ERROR', 'Stream closed with error code %s');
E('ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS', 'Number of custom settings exceeds MAX_ADDITIONAL_SETTINGS');
E('ERR_HTTP2_TOO_MANY_INVALID_FRAMES', 'Too many invalid HTTP/2 frames');
E('ERR_HTTP2_TRAILERS_ALREADY_SENT', 'Trailing headers have already been sent');
E('ERR_HTTP2_TRAILERS_NOT_READY', 'Trailing headers cannot be sent until after the wantTrailers event is emitted');
E('ERR_HTTP2_UNSUPPORTED_PROTOCOL', 'protocol "%s" is unsupported.');
E('ERR_HTTP2_STREAM_CANCEL', (error) => {
  const message = 'The pending stream has been canceled';
  return typeof error?.message === 'string' ? `${message} (caused by: ${error.message})` : message;
});

export { codes };

export function streamCancel(cause: any): Error {
  const error: any = new codes.ERR_HTTP2_STREAM_CANCEL(cause);
  if (cause) error.cause = cause;
  return error;
}

/** A setting's value that is no number in its range: a RangeError with the same code. */
export function settingRange(name: string, actual: unknown, min: number, max: number): Error {
  const error: any = new RangeError(`Invalid value for setting "${name}": ${actual}`);
  return Object.assign(error, { code: 'ERR_HTTP2_INVALID_SETTING_VALUE', actual, min, max });
}

/** nghttp2's error numbers that a program can meet, and its words for them (nghttp2_strerror). */
const NGHTTP2: Readonly<Record<number, string>> = {
  [-501]: 'Invalid argument',
  [-505]: 'Protocol error',
  [-509]: 'Stream ID is not available',
  [-510]: 'Stream was already closed or invalid',
  [-522]: 'The length of the frame is invalid',
  [-523]: 'Header compression/decompression error',
  [-524]: 'Flow control error',
  [-531]: 'Invalid HTTP header field was received',
  [-532]: 'Violation in HTTP messaging rule',
  [-902]: 'The user callback function failed',
  [-903]: 'Received bad client magic byte string',
  [-904]: 'Flooding was detected in this HTTP/2 session, and it must be closed',
};

export class NghttpError extends Error {
  code: string;
  errno: number;
  constructor(errno: number, code?: string) {
    super(code === undefined ? (NGHTTP2[errno] ?? 'Unknown error code') : new codes[code]().message);
    this.code = code ?? 'ERR_HTTP2_ERROR';
    this.errno = errno;
  }
  override toString(): string {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}
Object.defineProperty(NghttpError, 'name', { value: 'Error' });
