/** TCP as a service meets it through node:net and node:http: ports, backlog, half-open connections, backpressure. */
import { beforeAll, describe, expect, test } from 'vitest';
import { TestLab, testPrograms } from './test-lab.ts';

// Bundling takes a while on a busy machine.
beforeAll(testPrograms, 60_000);

const lines = (t: TestLab, service: string) => t.logs(service).split('\n');

test('a client that closes first runs out of ports: 28,232 in a minute, then EADDRNOTAVAIL, and a minute later again', async () => {
  const server = `import net from 'node:net';
net.createServer((socket) => socket.on('end', () => socket.end()).resume()).listen({ port: 9000, backlog: 4096 });`;
  const client = `import net from 'node:net';
const open = () => new Promise((resolve) => {
  const socket = net.connect(9000, 'server');
  socket.on('connect', () => { socket.destroy(); resolve(null); });
  socket.on('error', (error) => resolve(error));
});
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
await sleep(1000);
let count = 0;
let failure = null;
while (failure === null) {
  const results = await Promise.all(Array.from({ length: 500 }, open));
  failure = results.find((error) => error !== null) ?? null;
  count += results.filter((error) => error === null).length;
  await sleep(10);
}
console.log(count, failure.code, failure.syscall, failure.message.replace(/10[.][0-9.]+:/, 'IP:'));
await sleep(60_000);
console.log((await open())?.code ?? 'open');`;
  const t = await TestLab.boot({ server: { main: server }, caller: { main: client } });
  t.run(70_000);
  expect(lines(t, 'caller')).toEqual([
    '28232 EADDRNOTAVAIL connect connect EADDRNOTAVAIL IP:9000 - Local (0.0.0.0:0)',
    'open',
  ]);
});

test('a busy process with a backlog of 3: four connections open at once, the others when it is free, as on Linux 6.18', async () => {
  const server = `import http from 'node:http';
http.createServer((request, response) => {
  const end = performance.now() + 2500;
  while (performance.now() < end);
  response.end();
}).listen({ port: 9000, backlog: 3 });`;
  const client = `import net from 'node:net';
import http from 'node:http';
await new Promise((resolve) => setTimeout(resolve, 1000));
http.get('http://server:9000/').on('error', () => {});
await new Promise((resolve) => setTimeout(resolve, 100));
const at = performance.now();
for (let i = 0; i < 6; i++) net.connect(9000, 'server').on('connect', () => console.log(Math.floor((performance.now() - at) / 1000)));`;
  const t = await TestLab.boot({ server: { main: server }, caller: { main: client } });
  t.run(10_000);
  // SYNs that find no room are dropped and repeated each second; the process is free after 2.4 s.
  expect(lines(t, 'caller')).toEqual(['0', '0', '0', '0', '3', '3']);
});

describe('half-open', () => {
  const server = `import http from 'node:http';
http.createServer({ keepAliveTimeout: 600_000 }, (request, response) => response.end(String(process.pid))).listen(9000);`;
  /** One pooled connection; a request at the start, one at 40 s. */
  const client = (options: string, probeMs: number) => `import http from 'node:http';
setInterval(() => {}, 3_600_000);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1, keepAliveMsecs: ${probeMs} });
const get = () => new Promise((resolve) => {
  const at = performance.now();
  const done = (what) => resolve(what + ' after ' + Math.round((performance.now() - at) / 1000) + ' s');
  const request = http.get({ host: 'server', port: 9000, agent, ${options} }, (reply) => reply.resume().on('end', () => done(request.reusedSocket ? 'reused' : 'new')));
  request.on('timeout', () => request.destroy(new Error('own timeout')));
  request.on('error', (error) => done(error.code ?? error.message));
});
await new Promise((resolve) => setTimeout(resolve, 1000));
console.log(await get());
await new Promise((resolve) => setTimeout(resolve, 39_000));
console.log(await get());`;

  async function boot(options: string, probeMs = 1000): Promise<TestLab> {
    const t = await TestLab.boot({
      server: { main: server, compose: '    restart: always\n' },
      caller: { main: client(options, probeMs) },
    });
    t.run(38_000);
    return t;
  }

  test('a partition without RST hangs the pooled socket until the own timeout', async () => {
    const t = await boot('timeout: 5000');
    t.lab.inject({ kind: 'partition', from: 'caller', to: 'server' });
    t.run(60_000);
    expect(lines(t, 'caller')).toEqual(['new after 0 s', 'own timeout after 5 s']);
  });

  test('without a timeout it hangs for the 924.6 s of 15 retransmissions', async () => {
    const t = await boot('');
    t.lab.inject({ kind: 'partition', from: 'caller', to: 'server' });
    t.run(1_000_000);
    expect(lines(t, 'caller')[1]).toMatch(/^ETIMEDOUT after 92\d s$/);
  });

  test('an idle pooled socket is found dead by keep-alive probes: after 10 s, one each second, it is gone from the pool', async () => {
    const t = await boot('');
    t.run(1000);
    const at = t.lab.scheduler.nowUs;
    t.lab.inject({ kind: 'partition', from: 'caller', to: 'server', afterMs: 3000, forMs: 20_000 });
    t.run(30_000);
    const states = t.events.filter((event) => event.kind === 'connection' && event.atMs > at / 1000);
    expect(states.map((event) => event.kind === 'connection' && event.state)).toEqual(['timed-out']);
    expect(states[0]!.atMs - at / 1000).toBeGreaterThanOrEqual(13_000);
    expect(states[0]!.atMs - at / 1000).toBeLessThan(14_100);
  });

  test('a server that restarted behind a partition: ECONNRESET at the first use afterwards', async () => {
    const t = await boot('', 60_000);
    const id = t.lab.inject({ kind: 'partition', from: 'caller', to: 'server' });
    t.lab.inject({ kind: 'kill', service: 'server' });
    t.run(1000);
    t.lab.heal(id);
    t.run(60_000);
    expect(lines(t, 'caller')).toEqual(['new after 0 s', 'ECONNRESET after 0 s']);
  });
});

test('backpressure: write() says false, drain comes when the reader reads, and what is queued can be seen', async () => {
  const server = `import net from 'node:net';
net.createServer((socket) => {
  socket.pause();
  setTimeout(() => socket.resume(), 5000);
  let bytes = 0;
  socket.on('data', (chunk) => { bytes += chunk.length; });
  socket.on('end', () => console.log('read', bytes));
}).listen(9000);`;
  const caller = `import net from 'node:net';
await new Promise((resolve) => setTimeout(resolve, 1000));
const socket = net.connect(9000, 'server', () => {
  const at = performance.now();
  const chunk = Buffer.alloc(100_000);
  let writes = 0;
  const log = (what) => console.log(what, Math.round((performance.now() - at) / 1000) + ' s', writes, socket.writableNeedDrain);
  const more = () => {
    do writes++; while (socket.write(chunk) && writes < 20);
    if (writes < 20) socket.once('drain', more);
    else socket.end();
  };
  more();
  setTimeout(() => log('waits'), 1000);
  setTimeout(() => log('done'), 6000);
});`;
  const t = await TestLab.boot({ server: { main: server }, caller: { main: caller } });
  t.run(20_000);
  // 128 KiB in each of the two kernels and 64 KiB in the reader's stream, so the fourth 100,000 bytes wait.
  expect(lines(t, 'caller')).toEqual(['waits 1 s 4 true', 'done 6 s 20 false']);
  expect(lines(t, 'server')).toEqual(['read 2000000']);
});
