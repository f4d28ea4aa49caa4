import { expect, test } from 'vitest';
import { Random } from '../core/random.ts';
import { LoadGenerator, type LoadPlan } from './generator.ts';
import { constant } from './shape.ts';
import { LoadStats } from './stats.ts';
import { ok, type Respond, TestServer } from './test-server.ts';

function load(respond: Respond, plan: Partial<LoadPlan>, seed = 1) {
  const server = new TestServer(respond);
  const done: number[] = [];
  const generator = new LoadGenerator(
    {
      stages: constant(50, 10_000),
      arrivals: 'constant',
      timeoutMs: 2000,
      request: (i) => ({ method: 'GET', url: `http://gateway:8080/${i}` }),
      ...plan,
    },
    server.client,
    server.scheduler,
    { arrivals: Random.derive(seed, 'arrivals'), requests: Random.derive(seed, 'requests') },
    { onDone: () => done.push(server.nowMs) },
  );
  const stats = () => new LoadStats(generator.results, 0, 10_000);
  return { server, generator, done, stats };
}

test('50/s for 10 s: 500 requests at their moments, done after the last reply', () => {
  const { server, generator, done, stats } = load((_head, connection) => ok(connection), {});
  server.run(20_000);
  expect(generator.sent).toBe(500);
  expect(generator.results.slice(0, 3).map(({ dueMs }) => dueMs)).toEqual([0, 20, 40]);
  expect(stats()).toMatchObject({ count: 500, errorRate: 0, throughput: 50 });
  expect(done).toHaveLength(1);
  expect(done[0]).toBeGreaterThanOrEqual(10_000);
});

test('no coordinated omission: a server that stops for 1 s delays all who were due in that second', () => {
  // Due at 5000, 5020, … 5980: 50 requests that wait until 6000, on average 510 ms.
  const { server, stats } = load((_head, connection) => {
    const waitMs = server.nowMs >= 5000 && server.nowMs < 6000 ? 6000 - server.nowMs : 0;
    server.after(waitMs, () => ok(connection));
  }, {});
  server.run(20_000);
  const slow = stats().results.filter(({ latencyMs }) => latencyMs > 15);
  expect(slow.length).toBeGreaterThanOrEqual(49);
  expect(slow.length).toBeLessThanOrEqual(50);
  expect(stats().window(5000, 6000).latency.mean).toBeCloseTo(510, -1);
  expect(stats().latency.max).toBeGreaterThan(980);
});

test('no reply within the timeout is an error with the timeout as latency', () => {
  const { server, stats } = load(() => {}, { stages: constant(10, 1000), timeoutMs: 300 });
  server.run(5000);
  expect(stats().byStatus).toEqual({ TIMEOUT: 10 });
  expect([stats().latency.p50, stats().latency.max]).toEqual([300, 300]);
});

test('stop ends the arrivals and waits for what is on its way', () => {
  const { server, generator, done } = load((_head, connection) => server.after(500, () => ok(connection)), {
    stages: constant(10),
  });
  server.run(1050);
  generator.stop();
  expect([generator.sent, generator.isRunning, done.length]).toEqual([11, false, 0]);
  server.run(1000);
  expect([generator.results.length, done.length]).toEqual([11, 1]);
});

test('Poisson arrivals: the rate holds, the gaps are exponential, the seed decides', () => {
  const run = (seed: number) => {
    const { server, generator } = load(
      (_head, connection) => ok(connection),
      { stages: constant(200, 60_000), arrivals: 'poisson' },
      seed,
    );
    server.run(70_000);
    return generator.results.map(({ dueMs }) => dueMs).sort((a, b) => a - b);
  };
  const due = run(1);
  // 12,000 expected, σ = √12,000 ≈ 110.
  expect(Math.abs(due.length - 12_000)).toBeLessThan(4 * 110);
  // P(gap > mean) = 1/e.
  const gaps = due.slice(1).map((at, i) => at - due[i]!);
  expect(gaps.filter((gap) => gap > 5).length / gaps.length).toBeCloseTo(0.368, 1);
  expect(run(1)).toEqual(due);
  expect(run(2)).not.toEqual(due);
});

test('each request comes from the factory; what counts as success is the plan’s', () => {
  const { server, generator, stats } = load((_head, connection) => ok(connection, 'out of stock'), {
    stages: constant(10, 1000),
    keepBodies: true,
    request: (i, random) => ({ method: 'GET', url: `http://gateway:8080/${i}?${random.below(2)}` }),
    isOk: ({ body }) => body !== 'out of stock',
  });
  server.run(2000);
  expect(stats().errorRate).toBe(1);
  expect(new Set(generator.results.map(({ url }) => url.slice(-1)))).toEqual(new Set(['0', '1']));
});
