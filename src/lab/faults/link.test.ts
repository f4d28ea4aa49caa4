/** Faults between two services that are no plain delay or loss: through the whole stack, from a caller outside. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { ConnectionEvent } from '../core/events.ts';
import { TestLab, testPrograms } from '../test-lab.ts';

// Bundling takes a while on a busy machine.
beforeAll(testPrograms, 60_000);

/** Replies with as many bytes as the path says, `/1000`; counts what it committed. */
const back = `import http from 'node:http';
let commits = 0;
http.createServer((request, response) => {
  if (request.method === 'POST') commits++;
  response.end(request.url === '/commits' ? String(commits) : 'x'.repeat(Number(request.url.slice(1))));
}).listen(8080);`;
const front = `import http from 'node:http';
http.createServer((request, response) => {
  fetch('http://back:8080' + request.url, { method: request.method, signal: AbortSignal.timeout(5000) })
    .then((r) => r.text())
    .then((text) => response.end(text), (error) => { response.statusCode = 502; response.end(error.name + ' ' + error.cause?.code); });
}).listen(8080);`;
const link = { from: 'front', to: 'back' } as const;

async function boot(replicas = 1): Promise<TestLab> {
  const t = await TestLab.boot({
    front: { main: front, compose: '    ports: ["8080:8080"]\n' },
    back: { main: back, compose: `    restart: always\n    deploy:\n      replicas: ${replicas}\n` },
  });
  t.run(100);
  t.request('http://front:8080/1');
  return t;
}

const ask = (t: TestLab, path: string, method = 'GET') => t.request(`http://front:8080/${path}`, { method });

/** Virtual ms that undici's pool keeps a connection, and more. */
const POOL_MS = 10_000;

describe('bandwidth', () => {
  test('a reply of 50,000 bytes at 100 kB/s takes 500 ms longer, its head a few ms; then it is as before', async () => {
    const t = await boot();
    const before = ask(t, '50000').durationMs;
    const id = t.lab.inject({ kind: 'bandwidth', ...link, bytesPerSecond: 100_000 });
    const added = ask(t, '50000').durationMs - before;
    expect(added).toBeGreaterThan(500);
    expect(added).toBeLessThan(505);
    t.lab.heal(id);
    expect(ask(t, '50000').durationMs).toBeCloseTo(before, 1);
  });

  test('healed half-way: what is left of the reply comes at once', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'bandwidth', ...link, bytesPerSecond: 10_000, forMs: 1000 });
    const { durationMs, body } = ask(t, '50000');
    expect(body.length).toBe(50_000);
    expect(durationMs).toBeGreaterThan(1000);
    expect(durationMs).toBeLessThan(1005);
  });

  test('two replies at once share it: 250 ms for the first, 500 ms for the second', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'bandwidth', ...link, bytesPerSecond: 100_000 });
    const durations: number[] = [];
    for (let i = 0; i < 2; i++)
      t.lab.request({ method: 'GET', url: 'http://front:8080/25000' }, (reply) => durations.push(reply.durationMs));
    t.run(2000);
    expect(durations.map((ms) => Math.floor(ms / 250))).toEqual([1, 2]);
  });
});

describe('timeout', () => {
  test('a request vanishes: no error but its own timeout, and the connection is not noticed to be broken', async () => {
    const t = await boot();
    const id = t.lab.inject({ kind: 'timeout', ...link });
    const reply = ask(t, '1');
    expect([reply.status, reply.body]).toEqual([502, 'TimeoutError undefined']);
    expect(reply.durationMs).toBeGreaterThan(5000);
    const codes = t.events.filter((event) => event.kind === 'connection').map(({ state }) => state);
    expect(codes).not.toContain('reset');
    expect(codes).not.toContain('timed-out');
    t.lab.heal(id);
    expect(ask(t, '1').status).toBe(200);
  });

  test('new connections open, and those that lost data are reset when it heals', async () => {
    const t = await boot();
    t.run(POOL_MS);
    const id = t.lab.inject({ kind: 'timeout', ...link });
    let body = '';
    t.lab.request({ method: 'GET', url: 'http://front:8080/1' }, (reply) => {
      body = reply.body;
    });
    t.run(1000);
    expect(t.events.filter((event) => event.kind === 'connection').at(-1)?.state).toBe('open');
    t.lab.heal(id);
    t.run(10);
    expect(body).toBe('TypeError ECONNRESET');
  });
});

test('slow-close: a connection that one side closed stays open 3 s longer on the other', async () => {
  const main = `import net from 'node:net';
net.createServer((socket) => {
  socket.on('data', (data) => socket.end('bye'));
  socket.on('end', () => console.log('end', Math.round(performance.now() - at)));
  let at = performance.now();
}).listen(9000);`;
  const caller = `import net from 'node:net';
setTimeout(() => {
  const at = performance.now();
  const socket = net.connect(9000, 'back', () => socket.write('hello'));
  socket.on('data', () => console.log('data', Math.round(performance.now() - at)));
  socket.on('end', () => console.log('end', Math.round(performance.now() - at)));
}, 1000);`;
  const t = await TestLab.boot({ front: { main: caller }, back: { main } });
  t.run(500);
  t.lab.inject({ kind: 'slow-close', ...link, delayMs: 3000 });
  t.run(10_000);
  expect(t.logs('front').split('\n')).toEqual(['data 1', 'end 3001']);
  // Its answering FIN is late, too: 3 s there and 3 s back.
  expect(t.logs('back')).toBe('end 6000');
});

