// packages: consul
// The agent's half of the client: 30 calls, each held against what Consul's API documentation says of it.
import Consul from 'consul';

const consul = new Consul({ host: process.env.HOST, port: Number(process.env.PORT) });
/** Logs `ok`, or both values when they differ. */
const same = (what, actual, documented) => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(documented)];
  log('agent', what, a === b ? 'ok' : `is ${a}, documented is ${b}`);
};
const refused = async (what, call, status, text) => {
  try {
    await call();
    same(what, 'no error', status);
  } catch (error) {
    same(what, [error.statusCode, String(error.response?.body ?? '')], [status, text]);
  }
};
const pick = (object, ...names) => Object.fromEntries(names.map((name) => [name, object[name]]));

// https://developer.hashicorp.com/consul/api-docs/agent
const self = await consul.agent.self();
same('self', Object.keys(self.Config).slice(0, 4), ['Datacenter', 'PrimaryDatacenter', 'NodeName', 'NodeID']);
same('self: a server', self.Config.Server, true);
const members = await consul.agent.members();
same(
  'members',
  members.map(({ Name, Status }) => [Name, Status]),
  [[self.Config.NodeName, 1]],
);

// .../agent/service
same('register by name', await consul.agent.service.register('plain'), undefined);
same(
  'the ID is the name',
  pick(
    (await consul.agent.service.list()).plain,
    'ID',
    'Service',
    'Tags',
    'Meta',
    'Port',
    'Address',
    'Weights',
    'EnableTagOverride',
  ),
  {
    ID: 'plain',
    Service: 'plain',
    Tags: [],
    Meta: {},
    Port: 0,
    Address: '',
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
  },
);
same(
  'register with everything',
  await consul.agent.service.register({
    name: 'web',
    id: 'web-1',
    tags: ['v1', 'blue'],
    address: '10.0.0.5',
    port: 8080,
    meta: { zone: 'a' },
    check: { ttl: '30s', notes: 'a heartbeat', status: 'warning' },
  }),
  undefined,
);
same(
  'as it is listed',
  pick((await consul.agent.services())['web-1'], 'Service', 'Tags', 'Port', 'Address', 'Meta', 'TaggedAddresses'),
  {
    Service: 'web',
    Tags: ['v1', 'blue'],
    Port: 8080,
    Address: '10.0.0.5',
    Meta: { zone: 'a' },
    TaggedAddresses: { lan_ipv4: { Address: '10.0.0.5', Port: 8080 }, wan_ipv4: { Address: '10.0.0.5', Port: 8080 } },
  },
);
await refused(
  'nameless',
  () =>
    consul._put({ name: 'x', path: '/agent/service/register', type: 'json', body: {} }, (request, next) =>
      next(false, request.err),
    ),
  400,
  'Missing service name',
);
await refused(
  'deregister the unknown',
  () => consul.agent.service.deregister('nobody'),
  404,
  'Unknown service ID "nobody". Ensure that the service ID is passed, not the service name.',
);

// .../agent/check
const check = async (id) => (await consul.agent.checks())[id];
same(
  'a service’s check',
  pick(
    await check('service:web-1'),
    'CheckID',
    'Name',
    'Status',
    'Notes',
    'Output',
    'ServiceID',
    'ServiceName',
    'ServiceTags',
    'Type',
  ),
  {
    CheckID: 'service:web-1',
    Name: "Service 'web' check",
    Status: 'warning',
    Notes: 'a heartbeat',
    Output: '',
    ServiceID: 'web-1',
    ServiceName: 'web',
    ServiceTags: ['v1', 'blue'],
    Type: 'ttl',
  },
);
for (const [call, status] of [
  ['pass', 'passing'],
  ['warn', 'warning'],
  ['fail', 'critical'],
]) {
  await consul.agent.check[call]({ id: 'service:web-1', note: `by ${call}` });
  same(call, pick(await check('service:web-1'), 'Status', 'Output'), { Status: status, Output: `by ${call}` });
}
await refused(
  'pass the unknown',
  () => consul.agent.check.pass('nobody'),
  404,
  'Unknown check ID "nobody". Ensure that the check ID is passed, not the check name.',
);
same(
  'a check of the node',
  await consul.agent.check.register({ name: 'disk', ttl: '1m', notes: 'room', status: 'passing' }),
  undefined,
);
same('its ID is its name', pick(await check('disk'), 'CheckID', 'Status', 'ServiceID'), {
  CheckID: 'disk',
  Status: 'passing',
  ServiceID: '',
});
same(
  'a check for a service',
  await consul.agent.check.register({ name: 'second', id: 'web-second', serviceid: 'web-1', ttl: '1m' }),
  undefined,
);
same('it is critical at first', pick(await check('web-second'), 'Status', 'ServiceName'), {
  Status: 'critical',
  ServiceName: 'web',
});
await refused(
  'for no service',
  () => consul.agent.check.register({ name: 'x', serviceid: 'nobody', ttl: '1m' }),
  404,
  'ServiceID "nobody" does not exist',
);
same(
  'deregister a check',
  [await consul.agent.check.deregister('web-second'), await check('web-second')],
  [undefined, undefined],
);

