/**
 * Node's coded errors: `new codes.ERR_INVALID_ARG_TYPE('path', 'string', value)`, with Node's messages. One table for
 * every built-in and for readable-stream. System errors (ENOENT, ECONNREFUSED, …) are functions below the table.
 *
 * Source: Node 24's lib/internal/errors.js.
 */
import { inspect } from './util/inspect.ts';

export type CodedErrorClass = new (...args: any[]) => Error & { code: string };

const table: Record<string, CodedErrorClass> = {};

/** A code that this table has not is the caller's mistake: it throws "not a constructor" when used. */
export const codes: any = table;

export class AbortError extends Error {
  code = 'ABORT_ERR';
  constructor(message = 'The operation was aborted', options?: ErrorOptions) {
    if (options !== undefined && typeof options !== 'object') {
      throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
    }
    super(message, options);
    this.name = 'AbortError';
  }
}

/** Adds a code to the table. The part that owns a module defines its codes beside it with this. */
export function defineError(code: string, message: string | ((...args: any[]) => string), Base: any = Error): void {
  const text = typeof message === 'string' ? (...args: any[]) => fill(message, args) : message;
  class NodeError extends Base {
    constructor(...args: any[]) {
      super(text(...args));
      withCode(this, code);
    }
    toString(): string {
      return `${this.name} [${code}]: ${this.message}`;
    }
  }
  Object.defineProperty(NodeError, 'name', { value: Base.name });
  Object.defineProperty(NodeError.prototype, 'toString', { enumerable: false });
  table[code] = NodeError as any;
}

/** Stack traces of Node's own errors begin with `TypeError [ERR_…]: message`, while `name` stays `TypeError`. */
function withCode(error: any, code: string): any {
  const { name } = error;
  if (typeof error.stack === 'string' && error.stack.startsWith(`${name}:`)) {
    const stack = `${name} [${code}]${error.stack.slice(name.length)}`;
    Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true, enumerable: false });
  }
  error.code = code;
  return error;
}

function fill(message: string, args: any[]): string {
  let i = 0;
  return message.replace(/%[sd]/g, () => String(args[i++]));
}

/** `of type string`, `one of type string or number`, `an instance of Buffer or URL`, as Node joins them. */
function describeExpected(expected: string | readonly string[]): string {
  const types: string[] = [];
  const instances: string[] = [];
  const other: string[] = [];
  for (const value of typeof expected === 'string' ? [expected] : expected) {
    if (KNOWN_TYPES.has(value)) types.push(value.toLowerCase());
    else if (/^([A-Z][a-z0-9]*)+$/.test(value)) instances.push(value);
    else other.push(value);
  }
  if (instances.length > 0 && types.includes('object')) {
    types.splice(types.indexOf('object'), 1);
    instances.push('Object');
  }
  const parts: string[] = [];
  if (types.length > 0) parts.push(`${types.length > 1 ? 'one of type' : 'of type'} ${list(types, 'or')}`);
  if (instances.length > 0) parts.push(`an instance of ${list(instances, 'or')}`);
  if (other.length > 1) parts.push(`one of ${list(other, 'or')}`);
  else if (other.length === 1) parts.push(`${other[0]!.toLowerCase() === other[0] ? '' : 'an '}${other[0]}`);
  return parts.join(' or ');
}

const KNOWN_TYPES = new Set([
  'string',
  'function',
  'number',
  'object',
  'Function',
  'Object',
  'boolean',
  'bigint',
  'symbol',
]);

function list(words: readonly string[], conjunction: string): string {
  if (words.length < 3) return words.join(` ${conjunction} `);
  return `${words.slice(0, -1).join(', ')}, ${conjunction} ${words[words.length - 1]}`;
}

/** What was received, in Node's words: `undefined`, `type number (5)`, `an instance of Map`, `function foo`. */
export function describeReceived(value: any): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') {
    if (value.constructor?.name) return `an instance of ${value.constructor.name}`;
    return inspect(value, { depth: -1 });
  }
  if (typeof value === 'string') {
    const text = value.length > 28 ? `${value.slice(0, 25)}...` : value;
    return `type string (${text.includes("'") ? JSON.stringify(text) : `'${text}'`})`;
  }
  return `type ${typeof value} (${inspect(value)})`;
}

function withUnderscores(digits: string): string {
  let result = '';
  let i = digits.length;
  const start = digits[0] === '-' ? 1 : 0;
  for (; i >= start + 4; i -= 3) result = `_${digits.slice(i - 3, i)}${result}`;
  return digits.slice(0, i) + result;
}

function outOfRange(name: string, range: string, received: any, replaceDefault = false): string {
  let text: string;
  if (Number.isInteger(received) && Math.abs(received) > 2 ** 32) text = withUnderscores(String(received));
  else if (typeof received === 'bigint') {
    text = String(received);
    if (received > 2n ** 32n || received < -(2n ** 32n)) text = withUnderscores(text);
    text += 'n';
  } else text = inspect(received);
  return `${replaceDefault ? name : `The value of "${name}" is out of range.`} It must be ${range}. Received ${text}`;
}

