/** Where the image is not HAProxy, and which keywords it has. */
import type { Difference } from '../difference.ts';

export { VERSION as version } from './cost.ts';

/** Keywords of haproxy.cfg with an effect. */
export const supported: readonly string[] = [
  'global maxconn',
  'global log stdout',
  'mode http|tcp',
  'bind',
  'maxconn',
  'timeout client|server|connect|queue|http-request|http-keep-alive|check',
  'default_backend',
  'use_backend … if|unless',
  'acl path, path_beg, path_end, path_sub, hdr, hdr_beg, method, src, nbsrv, always_true, always_false',
  'http-request deny, return, redirect, set-header, add-header, del-header',
  'redirect location|prefix|scheme',
  'balance roundrobin|static-rr|leastconn|random|first|source|uri',
  'retries',
  'option redispatch',
  'option forwardfor',
  'option httplog',
  'option http-server-close',
  'option httpchk',
  'http-check send meth|uri|hdr',
  'http-check expect status|string',
  'stats enable, stats uri',
  'server … check inter fastinter downinter fall rise',
  'server … weight maxconn backup disabled slowstart',
  'server … observe layer4|layer7 error-limit on-error',
  'server … on-marked-down shutdown-sessions',
  'server … resolvers init-addr',
  'server-template',
  'default-server',
];

export const differences: readonly Difference[] = [
  {
    what: 'TLS, HTTP/2, QUIC, stick tables, cookies, compression, Lua, SPOE, the runtime socket',
    real: 'there',
    lab: 'TLS of a server is refused at start, the rest is accepted without effect or refused as an unknown keyword',
    why: 'not built',
  },
  {
    what: 'Chunks of a body',
    real: 'cut anew as buffers have them',
    lab: 'as they came',
    why: 'the body is the same',
  },
  {
    what: 'Which server a hash means (source, uri)',
    real: "HAProxy's own hash",
    lab: 'another hash, with the same promise: the same key, the same server',
    why: 'nobody relies on which one it is',
  },
  {
    what: 'Connections beyond maxconn',
    real: "wait in the kernel's backlog",
    lab: 'are reset',
    why: 'the machine of the lab accepts for its server',
  },
  {
    what: 'Names of servers without resolvers',
    real: 'looked up once, at the start',
    lab: 'the same; with resolvers every second, whatever the resolvers section says',
    why: 'the usual hold of examples',
  },
];
