/** Faults of one machine: its CPU, memory, disk and clock, and a crash at a given output. */
import { beforeAll, describe, expect, test } from 'vitest';
import { TestLab, testPrograms } from '../test-lab.ts';

// Bundling takes a while on a busy machine.
beforeAll(testPrograms, 60_000);

async function boot(main: string, compose = ''): Promise<TestLab> {
  const t = await TestLab.boot({
    back: { main, compose: `    ports: ["8080:8080"]\n    restart: always\n${compose}` },
  });
  t.run(200);
  return t;
}

const url = 'http://back:8080/';
/** Answers with the value of the expression, evaluated for each request; an error's code when it throws. */
const says = (expression: string) => `import http from 'node:http';
import fs from 'node:fs';
http.createServer(async (request, response) => {
  let answer;
  try { answer = await (${expression}); } catch (error) { answer = error.message; }
  response.end(String(answer));
}).listen(8080);`;

describe('cpu-throttle', () => {
  const busy = '    x-lab:\n      cpu: 50ms\n';

  test('50 ms of CPU at a share of 0.2 take 20 + 80 + 20 + 80 + 10 ms from the beginning of a period', async () => {
    const t = await boot(says('1'), busy);
    t.lab.inject({ kind: 'cpu-throttle', service: 'back', share: 0.2 });
    // The request is with the service 1.5 ms after it was sent: handshake and half a round trip of 1 ms.
    t.run(1000 - ((t.lab.scheduler.nowUs / 1000) % 100) - 1.6);
    const { durationMs } = t.request(url);
    expect(durationMs).toBeGreaterThan(210);
    expect(durationMs).toBeLessThan(213);
  });

  test('10 ms of CPU fit into the quota of 20 ms and take no longer', async () => {
    const t = await boot(says('1'), '    x-lab:\n      cpu: 10ms\n');
    t.request(url);
    const before = t.request(url).durationMs;
    t.run(100 - ((t.lab.scheduler.nowUs / 1000) % 100));
    t.lab.inject({ kind: 'cpu-throttle', service: 'back', share: 0.2 });
    expect(t.request(url).durationMs).toBeCloseTo(before, 0);
  });

  test('deploy.resources.limits.cpus means the same without a fault', async () => {
    const t = await boot(says('1'), `    deploy: { resources: { limits: { cpus: "0.2" } } }\n${busy}`);
    expect(t.request(url).durationMs).toBeGreaterThan(200);
  });

  test('a busy loop of 50 ms ends when the clock says so, throttled or not', async () => {
    const t = await boot(
      says('(() => { const end = performance.now() + 50; while (performance.now() < end); return 1; })()'),
    );
    t.lab.inject({ kind: 'cpu-throttle', service: 'back', share: 0.9 });
    expect(t.request(url).durationMs).toBeLessThan(65);
  });
});

