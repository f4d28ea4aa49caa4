/** `session.socket`: the socket without what would disturb the session's own bytes. Source: Node 24's lib/internal/http2/core.js. */
import { codes } from './errors.ts';
import { kSocket } from './symbols.ts';

const OF_SESSION = new Set<string | symbol>(['setTimeout', 'ref', 'unref', 'destroy']);
const FORBIDDEN = new Set<string | symbol>(
  'emit end pause read resume write setEncoding setKeepAlive setNoDelay'.split(' '),
);

function socketOf(session: any): any {
  const socket = session[kSocket];
  if (socket === undefined) throw new codes.ERR_HTTP2_SOCKET_UNBOUND();
  return socket;
}

const handler: ProxyHandler<any> = {
  get(session, name) {
    if (OF_SESSION.has(name)) return session[name].bind(session);
    if (FORBIDDEN.has(name)) throw new codes.ERR_HTTP2_NO_SOCKET_MANIPULATION();
    const socket = socketOf(session);
    const value = socket[name];
    return typeof value === 'function' ? value.bind(socket) : value;
  },
  getPrototypeOf: (session) => Reflect.getPrototypeOf(socketOf(session)),
  set(session, name, value) {
    if (FORBIDDEN.has(name)) throw new codes.ERR_HTTP2_NO_SOCKET_MANIPULATION();
    if (OF_SESSION.has(name)) session[name] = value;
    else socketOf(session)[name] = value;
    return true;
  },
};

export const proxySocket = (session: any) => new Proxy(session, handler);
