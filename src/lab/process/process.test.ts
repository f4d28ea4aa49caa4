import { describe, expect, test } from 'vitest';
import { TestLab } from '../test-lab.ts';

const stays = 'setInterval(() => {}, 1000);';

test('createRequire reads JSON and CommonJS beside an ES module, and names on lines are right', async () => {
  const t = await TestLab.boot({
    a: {
      main: `import { createRequire } from 'node:module';
import { dirname } from 'node:path';
const require = createRequire(import.meta.url);
const __dirname = dirname(new URL(import.meta.url).pathname);
console.log(require('./data.json').n, require('./old.cjs').twice(4), require.resolve('./old.cjs'), __dirname, (await import('./data.json', { with: { type: 'json' } })).default.n);
throw new Error('line 6');`,
      files: { 'src/data.json': '{"n": 5}', 'src/old.cjs': 'exports.twice = (n) => 2 * n;' },
    },
  });
  t.run(50);
  expect(t.logs('a')).toContain('5 8 /app/src/old.cjs /app/src 5');
  expect(t.exits('a-1')[0]).toMatchObject({ reason: 'uncaught Error: line 6 (a/src/main.ts:6)' });
});

test('an ES module has no require and no __dirname, as in a real container', async () => {
  const t = await TestLab.boot({
    a: { main: `console.log(typeof __dirname);\nconst fs = require('node:fs');` },
  });
  t.run(50);
  expect(t.logs('a')).toContain('undefined');
  expect(t.exits('a-1')[0]).toMatchObject({
    reason:
      'uncaught ReferenceError: require is not defined in ES module scope, you can use import instead (a/src/main.ts:2)',
  });
});

describe('how a process ends', () => {
  test('an uncaught error ends it with code 1, and the log names file and line as Node does', async () => {
    const t = await bootOne(`console.log('up');\nsetTimeout(() => {\n  throw new TypeError('boom');\n}, 20);`);
    t.run(100);
    expect(t.exits('a-1')[0]).toMatchObject({
      exitCode: 1,
      reason: 'uncaught TypeError: boom (a/src/main.ts:3)',
    });
    expect(t.logs('a')).toContain("file:///app/src/main.ts:3\n  throw new TypeError('boom');\n");
    expect(t.logs('a')).toContain('TypeError: boom\n    at Timeout');
    expect(t.logs('a')).not.toMatch(/src\/lab|process\.ts|vitest/);
    expect(t.lab.ended).toBeNull();
  });

  test('a stack that the program logs itself shows its own frames and none of the lab', async () => {
    const t = await bootOne(
      `const f = async () => { await null; throw new Error('x'); };\nf().catch((e) => console.error(e));\n${stays}`,
    );
    t.run(5);
    expect(t.logs('a')).toMatch(/^Error: x\n {4}at .*file:\/\/\/app\/src\/main\.ts:1/);
    expect(t.logs('a')).not.toMatch(/src\/lab|vitest|<anonymous>/);
  });

  test('an unhandled rejection does the same', async () => {
    const t = await bootOne(`await null;\nasync function f() {\n  throw new Error('late');\n}\nf();\n${stays}`);
    t.run(50);
    expect(t.exits('a-1')[0]).toMatchObject({ exitCode: 1, reason: 'uncaught Error: late (a/src/main.ts:3)' });
  });

  test('a rejection that is handled in time is none', async () => {
    const t = await bootOne(
      `const p = Promise.reject(new Error('x')); p.catch(() => console.log('caught'));\n${stays}`,
    );
    t.run(50);
    expect(t.exits('a-1')).toEqual([]);
    expect(t.logs('a')).toBe('caught');
  });

  test("process.on('uncaughtException') keeps it alive", async () => {
    const t = await bootOne(
      `process.on('uncaughtException', (e, origin) => console.log(origin, e.message));\nsetTimeout(() => { throw new Error('x'); }, 5);\n${stays}`,
    );
    t.run(50);
    expect(t.exits('a-1')).toEqual([]);
    expect(t.logs('a')).toBe('uncaughtException x');
  });

  test('process.exit() runs nothing after it, whatever is caught around it', async () => {
    const t = await bootOne(
      `process.on('exit', (code) => console.log('exit', code));\ntry { process.exit(3); } catch { console.log('caught'); }\nsetTimeout(() => console.log('later'), 1);`,
    );
    t.run(5);
    expect(t.exits('a-1')[0]).toMatchObject({ exitCode: 3 });
    expect(t.logs('a')).toBe('exit 3\ncaught');
  });

  test('it ends by itself with code 0 when nothing is left to do; an unreferenced timer does not count', async () => {
    const t = await bootOne(`setInterval(() => {}, 10).unref();\nsetTimeout(() => console.log('last'), 30);`);
    t.run(40);
    expect(t.logs('a')).toBe('last');
    expect(t.exits('a-1')[0]).toMatchObject({ exitCode: 0 });
  });

  test('a top-level await that never settles ends it with code 13', async () => {
    const t = await bootOne('await new Promise(() => {});');
    t.run(5);
    expect(t.exits('a-1')[0]).toMatchObject({ exitCode: 13 });
    expect(t.logs('a')).toContain('unsettled top-level await');
  });

  test('SIGTERM asks, SIGKILL after the grace period does not', async () => {
    const t = await bootOne(
      `process.on('SIGTERM', () => console.log('asked'));\n${stays}`,
      '    stop_grace_period: 2s\n    restart: always\n',
    );
    t.run(100);
    t.lab.system.supervisor.restart('a');
    t.run(1_500);
    expect([t.logs('a'), t.exits('a-1')]).toEqual(['asked', []]);
    t.run(1_000);
    expect(t.exits('a-1')[0]).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });
});

