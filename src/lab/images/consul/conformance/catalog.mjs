// packages: consul
// Catalog, health and watches through the client: 27 calls, each held against Consul's API documentation.
import { EventEmitter } from 'node:events';
import Consul from 'consul';

const consul = new Consul({ host: process.env.HOST, port: Number(process.env.PORT) });
const same = (what, actual, documented) => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(documented)];
  log('catalog', what, a === b ? 'ok' : `is ${a}, documented is ${b}`);
};
const refused = async (what, call, status, text) => {
  try {
    await call();
    same(what, 'no error', status);
  } catch (error) {
    same(what, [error.statusCode, String(error.response?.body ?? '')], [status, text]);
  }
};

// https://developer.hashicorp.com/consul/api-docs/catalog
same('datacenters', await consul.catalog.datacenters(), ['dc1']);
same(
  'register on another node',
  await consul.catalog.register({
    node: 'far',
    address: '10.9.9.9',
    nodemeta: { rack: 'r1' },
    service: { service: 'db', id: 'db-1', tags: ['primary'], address: '10.9.9.10', port: 5432, meta: { v: '1' } },
    checks: [{ name: 'db alive', checkid: 'db-alive', serviceid: 'db-1', status: 'passing', notes: 'n' }],
  }),
  undefined,
);
same(
  'and a second',
  await consul.catalog.register({ node: 'far2', address: '10.9.9.11', service: { service: 'db', port: 5433 } }),
  undefined,
);
const nodes = await consul.catalog.node.list();
same(
  'nodes',
  nodes.map(({ Node, Address }) => [Node, Address]).filter(([name]) => name.startsWith('far')),
  [
    ['far', '10.9.9.9'],
    ['far2', '10.9.9.11'],
  ],
);
same('services', await consul.catalog.service.list(), { consul: [], db: ['primary'] });
const db = await consul.catalog.service.nodes('db');
same(
  'instances',
  db.map((row) => [row.Node, row.ServiceID, row.ServicePort, row.ServiceTags, row.ServiceMeta]),
  [
    ['far', 'db-1', 5432, ['primary'], { v: '1' }],
    ['far2', 'db', 5433, [], {}],
  ],
);
same(
  'by tag',
  (await consul.catalog.service.nodes({ service: 'db', tag: 'primary' })).map((row) => row.ServiceID),
  ['db-1'],
);
same('names in any case', (await consul.catalog.service.nodes('DB')).length, 2);
const far = await consul.catalog.node.services('far');
same('a node', [far.Node.Meta, Object.keys(far.Services)], [{ rack: 'r1' }, ['db-1']]);
// This client makes undefined of the server's null.
same('no such node', (await consul.catalog.node.services('nowhere')) ?? null, null);
await refused('another datacenter', () => consul.catalog.node.list({ dc: 'dc9' }), 500, 'No path to datacenter');

// .../health
const health = await consul.health.service('db');
same(
  'health',
  health.map(({ Service, Checks }) => [Service.ID, Checks.map(({ CheckID, Status }) => [CheckID, Status])]),
  [
    ['db-1', [['db-alive', 'passing']]],
    ['db', []],
  ],
);
same('without checks is passing', (await consul.health.service({ service: 'db', passing: true })).length, 2);
same(
  'by node',
  (await consul.health.node('far')).map(({ Name, ServiceName, ServiceTags }) => [Name, ServiceName, ServiceTags]),
  [['db alive', 'db', ['primary']]],
);
same(
  'checks of a service',
  (await consul.health.checks('db')).map(({ CheckID }) => CheckID),
  ['db-alive'],
);
same('by state', (await consul.health.state('passing')).map(({ CheckID }) => CheckID).sort(), [
  'db-alive',
  'serfHealth',
]);
same('any state', (await consul.health.state('any')).length, 2);
same('no such service', await consul.health.service('nobody'), []);

// A watch: blocking queries, one after the other.
const watch = consul.watch({ method: consul.health.service, options: { service: 'db', passing: true, wait: '10s' } });
const next = () =>
  new Promise((resolve) => watch.once('change', (all) => resolve(all.map(({ Service }) => Service.ID))));
const first = next();
same('a watch begins with what is', await first, ['db-1', 'db']);
const second = next();
await consul.catalog.register({
  node: 'far',
  address: '10.9.9.9',
  nodemeta: { rack: 'r1' },
  skipnodeupdate: true,
  check: { node: 'far', name: 'db alive', checkid: 'db-alive', serviceid: 'db-1', status: 'critical' },
});
same('is told of a check that fails', await second, ['db']);
const third = next();
await consul.catalog.deregister({ node: 'far2' });
same('and of a node that goes', await third, []);
watch.end();

// Blocking by hand: the index grows, and a wait without a change gives it back.
const context = Object.assign(new EventEmitter(), { includeResponse: true });
const [before] = await consul.catalog.node.list({ ctx: context });
const index = before.headers['x-consul-index'];
same('an index', Number(index) > 0, true);
const startMs = Date.now();
const [after] = await consul.catalog.node.list({ index, wait: '1s', ctx: context });
const tookMs = Date.now() - startMs;
same(
  'a wait of 1 s',
  [tookMs >= 1000 - 5, tookMs < 1600, after.headers['x-consul-index'] === index],
  [true, true, true],
);
same(
  'leader and contact',
  [after.headers['x-consul-knownleader'], after.headers['x-consul-lastcontact']],
  ['true', '0'],
);
same(
  'stale and consistent',
  [
    (await consul.catalog.node.list({ stale: true })).length > 0,
    (await consul.catalog.node.list({ consistent: true })).length > 0,
  ],
  [true, true],
);

same('status', [/:8300$/.test(await consul.status.leader()), (await consul.status.peers()).length], [true, 1]);
await consul.catalog.deregister({ node: 'far' });
same('all gone', (await consul.catalog.node.list()).length, 1);