const quoted = (name: string) =>
  name.endsWith(' argument') ? name : `"${name}" ${name.includes('.') ? 'property' : 'argument'}`;

const valueText = (value: unknown) => {
  const text = inspect(value);
  return text.length > 128 ? `${text.slice(0, 128)}...` : text;
};

const E = defineError;
E(
  'ERR_INVALID_ARG_TYPE',
  (name, expected, actual) =>
    `The ${quoted(name)} must be ${describeExpected(expected)}. Received ${describeReceived(actual)}`,
  TypeError,
);
E(
  'ERR_INVALID_ARG_VALUE',
  (name, value, reason = 'is invalid') =>
    `The ${name.includes('.') ? 'property' : 'argument'} '${name}' ${reason}. Received ${valueText(value)}`,
  TypeError,
);
E('ERR_OUT_OF_RANGE', outOfRange, RangeError);
E(
  'ERR_INVALID_RETURN_VALUE',
  (input, name, value) => {
    const type = value?.constructor?.name ? `an instance of ${value.constructor.name}` : `type ${typeof value}`;
    return `Expected ${input} to be returned from the "${name}" function but got ${type}.`;
  },
  TypeError,
);
E(
  'ERR_MISSING_ARGS',
  (...names) => {
    const words = names.map((name) => (Array.isArray(name) ? name.map((one) => `"${one}"`).join(' or ') : `"${name}"`));
    return `The ${list(words, 'and')} argument${words.length > 1 ? 's' : ''} must be specified`;
  },
  TypeError,
);
E('ERR_INVALID_THIS', 'Value of "this" must be of type %s', TypeError);
E('ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor', TypeError);
E('ERR_METHOD_NOT_IMPLEMENTED', 'The %s method is not implemented');
E('ERR_UNKNOWN_ENCODING', 'Unknown encoding: %s', TypeError);
E('ERR_INVALID_CALLBACK', 'Callback must be a function. Received %s', TypeError);
E('ERR_MULTIPLE_CALLBACK', 'Callback called multiple times');
E('ERR_INTERNAL_ASSERTION', '%s');
E('ERR_OPERATION_FAILED', 'Operation failed: %s');
E('ERR_INVALID_STATE', 'Invalid state: %s');
E('ERR_INVALID_URL', 'Invalid URL', TypeError);
E('ERR_INVALID_URL_SCHEME', (expected) => `The URL must be of scheme ${expected}`, TypeError);
E('ERR_INVALID_FILE_URL_PATH', 'File URL path %s', TypeError);
E('ERR_INVALID_FILE_URL_HOST', 'File URL host must be "localhost" or empty on %s', TypeError);
E('ERR_UNHANDLED_ERROR', (text) => (text === undefined ? 'Unhandled error.' : `Unhandled error. (${text})`));
E('ERR_EVENT_RECURSION', 'The event "%s" is already being dispatched');

E('ERR_STREAM_ALREADY_FINISHED', 'Cannot call %s after a stream was finished');
E('ERR_STREAM_CANNOT_PIPE', 'Cannot pipe, not readable');
E('ERR_STREAM_DESTROYED', 'Cannot call %s after a stream was destroyed');
E('ERR_STREAM_NULL_VALUES', 'May not write null values to stream', TypeError);
E('ERR_STREAM_PREMATURE_CLOSE', 'Premature close');
E('ERR_STREAM_PUSH_AFTER_EOF', 'stream.push() after EOF');
E('ERR_STREAM_UNSHIFT_AFTER_END_EVENT', 'stream.unshift() after end event');
E('ERR_STREAM_WRITE_AFTER_END', 'write after end');
E('ERR_STREAM_UNABLE_TO_PIPE', 'Cannot pipe to a closed or destroyed stream');

E(
  'ERR_BUFFER_OUT_OF_BOUNDS',
  (name) => (name ? `"${name}" is outside of buffer bounds` : 'Attempt to access memory outside buffer bounds'),
  RangeError,
);
E('ERR_INVALID_BUFFER_SIZE', 'Buffer size must be a multiple of %s', RangeError);

E('ERR_UNKNOWN_SIGNAL', 'Unknown signal: %s', TypeError);
E('ERR_CONSOLE_WRITABLE_STREAM', 'Console expects a writable stream instance for %s', TypeError);
E('ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET', 'setUncaughtExceptionCaptureCallback() was already called');

