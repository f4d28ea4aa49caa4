/** Services, checks and who is told of them; the numbers are those of Consul's documentation and source. */
import { expect, test } from 'vitest';
import type { ServerMachine, ServerProgram } from '../server.ts';
import { TestMachine } from '../test-machine.ts';
import { TestConsul } from './test-client.ts';

/** A service that answers every request with what `answer` says; null keeps it waiting. */
function web(answer: () => string | null): ServerProgram {
  return {
    start(machine: ServerMachine) {
      machine.listen(80, (socket) => {
        socket.onData = (bytes) => {
          requests.push(new TextDecoder().decode(bytes));
          const text = answer();
          if (text === null) return;
          socket.write(new TextEncoder().encode(text));
          socket.end();
        };
      });
      return { signal: () => {}, tool: () => {}, figures: () => ({}), memoryBytes: 0 };
    },
  };
}

const requests: string[] = [];
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const failing = 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops';

function withWeb(answer: () => string | null) {
  const hosts = new Map<string, TestMachine>();
  const machine = new TestMachine({ hostname: 'web', hosts });
  machine.start(web(answer));
  requests.length = 0;
  return TestConsul.up({ hosts, hostname: 'consul' });
}

const statusOf = (consul: TestConsul, id: string) => consul.get('/v1/agent/checks').json[id]?.Status;

test('a service with a TTL check passes while it says so, and is critical when its time is up', () => {
  const consul = TestConsul.up();
  const service = { Name: 'web', ID: 'web-1', Port: 8080, Address: '10.0.0.7', Tags: ['v1'], Check: { TTL: '10s' } };
  expect(consul.put('/v1/agent/service/register', service)).toMatchObject({ status: 200, text: '' });
  expect(consul.passing('web')).toEqual([]);
  expect(statusOf(consul, 'service:web-1')).toBe('critical');
  consul.put('/v1/agent/check/pass/service:web-1?note=fine');
  expect(consul.passing('web')).toEqual(['web-1']);
  expect(consul.get('/v1/health/checks/web').json[0]).toMatchObject({ Status: 'passing', Output: 'fine', Type: 'ttl' });
  consul.machine.advance(9_999);
  expect(consul.passing('web')).toEqual(['web-1']);
  consul.machine.advance(1);
  expect(consul.passing('web')).toEqual([]);
  expect(consul.get('/v1/health/checks/web').json[0].Output).toBe(
    'TTL expired (last output before timeout follows): fine',
  );
  consul.put('/v1/agent/check/update/service:web-1', { Status: 'warning', Output: 'slow' });
  expect(consul.get('/v1/health/state/warning').json).toHaveLength(1);
  expect(consul.passing('web')).toEqual([]);
});

