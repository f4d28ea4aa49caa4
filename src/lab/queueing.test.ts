/**
 * The lab's queues against queueing theory. One server whose requests cost an exponentially distributed CPU time with
 * mean 1/μ = 10 ms, users who arrive as a Poisson process of rate λ = ρμ: M/M/1, mean time in system W = 1/(μ − λ).
 *
 *   ρ = 0.5 → 20 ms      ρ = 0.8 → 50 ms      ρ = 0.9 → 100 ms
 *
 * Measured from outside, a request also crosses the network twice, 0.5 ms each way (measured below on an idle server
 * without cost and subtracted). 54,000 samples at ρ = 0.9: consecutive times in system are strongly correlated, fewer
 * would leave the mean more than 8 % off by chance.
 */
import { expect, test } from 'vitest';
import { LoadGenerator, LoadStats } from './load/index.ts';
import { TestLab } from './test-lab.ts';

const server = `import http from 'node:http';
http.createServer((request, response) => response.end('ok')).listen(8080);`;

async function meanMs(ratePerSecond: number, seconds: number, cpu: string): Promise<number> {
  const t = await TestLab.boot(
    { server: { main: server, compose: `    ports: ["8080:8080"]\n    x-lab:\n${cpu}` } },
    7,
  );
  t.run(100);
  const { lab } = t;
  const load = new LoadGenerator(
    {
      stages: [{ fromRate: ratePerSecond, toRate: ratePerSecond, durationMs: seconds * 1000 }],
      arrivals: 'poisson',
      timeoutMs: 60_000,
      request: () => ({ method: 'GET', url: 'http://server:8080/' }),
    },
    lab.system.client,
    lab.scheduler,
    { arrivals: lab.world.random('arrivals'), requests: lab.world.random('requests') },
  );
  t.run((seconds + 60) * 1000);
  const stats = new LoadStats(load.results, 0, seconds * 1000);
  expect(stats.errors).toBe(0);
  return stats.latency.mean;
}

const exponential = '      cpu: { perRequest: 10ms, distribution: exponential }\n';

test.each([
  [0.5, 400],
  [0.8, 600],
  [0.9, 600],
])('M/M/1 at ρ = %s is within 8 % of 1/(μ − λ)', async (rho, seconds) => {
  const networkMs = await meanMs(10, 5, '      cpu: 0ms\n');
  const measuredMs = (await meanMs(100 * rho, seconds, exponential)) - networkMs;
  const theoryMs = 1000 / (100 - 100 * rho);
  expect(measuredMs / theoryMs).toBeGreaterThan(0.92);
  expect(measuredMs / theoryMs).toBeLessThan(1.08);
});
