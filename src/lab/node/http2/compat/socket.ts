/** `req.socket` of the compatibility API: the stream where the two differ, else the session's socket. */
import { codes } from '../errors.ts';
import { kRequest, kSocket } from '../symbols.ts';

const OF_STREAM = new Set<string | symbol>([
  'on',
  'once',
  'end',
  'emit',
  'destroy',
  'writable',
  'readable',
  'destroyed',
]);
const FORBIDDEN = new Set<string | symbol>(['write', 'read', 'pause', 'resume']);

const refOf = (stream: any) => (stream.session === undefined ? stream : stream.session[kSocket]);

const handler: ProxyHandler<any> = {
  has: (stream, name) => name in stream || name in refOf(stream),
  get(stream, name) {
    if (FORBIDDEN.has(name)) throw new codes.ERR_HTTP2_NO_SOCKET_MANIPULATION();
    if (name === 'readable') {
      if (stream.destroyed) return false;
      return stream[kRequest] ? stream[kRequest].readable : stream.readable;
    }
    const owner = OF_STREAM.has(name) ? stream : name === 'setTimeout' ? (stream.session ?? stream) : refOf(stream);
    const value = owner[name];
    return typeof value === 'function' ? value.bind(owner) : value;
  },
  getPrototypeOf: (stream) => Reflect.getPrototypeOf(refOf(stream)),
  set(stream, name, value) {
    if (FORBIDDEN.has(name)) throw new codes.ERR_HTTP2_NO_SOCKET_MANIPULATION();
    if (OF_STREAM.has(name)) stream[name] = value;
    else if (name === 'setTimeout') (stream.session ?? stream).setTimeout = value;
    else refOf(stream)[name] = value;
    return true;
  },
};

export const streamSocket = (stream: any) => new Proxy(stream, handler);
