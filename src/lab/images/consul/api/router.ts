/** Paths and methods of the HTTP API, and what they lead to. */
import type { ServerSocket } from '../../server.ts';
import { COST } from '../cost.ts';
import { type Answer, textAnswer } from '../http/connection.ts';
import type { Request } from '../http/request.ts';
import * as agent from './agent.ts';
import * as catalog from './catalog.ts';
import { Call, type Parts } from './context.ts';
import * as keys from './keys.ts';
import * as sessions from './sessions.ts';

type Handlers = Readonly<Record<string, (call: Call) => void>>;

const status = {
  leader: (call: Call) => call.json(call.parts.raft.isLeader ? `${call.parts.options.address}:8300` : ''),
  peers: (call: Call) => call.json([`${call.parts.options.address}:8300`]),
};

/** A path with a slash at its end takes what follows. */
const ROUTES: Readonly<Record<string, Handlers>> = {
  '/v1/agent/self': { GET: agent.self },
  '/v1/agent/members': { GET: agent.members },
  '/v1/agent/services': { GET: agent.services },
  '/v1/agent/service/': { GET: agent.service },
  '/v1/agent/checks': { GET: agent.checks },
  '/v1/agent/service/register': { PUT: agent.registerService },
  '/v1/agent/service/deregister/': { PUT: agent.deregisterService },
  '/v1/agent/service/maintenance/': { PUT: agent.serviceMaintenance },
  '/v1/agent/maintenance': { PUT: agent.nodeMaintenance },
  '/v1/agent/check/register': { PUT: agent.registerCheck },
  '/v1/agent/check/deregister/': { PUT: agent.deregisterCheck },
  '/v1/agent/check/pass/': { PUT: agent.setCheck('passing') },
  '/v1/agent/check/warn/': { PUT: agent.setCheck('warning') },
  '/v1/agent/check/fail/': { PUT: agent.setCheck('critical') },
  '/v1/agent/check/update/': { PUT: agent.updateCheck },
  '/v1/agent/health/service/id/': { GET: agent.healthById },
  '/v1/agent/health/service/name/': { GET: agent.healthByName },
  '/v1/agent/reload': { PUT: (call) => call.done() },
  '/v1/agent/leave': {
    PUT: (call) => {
      call.done();
      call.parts.leave();
    },
  },
  '/v1/catalog/datacenters': { GET: catalog.datacenters },
  '/v1/catalog/nodes': { GET: catalog.nodes },
  '/v1/catalog/services': { GET: catalog.services },
  '/v1/catalog/service/': { GET: catalog.serviceNodes },
  '/v1/catalog/node/': { GET: catalog.nodeServices },
  '/v1/catalog/register': { PUT: catalog.register },
  '/v1/catalog/deregister': { PUT: catalog.deregister },
  '/v1/health/service/': { GET: catalog.healthService },
  '/v1/health/checks/': { GET: catalog.healthChecks },
  '/v1/health/node/': { GET: catalog.healthNode },
  '/v1/health/state/': { GET: catalog.healthState },
  '/v1/kv/': { GET: keys.get, PUT: keys.put, DELETE: keys.remove },
  '/v1/txn': { PUT: keys.txn },
  '/v1/session/create': { PUT: sessions.create },
  '/v1/session/destroy/': { PUT: sessions.destroy },
  '/v1/session/renew/': { PUT: sessions.renew },
  '/v1/session/info/': { GET: sessions.info },
  '/v1/session/node/': { GET: sessions.ofNode },
  '/v1/session/list': { GET: sessions.list },
  '/v1/status/leader': { GET: status.leader },
  '/v1/status/peers': { GET: status.peers },
};

export const ENDPOINTS: readonly string[] = Object.entries(ROUTES).flatMap(([path, handlers]) =>
  Object.keys(handlers).map((method) => `${method} ${path}`),
);

/** Longest first, as Go's ServeMux chooses. */
const PREFIXES = Object.keys(ROUTES)
  .filter((path) => path.endsWith('/'))
  .sort((a, b) => b.length - a.length);

/** Answers the request; gives back what to do when its client goes first. */
export function route(
  parts: Parts,
  request: Request,
  socket: ServerSocket,
  finish: (answer: Answer) => void,
): () => void {
  const { machine } = parts;
  const startMs = machine.nowMs();
  machine.burn(COST.requestUs + COST.kilobytesUs * (request.body.length / 4096));
  const { path, method, query } = request;
  const done = (answer: Answer): void => {
    machine.operation({
      connection: socket.id,
      name: method,
      text: (query.raw === '' ? path : `${path}?${query.raw}`).slice(0, 200),
      startMs,
      ...(answer.status >= 400 ? { error: `${answer.status}` } : {}),
    });
    finish(answer);
  };
  const prefix =
    Object.hasOwn(ROUTES, path) && !path.endsWith('/') ? path : PREFIXES.find((one) => path.startsWith(one));
  if (prefix === undefined) {
    done(elsewhere(path));
    return () => {};
  }
  if (!query.isGood) {
    done(textAnswer(500, ''));
    return () => {};
  }
  const call = new Call(request, path.slice(prefix.length), parts, done);
  const handlers = ROUTES[prefix]!;
  const allowed = Object.keys(handlers);
  if (method === 'OPTIONS') call.text(200, '', { Allow: ['OPTIONS', ...allowed].join(',') });
  else if (!Object.hasOwn(handlers, method))
    call.text(405, `method ${method} not allowed`, { Allow: ['OPTIONS', ...allowed].join(',') });
  else call.guard(() => handlers[method]!(call));
  return () => call.onAbandon();
}

function elsewhere(path: string): Answer {
  // As Go's ServeMux sends to the folder that was meant.
  const folder = `${path}/`;
  if (Object.hasOwn(ROUTES, folder))
    return textAnswer(301, `<a href="${folder}">Moved Permanently</a>.\n\n`, { Location: folder });
  if (path === '/') return textAnswer(200, 'Consul Agent');
  if (path.startsWith('/v1/acl/')) return textAnswer(401, 'ACL support disabled');
  return textAnswer(
    404,
    path.includes('/v1/')
      ? 'Invalid URL path: not a recognized HTTP API endpoint\n'
      : "Invalid URL path: if attempting to use the HTTP API, ensure the path starts with '/v1/'\n",
  );
}