test('an HTTP check begins within its interval, asks as Go does, and its status follows the answers', () => {
  let answer: string | null = ok;
  const consul = withWeb(() => answer);
  const Check = {
    HTTP: 'http://web:80/health?deep=1',
    Interval: '10s',
    Timeout: '2s',
    Method: 'HEAD',
    Header: { 'X-Probe': ['yes'] },
  };
  consul.put('/v1/agent/service/register', { Name: 'web', Check: { ...Check, Method: 'GET' } });
  consul.machine.advance(10_000);
  expect(consul.passing('web')).toEqual(['web']);
  expect(requests[0]!.split('\r\n').slice(0, 5)).toEqual([
    'GET /health?deep=1 HTTP/1.1',
    'Host: web:80',
    'User-Agent: Consul Health Check',
    'Accept: text/plain, text/*, */*',
    'X-Probe: yes',
  ]);
  const output = () => consul.get('/v1/agent/checks').json['service:web'].Output;
  expect(output()).toBe('HTTP GET http://web:80/health?deep=1: 200 OK Output: ok');
  answer = failing;
  consul.machine.advance(10_000);
  expect(consul.passing('web')).toEqual([]);
  expect(output()).toBe('HTTP GET http://web:80/health?deep=1: 500 Internal Server Error Output: oops');
  answer = 'HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n';
  consul.machine.advance(10_000);
  expect(statusOf(consul, 'service:web')).toBe('warning');
  answer = null;
  // It waits for its 2 s, and the next interval begins after that.
  consul.machine.advance(12_000);
  expect(statusOf(consul, 'service:web')).toBe('critical');
  expect(output()).toBe(
    'Get "http://web:80/health?deep=1": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  );
  const before = requests.length;
  consul.machine.advance(60_000);
  expect(requests.length - before, 'a minute of 10 s and 2 s each').toBe(5);
});

test('a check that nobody answers says what Go would', () => {
  const consul = withWeb(() => ok);
  for (const [name, HTTP] of [
    ['refused', 'http://web:81/'],
    ['nobody', 'http://nobody/'],
  ]) {
    consul.put('/v1/agent/check/register', { Name: name, HTTP, Interval: '1s' });
  }
  consul.put('/v1/agent/check/register', { Name: 'tcp', TCP: 'web:80', Interval: '1s' });
  consul.put('/v1/agent/check/register', { Name: 'tcp-refused', TCP: 'web:81', Interval: '1s' });
  consul.machine.advance(1_500);
  const checks = consul.get('/v1/agent/checks').json;
  expect(checks.refused).toMatchObject({
    Status: 'critical',
    Output: 'Get "http://web:81/": dial tcp web:81: connect: connection refused',
  });
  expect(checks.nobody.Output).toBe('Get "http://nobody/": dial tcp: lookup nobody on 127.0.0.11:53: no such host');
  expect(checks.tcp).toMatchObject({ Status: 'passing', Output: 'TCP connect web:80: Success', Type: 'tcp' });
  expect(checks['tcp-refused'].Status).toBe('critical');
});

test('redirects are followed, unless the check says not to', () => {
  const consul = withWeb(() =>
    requests.at(-1)!.startsWith('GET /old')
      ? 'HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n'
      : 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
  );
  consul.put('/v1/agent/check/register', { Name: 'follows', HTTP: 'http://web/old', Interval: '1s' });
  consul.put('/v1/agent/check/register', {
    Name: 'stays',
    HTTP: 'http://web/old',
    Interval: '1s',
    DisableRedirects: true,
  });
  consul.machine.advance(1_500);
  const checks = consul.get('/v1/agent/checks').json;
  expect(checks.follows).toMatchObject({ Status: 'passing', Output: 'HTTP GET http://web/old: 200 OK Output: hi' });
  expect(checks.stays).toMatchObject({ Status: 'critical', Output: 'HTTP GET http://web/old: 302 Found Output: ' });
});

test('thresholds: 2 successes to pass, 2 failures to warn, 3 to be critical; the first result counts at once', () => {
  let isUp = true;
  const consul = withWeb(() => (isUp ? ok : failing));
  const thresholds = { SuccessBeforePassing: 2, FailuresBeforeWarning: 2, FailuresBeforeCritical: 3 };
  consul.put('/v1/agent/check/register', { Name: 'c', HTTP: 'http://web/', Interval: '10s', ...thresholds });
  consul.machine.advance(10_000);
  const seen = [statusOf(consul, 'c')];
  for (const next of [false, false, false, true, true]) {
    isUp = next;
    consul.machine.advance(10_000);
    seen.push(statusOf(consul, 'c'));
  }
  expect(seen).toEqual(['passing', 'passing', 'warning', 'critical', 'critical', 'passing']);
});

test('a service that is critical for longer than a minute, the least, is reaped within the next 30 s', () => {
  const consul = TestConsul.up();
  const Check = { TTL: '10s', DeregisterCriticalServiceAfter: '5s', Status: 'passing' };
  consul.put('/v1/agent/service/register', { Name: 'web', Check });
  // Critical after 10 s; 60 s later at the earliest.
  consul.machine.advance(69_000);
  expect(consul.get('/v1/catalog/service/web').json).toHaveLength(1);
  consul.machine.advance(31_000);
  expect(consul.get('/v1/catalog/service/web').json).toEqual([]);
  expect(consul.get('/v1/agent/services').json).toEqual({});
});

test('who registers again keeps the health that is known; a check that is no more listed stays, unless it is replaced', () => {
  const consul = TestConsul.up();
  const first = { Name: 'web', Checks: [{ TTL: '1m' }, { TTL: '1m' }] };
  consul.put('/v1/agent/service/register', first);
  for (const i of [1, 2]) consul.put(`/v1/agent/check/pass/service:web:${i}`);
  consul.put('/v1/agent/service/register', first);
  expect(consul.passing('web')).toEqual(['web']);
  consul.put('/v1/agent/service/register', { Name: 'web', Check: { TTL: '1m', CheckID: 'service:web:1' } });
  expect(Object.keys(consul.get('/v1/agent/checks').json)).toEqual(['service:web:1', 'service:web:2']);
  consul.put('/v1/agent/service/register?replace-existing-checks', {
    Name: 'web',
    Check: { TTL: '1m', CheckID: 'service:web:1' },
  });
  expect(Object.keys(consul.get('/v1/agent/checks').json)).toEqual(['service:web:1']);
});

test('maintenance takes a service, or all of the node, out of the passing ones, and gives it back', () => {
  const consul = TestConsul.up();
  consul.put('/v1/agent/service/register', { Name: 'web' });
  expect(consul.passing('web')).toEqual(['web']);
  consul.put('/v1/agent/service/maintenance/web?enable=true&reason=update');
  expect(consul.get('/v1/agent/checks').json['_service_maintenance:web']).toMatchObject({
    Name: 'Service Maintenance Mode',
    Notes: 'update',
    Status: 'critical',
  });
  expect(consul.passing('web')).toEqual([]);
  expect(consul.get('/v1/agent/health/service/name/web')).toMatchObject({ status: 503 });
  consul.put('/v1/agent/service/maintenance/web?enable=false');
  expect(consul.passing('web')).toEqual(['web']);
  expect(consul.ask('GET', '/v1/agent/health/service/id/web?format=text')).toMatchObject({
    status: 200,
    text: 'passing',
  });
  consul.put('/v1/agent/maintenance?enable=true');
  expect(consul.passing('web')).toEqual([]);
  consul.put('/v1/agent/maintenance?enable=false');
  expect(consul.passing('web')).toEqual(['web']);
});

test('what registers in the catalog only, on another node, stays; on this node anti-entropy removes it within some 64 s', () => {
  const consul = TestConsul.up();
  const Service = { Service: 'db', Port: 5432 };
  expect(consul.put('/v1/catalog/register', { Node: 'far', Address: '10.1.1.1', Service }).json).toBe(true);
  const { Node, Address } = consul
    .get('/v1/catalog/nodes')
    .json.find((node: { Node: string }) => node.Node === 'server');
  consul.put('/v1/catalog/register', { Node, Address, Service });
  const nodes = () => consul.get('/v1/catalog/service/db').json.map((row: { Node: string }) => row.Node);
  expect(nodes()).toEqual(['far', 'server']);
  consul.machine.advance(64_000);
  expect(nodes()).toEqual(['far']);
  consul.put('/v1/catalog/deregister', { Node: 'far' });
  expect(consul.get('/v1/catalog/nodes').json).toHaveLength(1);
  expect(nodes()).toEqual([]);
});

test('an output that changes without the status reaches the catalog between 2.5 and 7.5 minutes later', () => {
  const consul = TestConsul.up();
  consul.put('/v1/agent/check/register', { Name: 'c', TTL: '1h', Status: 'passing' });
  consul.put('/v1/agent/check/pass/c?note=one');
  expect(consul.get('/v1/agent/checks').json.c.Output).toBe('one');
  const output = () =>
    consul.get('/v1/health/node/server').json.find((check: { CheckID: string }) => check.CheckID === 'c').Output;
  consul.machine.advance(149_000);
  expect(output()).toBe('');
  consul.machine.advance(301_000);
  expect(output()).toBe('one');
});

test('tags, node metadata and filters choose', () => {
  const consul = TestConsul.up({ argv: ['consul', 'agent', '-dev', '-client=0.0.0.0', '-node-meta=rack:r1'] });
  for (const [ID, Tags, zone] of [
    ['a', ['blue', 'new'], 'x'],
    ['b', ['blue'], 'y'],
    ['c', [], 'x'],
  ] as const)
    consul.put('/v1/agent/service/register', { Name: 'web', ID, Tags, Meta: { zone }, Port: 80 });
  const ids = (query: string) =>
    consul.get(`/v1/health/service/web?${query}`).json.map((each: { Service: { ID: string } }) => each.Service.ID);
  const filter = (expression: string) => ids(`filter=${encodeURIComponent(expression)}`);
  expect(ids('tag=blue')).toEqual(['a', 'b']);
  expect(ids('tag=blue&tag=NEW')).toEqual(['a']);
  expect(ids('node-meta=rack:r1')).toEqual(['a', 'b', 'c']);
  expect(ids('node-meta=rack:r2')).toEqual([]);
  expect(filter('Service.Meta.zone == "x"')).toEqual(['a', 'c']);
  expect(filter('Service.Meta["zone"] == x and "blue" in Service.Tags')).toEqual(['a']);
  expect(filter('not ("new" in Service.Tags or Service.ID matches "^c")')).toEqual(['b']);
  expect(filter('Service.Tags is empty')).toEqual(['c']);
  expect(filter('"blue" not in Service.Tags')).toEqual(['c']);
  expect(filter('Checks.Status != passing')).toEqual([]);
  expect(consul.get(`/v1/health/service/web?filter=${encodeURIComponent('Service.ID ==')}`).status).toBe(400);
  expect(consul.get('/v1/catalog/services').json).toEqual({ consul: [], web: ['blue', 'new'] });
});

test('refusals have Consul’s status and words', () => {
  const consul = TestConsul.up();
  const said = (method: string, path: string, body?: unknown) => {
    const { status, text } = consul.ask(method, path, body);
    return `${status} ${text}`;
  };
  expect([
    said('PUT', '/v1/agent/service/register', ''),
    said('PUT', '/v1/agent/service/register', '{"Name":'),
    said('PUT', '/v1/agent/service/register', '{x'),
    said('PUT', '/v1/agent/service/register', { Name: 'a', Port: '80' }),
    said('PUT', '/v1/agent/service/register', {}),
    said('PUT', '/v1/agent/service/register', { Name: 'a', Address: '0.0.0.0' }),
    said('PUT', '/v1/agent/service/register', { Name: 'a', Check: { HTTP: 'http://a' } }),
    said('PUT', '/v1/agent/service/register', { Name: 'a', Check: { Interval: '10s' } }),
    said('PUT', '/v1/agent/service/register', { Name: 'a', Check: { TTL: 'soon' } }),
    said('PUT', '/v1/agent/service/register', { Name: 'a', Check: { TTL: '1s', Status: 'ill' } }),
    said('PUT', '/v1/agent/service/deregister/a'),
    said('PUT', '/v1/agent/check/pass/a'),
    said('PUT', '/v1/agent/check/register', { Name: 'c', ServiceID: 'a', TTL: '1s' }),
    said('PUT', '/v1/agent/service/maintenance/a'),
    said('GET', '/v1/agent/service/a'),
    said('POST', '/v1/agent/services'),
    said('GET', '/v1/health/service/'),
    said('GET', '/v1/health/service/a?passing=perhaps'),
    said('GET', '/v1/catalog/nodes?dc=dc2'),
    said('GET', '/v1/catalog/nodes?index=x'),
    said('GET', '/v1/catalog/nodes?wait=x&index=1'),
    said('GET', '/v1/catalog/nodes?stale&consistent'),
    said('PUT', '/v1/catalog/register', { Address: 'a' }),
    said('GET', '/v1/acl/tokens'),
    said('GET', '/v1/something'),
    said('GET', '/something'),
  ]).toMatchInlineSnapshot(`
    [
      "400 Request decode failed: EOF",
      "400 Request decode failed: unexpected EOF",
      "400 Request decode failed: invalid character 'x' looking for beginning of object key string",
      "400 Request decode failed: json: cannot unmarshal string into Go struct field ServiceDefinition.Port of type int",
      "400 Missing service name",
      "400 Invalid service address",
      "400 Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks",
      "400 Invalid check: TTL must be > 0 for TTL checks",
      "400 Request decode failed: time: invalid duration "soon"",
      "400 Status for checks must 'passing', 'warning', 'critical'",
      "404 Unknown service ID "a". Ensure that the service ID is passed, not the service name.",
      "404 Unknown check ID "a". Ensure that the check ID is passed, not the check name.",
      "404 ServiceID "a" does not exist",
      "400 Missing value for enable",
      "404 unknown service ID: a",
      "405 method POST not allowed",
      "400 Missing service name",
      "400 Invalid value for ?passing",
      "500 No path to datacenter",
      "400 Invalid index",
      "400 Invalid wait time",
      "400 Cannot specify ?stale with ?consistent, conflicting semantics.",
      "500 Must provide node",
      "401 ACL support disabled",
      "404 Invalid URL path: not a recognized HTTP API endpoint
    ",
      "404 Invalid URL path: if attempting to use the HTTP API, ensure the path starts with '/v1/'
    ",
    ]
  `);
});

test('the agent’s command shows members, services and keys', () => {
  const consul = TestConsul.up({ hostname: 'consul' });
  consul.put('/v1/agent/service/register', { Name: 'web', Tags: ['a'] });
  const run = (...argv: string[]) => {
    let text = '';
    consul.machine.server!.tool(['consul', ...argv], ({ stdout, stderr, exitCode }) => {
      text = `${exitCode} ${stdout}${stderr}`;
    });
    return text;
  };
  expect(run('members')).toBe(
    '0 Node    Address         Status  Type    Build   Protocol  DC   Partition  Segment\n' +
      'consul  127.0.0.1:8301  alive   server  1.21.4  2         dc1  default    <all>\n',
  );
  expect(run('catalog', 'services')).toBe('0 consul\nweb\n');
  expect(run('kv', 'put', 'a/b', 'c')).toBe('0 Success! Data written to: a/b\n');
  expect(run('kv', 'get', 'a/b')).toBe('0 c\n');
  expect(run('kv', 'get', '-recurse')).toBe('0 a/b:c\n');
  expect(run('kv', 'delete', 'a/b')).toBe('0 Success! Deleted key: a/b\n');
  expect(run('kv', 'get', 'a/b')).toBe('1 Error! No key exists at: a/b\n');
  expect(run('services', 'deregister', '-id=web')).toBe('0 Deregistered service: web\n');
  expect(run('nonsense')).toMatch(/^127 Usage/);
});

test('more than 200 connections of one host are told so, and others still served', () => {
  const consul = TestConsul.up();
  const clients = Array.from({ length: 201 }, () => consul.machine.client(8500));
  expect(clients[200]!.text()).toMatch(/^HTTP\/1\.1 429 .*Your IP is issuing too many concurrent connections/s);
  expect(clients[200]!.closed).toBe('ended');
  const other = consul.machine.client(8500, '10.0.0.10');
  other.send('GET /v1/status/leader HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(other.text()).toContain('127.0.0.1:8300');
});

test('who looks on sees instances with their worst check and keys with their holder, and changes nothing', () => {
  const consul = TestConsul.up();
  const service = { Name: 'web', ID: 'web-1', Port: 8080, Address: '10.0.0.7', Tags: ['v1'], Check: { TTL: '10s' } };
  consul.put('/v1/agent/service/register', service);
  consul.put('/v1/kv/config/a', 'one');
  consul.put('/v1/kv/other', 'two');
  const look = (...words: string[]) => {
    let found: any;
    consul.machine.server!.tool(['lab-catalog', ...words], ({ value }) => {
      found = value;
    });
    return found;
  };
  const before = consul.get('/v1/kv/config/a').headers['x-consul-index'];
  const { instances, keys, total, isLeader } = look('config/');
  expect(instances.find(({ id }: { id: string }) => id === 'web-1')).toMatchObject({
    service: 'web',
    address: '10.0.0.7',
    port: 8080,
    status: 'critical',
    checks: [{ status: 'passing' }, { status: 'critical' }],
  });
  expect([keys, total, isLeader]).toEqual([[{ key: 'config/a', text: 'one', session: '' }], 1, true]);
  consul.put('/v1/agent/check/pass/service:web-1');
  expect(look().instances.find(({ id }: { id: string }) => id === 'web-1').status).toBe('passing');
  expect(look('', '1').keys).toHaveLength(1);
  expect(consul.get('/v1/kv/config/a').headers['x-consul-index']).toBe(before);
});
