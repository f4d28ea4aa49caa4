/**
 * A registry among services, in the lab: instances register with the unmodified npm client, a consumer follows them with
 * blocking queries, and an instance that dies or is cut off leaves the list when the settings of its check say so.
 */
import { beforeAll, expect, test } from 'vitest';
import { bundlePrograms } from '../../../catalog/bundle.ts';
import { projectOf, TestLab } from '../../test-lab.ts';

const INTERVAL_MS = 5_000;
const TIMEOUT_MS = 2_000;
/** Around what the network and the processes take. */
const SLACK_MS = 150;

const INSTANCE = `import http from 'node:http';
import Consul from 'consul';
const consul = new Consul({ host: 'consul' });
http.createServer((request, response) => response.end('ok')).listen(8080, async () => {
  const id = process.env.NAME;
  await consul.agent.service.register({
    name: 'web', id, address: id, port: 8080,
    check: { http: 'http://' + id + ':8080/health', interval: '5s', timeout: '2s', deregistercriticalserviceafter: '1m' },
  });
  console.log('registered', id);
});
`;

const CONSUMER = `import Consul from 'consul';
const consul = new Consul({ host: 'consul' });
const watch = consul.watch({ method: consul.health.service, options: { service: 'web', passing: true, wait: '60s' } });
watch.on('change', (all) => console.log('passing', all.map(({ Service }) => Service.ID).sort().join() || 'none'));
watch.on('error', (error) => console.log('error', error.message));
`;

let programs: Awaited<ReturnType<typeof bundlePrograms>>;
beforeAll(async () => {
  programs = await bundlePrograms({ consul: '2.0.1' }, process.cwd(), ['consul']);
}, 60_000);

function boot(registry = '    image: hashicorp/consul:1.21\n'): TestLab {
  const after = '    depends_on: { consul: { condition: service_healthy } }\n';
  const files = projectOf({
    a: { main: INSTANCE, compose: `    environment: { NAME: a }\n${after}` },
    b: { main: INSTANCE, compose: `    environment: { NAME: b }\n${after}` },
    consumer: { main: CONSUMER, compose: after },
  });
  for (const name of ['a', 'b', 'consumer'])
    files[`${name}/package.json`] = JSON.stringify({ name, type: 'module', dependencies: { consul: '2.0.1' } });
  files['compose.yaml'] +=
    `  consul:\n${registry}    healthcheck: { test: ["CMD", "consul", "catalog", "services"], interval: 1s, retries: 30 }\n`;
  const lab = new TestLab(files, 1, programs);
  lab.run(30_000);
  expect(lab.problems).toEqual([]);
  return lab;
}

/** What the consumer has been told, with the moment in ms. */
const told = (lab: TestLab) =>
  lab.events.flatMap((event) =>
    event.kind === 'log' && event.endpoint === 'consumer-1' ? [[event.text, event.atMs] as const] : [],
  );

test('instances join the list when their first check passes; who is killed leaves it at the next check', () => {
  const lab = boot();
  expect(told(lab).at(-1)![0]).toBe('passing a,b');
  const killedMs = lab.lab.scheduler.nowUs / 1000;
  lab.lab.inject({ kind: 'kill', service: 'b' });
  lab.run(20_000);
  const [text, atMs] = told(lab).at(-1)!;
  expect(text).toBe('passing a');
  // A dead host refuses the connection at once.
  expect(atMs - killedMs).toBeGreaterThan(0);
  expect(atMs - killedMs).toBeLessThan(INTERVAL_MS + SLACK_MS);
});

test('who is cut off leaves it after the next check and its timeout, and comes back when the network does', () => {
  const lab = boot();
  const cutMs = lab.lab.scheduler.nowUs / 1000;
  const fault = lab.lab.inject({ kind: 'partition', from: 'consul', to: 'b' });
  lab.run(20_000);
  const [text, atMs] = told(lab).at(-1)!;
  expect(text).toBe('passing a');
  expect(atMs - cutMs).toBeGreaterThanOrEqual(TIMEOUT_MS);
  expect(atMs - cutMs).toBeLessThan(INTERVAL_MS + TIMEOUT_MS + SLACK_MS);
  const healedMs = lab.lab.scheduler.nowUs / 1000;
  lab.lab.heal(fault);
  lab.run(20_000);
  const [again, backMs] = told(lab).at(-1)!;
  expect(again).toBe('passing a,b');
  expect(backMs - healedMs).toBeLessThan(INTERVAL_MS + TIMEOUT_MS + SLACK_MS);
});

test('after a minute as critical it is deregistered, within the next 30 s', () => {
  const lab = boot();
  lab.lab.inject({ kind: 'kill', service: 'b' });
  const ids = () =>
    JSON.parse(lab.request('http://consul:8500/v1/catalog/service/web').body).map(
      (row: { ServiceID: string }) => row.ServiceID,
    );
  lab.run(60_000);
  expect(ids()).toEqual(['a', 'b']);
  lab.run(INTERVAL_MS + 30_000 + SLACK_MS);
  expect(ids()).toEqual(['a']);
});

test('a server with a data folder is killed: the registrations are there again, and pass after their next check', () => {
  const lab = boot(
    '    image: consul:1.15\n    command: agent -server -bootstrap-expect=1 -client=0.0.0.0\n    restart: always\n',
  );
  expect(told(lab).at(-1)![0]).toBe('passing a,b');
  expect(lab.request('http://consul:8500/v1/kv/a', { method: 'PUT', body: 'kept' }).body).toBe('true');
  lab.lab.inject({ kind: 'kill', service: 'consul' });
  lab.run(40_000);
  expect(lab.exits('consul-1')).toHaveLength(1);
  const [node] = JSON.parse(lab.request('http://consul:8500/v1/catalog/nodes').body);
  expect(node.Address, 'its own').toMatch(/^(?!127)\d+\./);
  expect(lab.request('http://consul:8500/v1/kv/a?raw').body).toBe('kept');
  expect(JSON.parse(lab.request('http://consul:8500/v1/health/service/web?passing').body)).toHaveLength(2);
  // The consumer lost its connection, asked again and waits: nothing has changed for it, until something does.
  expect(told(lab).at(-1)![0]).toBe('error read ECONNRESET');
  lab.lab.inject({ kind: 'kill', service: 'a' });
  lab.run(INTERVAL_MS + SLACK_MS);
  expect(told(lab).at(-1)![0]).toBe('passing b');
});

test('without -client the API is open for the same host only: its health check passes, others are reset', () => {
  const lab = new TestLab(
    {
      'compose.yaml': `services:
  consul:
    image: hashicorp/consul:1.21
    command: ["agent", "-server", "-bootstrap-expect=1"]
    healthcheck: { test: ["CMD", "curl", "-f", "http://127.0.0.1:8500/v1/status/leader"], interval: 1s, retries: 30 }
`,
    },
    1,
    programs,
  );
  lab.run(5_000);
  expect(lab.problems).toEqual([]);
  expect(lab.events).toContainEqual(
    expect.objectContaining({ kind: 'process', endpoint: 'consul-1', state: 'healthy' }),
  );
  expect(lab.request('http://consul:8500/v1/status/leader')).toMatchObject({ status: 0, error: 'ECONNRESET' });
  expect(lab.logs('consul-1')).toContain('start the agent with -client=0.0.0.0');
});
