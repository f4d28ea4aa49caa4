/**
 * Node's words and codes for the errors of web-streams-polyfill. The bundle (catalog/bundle.ts) lets the polyfill's
 * `TypeError` mean `StreamTypeError`. Source: Node 24's lib/internal/webstreams.
 */
const STATES: Readonly<Record<string, string>> = {
  'This stream has already been locked for exclusive reading by another reader': 'ReadableStream is locked',
  'Cannot cancel a stream that already has a reader': 'ReadableStream is locked',
  'ReadableStream.prototype.pipeTo cannot be used on a locked ReadableStream': 'The ReadableStream is locked',
  'ReadableStream.prototype.pipeThrough cannot be used on a locked ReadableStream': 'The ReadableStream is locked',
  'ReadableStream.prototype.pipeTo cannot be used on a locked WritableStream': 'The WritableStream is locked',
  'ReadableStream.prototype.pipeThrough cannot be used on a locked WritableStream': 'The WritableStream is locked',
  'The stream is not in a state that permits enqueue': 'Controller is already closed',
  'The stream is not in a state that permits close': 'Controller is already closed',
  'The stream has already been closed; do not close it again!': 'Controller is already closed',
  'Cannot read from a stream using a released reader': 'The reader is not attached to a stream',
  'Cannot cancel a stream using a released reader': 'The reader is not attached to a stream',
  'Reader was released': 'Releasing reader',
  "Reader was released and can no longer be used to monitor the stream's closedness": 'Reader released',
  'This stream has already been locked for exclusive writing by another writer': 'WritableStream is locked',
  'Cannot abort a stream that already has a writer': 'WritableStream is locked',
  'Cannot close a stream that already has a writer': 'WritableStream is locked',
  'The stream is closing or closed and cannot be written to': 'WritableStream is closed',
  'Cannot close an already-closing stream': 'Failure to close WritableStream',
  'Cannot write to a stream using a released writer': 'Writer is not bound to a WritableStream',
  'Cannot close a stream using a released writer': 'Writer is not bound to a WritableStream',
  'Cannot abort a stream using a released writer': 'Writer is not bound to a WritableStream',
  'Cannot get desiredSize a stream using a released writer': 'Writer is not bound to a WritableStream',
  'TransformStream terminated': 'TransformStream has been terminated',
  'chunk must have non-zero byteLength': 'chunk ArrayBuffer is zero-length or detached',
  "chunk's buffer must have non-zero byteLength": 'chunk ArrayBuffer is zero-length or detached',
  'The stream (in closed state) is not in the readable state and cannot be closed': 'ReadableStream is already closed',
  'The stream (in errored state) is not in the readable state and cannot be closed': 'ReadableStream is already closed',
  'The stream (in closed state) is not in the readable state and cannot be enqueued to':
    'ReadableStream is already closed',
  'The stream (in errored state) is not in the readable state and cannot be enqueued to':
    'ReadableStream is already closed',
  'stream is closed or draining; cannot enqueue chunk': 'Controller is already closed',
};

const OTHERS: Readonly<Record<string, readonly [code: string, message: string]>> = {
  'Illegal constructor': ['ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor'],
  'Cannot construct a ReadableStreamBYOBReader for a stream not constructed with a byte source': [
    'ERR_INVALID_ARG_VALUE',
    "The argument 'stream' must be a byte stream.",
  ],
};

/** Called with `new` and a message of the polyfill; gives a TypeError as Node words it. */
export function StreamTypeError(message: string): TypeError {
  const state = STATES[message];
  if (state !== undefined) return coded('ERR_INVALID_STATE', `Invalid state: ${state}`);
  const other = OTHERS[message];
  return other === undefined ? new TypeError(message) : coded(...other);
}

function coded(code: string, message: string): TypeError {
  const error: TypeError & { code?: string } = new TypeError(message);
  const { stack } = error;
  error.stack = stack?.replace(/^TypeError:/, `TypeError [${code}]:`) ?? '';
  Object.defineProperty(error, 'stack', { enumerable: false });
  error.code = code;
  return error;
}
