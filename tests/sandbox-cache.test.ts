/** The sandbox `cache`, booted in the lab on Node: what its README says. */
import { beforeAll, expect, test } from 'vitest';
import { bundlePrograms } from '../src/catalog/bundle.ts';
import { readTextFiles } from '../src/catalog/folder.ts';
import type { LabReply } from '../src/lab/lab.ts';
import { TestLab } from '../src/lab/test-lab.ts';

let programs: Awaited<ReturnType<typeof bundlePrograms>>;
beforeAll(async () => {
  programs = await bundlePrograms({ ioredis: '6.0.0', pg: '8.23.1' }, process.cwd(), ['haproxy', 'redis', 'postgres']);
});

function boot(): TestLab {
  const lab = new TestLab(readTextFiles('sandboxes/cache'), 1, programs);
  lab.run(5000);
  expect(lab.problems).toEqual([]);
  return lab;
}

const get = (lab: TestLab, id: number): LabReply => lab.request(`http://lb:8080/items/${id}`);
const from = (reply: LabReply) => `${reply.status} ${reply.headers['x-read-from']}`;
const put = (lab: TestLab, id: number, body: string): LabReply =>
  lab.request(`http://lb:8080/items/${id}`, { method: 'PUT', body });

const selects = (lab: TestLab) =>
  lab.events.filter((event) => event.kind === 'operation' && event.endpoint === 'db-1' && /FROM items/.test(event.text))
    .length;

test('all become healthy, and an item comes from the database once, then from the cache of all workers', () => {
  const lab = boot();
  const healthy = lab.events.flatMap((event) =>
    event.kind === 'process' && event.state === 'healthy' ? event.endpoint : [],
  );
  expect(healthy.sort()).toEqual(['db-1', 'lb-1', 'redis-1', 'worker-1', 'worker-2', 'worker-3']);

  expect(JSON.parse(get(lab, 7).body)).toEqual({ id: 7, name: 'Item 7', priceCents: 359, version: 1 });
  expect([1, 2, 3, 4, 5].map(() => from(get(lab, 7)))).toEqual(Array(5).fill('200 cache'));
  const asked = lab.events.flatMap((event) =>
    event.kind === 'request' && event.path === '/items/7' && event.from === 'lb-1' ? event.to : [],
  );
  expect(asked.sort().join()).toBe('worker-1,worker-1,worker-2,worker-2,worker-3,worker-3');
  expect(get(lab, 1000).status).toBe(200);
  expect(get(lab, 1001).status).toBe(404);

  lab.run(31_000);
  expect(from(get(lab, 7))).toBe('200 database');
});

test('a write is seen by the next read of any worker', () => {
  const lab = boot();
  get(lab, 7);
  expect(put(lab, 7, '{"name":"Lamp","priceCents":1250}').status).toBe(200);
  expect([1, 2, 3].map(() => get(lab, 7)).map((reply) => JSON.parse(reply.body))).toEqual(
    Array(3).fill({ id: 7, name: 'Lamp', priceCents: 1250, version: 2 }),
  );
  expect(put(lab, 7, '{"name":"","priceCents":1}').status).toBe(400);
  expect(put(lab, 7, `{"name":"${'x'.repeat(70_000)}","priceCents":1}`).status).toBe(413);
  expect(put(lab, 1001, '{"name":"Lamp","priceCents":1250}').status).toBe(404);
});

test('a hundred readers of one item that is not cached cost the database one query a worker', () => {
  const lab = boot();
  const replies: LabReply[] = [];
  for (let i = 0; i < 100; i++) {
    lab.lab.request({ method: 'GET', url: 'http://lb:8080/items/7' }, (reply) => replies.push(reply));
  }
  lab.run(2000);
  expect(replies.filter((reply) => reply.status === 200)).toHaveLength(100);
  expect(selects(lab)).toBe(3);
});

test('a cache that hangs costs 50 ms a read for a second, then nothing, and no read fails', () => {
  const lab = boot();
  const usualMs = get(lab, 7).durationMs;
  const pause = lab.lab.inject({ kind: 'pause', service: 'redis' });

  const hanging = get(lab, 7);
  expect(from(hanging)).toBe('200 database');
  expect(hanging.durationMs).toBeGreaterThan(50);
  expect(hanging.durationMs).toBeLessThan(50 + 2 * usualMs);
  // One read a worker, then the second after which it gives up its connection.
  get(lab, 7);
  get(lab, 7);
  lab.run(1500);
  const later = Array.from({ length: 6 }, () => get(lab, 7));
  expect(later.map(from)).toEqual(Array(6).fill('200 database'));
  expect(Math.max(...later.map((reply) => reply.durationMs))).toBeLessThan(2 * usualMs);
  expect(lab.logs('worker')).toContain('cache is down, items come from the database');

  lab.lab.heal(pause);
  // 2 s between attempts at most, and one may just have begun to wait.
  lab.run(5000);
  get(lab, 7);
  expect(from(get(lab, 7))).toBe('200 cache');
});

test('a cache that is killed is missed by nobody, and is empty when it is back', () => {
  const lab = boot();
  get(lab, 7);
  lab.lab.inject({ kind: 'kill', service: 'redis' });
  const reads: string[] = [];
  for (let i = 0; i < 100; i++) {
    reads.push(from(get(lab, 7)));
    lab.run(50);
  }
  expect(new Set(reads)).toEqual(new Set(['200 database', '200 cache']));
  expect([reads[0], reads.at(-1)]).toEqual(['200 database', '200 cache']);
});

test('a database that hangs ends a read of what is not cached in time, and cached items go on', () => {
  const lab = boot();
  get(lab, 7);
  lab.lab.inject({ kind: 'pause', service: 'db' });
  expect(from(get(lab, 7))).toBe('200 cache');
  const reply = get(lab, 8);
  expect(reply.status).toBe(503);
  expect(reply.durationMs).toBeLessThan(650 + 20);
});

test('workers that restart one after another under load fail no request', () => {
  const lab = boot();
  const statuses: number[] = [];
  for (let i = 0; i < 300; i++) {
    if (i % 100 === 0) lab.lab.inject({ kind: 'restart', service: `worker-${i / 100 + 1}` });
    lab.lab.request({ method: 'GET', url: `http://lb:8080/items/${(i % 50) + 1}` }, ({ status }) =>
      statuses.push(status),
    );
    lab.run(50);
  }
  lab.run(5000);
  expect(statuses).toEqual(Array(300).fill(200));
  expect([1, 2, 3].map((n) => lab.exits(`worker-${n}`).map(({ exitCode }) => exitCode))).toEqual([[0], [0], [0]]);
});

test('what a request caused is known through the load balancer, down to the commands of both stores', () => {
  const lab = boot();
  get(lab, 7);
  const [outside, inside] = lab.events.filter((event) => event.kind === 'request' && event.path === '/items/7');
  expect(outside).toMatchObject({ from: 'client', cause: 0 });
  expect(inside).toMatchObject({ from: 'lb-1', cause: (outside as { id: number }).id });
  const caused = lab.events.flatMap((event) =>
    event.kind === 'operation' && event.cause === (inside as { id: number }).id
      ? `${event.endpoint} ${event.name}`
      : [],
  );
  expect(caused).toEqual(['redis-1 GET', 'db-1 SELECT', 'redis-1 SET']);
});
