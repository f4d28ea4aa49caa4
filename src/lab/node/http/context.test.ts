import { expect, test } from 'vitest';
import { bundleBuiltins } from '../../../catalog/bundle.ts';
import type { TraceEvent } from '../../core/events.ts';
import { inLab, onNode, runProgram, TestNet } from '../test-scenario.ts';

const LOG = 'const log = (...words) => console.log(JSON.stringify(words.map(String)));';

async function shop(gateway: string): Promise<{ net: TestNet; events: TraceEvent[] }> {
  const net = new TestNet();
  const builtins = (await bundleBuiltins()).code;
  const events: TraceEvent[] = [];
  net.world.trace.subscribe((event) => events.push(event));
  const service = `import http from 'node:http'; http.createServer((req, res) => setTimeout(() => res.end('[]'), 5)).listen(8081);`;
  net.spawn('a', service, builtins);
  net.spawn('b', service, builtins);
  net.run(100);
  const program = net.spawn('gateway', `import http from 'node:http'; ${LOG} ${gateway}`, builtins);
  net.run(100);
  expect(program.stderr).toBe('');
  net.spawn(
    'user',
    `import http from 'node:http'; for (const path of ['/1', '/2', '/3']) http.get('http://gateway:8080' + path, (res) => res.resume());`,
    builtins,
  );
  net.run(10_000);
  expect(program.stderr).toBe('');
  return { net, events };
}

/** Calls of the gateway with the path of the request that caused them. */
function causes(events: readonly TraceEvent[]): string[] {
  const requests = events.filter((event) => event.kind === 'request');
  const path = new Map(requests.map((event) => [event.id, event.path]));
  return requests
    .filter((event) => event.from === 'gateway-1')
    .map((event) => `${path.get(event.cause)} → ${event.to} ${event.path}`)
    .sort();
}

const expected = ['/1', '/2', '/3'].flatMap((path) => [`${path} → a-1 /of${path}`, `${path} → b-1 /of${path}`]).sort();

test.each([
  [
    'fetch after awaits and timers',
    `http.createServer(async (req, res) => {
      await new Promise((resolve) => setTimeout(resolve, 3));
      await (await fetch('http://a:8081/of' + req.url)).json();
      await (await fetch('http://b:8081/of' + req.url)).json();
      res.end('ok');
    }).listen(8080);`,
  ],
  [
    'http.get through an agent with one connection, so that requests wait in its queue',
    `const agent = new http.Agent({ keepAlive: true, maxTotalSockets: 1 });
    const get = (url) => new Promise((resolve) => http.get(url, { agent }, (res) => { res.resume(); res.on('end', resolve); }));
    http.createServer(async (req, res) => { await get('http://a:8081/of' + req.url); await get('http://b:8081/of' + req.url); res.end('ok'); }).listen(8080);`,
  ],
  [
    'a request sent from a body’s last event',
    `http.createServer((req, res) => {
      req.resume();
      req.on('end', async () => { await Promise.all(['a', 'b'].map((s) => fetch('http://' + s + ':8081/of' + req.url))); res.end(); });
    }).listen(8080);`,
  ],
])('a call names the request that caused it: %s', async (_name, gateway) => {
  const { events } = await shop(gateway);
  expect(causes(events)).toEqual(expected);
});

test('in-flight counts return to 0 after answers, aborts and resets', async () => {
  const net = new TestNet();
  const builtins = (await bundleBuiltins()).code;
  const server = net.spawn(
    'server',
    `import http from 'node:http'; ${LOG}
    http.createServer((req, res) => { if (req.url === '/slow') setTimeout(() => res.end('late'), 100); else if (req.url === '/ok') res.end('ok'); else if (req.url === '/reset') req.socket.resetAndDestroy(); }).listen(8080);`,
    builtins,
  );
  net.run(100);
  net.spawn(
    'client',
    `import http from 'node:http';
    for (const path of ['/ok', '/slow', '/never', '/reset']) { const req = http.get('http://server:8080' + path, { timeout: 30 }, (res) => res.resume()); req.on('error', () => {}); req.on('timeout', () => { if (path === '/never') req.destroy(); }); }`,
    builtins,
  );
  net.run(20);
  expect(server.process.inFlight).toBe(2);
  net.run(1000);
  expect(server.process.inFlight).toBe(0);
  expect(server.stderr).toBe('');
});

test('AsyncLocalStorage is where Node has it, in http, fetch and streams', async () => {
  const code = `
    const storage = new AsyncLocalStorage();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const note = (what) => log('store', what, storage.getStore());
    const back = http.createServer((req, res) => { note('back'); setTimeout(() => res.end('x'), 2); });
    const backPort = await listen(back);
    const server = http.createServer((req, res) => storage.run(req.url, () => {
      req.on('data', () => note('data'));
      req.on('end', () => note('end'));
      res.on('finish', () => note('finish'));
      res.on('close', () => note('close'));
      setTimeout(async () => {
        note('timer');
        await (await fetch('http://127.0.0.1:' + backPort + '/')).text();
        note('fetch');
        http.get({ port: backPort, agent }, (inner) => {
          note('response');
          inner.on('data', () => note('inner data'));
          inner.on('end', () => { note('inner end'); res.end(); });
        }).on('socket', () => note('socket'));
      }, 20);
    }));
    const port = await listen(server);
    for (const path of ['/1', '/2']) {
      const req = storage.run('client' + path, () => http.request({ port, path, method: 'POST' }));
      req.write('body');
      setTimeout(() => req.end('more'), 5);
      const closed = once(req, 'close');
      const [res] = await once(req, 'response');
      await text(res);
      await closed;
    }
    agent.destroy();
    for (const one of [server, back]) { one.closeAllConnections(); await new Promise((resolve) => one.close(resolve)); }
  `;
  const lab = await inLab(code);
  expect(lab.stderr).toBe('');
  expect(lab.seen.store).toEqual((await onNode(code)).store);
});

test('a process with nothing but idle connections and unref’d servers ends', async () => {
  const run = await runProgram(`
    import http from 'node:http'; import net from 'node:net'; ${LOG}
    const server = http.createServer((req, res) => res.end('x')).listen(8080);
    server.unref();
    await (await fetch('http://127.0.0.1:8080/')).text();
    http.get('http://127.0.0.1:8080/', (res) => res.resume());
    log('main', 'done');
  `);
  expect(run.stderr).toBe('');
  expect(run.exit).toEqual({ code: 0, signal: null });
  // Servers' ends of idle connections keep it until their keep-alive time (5 s and 1 s of grace) is over.
  expect(run.atMs).toBeLessThan(7000);
});
