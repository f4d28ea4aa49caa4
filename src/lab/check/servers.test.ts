/** What checks see of databases, caches and brokers: their own state, and what they did. */
import { expect, test } from 'vitest';
import { bundlePrograms } from '../../catalog/bundle.ts';
import { checkHosts, runChecks } from '../index.ts';

const files = {
  'compose.yaml': `services:
  cache: { image: "redis:7", healthcheck: { test: ["CMD", "redis-cli", "ping"], interval: 1s } }
  db:
    image: postgres:17
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: secret, POSTGRES_DB: orders }
    volumes: ["./init.sql:/docker-entrypoint-initdb.d/init.sql"]
    healthcheck: { test: ["CMD", "pg_isready", "-U", "shop"], interval: 1s, retries: 20 }
`,
  'init.sql': `CREATE TABLE orders (id int PRIMARY KEY, total numeric(10, 2)); INSERT INTO orders VALUES (1, 9.50), (2, 3);`,
};

test('rows and keys are measured without asking a service; a server that is down says so', async () => {
  const checks = `import { up } from 'loadbearing';
import { expect, test } from 'vitest';
test('state', async () => {
  const system = await up();
  expect(await system.sql('db', 'SELECT id, total FROM orders ORDER BY id')).toEqual([{ id: 1, total: 9.5 }, { id: 2, total: 3 }]);
  const message = (promise) => promise.then(() => 'no error', (error) => error.message);
  expect(await message(system.sql('db', 'SELECT nothing FROM orders'))).toContain('column "nothing" does not exist');
  await system.exec('cache', 'redis-cli', 'INCRBY', 'hits', '3');
  const { value } = await system.exec('cache', 'redis-cli', 'GET', 'hits');
  expect(value).toBe('3');
  system.service('cache').kill();
  expect(await message(system.exec('cache', 'redis-cli', 'PING'))).toContain('cache is not running');
  expect(await message(system.exec('cash', 'redis-cli', 'PING'))).toContain('There is no service "cash"');
  // What the checks look at is not among what the servers did.
  expect(system.tap.operations).toEqual([]);
});
`;
  const programs = await bundlePrograms({}, process.cwd(), ['redis', 'postgres']);
  const open = checkHosts({ programs, realNowMs: () => performance.now() });
  const verdict = runChecks({ exerciseId: 'T', files, checks }, [1], open);
  expect(verdict.failure).toBeUndefined();
  const [check] = verdict.checks;
  expect(check!.measurements.filter(({ passed }) => !passed)).toEqual([]);
  expect(check).toMatchObject({ passed: true });
});