E('ERR_CRYPTO_INVALID_DIGEST', 'Invalid digest: %s', TypeError);
E('ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
E('ERR_CRYPTO_HASH_UPDATE_FAILED', 'Hash update failed');
E('ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length', RangeError);
E('ERR_CRYPTO_INVALID_SCRYPT_PARAMS', 'Invalid scrypt params: %s', RangeError);

E(
  'ERR_SOCKET_BAD_PORT',
  (name, port, allowZero = true) =>
    `${name} should be ${allowZero ? '>=' : '>'} 0 and < 65536. Received ${describeReceived(port)}.`,
  RangeError,
);
E('ERR_ASYNC_TYPE', 'Invalid name for async "type": %s', TypeError);
E('ERR_PARSE_ARGS_UNKNOWN_OPTION', '%s', TypeError);
E('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', '%s', TypeError);
E('ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL', '%s', TypeError);
E('ERR_FALSY_VALUE_REJECTION', 'Promise was rejected with falsy value');
E('ERR_FS_EISDIR', '%s');
E('ERR_INVALID_PACKAGE_TARGET', '%s');
E('ERR_MODULE_NOT_FOUND', '%s');

/** libuv's numbers and words for the codes that can happen in the lab. */
const SYSTEM: Readonly<Record<string, readonly [number, string]>> = {
  EACCES: [-13, 'permission denied'],
  EADDRINUSE: [-98, 'address already in use'],
  EADDRNOTAVAIL: [-99, 'address not available'],
  EAI_AGAIN: [-3001, 'temporary failure'],
  EBADF: [-9, 'bad file descriptor'],
  ECANCELED: [-125, 'operation canceled'],
  ECONNABORTED: [-103, 'software caused connection abort'],
  ECONNREFUSED: [-111, 'connection refused'],
  ECONNRESET: [-104, 'connection reset by peer'],
  EEXIST: [-17, 'file already exists'],
  EHOSTUNREACH: [-113, 'host is unreachable'],
  EINVAL: [-22, 'invalid argument'],
  EISDIR: [-21, 'illegal operation on a directory'],
  ENOENT: [-2, 'no such file or directory'],
  ENOTCONN: [-107, 'socket is not connected'],
  ENOTDIR: [-20, 'not a directory'],
  ENOTEMPTY: [-39, 'directory not empty'],
  ENOTFOUND: [-3008, 'getaddrinfo ENOTFOUND'],
  EPERM: [-1, 'operation not permitted'],
  EPIPE: [-32, 'broken pipe'],
  ESRCH: [-3, 'no such process'],
  ETIMEDOUT: [-110, 'connection timed out'],
};

/** errno as a negative number, as `error.errno` has it; undefined for an unknown code. */
export function errnoOf(code: string): number | undefined {
  return SYSTEM[code]?.[0];
}

export interface SystemError extends Error {
  errno: number;
  code: string;
  syscall: string;
  path?: string;
  dest?: string;
  address?: string;
  port?: number;
  hostname?: string;
}

/** `ENOENT: no such file or directory, open '/x'` */
export function fileError(code: string, syscall: string, path?: string, dest?: string): SystemError {
  const [errno, words] = SYSTEM[code] ?? [-22, 'unknown error'];
  let message = `${code}: ${words}, ${syscall}`;
  if (path !== undefined) message += ` '${path}'`;
  if (dest !== undefined) message += ` -> '${dest}'`;
  const error = new Error(message) as SystemError;
  Object.assign(error, { errno, code, syscall });
  if (path !== undefined) error.path = path;
  if (dest !== undefined) error.dest = dest;
  return error;
}

/** `connect ECONNREFUSED 10.0.0.2:8081`; with a local address ` - Local (…)` follows, as Node does. */
export function socketError(
  code: string,
  syscall: string,
  address?: string,
  port?: number,
  local?: string,
): SystemError {
  let details = '';
  if (port !== undefined && port > 0) details = ` ${address}:${port}`;
  else if (address) details = ` ${address}`;
  if (local !== undefined) details += ` - Local (${local})`;
  const text =
    syscall === 'listen' ? `${syscall} ${code}: ${SYSTEM[code]?.[1]}${details}` : `${syscall} ${code}${details}`;
  const error = new Error(text) as SystemError;
  Object.assign(error, { errno: errnoOf(code), code, syscall });
  if (address !== undefined) error.address = address;
  if (port !== undefined) error.port = port;
  return error;
}

/** `getaddrinfo ENOTFOUND catalog` */
export function lookupError(code: string, syscall: string, hostname: string): SystemError {
  const error = new Error(`${syscall} ${code} ${hostname}`) as SystemError;
  return Object.assign(error, { errno: errnoOf(code)!, code, syscall, hostname });
}

export function aggregateTwoErrors(inner: any, outer: any): any {
  if (!inner || !outer || inner === outer) return inner || outer;
  if (Array.isArray(outer.errors)) {
    outer.errors.push(inner);
    return outer;
  }
  return Object.assign(new AggregateError([outer, inner], outer.message), { code: outer.code });
}

/** A coded error whose message is not the table's, as Node's native parts and web APIs have them. */
export function plainError(code: string, message: string, Base: ErrorConstructor = Error): Error & { code: string } {
  return withCode(new Base(message), code);
}

/** Throws a sentence that names what is missing and what to use. */
export function missing(what: string, instead: string): never {
  throw new Error(`${what} is not part of the lab. ${instead}`);
}