describe('memory-limit', () => {
  // A request takes 8 KiB and its connection 12: 60 MiB and 100 of them are just under 62 MiB.
  const holds = `import http from 'node:http';
http.createServer((request, response) => setTimeout(() => response.end('ok'), 2000)).listen(8080);`;
  const send = (t: TestLab, count: number) => {
    for (let i = 0; i < count; i++) t.lab.request({ method: 'GET', url }, () => {});
  };

  test('100 requests in flight stay below 62 MiB, 120 are killed with exit code 137', async () => {
    const t = await boot(holds);
    t.lab.inject({ kind: 'memory-limit', service: 'back', bytes: 62 * 1024 * 1024 });
    send(t, 100);
    t.run(3000);
    expect(t.exits('back-1')).toEqual([]);
    send(t, 120);
    t.run(50);
    expect(t.exits('back-1')).toMatchObject([
      { exitCode: 137, signal: 'SIGKILL', reason: 'OOM-killed: 62.3 MiB used, limit 62 MiB' },
    ]);
    t.run(1000);
    expect(t.request(url).status).toBe(200);
  });

  test('a writer that does not heed backpressure is killed, one that waits for drain is not', async () => {
    const reader = `import net from 'node:net';
setTimeout(() => net.connect(9000, 'back').pause(), 500);
setInterval(() => {}, 3_600_000);`;
    const writer = (heeds: boolean) => `import net from 'node:net';
const chunk = Buffer.alloc(1_000_000);
net.createServer((socket) => {
  const write = () => { if (!socket.destroyed && !(${heeds} && socket.writableNeedDrain)) socket.write(chunk); };
  setInterval(write, 10);
}).listen(9000);`;
    for (const heeds of [false, true]) {
      const t = await TestLab.boot({
        back: { main: writer(heeds), compose: '    deploy: { resources: { limits: { memory: 100m } } }\n' },
        reader: { main: reader },
      });
      t.run(5000);
      // 60 MiB for Node and 42 chunks of 0.95 MiB, or one more that is written while nobody looks.
      const killed = {
        exitCode: 137,
        reason: expect.stringMatching(/^OOM-killed: 10[01](\.\d)? MiB used, limit 100 MiB$/),
      };
      expect(t.exits('back-1')).toMatchObject(heeds ? [] : [killed]);
    }
  });

  test('deploy.resources.limits.memory means the same without a fault', async () => {
    const t = await boot(holds, '    deploy: { resources: { limits: { memory: 62m } } }\n');
    send(t, 120);
    t.run(50);
    expect(t.exits('back-1')[0]).toMatchObject({ exitCode: 137 });
  });

  test('process.memoryUsage().rss tells what is counted', async () => {
    const t = await boot(says('process.memoryUsage().rss'));
    expect(Number(t.request(url).body)).toBe(60 * 1024 * 1024 + 20 * 1024);
  });
});

describe('disk', () => {
  test('full: 10 bytes fit, the 11th does not; what fits is written, and ENOSPC as Node words it', async () => {
    const t = await boot(says(`fs.promises.appendFile('/tmp/log', '12345678').then(() => 'ok')`));
    t.lab.inject({ kind: 'disk-full', service: 'back', freeBytes: 10 });
    expect(t.request(url).body).toBe('ok');
    expect(t.request(url).body).toBe('ENOSPC: no space left on device, write');
    expect(t.lab.system.machine.containers.get('back-1')!.files.read('/tmp/log')?.length).toBe(10);
  });

  test('full: a file that is overwritten loses its content, one that is replaced by rename does not', async () => {
    const t = await boot(
      says(`request.url === '/set' ? (fs.writeFileSync('/tmp/a', '1'), fs.writeFileSync('/tmp/b', '1'))
        : request.url === '/over' ? fs.writeFileSync('/tmp/a', '22')
        : request.url === '/rename' ? (fs.writeFileSync('/tmp/b.new', '22'), fs.renameSync('/tmp/b.new', '/tmp/b'))
        : fs.readFileSync('/tmp/a', 'utf8') + ',' + fs.readFileSync('/tmp/b', 'utf8')`),
    );
    t.request(`${url}set`);
    const id = t.lab.inject({ kind: 'disk-full', service: 'back' });
    for (const path of ['over', 'rename']) expect(t.request(url + path).body).toMatch(/^ENOSPC/);
    expect(t.request(url).body).toBe('2,1');
    t.lab.heal(id);
    t.request(`${url}rename`);
    expect(t.request(url).body).toBe('2,22');
  });

  test('slow: an asynchronous read takes 200 ms and others are served meanwhile; a …Sync one stops them', async () => {
    const t = await boot(
      says(`request.url === '/async' ? fs.promises.readFile('/app/package.json')
        : request.url === '/sync' ? fs.readFileSync('/app/package.json') : 1`),
    );
    t.lab.inject({ kind: 'slow-disk', service: 'back', delayMs: 200 });
    const during = (path: string) => {
      const durations: Record<string, number> = {};
      for (const each of [path, ''])
        t.lab.request({ method: 'GET', url: url + each }, (reply) => {
          durations[each] = Math.floor(reply.durationMs / 100);
        });
      t.run(1000);
      return [durations[path], durations['']];
    };
    expect(during('async')).toEqual([2, 0]);
    expect(during('sync')).toEqual([2, 2]);
  });

  test('slow: four at a time, so five reads of 200 ms take 400 ms', async () => {
    const t = await boot(says(`Promise.all([1, 2, 3, 4, 5].map(() => fs.promises.readFile('/app/package.json')))`));
    t.lab.inject({ kind: 'slow-disk', service: 'back', delayMs: 200 });
    expect(Math.floor(t.request(url).durationMs / 100)).toBe(4);
  });
});

