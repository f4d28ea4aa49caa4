/** The coded errors of node:http, with Node's messages. */
import { codes, defineError } from '../errors.ts';

const E = defineError;
E('ERR_HTTP_HEADERS_SENT', 'Cannot %s headers after they are sent to the client');
E('ERR_HTTP_INVALID_HEADER_VALUE', 'Invalid value "%s" for header "%s"', TypeError);
E('ERR_HTTP_INVALID_STATUS_CODE', 'Invalid status code: %s', RangeError);
E('ERR_HTTP_TRAILER_INVALID', 'Trailers are invalid with this transfer encoding');
E('ERR_HTTP_BODY_NOT_ALLOWED', 'Adding content for this request method or response status is not allowed.');
E(
  'ERR_HTTP_CONTENT_LENGTH_MISMATCH',
  "Response body's content-length of %s byte(s) does not match the content-length of %s byte(s) set in header",
);
E('ERR_HTTP_REQUEST_TIMEOUT', 'Request timeout');
E('ERR_HTTP_SOCKET_ASSIGNED', 'ServerResponse has an already assigned socket');
E('ERR_HTTP_SOCKET_ENCODING', 'Changing the socket encoding is not allowed per RFC7230 Section 3.');
E('ERR_INVALID_HTTP_TOKEN', '%s must be a valid HTTP token ["%s"]', TypeError);
E(
  'ERR_INVALID_CHAR',
  (name, field) => `Invalid character in ${name}${field === undefined ? '' : ` ["${field}"]`}`,
  TypeError,
);
E('ERR_INVALID_PROTOCOL', 'Protocol "%s" not supported. Expected "%s"', TypeError);
E('ERR_UNESCAPED_CHARACTERS', '%s contains unescaped characters', TypeError);

export { codes };

/** `socket hang up` and `aborted`: errors of ours that carry the code of a reset connection. */
export function connectionReset(message: string): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}