// An HTTP and a TCP check of a server in this program.
let isHealthy = true;
const server = http.createServer((request, response) => {
  response.statusCode = isHealthy ? 200 : 503;
  response.end(`${request.method} ${request.url} ${request.headers['user-agent']}`);
});
const port = await new Promise((resolve) => server.listen(0, () => resolve(server.address().port)));
const host = process.env.SELF ?? '127.0.0.1';
await consul.agent.service.register({
  name: 'live',
  checks: [
    { http: `http://${host}:${port}/health`, interval: '1s', timeout: '500ms' },
    { tcp: `${host}:${port}`, interval: '1s' },
  ],
});
const until = async (id, status) => {
  for (let i = 0; i < 50; i++) {
    const found = await check(id);
    if (found.Status === status) return found.Output.replaceAll(`${host}:${port}`, 'HOST');
    await sleep(50);
  }
  return 'never';
};
same(
  'passes by HTTP',
  await until('service:live:1', 'passing'),
  'HTTP GET http://HOST/health: 200 OK Output: GET /health Consul Health Check',
);
same('passes by TCP', await until('service:live:2', 'passing'), 'TCP connect HOST: Success');
isHealthy = false;
same(
  'fails by HTTP',
  await until('service:live:1', 'critical'),
  'HTTP GET http://HOST/health: 503 Service Unavailable Output: GET /health Consul Health Check',
);
await close(server);
same('fails by TCP', /connection refused$/.test(await until('service:live:2', 'critical')), true);
same(
  'by refusal',
  /^Get "http:\/\/HOST\/health": dial tcp .*: connect: connection refused$/.test(
    await (async () => {
      for (let i = 0; i < 50; i++) {
        const { Output } = await check('service:live:1');
        if (/refused/.test(Output)) return Output.replaceAll(`${host}:${port}`, 'HOST');
        await sleep(50);
      }
    })(),
  ),
  true,
);

// Maintenance.
await consul.agent.service.maintenance({ id: 'plain', enable: true, reason: 'a new disk' });
same('maintenance', pick(await check('_service_maintenance:plain'), 'Name', 'Status', 'Notes'), {
  Name: 'Service Maintenance Mode',
  Status: 'critical',
  Notes: 'a new disk',
});
await consul.agent.service.maintenance({ id: 'plain', enable: false });
same('maintenance ends', await check('_service_maintenance:plain'), undefined);
await consul.agent.maintenance({ enable: true });
same('of the node', pick(await check('_node_maintenance'), 'Name', 'Notes'), {
  Name: 'Node Maintenance Mode',
  Notes: 'Maintenance mode is enabled for this node, but no reason was provided. This is a default message.',
});
await consul.agent.maintenance(false);
same('of the node, ends', await check('_node_maintenance'), undefined);

for (const id of ['plain', 'web-1', 'live']) await consul.agent.service.deregister(id);
await consul.agent.check.deregister('disk');
same('all gone', [Object.keys(await consul.agent.services()), Object.keys(await consul.agent.checks())], [[], []]);
