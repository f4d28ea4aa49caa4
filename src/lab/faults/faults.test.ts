/** Each fault's arithmetic, through the whole stack: a caller outside, one service that answers at once. */
import { describe, expect, test } from 'vitest';
import type { FaultSpec } from '../core/events.ts';
import { TestLab } from '../test-lab.ts';

const echo = `import http from 'node:http';
http.createServer((request, response) => response.end('ok')).listen(8080);`;
/** front forwards to back with a timeout of 1 s; fetch keeps its connections. */
const front = `import http from 'node:http';
http.createServer((request, response) => {
  fetch('http://back:8080/', { signal: AbortSignal.timeout(1000) })
    .then((r) => r.text())
    .then((text) => response.end(text), (error) => { response.statusCode = 502; response.end(error.name + ' ' + error.cause?.code); });
}).listen(8080);`;

async function boot(): Promise<TestLab> {
  const t = await TestLab.boot({
    front: { main: front, compose: '    ports: ["8080:8080"]\n' },
    back: { main: echo, compose: '    restart: always\n    deploy:\n      replicas: 1\n' },
  });
  t.run(100);
  t.request('http://front:8080/');
  return t;
}

const url = 'http://front:8080/';
const link = { from: 'front', to: 'back' } as const;

describe('on a link', () => {
  test('latency: a request takes 300 ms longer, once, and not after it healed', async () => {
    const t = await boot();
    const before = t.request(url).durationMs;
    const id = t.lab.inject({ kind: 'latency', ...link, latencyMs: 300 });
    expect(t.request(url).durationMs - before).toBeCloseTo(300, 2);
    t.lab.heal(id);
    expect(t.request(url).durationMs).toBeCloseTo(before, 3);
  });

  test('latency: the same 300 ms for the first request on a new connection, whose handshake is not delayed', async () => {
    const t = await boot();
    t.run(10_000);
    const before = t.request(url).durationMs;
    t.run(10_000);
    t.lab.inject({ kind: 'latency', ...link, latencyMs: 300 });
    expect(t.request(url).durationMs - before).toBeCloseTo(300, 2);
  });

  test('latency with jitter stays in its range and varies', async () => {
    const t = await boot();
    const before = t.request(url).durationMs;
    t.lab.inject({ kind: 'latency', ...link, latencyMs: 200, jitterMs: 50 });
    const added = Array.from({ length: 20 }, () => t.request(url).durationMs - before);
    expect(Math.min(...added)).toBeGreaterThanOrEqual(149.99);
    expect(Math.max(...added)).toBeLessThanOrEqual(250.01);
    expect(new Set(added).size).toBeGreaterThan(15);
  });

  test('loss: a lost packet costs at least the first retransmission timeout, 200 ms; all replies come in the end', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'loss', ...link, probability: 0.2 });
    const replies = Array.from({ length: 60 }, () => t.request(url));
    const slow = replies.filter((reply) => reply.durationMs > 200);
    expect(slow.length).toBeGreaterThan(5);
    expect(slow.length).toBeLessThan(50);
  });

  test.each([[false], [true]])('partition (one way: %s): silence until the own timeout of 1 s', async (oneWay) => {
    const t = await boot();
    t.lab.inject({ kind: 'partition', ...link, oneWay, forMs: 5000 });
    const reply = t.request(url);
    expect([reply.status, reply.body]).toEqual([502, 'TimeoutError undefined']);
    expect(reply.durationMs).toBeGreaterThan(1000);
    t.run(30_000);
    expect(t.request(url).status).toBe(200);
  });

  test('reset: the connection is cut, and the next one works once it healed', async () => {
    const t = await boot();
    const id = t.lab.inject({ kind: 'reset', ...link });
    expect(t.request(url)).toMatchObject({ status: 502, body: 'TypeError ECONNRESET' });
    t.lab.heal(id);
    expect(t.request(url).status).toBe(200);
  });
});