describe('modules', () => {
  test('a syntax error is refused before anything runs, with its place', async () => {
    await expect(bootOne('const a = 1;\nconst b = ;\n')).rejects.toThrow(
      'a/src/main.ts:2 SyntaxError: Unexpected token',
    );
  });

  test.each([
    ["import './helper.ts';", 'Cannot find module', 'There is no folder /app/src/helper'],
    [
      "import { x } from 'left-pad';",
      "Cannot find package 'left-pad' imported from /app/src/main.ts",
      'Add "left-pad"',
    ],
    ["import 'node:cluster';", 'node:cluster', ''],
    ["import 'node:nonsense';", 'No such built-in module: node:nonsense', ''],
  ])('%s says what is missing, where, and what to do', async (line, message, hint) => {
    const t = await bootOne(`console.log('never');\n\n${line}\n`);
    t.run(50);
    expect(t.logs('a')).not.toContain('never');
    expect(t.problems[0]?.message).toContain(message);
    expect(t.problems[0]).toMatchObject({ file: 'a/src/main.ts', line: 3 });
    if (hint && !hint.includes('no folder')) expect(t.problems[0]?.hint).toContain(hint);
  });

  test('import without the file ending says which file was meant', async () => {
    const t = await bootOne("import { x } from './x';\nconsole.log(x);", '', { 'src/x.ts': 'export const x = 1;' });
    t.run(50);
    expect(t.problems[0]?.hint).toContain("write 'x.ts'");
  });

  test('dependencies first, each once, top-level await waited for, cycles allowed, live bindings', async () => {
    const t = await bootOne(
      "import { a, later } from './a.ts';\nimport { b } from './b.ts';\nconsole.log('main', a, b, later());\n" +
        "const { default: json } = await import('./data.json');\nconsole.log(json.k, import.meta.url, import.meta.dirname);",
      '',
      {
        'src/a.ts':
          "import { b } from './b.ts';\nexport let a = 1;\nexport const later = () => a + b;\na = 5;\nconsole.log('a');",
        'src/b.ts':
          "import { a } from './a.ts';\nawait new Promise((r) => setTimeout(r, 10));\nexport const b = 2;\nexport const f = () => a;\nconsole.log('b');",
        'src/data.json': '{ "k": "v" }',
      },
    );
    t.run(50);
    expect(t.logs('a')).toBe('b\na\nmain 5 2 7\nv file:///app/src/main.ts /app/src');
  });
});

