/** Server images as containers: what happens to any process of the lab happens to them. */
import { expect, test } from 'vitest';
import { bundlePrograms } from '../../catalog/bundle.ts';
import { TestLab } from '../test-lab.ts';
import type { ToolResult } from './server.ts';

async function boot(compose: string, files: Record<string, string> = {}): Promise<TestLab> {
  const programs = await bundlePrograms({}, process.cwd(), ['redis', 'postgres', 'rabbitmq']);
  const lab = new TestLab({ ...files, 'compose.yaml': compose }, 1, programs);
  lab.run(15_000);
  expect(lab.problems).toEqual([]);
  return lab;
}

function tool(lab: TestLab, endpoint: string, ...argv: string[]): ToolResult | null {
  let result: ToolResult | null | undefined;
  lab.lab.system.machine.tool(endpoint, argv, (done) => {
    result = done;
  });
  lab.run(1000);
  if (result === undefined) throw new Error('no answer');
  return result;
}

const health = (lab: TestLab, endpoint: string) =>
  lab.events
    .filter((event) => event.kind === 'process' && event.endpoint === endpoint)
    .map((event) => 'state' in event && event.state);

test('redis: data on a volume survives a kill as its persistence promises, and a health check notices a pause', async () => {
  const lab = await boot(`services:
  cache:
    image: redis:7
    command: redis-server --appendonly yes
    restart: always
    volumes: [data:/data]
    healthcheck: { test: ["CMD", "redis-cli", "ping"], interval: 1s, timeout: 500ms, retries: 2 }
volumes: { data: {} }
`);
  expect(health(lab, 'cache-1')).toContain('healthy');
  expect(tool(lab, 'cache-1', 'redis-cli', 'SET', 'a', '1')).toMatchObject({ exitCode: 0, stdout: 'OK\n' });
  lab.lab.inject({ kind: 'kill', service: 'cache' });
  lab.run(5000);
  expect(tool(lab, 'cache-1', 'redis-cli', 'GET', 'a')).toMatchObject({ value: '1' });
  const pause = lab.lab.inject({ kind: 'pause', service: 'cache' });
  lab.run(5000);
  const probes = lab.events.filter((event) => event.kind === 'probe');
  expect(probes.at(-1)).toMatchObject({ passed: false, text: 'no answer within 500 ms' });
  lab.lab.heal(pause);
  lab.run(3000);
  expect(health(lab, 'cache-1').at(-1)).toBe('healthy');
});

test('postgres: runs the scripts of its first start once, and keeps what was committed', async () => {
  const lab = await boot(
    `services:
  db:
    image: postgres:17
    environment: { POSTGRES_PASSWORD: secret }
    restart: always
    volumes: ["./init.sql:/docker-entrypoint-initdb.d/init.sql:ro"]
    healthcheck: { test: ["CMD", "pg_isready", "-U", "postgres"], interval: 1s, retries: 30 }
`,
    { 'init.sql': 'CREATE TABLE items (id int PRIMARY KEY, left_over int); INSERT INTO items VALUES (1, 10);' },
  );
  const psql = (text: string) => tool(lab, 'db-1', 'psql', '-U', 'postgres', '-c', text);
  expect(psql('UPDATE items SET left_over = 9')).toMatchObject({ stdout: 'UPDATE 1\n' });
  lab.lab.inject({ kind: 'kill', service: 'db' });
  lab.run(10_000);
  expect(psql('SELECT * FROM items')?.value).toEqual([{ id: 1, left_over: 9 }]);
});

test('rabbitmq: shows its queues, and its figures are in the trace', async () => {
  const lab = await boot(`services:
  rabbit:
    image: rabbitmq:4-management
    healthcheck: { test: ["CMD", "rabbitmq-diagnostics", "-q", "ping"], interval: 1s, retries: 30 }
`);
  expect(health(lab, 'rabbit-1')).toContain('healthy');
  expect(tool(lab, 'rabbit-1', 'rabbitmqctl', 'list_queues')?.value).toEqual([]);
  const samples = lab.events.filter((event) => event.kind === 'sample');
  expect(samples.at(-1)).toMatchObject({ figures: { connections: 0 } });
});

test('the memory limit counts what a server holds', async () => {
  const lab = await boot(`services:
  cache:
    image: redis:7
    deploy: { resources: { limits: { memory: 12M } } }
`);
  tool(lab, 'cache-1', 'redis-cli', 'SETRANGE', 'big', '8000000', 'x');
  lab.run(1000);
  expect(lab.exits('cache-1').at(-1)).toMatchObject({ reason: expect.stringMatching(/^OOM-killed: .*limit 12 MiB/) });
});