describe('on a service', () => {
  test('refuse: new connections get ECONNREFUSED', async () => {
    const t = await boot();
    // undici's pool keeps a connection for 4 s after its last use.
    t.run(10_000);
    t.lab.inject({ kind: 'refuse', service: 'back' });
    expect(t.request(url)).toMatchObject({ status: 502, body: 'TypeError ECONNREFUSED' });
  });

  test('kill: it comes back by its restart policy after 100 ms', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'kill', service: 'back' });
    t.run(50);
    expect(t.exits('back-1')[0]).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    expect(t.request(url).status).toBe(502);
    t.run(200);
    expect(t.request(url).status).toBe(200);
  });

  test('restart: SIGTERM, then a fresh process', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'restart', service: 'back' });
    t.run(200);
    expect(t.exits('back-1')[0]).toMatchObject({ signal: 'SIGTERM' });
    expect(t.request(url).status).toBe(200);
  });

  test('pause: silence, then the backlog is answered', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'pause', service: 'back', forMs: 400 });
    const { status, durationMs } = t.request(url);
    expect(status).toBe(200);
    expect(durationMs).toBeGreaterThan(400);
    expect(durationMs).toBeLessThan(420);
  });

  test('cpu: 50 ms a request; three at once take 50, 100 and 150 ms', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'cpu', service: 'back', perRequestMs: 50 });
    const durations: number[] = [];
    for (let i = 0; i < 3; i++) t.lab.request({ method: 'GET', url }, (reply) => durations.push(reply.durationMs));
    t.run(1000);
    expect(durations.map((ms) => Math.floor(ms / 50))).toEqual([1, 2, 3]);
  });
});

describe('faults that overlap', () => {
  test('two latencies on one link add up: 100 + 200 = 300 ms', async () => {
    const t = await boot();
    const before = t.request(url).durationMs;
    t.lab.inject({ kind: 'latency', ...link, latencyMs: 100 });
    t.lab.inject({ kind: 'latency', ...link, latencyMs: 200 });
    expect(t.request(url).durationMs - before).toBeCloseTo(300, 2);
  });

  test('a process goes on when the last pause of two ends', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'pause', service: 'back', forMs: 600 });
    t.lab.inject({ kind: 'pause', service: 'back-1', forMs: 100 });
    expect(t.request(url).durationMs).toBeGreaterThan(600);
  });

  test('the cost last set counts, and the one before it comes back', async () => {
    const t = await boot();
    const before = t.request(url).durationMs;
    const costs = [20, 50].map((perRequestMs) => t.lab.inject({ kind: 'cpu', service: 'back', perRequestMs }));
    expect(t.request(url).durationMs - before).toBeCloseTo(50, 1);
    t.lab.heal(costs[1]!);
    expect(t.request(url).durationMs - before).toBeCloseTo(20, 1);
    t.lab.heal(costs[0]!);
    expect(t.request(url).durationMs - before).toBeCloseTo(0, 1);
  });
});

test('healed before it began: it never begins', async () => {
  const t = await boot();
  t.lab.heal(t.lab.inject({ kind: 'kill', service: 'back', afterMs: 1000 }));
  t.run(3000);
  expect(t.events.some((event) => event.kind === 'fault')).toBe(false);
});

test('afterMs and forMs: it begins and ends at its moment, and the trace says so', async () => {
  const t = await boot();
  const startMs = t.lab.world.nowMs;
  t.lab.inject({ kind: 'latency', ...link, latencyMs: 300, afterMs: 1000, forMs: 500 });
  t.run(3000);
  const events = t.events.filter((event) => event.kind === 'fault');
  expect(events.map((event) => [event.state, Math.round(event.atMs - startMs)])).toEqual([
    ['on', 1000],
    ['off', 1500],
  ]);
  expect(events[0]?.text).toBe('latency 300 ms on front → back');
});