describe('drop-reply', () => {
  test('the second order is committed and its reply never comes; the first and third are answered', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'drop-reply', ...link, nth: 2 });
    expect(ask(t, '1', 'POST').status).toBe(200);
    const lost = ask(t, '1', 'POST');
    expect([lost.status, lost.body]).toEqual([502, 'TimeoutError undefined']);
    expect(ask(t, 'commits').body).toBe('2');
    expect(ask(t, '1', 'POST').status).toBe(200);
  });

  test('it is over with the reply', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'drop-reply', ...link });
    ask(t, '1');
    expect(t.events.filter((event) => event.kind === 'fault').map(({ state, text }) => [state, text])).toEqual([
      ['on', 'reply 1 of back to front vanishes'],
      ['off', 'reply 1 of back to front vanishes'],
    ]);
  });
});

describe('DNS', () => {
  test.each(['ENOTFOUND', 'EAI_AGAIN'] as const)('failure %s: only new connections fail', async (error) => {
    const t = await boot();
    t.lab.inject({ kind: 'dns-failure', ...link, error });
    expect(ask(t, '1').status).toBe(200);
    t.run(POOL_MS);
    expect(ask(t, '1')).toMatchObject({ status: 502, body: `TypeError ${error}` });
  });

  test('failure for one asker: others resolve the name', async () => {
    const t = await boot();
    t.run(POOL_MS);
    t.lab.inject({ kind: 'dns-failure', from: 'client', to: 'back' });
    expect(ask(t, '1').status).toBe(200);
    expect(t.request('http://back:8080/1').error).toBe('ENOTFOUND');
  });

  test('delay: 700 ms for a new connection, nothing for an old one', async () => {
    const t = await boot();
    t.run(POOL_MS);
    const before = ask(t, '1').durationMs;
    t.run(POOL_MS);
    t.lab.inject({ kind: 'dns-delay', ...link, delayMs: 700 });
    expect(ask(t, '1').durationMs - before).toBeCloseTo(700, 2);
    expect(ask(t, '1').durationMs).toBeLessThan(before);
  });

  test('cache: for its TTL of 30 s the address of a dead replica is answered, then the live one alone', async () => {
    const asks = `import http from 'node:http';
import dns from 'node:dns/promises';
http.createServer(async (request, response) => response.end(JSON.stringify(await dns.resolve4('back', { ttl: true })))).listen(8080);`;
    const t = await TestLab.boot({
      front: { main: asks, compose: '    ports: ["8080:8080"]\n' },
      back: { main: back, compose: '    deploy:\n      replicas: 2\n' },
    });
    t.run(100);
    const resolve = () => (JSON.parse(ask(t, '').body) as { address: string; ttl: number }[]).map(({ ttl }) => ttl);
    expect(resolve()).toEqual([600, 600]);
    const id = t.lab.inject({ kind: 'dns-cache', ...link, ttlMs: 30_000 });
    expect(resolve()).toEqual([30, 30]);
    t.lab.inject({ kind: 'kill', service: 'back-1' });
    t.run(20_000);
    expect(resolve()).toEqual([10, 10]);
    t.run(10_000);
    expect(resolve()).toEqual([30]);
    t.lab.heal(id);
    expect(resolve()).toEqual([600]);
  });
});

describe('a call that never became a request is in the trace with its cause', () => {
  /** The connections of one request, after those of the pool are over. */
  const failing = (t: TestLab) => {
    t.run(POOL_MS);
    const all: ConnectionEvent[] = [];
    t.lab.trace.subscribe((event) => event.kind === 'connection' && all.push(event));
    const { requestId } = ask(t, '1');
    return { all, own: all.filter(({ cause }) => cause === requestId) };
  };

  test('refused: the connection is begun for the request, and ends with ECONNREFUSED', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'refuse', service: 'back' });
    const { all, own } = failing(t);
    expect(own.map(({ state, to }) => [state, to])).toEqual([['connecting', 'back-1']]);
    expect(all.findLast(({ id }) => id === own[0]!.id)).toMatchObject({ state: 'refused', error: 'ECONNREFUSED' });
  });

  test('a name without an address: asked for, and not found, with the time that it took', async () => {
    const t = await boot();
    t.lab.inject({ kind: 'dns-failure', ...link });
    t.lab.inject({ kind: 'dns-delay', ...link, delayMs: 200 });
    const { own } = failing(t);
    expect(own).toMatchObject([{ id: 0, state: 'unresolved', from: 'front-1', to: 'back', error: 'ENOTFOUND' }]);
    expect(own[0]!.atMs - own[0]!.startMs!).toBeCloseTo(200, 0);
  });
});
