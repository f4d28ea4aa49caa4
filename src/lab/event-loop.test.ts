/** What a service can measure of its own event loop, against what it was made to do. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TestLab, testPrograms } from './test-lab.ts';

/** Says its lag and utilization since the last question; `/block` is busy for 200 ms. */
const main = `import http from 'node:http';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
let before = performance.eventLoopUtilization();
http.createServer((request, response) => {
  if (request.url === '/block') {
    const end = performance.now() + 200;
    while (performance.now() < end);
    response.end();
    return;
  }
  if (request.url !== '/figures') return response.end('ok');
  const { utilization } = performance.eventLoopUtilization(before);
  before = performance.eventLoopUtilization();
  response.end(JSON.stringify({ maxMs: delay.max / 1e6, meanMs: delay.mean / 1e6, p99Ms: delay.percentile(99) / 1e6, utilization }));
  delay.reset();
}).listen(8080);`;

interface Figures {
  readonly maxMs: number;
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly utilization: number;
}

// Bundling takes a while on a busy machine.
beforeAll(testPrograms, 60_000);

let t: TestLab;
beforeEach(async () => {
  t = await TestLab.boot({ one: { main }, other: { main } });
  t.run(1000);
  figures('one');
  figures('other');
});

function figures(service: string): Figures {
  return JSON.parse(t.request(`http://${service}:8080/figures`).body);
}

/** A request every 100 ms for `seconds`. */
function load(seconds: number, path: string): void {
  for (let i = 0; i < seconds * 10; i++)
    t.lab.scheduler.after(i * 100_000, () => t.lab.request({ method: 'GET', url: `http://one:8080${path}` }, () => {}));
  t.run(seconds * 1000);
}

describe('lag', () => {
  test('an idle process wakes up when it should: every 10 ms', () => {
    t.run(2000);
    const { maxMs, meanMs } = figures('one');
    expect(meanMs).toBeGreaterThan(9.5);
    expect(maxMs).toBeLessThan(12);
  });

  test('a busy loop of 200 ms is seen as a wake-up 190 to 210 ms late, and by nobody else', () => {
    t.request('http://one:8080/block');
    t.run(1000);
    const one = figures('one');
    expect(one.maxMs).toBeGreaterThan(190);
    expect(one.maxMs).toBeLessThan(215);
    expect(figures('other').maxMs).toBeLessThan(12);
  });
});

describe('utilization', () => {
  test.each([
    [20, 0.2],
    [50, 0.5],
    [80, 0.8],
  ])('ten requests a second of %s ms each: %s', (perRequestMs, expected) => {
    t.lab.inject({ kind: 'cpu', service: 'one', perRequestMs });
    load(10, '/');
    expect(figures('one').utilization).toBeCloseTo(expected, 1);
    expect(figures('other').utilization).toBeLessThan(0.05);
  });

  test('a queue that grows: all of it', () => {
    t.lab.inject({ kind: 'cpu', service: 'one', perRequestMs: 200 });
    load(5, '/');
    expect(figures('one').utilization).toBeGreaterThan(0.95);
  });
});
