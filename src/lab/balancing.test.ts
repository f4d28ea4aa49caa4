/**
 * Four servers behind a balancer, against queueing theory. Users arrive as a Poisson process of rate λ = 4ρμ, a request
 * takes an exponentially distributed CPU time with mean 1/μ = 200 ms: long beside the network's 1.4 ms there and back
 * over the balancer, which a server that has just become free waits for its next request in the shared queue.
 *
 * Shared queue, M/M/4: mean time in system W = 1/μ + C/(4μ − λ), where C is Erlang's probability to wait,
 *
 *   ρ = 0.5 → C = 0.174, W = 217 ms      ρ = 0.8 → C = 0.596, W = 349 ms      ρ = 0.9 → C = 0.788, W = 594 ms
 *
 * One queue for each server, at ρ = 0.9: random is four M/M/1, W = 2,000 ms. Round robin smooths arrivals (every fourth,
 * E₄/M/1), two choices look at two queues, join the shortest looks at all, and none of them can move a request that
 * waits behind a long one: shared < JSQ < P2C < round robin < random.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { LoadGenerator, LoadStats } from './load/index.ts';
import { TestLab, testPrograms } from './test-lab.ts';

// Bundling takes a while on a busy machine.
beforeAll(testPrograms, 60_000);

const SERVERS = 4;
const SERVICE_MS = 200;

// Node's 5 s would close a kept connection just when the balancer uses it again, once in some thousand requests.
const server = `import http from 'node:http';
http.createServer({ keepAliveTimeout: 0 }, (request, response) => response.end('ok')).listen(8080);`;

/** What a practitioner would write in front of four servers; `inFlight` is all that it knows of them. */
const balancer = (policy: string) => `import http from 'node:http';
const agent = new http.Agent({ keepAlive: true });
const servers = [1, 2, 3, 4].map((i) => ({ host: 'server-' + i, inFlight: 0 }));
const random = () => servers[Math.floor(Math.random() * 4)];
const fewer = (a, b) => (b.inFlight < a.inFlight ? b : a);
let turn = 0;
const waiting = [];
const policies = {
  'shared queue': () => servers.find((server) => server.inFlight === 0),
  // Ties are broken by chance: always the first would give it more than its share.
  'join the shortest': () => { const first = Math.floor(Math.random() * 4); return [0, 1, 2, 3].map((i) => servers[(first + i) % 4]).reduce(fewer); },
  'two choices': () => { const a = random(); let b = random(); while (b === a) b = random(); return fewer(a, b); },
  'round robin': () => servers[turn++ % 4],
  random,
};
const choose = policies[${JSON.stringify(policy)}];
function send(server, response) {
  server.inFlight++;
  http.get({ host: server.host, port: 8080, agent }, (reply) => {
    reply.resume();
    reply.on('end', () => {
      server.inFlight--;
      response.end('ok');
      if (waiting.length > 0) send(server, waiting.shift());
    });
  });
}
http.createServer((request, response) => {
  const server = choose();
  if (server === undefined) waiting.push(response);
  else send(server, response);
}).listen(8080);`;

/** Mean time in system, ms, over `requests` requests, without the first tenth in which the queues fill. */
async function meanMs(policy: string, rho: number, requests: number, seed: number): Promise<number> {
  const t = await TestLab.boot(
    {
      balancer: { main: balancer(policy), compose: '    ports: ["8080:8080"]\n' },
      server: {
        main: server,
        compose: `    deploy:\n      replicas: ${SERVERS}\n    x-lab:\n      cpu: { perRequest: ${SERVICE_MS}ms, distribution: exponential }\n`,
      },
    },
    seed,
  );
  t.run(100);
  const { lab } = t;
  const rate = (rho * SERVERS * 1000) / SERVICE_MS;
  const durationMs = (requests / rate) * 1000;
  const load = new LoadGenerator(
    {
      stages: [{ fromRate: rate, toRate: rate, durationMs }],
      arrivals: 'poisson',
      timeoutMs: 600_000,
      request: () => ({ method: 'GET', url: 'http://balancer:8080/' }),
    },
    lab.system.client,
    lab.scheduler,
    { arrivals: lab.world.random('arrivals'), requests: lab.world.random('requests') },
  );
  t.run(durationMs + 600_000);
  const stats = new LoadStats(load.results, durationMs / 10, durationMs);
  expect(stats.errors).toBe(0);
  return stats.latency.mean;
}

/** Erlang's C formula: the probability that all servers are busy. */
function probabilityToWait(rho: number): number {
  const offered = rho * SERVERS;
  let term = 1;
  let sum = 0;
  for (let k = 0; k < SERVERS; k++) {
    sum += term;
    term *= offered / (k + 1);
  }
  const all = term / (1 - rho);
  return all / (sum + all);
}

describe('M/M/4', () => {
  test.each([
    [0.5, 10_000],
    [0.8, 25_000],
    [0.9, 50_000],
  ])('at ρ = %s the mean is within 8 % of theory', async (rho, requests) => {
    const capacity = SERVERS / SERVICE_MS;
    const theoryMs = SERVICE_MS + probabilityToWait(rho) / (capacity - rho * capacity);
    const measuredMs = await meanMs('shared queue', rho, requests, 3);
    expect(measuredMs / theoryMs).toBeGreaterThan(0.92);
    expect(measuredMs / theoryMs).toBeLessThan(1.08);
  });
});

test('shared queue < join the shortest < two choices < round robin < random', async () => {
  const means: number[] = [];
  for (const policy of ['shared queue', 'join the shortest', 'two choices', 'round robin', 'random'])
    means.push(await meanMs(policy, 0.9, 12_000, 5));
  expect(means).toEqual(means.toSorted((a, b) => a - b));
});