describe('clock', () => {
  const both = says('Date.now() + " " + Math.round(performance.now())');
  const read = (t: TestLab) => t.request(url).body.split(' ').map(Number) as [number, number];

  test('skew: Date is 5 s ahead, performance.now() is not, and it is right again when healed', async () => {
    const t = await boot(both);
    const [wall, mono] = read(t);
    const id = t.lab.inject({ kind: 'clock-skew', service: 'back', offsetMs: 5000 });
    const [skewed, later] = read(t);
    expect(skewed - wall - (later - mono)).toBeCloseTo(5000, -1);
    t.lab.heal(id);
    const [healed, latest] = read(t);
    expect(Math.abs(healed - wall - (latest - mono))).toBeLessThan(5);
  });

  test('drift: 1,000 ppm are 60 ms in a minute', async () => {
    const t = await boot(both);
    t.lab.inject({ kind: 'clock-skew', service: 'back', offsetMs: 0, driftPpm: 1000 });
    const [wall, mono] = read(t);
    t.run(60_000);
    const [later, monoLater] = read(t);
    expect(later - wall - (monoLater - mono)).toBeCloseTo(60, -1);
  });

  test('jump: an hour back, for good, and nothing to heal', async () => {
    const t = await boot(both);
    const [wall] = read(t);
    t.lab.heal(t.lab.inject({ kind: 'clock-jump', service: 'back', byMs: -3_600_000 }));
    expect(read(t)[0] - wall).toBeCloseTo(-3_600_000, -2);
  });
});

describe('crash-at-io', () => {
  // Each order: a line in the log, a line in the index, the reply. Three effects.
  const orders = `import http from 'node:http';
import fs from 'node:fs';
http.createServer((request, response) => {
  try {
    fs.appendFileSync('/tmp/log', 'x');
    fs.appendFileSync('/tmp/index', 'x');
    response.end('ok');
  } catch { fs.appendFileSync('/tmp/undo', 'x'); }
}).listen(8080);`;

  test.each([
    [1, '', ''],
    [2, 'x', ''],
    [3, 'x', 'x'],
  ])('at %s: no reply, log %j, index %j, and no catch block of the dead runs on', async (nth, log, index) => {
    const t = await boot(orders);
    const { files } = t.lab.system.machine.containers.get('back-1')!;
    t.lab.inject({ kind: 'crash-at-io', service: 'back', nth });
    expect(t.request(url).status).toBe(0);
    const texts = ['log', 'index', 'undo'].map((name) => files.readText(`/tmp/${name}`) ?? '');
    expect(texts).toEqual([log, index, '']);
    t.run(1000);
    const reason = expect.stringContaining(`crashed at I/O ${nth} (`);
    expect(t.exits('back-1')).toMatchObject([{ signal: 'SIGKILL', reason }]);
    expect(t.request(url).status).toBe(200);
  });

  test('at 4: the first order is whole, the second is not begun', async () => {
    const t = await boot(orders);
    const { files } = t.lab.system.machine.containers.get('back-1')!;
    t.lab.inject({ kind: 'crash-at-io', service: 'back', nth: 4 });
    expect([t.request(url).status, t.request(url).status]).toEqual([200, 0]);
    expect([files.readText('/tmp/log'), files.readText('/tmp/index')]).toEqual(['x', 'x']);
  });
});
