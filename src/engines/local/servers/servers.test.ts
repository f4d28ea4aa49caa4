/** Redis and PostgreSQL of this machine, and the lab's own in their place: the same project, commands and data. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TraceEvent } from '../../engine.ts';
import { LocalEngine } from '../local-engine.ts';
import type { LocalSession } from '../local-session.ts';
import { isInstalled } from './find.ts';
import type { ServerChoice } from './index.ts';

const files = {
  'compose.yaml': `name: stores
services:
  cache:
    image: redis:7
    restart: always
    healthcheck: &probe
      test: ["CMD", "redis-cli", "ping"]
      interval: 1s
      start_period: 20s
      start_interval: 100ms
  db:
    image: postgres:17
    restart: always
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: secret, POSTGRES_DB: shop }
    volumes:
      - ./init.sql:/docker-entrypoint-initdb.d/init.sql:ro
    healthcheck:
      <<: *probe
      test: ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "shop"]
  app:
    build: ./app
    depends_on:
      cache: { condition: service_healthy }
      db: { condition: service_healthy }
    healthcheck:
      <<: *probe
      test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/"]
`,
  'init.sql':
    "CREATE TABLE items (id int PRIMARY KEY, name text);\nINSERT INTO items VALUES (1, 'mug'), (2, 'tent');\n",
  'app/Dockerfile': 'FROM node:24-alpine\nWORKDIR /app\nCOPY src ./src\nCMD ["node", "src/main.ts"]\n',
  // The packages themselves, unmodified, over the proxies.
  'app/src/main.ts': `import { createServer } from 'node:http';
import Redis from 'ioredis';
import pg from 'pg';
const redis = new Redis('redis://cache:6379');
const pool = new pg.Pool({ host: 'db', user: 'shop', password: 'secret', database: 'shop', connectionTimeoutMillis: 1000 });
redis.on('error', () => {});
pool.on('error', () => {});
createServer(async (_request, response) => {
  try {
    const { rows } = await pool.query('SELECT name FROM items ORDER BY id');
    response.end(rows.map((row) => row.name).join() + ' ' + (await redis.incr('asked')));
  } catch (error) {
    response.writeHead(503).end(String(error));
  }
}).listen(8080);
`,
};

const CHOICES: readonly ServerChoice[] = isInstalled('redis') && isInstalled('postgres') ? ['real', 'lab'] : ['lab'];

describe.each(CHOICES)('%s', (servers) => {
  const notices: string[] = [];
  const events: TraceEvent[] = [];
  let session: LocalSession;
  let look = () => {};

  const healthy = (endpoint: string, from = 0) =>
    new Promise<void>((resolve) => {
      look = () => {
        const found = events
          .slice(from)
          .some((event) => event.kind === 'process' && event.endpoint === endpoint && event.state === 'healthy');
        if (found) resolve();
      };
      look();
    });

  beforeAll(async () => {
    const engine = new LocalEngine({ servers, onNotice: (text) => notices.push(text) });
    const result = await engine.boot({ id: 'stores', files, packagesUrl: '' }, { seed: 1 });
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    session = result.session as LocalSession;
    session.subscribe((update) => {
      if (update.kind !== 'trace') return;
      events.push(...update.events);
      look();
    });
    await healthy('app-1');
  }, 60_000);

  afterAll(async () => {
    session.stop();
    await session.closed;
  }, 30_000);

  const ask = () => session.request({ method: 'GET', url: 'http://app:8080/', timeoutMs: 5000 });

  test('it says which server runs', () => {
    for (const [endpoint, name] of [
      ['cache-1', 'redis'],
      ['db-1', 'postgres'],
    ])
      expect(notices).toContain(
        servers === 'real' ? `${endpoint}: ${name} of this machine` : `${endpoint}: the lab's own ${name}`,
      );
  });

  test('a service reaches both, and commands see what it did', async () => {
    const reply = await ask();
    expect(reply).toMatchObject({ status: 200, body: expect.stringMatching(/^mug,tent \d+$/) });
    const { status, stdout } = await session.exec('cache', ['redis-cli', 'GET', 'asked']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${reply.body.split(' ')[1]}\n` });
    expect(
      await session.exec('db', ['psql', '-U', 'shop', '-d', 'shop', '-c', 'SELECT count(*)::int AS n FROM items']),
    ).toMatchObject({
      status: 0,
      value: [{ n: 2 }],
    });
    expect((await session.exec('cache', ['ls'])).status).toBe(127);
  });

  test('a database that is killed comes back with its data', { timeout: 60_000 }, async () => {
    await session.exec('db', ['psql', '-U', 'shop', '-d', 'shop', '-c', "INSERT INTO items VALUES (3, 'rope')"]);
    const from = events.length;
    await session.inject({ kind: 'kill', service: 'db' });
    await healthy('db-1', from);
    expect((await ask()).body).toMatch(/^mug,tent,rope /);
  });

  test('a partition to the cache ends with its repair', async () => {
    const fault = await session.inject({ kind: 'partition', from: 'app', to: 'cache' });
    expect(await session.request({ method: 'GET', url: 'http://app:8080/', timeoutMs: 600 })).toMatchObject({
      status: 0,
      error: 'TIMEOUT',
    });
    await session.heal(fault);
    expect(await ask()).toMatchObject({ status: 200 });
  });

  test('what a real server cannot have is refused with a sentence', async () => {
    await expect(session.inject({ kind: 'disk-full', service: 'db' })).rejects.toThrow(
      /^The local engine cannot fill the disk/,
    );
    await expect(session.inject({ kind: 'clock-skew', service: 'db', offsetMs: 1000 })).rejects.toThrow(
      /to Node programs only/,
    );
  });
});
