/** Faults as checks write them: later, for a time, again and again, and by chance. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { TraceEvent } from '../core/events.ts';
import { checkHosts, type Programs, runChecks } from '../index.ts';
import { projectOf, testPrograms } from '../test-lab.ts';
import { toSignedMs } from './duration.ts';
import type { CheckHost } from './host.ts';
import { toBytes } from './size.ts';
import type { Verdict } from './verdict.ts';

let programs: Programs;
beforeAll(async () => {
  programs = await testPrograms();
}, 60_000);

const front = `import { createServer } from 'node:http';
createServer(async (request, response) => {
  try { response.end(await (await fetch('http://back:9000' + request.url, { signal: AbortSignal.timeout(1000) })).text()); }
  catch (error) { response.writeHead(502).end(String(error.cause?.code ?? error)); }
}).listen(8080);`;
const back = `import { createServer } from 'node:http';
createServer((request, response) => response.end('b')).listen(9000);`;

/** Runs a body with `shop`; the faults of the trace as "on 1000 text", ms since the body began. */
function run(body: string, seed = 1): { verdict: Verdict; faults: string[] } {
  const files = projectOf({
    front: { main: front, compose: '    ports: ["8080:8080"]\n    depends_on: [back]\n    restart: always\n' },
    back: { main: back, compose: '    restart: always\n' },
  });
  const faults: string[] = [];
  let beganMs = 0;
  const listen = (event: TraceEvent) => {
    if (event.kind === 'note' && event.text === 'begin') beganMs = event.atMs;
    if (event.kind === 'fault') faults.push(`${event.state} ${Math.round(event.atMs - beganMs)} ${event.text}`);
  };
  const open = checkHosts({ programs, realNowMs: () => performance.now() });
  const source = `import { up } from 'loadbearing';\nimport { expect, test } from 'vitest';
test('x', async () => { const shop = await up(); shop.note('begin'); ${body}
  expect(shop.seed).toBe(${seed}); });`;
  const verdict = runChecks({ exerciseId: 'T', files, checks: source }, [seed], (given, of) => {
    const opened = open(given, of);
    if (opened.ok) spyOn(opened.host, listen);
    return opened;
  });
  return { verdict, faults };
}

function spyOn(host: CheckHost, listen: (event: TraceEvent) => void): void {
  const up = host.up.bind(host);
  host.up = (onReady) =>
    up((result) => {
      if (result.ok) result.system.subscribe(listen);
      onReady(result);
    });
}

describe('in time', () => {
  test('after, for, and awaiting the end', () => {
    const { verdict, faults } = run(`
  const fault = shop.link('front', 'back').after('2s').partition().for('3s');
  expect(Math.round(fault.fromMs - shop.now())).toBe(2000);
  expect(Math.round(fault.toMs - fault.fromMs)).toBe(3000);
  const fromMs = shop.now();
  await fault;
  expect(Math.round(shop.now() - fromMs)).toBe(5000);`);
    expect(verdict.checks[0]).toMatchObject({ passed: true });
    expect(faults).toEqual(['on 2000 partition front ↮ back', 'off 5000 partition front ↮ back']);
  });

  test('every: a kill each 4 s until healed, and a partition of 1 s each 3 s', () => {
    const { verdict, faults } = run(`
  const kills = shop.service('back').after('1s').kill().every('4s');
  const cuts = shop.link('front', 'back').partition().for('1s').every('3s');
  await shop.sleep('6500ms');
  shop.heal();
  await kills;
  await cuts;
  await shop.sleep('10s');`);
    expect(verdict.checks[0]!.error).toBeUndefined();
    expect(faults.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'on 0 partition',
      'on 1000 kill',
      'off 1000 kill',
      'off 1000 partition',
      'on 3000 partition',
      'off 4000 partition',
      'on 5000 kill',
      'off 5000 kill',
      'on 6000 partition',
      'off 6500 partition',
    ]);
  });

  test.each([
    [`shop.service('back').pause().for('5s').every('4s')`, 'every: expected more than 0 and than for, found 4000 ms'],
    [`shop.service('back').cpuThrottle(2)`, 'share is 2; expected a share of one CPU, above 0 and below 1.'],
    [`shop.service('back').memoryLimit('lots')`, `memoryLimit: expected something like '64MiB', '100kB' or a number`],
  ])('%s is refused', (call, sentence) => {
    expect(run(`${call};`).verdict.checks[0]!.error).toContain(sentence);
  });
});

