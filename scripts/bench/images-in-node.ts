/**
 * The server images in the lab on Node, each in a process of its own: `node scripts/bench/images-in-node.ts redis`, one JSON
 * object on stdout. A Node service with the usual client does simple operations, 20 at a time, after a warm-up.
 */
import { bundlePrograms } from '../../src/catalog/bundle.ts';
import { useNodeScripts } from '../../src/cli/node-scripts.ts';
import { createLab } from '../../src/lab/index.ts';
import { root } from '../build.ts';

useNodeScripts();

interface Client {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly image: string;
  readonly environment?: string;
  readonly ready: string;
  /** Defines `operation(i)`. */
  readonly program: string;
}

const CLIENTS: Readonly<Record<string, Client>> = {
  redis: {
    dependencies: { ioredis: '6.0.0' },
    image: 'redis:7-alpine',
    ready: 'redis-cli ping',
    program: `import { Redis } from 'ioredis';
const redis = new Redis({ host: 'server' });
const operation = (i) => (i % 2 ? redis.get('key' + (i % 100)) : redis.set('key' + (i % 100), 'value ' + i));`,
  },
  postgres: {
    dependencies: { pg: '8.23.1' },
    image: 'postgres:17-alpine',
    environment: 'POSTGRES_PASSWORD: secret',
    ready: 'pg_isready -U postgres',
    program: `import pg from 'pg';
const pool = new pg.Pool({ host: 'server', user: 'postgres', password: 'secret', max: 20 });
await pool.query('CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL)');
await pool.query('INSERT INTO items SELECT i, 0 FROM generate_series(0, 999) AS i');
const operation = (i) => i % 2
  ? pool.query('SELECT n FROM items WHERE id = $1', [i % 1000])
  : pool.query('UPDATE items SET n = n + 1 WHERE id = $1', [i % 1000]);`,
  },
  rabbitmq: {
    dependencies: { amqplib: '2.3.1' },
    image: 'rabbitmq:4-alpine',
    ready: 'rabbitmq-diagnostics -q check_port_connectivity',
    program: `import amqp from 'amqplib';
const connection = await amqp.connect('amqp://server');
const channel = await connection.createConfirmChannel();
await channel.assertQueue('work', { durable: true });
await channel.prefetch(50);
await channel.consume('work', (message) => channel.ack(message));
const operation = () => new Promise((resolve, reject) => {
  channel.sendToQueue('work', Buffer.from('a message'), { persistent: true }, (error) => (error ? reject(error) : resolve()));
});`,
  },
  consul: {
    dependencies: { consul: '2.0.1' },
    image: 'consul:1',
    ready: 'consul catalog services',
    program: `import Consul from 'consul';
const consul = new Consul({ host: 'server' });
await consul.agent.service.register({ name: 'web', check: { ttl: '1h', status: 'passing' } });
const operation = (i) => (i % 2 ? consul.kv.set('key' + (i % 100), 'value ' + i) : consul.health.service({ service: 'web', passing: true }));`,
  },
};

const name = process.argv[2] ?? '';
const client = CLIENTS[name];
if (client === undefined) throw new Error(`There is no image "${name}"; there are ${Object.keys(CLIENTS).join(', ')}.`);

const WARM_UP = 2000;
const COUNT = 6000;
const files = {
  'compose.yaml': `services:
  server:
    image: ${client.image}
    environment: { ${client.environment ?? ''} }
    healthcheck: { test: ["CMD-SHELL", "${client.ready}"], interval: 100ms, retries: 200 }
  client:
    build: ./client
    depends_on: { server: { condition: service_healthy } }
`.replaceAll('client', 'bench'),
  'bench/Dockerfile':
    'FROM node:24-alpine\nWORKDIR /app\nCOPY package.json ./\nCOPY src ./src\nCMD ["node", "src/main.ts"]\n',
  'bench/package.json': JSON.stringify({ name: 'bench', type: 'module', dependencies: client.dependencies }),
  'bench/src/main.ts': `${client.program}
let next = 0;
const run = async (count) => {
  const end = next + count;
  await Promise.all(Array.from({ length: 20 }, async () => { while (next < end) await operation(next++); }));
};
await run(${WARM_UP});
console.log('warm');
await run(${COUNT});
console.log('done');
process.exit(0);
`,
};
const programs = await bundlePrograms(client.dependencies, root, [name]);
const startedMs = performance.now();
const created = createLab({ files, seed: 1, programs, realNowMs: () => performance.now() });
if (!created.ok) throw new Error(created.problems.map(({ message }) => message).join('\n'));
const { lab } = created;
const marks: Record<string, { readonly realMs: number; readonly virtualMs: number }> = {};
const mark = (what: string, virtualMs: number) => {
  marks[what] ??= { realMs: performance.now(), virtualMs };
};
lab.trace.subscribe((event) => {
  if (event.kind === 'process' && event.endpoint === 'server-1' && event.state === 'healthy')
    mark('healthy', event.atMs);
  if (event.kind === 'log' && event.endpoint === 'bench-1') mark(event.text, event.atMs);
});
lab.boot();
lab.scheduler.runUntil(120_000_000, () => marks.done !== undefined);
const { healthy, warm, done } = marks;
if (!healthy || !warm || !done)
  throw new Error(`${name}: only ${Object.keys(marks).join(', ') || 'nothing'} was reached.`);
console.log(
  JSON.stringify({
    startRealMs: healthy.realMs - startedMs,
    startVirtualMs: healthy.virtualMs,
    operationsPerRealSecond: COUNT / ((done.realMs - warm.realMs) / 1000),
    operationsPerVirtualSecond: COUNT / ((done.virtualMs - warm.virtualMs) / 1000),
  }),
);