describe('CPU', () => {
  test('a busy loop burns virtual time exactly, delays its own events and nobody else', async () => {
    const t = await TestLab.boot({
      busy: {
        main: `setTimeout(() => { const end = performance.now() + 50; while (performance.now() < end); }, 10);
          const t0 = performance.now();
          setTimeout(() => console.log(Math.round(performance.now() - t0)), 20);`,
      },
      calm: {
        main: 'const t0 = performance.now(); setTimeout(() => console.log(Math.round(performance.now() - t0)), 20);',
      },
    });
    t.run(200);
    // 10 ms until the loop + 50 ms of loop: the timer that was due at 20 runs at 60.
    expect(t.logs('busy')).toBe('60');
    expect(t.logs('calm')).toBe('20');
  });

  test('pause stands still and keeps the backlog, resume works it off', async () => {
    const t = await bootOne(
      "import http from 'node:http';\nhttp.createServer((q, r) => r.end('ok')).listen(8080, () => console.log('up'));",
      '    ports: ["8080:8080"]\n',
    );
    t.run(100);
    expect(t.request('http://a:8080/').body).toBe('ok');
    t.lab.system.supervisor.pause('a');
    expect(t.request('http://a:8080/', { timeoutMs: 1000 })).toMatchObject({ status: 0, error: 'TIMEOUT' });
    let status = 0;
    t.lab.request({ method: 'GET', url: 'http://a:8080/', timeoutMs: 10_000 }, (reply) => {
      status = reply.status;
    });
    t.run(500);
    expect(status).toBe(0);
    t.lab.system.supervisor.unpause('a');
    t.run(50);
    expect(status).toBe(200);
  });
});

describe('code that does not return', () => {
  test.each([
    ['an endless loop', 'while (true) {}', 2],
    ['an endless loop that catches everything', 'for (;;) { try { JSON.parse("x"); } catch {} }', 2],
    ['a promise chain without end', 'const f = () => Promise.resolve().then(f); f();', 0],
  ])('%s ends the run with service, file and line', async (_name, code, line) => {
    const t = await bootOne(`setTimeout(() => {\n${code}\n}, 10);`);
    t.run(100);
    expect(t.lab.ended?.message).toContain('a-1');
    expect(t.lab.ended?.message).toContain('does not return');
    if (line > 0) expect(t.lab.ended).toMatchObject({ file: 'a/src/main.ts', line });
  });

  test('endless recursion is a RangeError like any other', async () => {
    const t = await bootOne('function f(n) { return f(n + 1) + 1; }\nsetTimeout(() => f(0), 5);');
    t.run(50);
    expect(t.exits('a-1')[0]?.reason).toContain('RangeError: Maximum call stack size exceeded');
  });
});

describe('what a process cannot see', () => {
  test('host names are undefined or its own; two replicas share nothing', async () => {
    const t = await bootOne(
      `console.log(typeof postMessage, typeof importScripts, typeof indexedDB, typeof self, typeof window, typeof WebTransport);
       console.log(globalThis === global, globalThis.setTimeout === setTimeout, process.version);
       globalThis.count = (globalThis.count ?? 0) + 1; console.log(globalThis.count, Intl.DateTimeFormat().resolvedOptions().timeZone);
       console.log(new Date(2026, 0, 1).getTimezoneOffset(), Math.random() === Math.random()); ${stays}`,
      '    deploy:\n      replicas: 2\n',
    );
    t.run(20);
    const lines = t.logs('a-2').split('\n');
    expect(lines[0]).toBe('undefined undefined undefined undefined undefined undefined');
    expect(lines[1]).toMatch(/^true true v24\./);
    expect(lines[2]).toBe('1 UTC');
    expect(lines[3]).toBe('0 false');
    expect(t.logs('a-1').split('\n')[2]).toBe('1 UTC');
  });
});

function bootOne(main: string, compose = '', files: Record<string, string> = {}): Promise<TestLab> {
  return TestLab.boot({ a: { main, compose, files } });
}
