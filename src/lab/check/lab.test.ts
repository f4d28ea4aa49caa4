/** Checks against a real system in the lab: what they see, what they break, and what reaches the verdict. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { OpenOptions } from '../check-host.ts';
import type { TraceEvent } from '../core/events.ts';
import { checkHosts, type Programs, runChecks } from '../index.ts';
import { projectOf, testPrograms } from '../test-lab.ts';
import type { Verdict } from './verdict.ts';

let programs: Programs;
beforeAll(async () => {
  programs = await testPrograms();
}, 60_000);

const front = `
import { createServer } from 'node:http';
createServer(async (request, response) => {
  try {
    const answers = [];
    for (let i = 0; i < 2; i++) answers.push(await (await fetch('http://back:9000' + request.url)).text());
    response.end(answers.join());
  } catch (error) {
    response.writeHead(502).end(String(error.cause?.code ?? error));
  }
}).listen(8080);
`;
const back = `
import { createServer } from 'node:http';
createServer((request, response) => response.end('b' + request.url)).listen(9000);
`;

function grade(
  checks: string,
  services: Record<string, string> = { front, back },
  seeds: readonly number[] = [1],
  more: Partial<OpenOptions> = {},
): Verdict {
  const files = projectOf(Object.fromEntries(Object.entries(services).map(([name, main]) => [name, { main }])));
  const source = `import { up, vary, seed } from 'loadbearing';\nimport { beforeAll, expect, test } from 'vitest';\n${checks}`;
  const open = checkHosts({ programs, realNowMs: () => performance.now(), ...more });
  return runChecks({ exerciseId: 'T', files, checks: source }, seeds, open);
}

const slowLink = `
test('slow link', async () => {
  const shop = await up();
  const traffic = shop.load({ get: 'http://front:8080/a', rate: 20 });
  await shop.sleep('3s');
  const fault = shop.link('front', 'back').latency('200ms', { jitter: '20ms' });
  await fault.for('4s');
  await shop.sleep('3s');
  const stats = await traffic.stop();
  expect(stats.window(fault.fromMs, fault.toMs - 500).latency.p50, 'p50 in the fault, ms').toBeLessThanOrEqual(100);
  expect(stats.errorRate, 'errors, %').toBe(0);
  expect(stats.results[0].body, 'content').toBe('b/a,b/a');
});
`;

describe('what a check measures', () => {
  test('a fault is seen in the load, in the plot with its window, and the pointer names a request of the trace', () => {
    const verdict = grade(slowLink);
    const [check] = verdict.checks;
    const [p50] = check!.measurements;
    // Two calls one after the other, each 180 to 220 ms longer.
    expect(p50).toMatchObject({ passed: false, comparator: '≤', bound: 100, unit: 'ms' });
    expect(p50!.actual).toBeGreaterThan(380);
    expect(p50!.actual).toBeLessThan(430);
    expect(p50!.pointer!.requestId).toBeGreaterThan(0);
    const plot = check!.plots.find(({ unit }) => unit === 'ms')!;
    expect(plot).toMatchObject({ bound: 100, faults: [{ text: 'latency 200 ms ± 20 ms on front → back' }] });
    const [fault] = plot.faults;
    expect(fault!.toMs - fault!.fromMs).toBeCloseTo(4000, 0);
    const inFault = plot.points.filter(([atMs]) => atMs > fault!.fromMs && atMs < fault!.toMs - 1500);
    expect(inFault.every(([, p99]) => p99 > 300)).toBe(true);
    expect(check!.error).toBeUndefined();
  });

  test('a fault that is left out does not happen, the others do; whoever watches sees all that happens', () => {
    const two = slowLink.replace('const fault', "shop.service('back').cpu('1ms');\n  const fault");
    const seen: TraceEvent[] = [];
    const verdict = grade(two, undefined, [1], { without: [2], onEvent: (event) => seen.push(event) });
    expect(verdict.checks[0]!.measurements[0]).toMatchObject({ label: 'p50 in the fault', passed: true });
    expect(seen.flatMap((event) => (event.kind === 'fault' ? [event.fault.kind, event.state] : []))).toEqual([
      'cpu',
      'on',
      'cpu',
      'off',
    ]);
    expect(seen.filter(({ kind }) => kind === 'request').length).toBeGreaterThan(500);
    const all = grade(two).checks[0]!.measurements[0];
    expect(all).toMatchObject({ passed: false });
  });

  test('the tap counts calls by cause, and calls that never became a request', () => {
    const verdict = grade(`
test('tap', async () => {
  const shop = await up();
  const from = shop.now();
  await shop.load({ get: 'http://front:8080/a', rate: 10, duration: '2s' });
  const to = shop.now();
  expect(shop.tap.requests({ from: 'client', to: 'front', between: [from, to] }).count).toBe(20);
  const calls = shop.tap.requests({ from: 'front', to: 'back', between: [from, to] });
  expect(calls.count).toBe(40);
  expect(calls.maxPerRoot).toBe(2);
  expect(calls.repeats.count).toBe(20);
  expect(shop.tap.amplification({ to: 'back', between: [from, to] })).toBe(2);

  const refuse = shop.service('back').refuse();
  shop.link('front', 'back').reset();
  await shop.sleep('1s');
  const dead = shop.now();
  const reply = await shop.request({ get: 'http://front:8080/b' });
  expect(reply.status).toBe(502);
  expect(reply.body).toMatch(/^ECONN/);
  expect(shop.tap.calls({ from: 'front', to: 'back', between: [dead, shop.now()] }).count).toBeGreaterThanOrEqual(1);
  refuse.heal();
});
`);
    expect(verdict.checks[0]).toMatchObject({ passed: true });
  });

  test('a second up() is a fresh system', () => {
    const counting = `
import { createServer } from 'node:http';
let n = 0;
createServer((request, response) => response.end(String(++n))).listen(9000);
`;
    const verdict = grade(
      `
for (const name of ['one', 'two']) {
  test(name, async () => {
    const shop = await up();
    const first = await shop.request({ get: 'http://back:9000/' });
    const second = await shop.request({ get: 'http://back:9000/' });
    expect([first.body, second.body]).toEqual(['1', '2']);
  });
}
`,
      { back: counting },
    );
    expect(verdict.passed).toBe(true);
  });
});

describe('a verdict is the run’s identity', () => {
  test('same seed, same hash; other seed, other hash', () => {
    const [a, b] = [grade(slowLink, undefined, [7, 8]), grade(slowLink, undefined, [7, 8])];
    expect(a.traceHashes).toEqual(b.traceHashes);
    expect(a.traceHashes[0]).not.toBe(a.traceHashes[1]);
    expect(a.checks).toEqual(b.checks);
  });
});

describe('what keeps checks from running is said with file and line', () => {
  test('a syntax error in a service', () => {
    const verdict = grade(`test('x', async () => { await up(); });`, { back: `import 'node:http';\nconst = 5;\n` });
    expect(verdict.passed).toBe(false);
    expect(verdict.failure).toMatchObject({ file: 'back/src/main.ts', line: 2 });
  });

  test('a service without end in a handler', () => {
    const endless = `
import { createServer } from 'node:http';
createServer((request, response) => {
  while (true) {}
}).listen(9000);
`;
    const verdict = grade(
      `test('x', async () => { const shop = await up(); await shop.request({ get: 'http://back:9000/' }); });`,
      { back: endless },
    );
    expect(verdict.failure).toMatchObject({ file: 'back/src/main.ts', line: 4 });
  });

  test('a syntax error in the checks, and an import that checks have not', () => {
    expect(grade('const = 5;').failure).toMatchObject({ file: 'checks.test.ts', line: 3 });
    const verdict = grade(`import { get } from 'axios';\ntest('x', () => {});`);
    expect(verdict.failure?.message).toMatch(/axios/);
  });

  test('an error in a check names its line', () => {
    const verdict = grade(`test('x', async () => {\n  const shop = await up();\n  shop.service('bakc').kill();\n});`);
    expect(verdict.checks[0]!.error).toContain(`service('bakc'): there is no such service; the compose file has`);
    expect(verdict.checks[0]!.error).toContain('checks.test.ts:5');
  });
});

describe('a service cannot reach the grader', () => {
  test('neither by import nor by a global', () => {
    const spy = `
import { createServer } from 'node:http';
const found = [];
for (const name of ['loadbearing', 'vitest']) {
  try {
    await import(name);
    found.push(name);
  } catch {}
}
for (const name of ['up', 'expect', 'test', 'vary', 'seed', '__kernel', '__host']) if (name in globalThis) found.push(name);
createServer((request, response) => response.end(found.join())).listen(9000);
`;
    const verdict = grade(
      `test('x', async () => { const shop = await up(); expect((await shop.request({ get: 'http://back:9000/' })).body).toBe(''); });`,
      { back: spy },
    );
    expect(verdict.checks[0]).toMatchObject({ passed: true });
  });

  test('what a service tries to do to Array, JSON and the others does not change the verdict', () => {
    const vandal = `
import { createServer } from 'node:http';
const attempts = [
  () => { Array.prototype.filter = () => []; },
  () => { Array.prototype.every = () => true; },
  () => { Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: true }); },
  () => { Function.prototype.call = () => true; },
  () => { JSON.parse = () => ({}); },
  () => { Object.prototype.ok = () => true; },
  () => { Object.entries = () => []; },
];
for (const attempt of attempts) try { attempt(); } catch {}
createServer((request, response) => response.writeHead(500).end('{"a":1}')).listen(9000);
`;
    const verdict = grade(
      `test('x', async () => {
  const shop = await up();
  const stats = await shop.load({ get: 'http://back:9000/', rate: 10, duration: '1s' });
  expect(stats.errorRate, 'errors, %').toBe(1);
  expect(stats.results[0].json.a).toBe(1);
  expect(stats.errorRate, 'errors, %').toBe(0);
});`,
      { back: vandal },
    );
    expect(verdict.passed).toBe(false);
    expect(verdict.checks[0]!.measurements.map(({ passed }) => passed)).toEqual([true, true, false]);
  });
});