test('every method of a link and a service starts its fault', () => {
  const { verdict, faults } = run(`
  const link = shop.link('front', 'back');
  const service = shop.service('back');
  for (const fault of [link.latency('1s', { jitter: '100ms' }), link.loss(0.1), link.partition({ oneWay: true }),
    link.reset({ probability: 0.5 }), link.bandwidth('100kB/s'), link.timeout(), link.slowClose('1s'), link.dropReply(3),
    link.dnsFailure('EAI_AGAIN'), link.dnsDelay('1s'), link.dnsCache('1m'),
    service.pause(), service.refuse(), service.cpu('10ms'), service.cpuThrottle(0.2), service.memoryLimit('64m'),
    service.crashAtIo(3), service.diskFull({ free: '1kB' }), service.slowDisk('20ms', { jitter: '5ms' }),
    service.clockSkew('-5s', { driftPpm: 20 }), service.clockJump('1h'), service.kill(), service.restart()]) fault.heal();`);
  expect(verdict.checks[0]!.error).toBeUndefined();
  expect(faults.filter((line) => line.startsWith('on')).map((line) => line.slice(5))).toMatchInlineSnapshot(`
    [
      "latency 1 s ± 100 ms on front → back",
      "10 % packet loss on front ↔ back",
      "partition front ↛ back (one way)",
      "reset front ↔ back (50 %)",
      "100 kB/s on front ↔ back",
      "data vanishes on front → back",
      "connections close 1 s late on front ↔ back",
      "reply 3 of back to front vanishes",
      "front cannot resolve back (EAI_AGAIN)",
      "front resolves back 1 s late",
      "front keeps the addresses of back for 1 min",
      "pause back",
      "back refuses connections",
      "10 ms CPU per request at back",
      "back throttled to 20 % of a CPU",
      "memory of back limited to 64 MiB",
      "back crashes at I/O 3",
      "disk of back has 1000 B left",
      "disk of back 20 ms ± 5 ms slower",
      "clock of back 5 s behind, 20 ppm fast",
      "clock of back jumps 60 min ahead",
      "kill back",
      "restart back",
    ]
  `);
});

describe('chaos', () => {
  const body = `
  const chaos = shop.chaos({ duration: '20s', faults: 6 });
  shop.note(JSON.stringify(chaos.schedule));
  await chaos;
  expect(Math.round(shop.now() - chaos.fromMs)).toBe(20000);`;

  test('the same for the same seed, another for another; all over at its end', () => {
    const [one, same, other] = [run(body), run(body), run(body, 2)];
    expect(one.verdict.checks[0]).toMatchObject({ passed: true });
    expect(one.faults).toEqual(same.faults);
    expect(one.faults).not.toEqual(other.faults);
    expect(one.verdict.traceHashes).toEqual(same.verdict.traceHashes);
    const [on, off] = ['on', 'off'].map((state) => one.faults.filter((line) => line.startsWith(state)).length);
    expect([on, off]).toEqual([6, 6]);
  });

  test('only the given kinds and services; a schedule can be given instead', () => {
    const { verdict, faults } = run(`
  const chaos = shop.chaos({ duration: '10s', faults: 4, kinds: ['pause', 'latency'], services: ['back'] });
  for (const each of chaos.schedule) expect(['pause', 'latency']).toContain(each.kind);
  chaos.heal();
  await shop.chaos({ duration: '1s', schedule: [{ kind: 'pause', service: 'back', afterMs: 100, forMs: 200 }] });`);
    expect(verdict.checks[0]).toMatchObject({ passed: true });
    expect(faults.slice(-2).map((line) => line.split(' ').slice(2).join(' '))).toEqual(['pause back', 'pause back']);
  });
});

test('sizes and signed durations', () => {
  expect(['64MiB', '64m', '1.5 kB', '100kB/s', 12].map((size) => toBytes(size, 'x'))).toEqual([
    67_108_864, 67_108_864, 1500, 100_000, 12,
  ]);
  expect(['-5s', '5s', -20, 20].map((each) => toSignedMs(each, 'x'))).toEqual([-5000, 5000, -20, 20]);
});