test.each<[FaultSpec, string]>([
  [{ kind: 'kill', service: 'bakc' }, 'There is no service "bakc". There are back, front and client.'],
  [{ kind: 'kill', service: 'client' }, '"client" is the world outside and no service: it has no process.'],
  [{ kind: 'partition', from: 'back', to: 'back' }, 'A link has two ends, but both are "back".'],
  [{ kind: 'loss', ...link, probability: 3 }, 'probability is 3; expected a share from 0 to 1.'],
  [{ kind: 'latency', ...link, latencyMs: 10, jitterMs: 20 }, 'jitterMs is 20; expected 0 to latencyMs.'],
  [
    { kind: 'latency', from: 'front', to: 'x', latencyMs: 1 },
    'There is no service "x". There are back, front and client.',
  ],
  [{ kind: 'pause', service: 'back', forMs: -1 }, 'forMs is -1; expected milliseconds, 0 or more.'],
  [
    { kind: 'melt' } as unknown as FaultSpec,
    'There is no fault "melt". There are bandwidth, clock-jump, clock-skew, cpu, cpu-throttle, crash-at-io, disk-full, ' +
      'dns-cache, dns-delay, dns-failure, drop-reply, kill, latency, loss, memory-limit, partition, pause, refuse, reset, ' +
      'restart, slow-close, slow-disk, timeout.',
  ],
])('%j is refused with a sentence', async (spec, sentence) => {
  const t = await boot();
  expect(() => t.lab.inject(spec)).toThrow(sentence);
});

describe('again and again', () => {
  const times = (t: TestLab, fromMs: number) =>
    t.events
      .filter((event) => event.kind === 'fault')
      .map(({ state, atMs }) => `${state} ${Math.round(atMs - fromMs)}`);

  test('everyMs: on for 100 ms each second, and no more when it is healed', async () => {
    const t = await boot();
    const fromMs = t.lab.scheduler.nowUs / 1000;
    const id = t.lab.inject({ kind: 'partition', ...link, afterMs: 500, forMs: 100, everyMs: 1000 });
    t.run(2550);
    t.lab.heal(id);
    t.run(3000);
    expect(times(t, fromMs)).toEqual(['on 500', 'off 600', 'on 1500', 'off 1600', 'on 2500', 'off 2550']);
  });

  test('a moment, as kill, comes again, and waits for a replica that is gone', async () => {
    const t = await boot();
    const id = t.lab.inject({ kind: 'kill', service: 'back', everyMs: 1000 });
    t.run(2500);
    t.lab.heal(id);
    t.run(3000);
    expect(t.exits('back-1').length).toBe(3);
  });

  test('a drop-reply that has found its reply begins anew', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'drop-reply', ...link, everyMs: 10_000 });
    const statuses = Array.from({ length: 4 }, () => {
      const { status } = t.request(url);
      t.run(4000);
      return status;
    });
    expect(statuses).toEqual([502, 200, 200, 502]);
  });
});

describe('an edit makes the container anew, and the fault stays', () => {
  const edited = (t: TestLab) => ({ ...t.files, 'back/src/main.ts': `${t.files['back/src/main.ts']}\n// edited` });

  test('cpu', async () => {
    const t = await boot();
    const id = t.lab.inject({ kind: 'cpu', service: 'back', perRequestMs: 200 });
    expect(t.lab.edit(edited(t)).restarted).toEqual(['back']);
    t.run(1000);
    expect(t.request(url).durationMs).toBeGreaterThan(200);
    t.lab.heal(id);
    expect(t.request(url).durationMs).toBeLessThan(20);
  });

  test('pause', async () => {
    const t = await boot();
    const id = t.lab.inject({ kind: 'pause', service: 'back' });
    t.lab.edit(edited(t));
    t.run(15_000);
    expect(t.request(url)).toMatchObject({ status: 502 });
    t.lab.heal(id);
    t.run(1000);
    expect(t.request(url).status).toBe(200);
  });
});

test('a fault planned for a replica that is leaving when its time comes does nothing', async () => {
  const stubborn = `process.on('SIGTERM', () => {});\n${echo}`;
  const t = await TestLab.boot({
    front: { main: front, compose: '    ports: ["8080:8080"]\n' },
    back: { main: stubborn, compose: '    deploy:\n      replicas: 2\n' },
  });
  t.run(100);
  for (const kind of ['kill', 'pause', 'disk-full'] as const)
    t.lab.inject({ kind, service: 'back-2', afterMs: 1000, forMs: 500 });
  t.lab.system.supervisor.scale('back', 1);
  t.run(30_000);
  expect(t.events.filter((event) => event.kind === 'fault')).toEqual([]);
  expect(t.request(url).status).toBe(200);
});
