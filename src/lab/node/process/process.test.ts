/** What is the lab's own in a process: virtual time, seeded randomness, signals, exit, and what is missing. */
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleBuiltins } from '../../../catalog/bundle.ts';
import { type TestProcess, type TestProcessOptions, TestWorld } from '../test-kernel.ts';

let bundle: string;
beforeAll(async () => {
  bundle = (await bundleBuiltins()).code;
}, 60_000);

function start(program: string, options?: TestProcessOptions): TestProcess {
  const lab = new TestWorld().process(options);
  lab.run(bundle, program);
  return lab;
}

describe('time and chance', () => {
  test('Date, performance and hrtime show the virtual clock', () => {
    const lab = start(
      `setTimeout(() => console.log(new Date().toISOString(), Date.now() - 1500, performance.now(), process.hrtime(), process.uptime(), Intl.DateTimeFormat().format()), 1500);`,
    );
    lab.world.run(2000);
    expect(lab.stdout).toBe('2026-01-01T00:00:01.500Z 1767225600000 1500 [ 1, 500000000 ] 1.5 1/1/2026\n');
  });

  test('random values repeat with the seed', () => {
    const program = `console.log(Math.random(), crypto.randomUUID(), require('crypto').randomBytes(4).toString('hex'));`;
    const first = start(program).stdout;
    expect(first).toBe(start(program).stdout);
    expect(first).toMatch(/^0\.\d+ [0-9a-f-]{36} [0-9a-f]{8}\n$/);
  });

  test('an interval does not drift when its callback burns CPU time', () => {
    const lab = start(
      `let n = 0; const t = setInterval(() => { if (++n === 3) clearInterval(t); console.log(performance.now()); }, 100);`,
    );
    lab.world.run(1000);
    expect(lab.stdout).toBe('100\n200\n300\n');
  });
});

describe('signals and exit', () => {
  test('SIGTERM reaches its listener with name and number', () => {
    const lab = start(`process.on('SIGTERM', (name, number) => { console.log(name, number); process.exit(); });`);
    lab.kernel.kill(1, 'SIGTERM');
    lab.world.run(1);
    expect([lab.stdout, lab.exitCode]).toEqual(['SIGTERM 15\n', 0]);
  });

  test('a signal is the default again after its listener was removed', () => {
    const lab = start(`const f = () => console.log('never'); process.on('SIGTERM', f); process.off('SIGTERM', f);`);
    lab.kernel.kill(1, 'SIGTERM');
    lab.world.run(1);
    expect([lab.stdout, lab.exitCode]).toEqual(['', 128]);
  });

  test('exit listeners run with the code, and nothing after process.exit does', () => {
    const lab =
      start(`process.on('exit', (code) => { console.log('exit', code, process.exitCode); setTimeout(() => console.log('no'), 1); process.nextTick(() => console.log('no')); });
      Promise.resolve().then(() => console.log('no')); try { process.exit(3); } finally { console.log('finally'); }`);
    lab.world.run(100);
    expect([lab.stdout, lab.exitCode]).toEqual(['exit 3 3\nfinally\n', 3]);
  });

  test('a program that ends by itself ends with process.exitCode, after beforeExit', () => {
    const lab = start(
      `process.exitCode = 4; process.on('beforeExit', (c) => console.log('before', c)); process.on('exit', (c) => console.log('exit', c));`,
    );
    lab.finish();
    expect([lab.stdout, lab.exitCode]).toEqual(['before 4\nexit 4\n', 4]);
  });

  test('an exit listener may change the code', () => {
    const lab = start(`process.on('exit', () => { process.exitCode = 9; });`);
    lab.finish();
    expect(lab.exitCode).toBe(9);
  });

  test('uncaughtException takes errors of callbacks and rejections, and tells them apart', () => {
    const lab =
      start(`process.on('uncaughtException', (e, origin) => console.log(e.message, origin)); process.on('uncaughtExceptionMonitor', (e) => console.log('monitor', e.message));
      setTimeout(() => { throw new Error('timer'); }, 1); Promise.reject(new Error('promise'));`);
    lab.world.run(10);
    expect(lab.stdout).toBe('monitor promise\npromise unhandledRejection\nmonitor timer\ntimer uncaughtException\n');
    expect(lab.exitCode).toBeNull();
  });

  test('without a listener an error ends the process with code 1 and exit listeners see it', () => {
    const lab = start(
      `process.exitCode = 5; process.on('exit', (c) => console.log('exit', c)); setTimeout(() => { throw new Error('boom'); }, 1);`,
    );
    lab.world.run(10);
    expect([lab.stdout, lab.exitCode, (lab.fatal[0] as Error).message]).toEqual(['exit 1\n', 1, 'boom']);
  });
});

describe('output', () => {
  test('console writes to stdout and stderr; a patched stream is respected', () => {
    const lab = start(
      `console.log('a'); console.error('b'); process.stdout.write('raw\\n'); const { write } = process.stdout; process.stdout.write = (t) => { write.call(process.stdout, '> ' + t); return true; }; console.log('c');`,
    );
    expect([lab.stdout, lab.stderr]).toEqual(['a\nraw\n> c\n', 'b\n']);
  });

  test('a warning is printed once with its hint', () => {
    const lab = start(`process.emitWarning('one'); process.emitWarning('two', 'DeprecationWarning', 'DEP1');`);
    expect(lab.stderr).toBe(
      '(node:1) Warning: one\n(Use `node --trace-warnings ...` to show where the warning was created)\n(node:1) [DEP1] DeprecationWarning: two\n',
    );
  });

  test('an error is shown without frames of the built-ins that have no file', () => {
    const shown = start(`console.log(new TypeError('shown'));`).stdout;
    expect(shown).toMatch(/^TypeError: shown\n/);
    expect(shown).not.toContain('eval');
  });

  test('process.env is text, argv and cwd come from the container', () => {
    const lab = start(
      `process.env.N = 5; console.log(process.env.PORT, typeof process.env.N, process.argv, process.cwd(), require('os').hostname());`,
      { env: { PORT: '8080' } },
    );
    expect(lab.stdout).toBe(`8080 string [ '/usr/local/bin/node', '/app/src/main.ts' ] /app main-1\n`);
  });
});

describe('what the lab has not', () => {
  const missing = (program: string) => {
    const lab = start(`try { ${program} } catch (error) { console.log(error.message); }`);
    return lab.stdout;
  };
  test('a missing module names itself and an alternative', () => {
    expect(missing(`require('node:cluster');`)).toMatchInlineSnapshot(`
      "node:cluster is not part of the lab. Run more replicas: \`deploy: { replicas: 2 }\` in compose.yaml.
      "
    `);
    expect(missing(`require('child_process');`)).toMatchInlineSnapshot(`
      "node:child_process is not part of the lab. Processes are services here: add one to compose.yaml.
      "
    `);
  });
  test('a missing function names itself and an alternative', () => {
    expect(missing(`require('zlib').gzipSync('x');`)).toMatchInlineSnapshot(`
      "zlib.gzipSync is in the lab's full set of built-ins, which a program gets when one of its files or packages names it. Write the name out in a file of the service, as in \`import 'node:http2'\`, and start it again.
      "
    `);
    expect(missing(`require('crypto').createCipheriv('aes', 'k', 'i');`)).toMatchInlineSnapshot(`
      "crypto.createCipheriv is in the lab's full set of built-ins, which a program gets when one of its files or packages names it. Write the name out in a file of the service, as in \`import 'node:http2'\`, and start it again.
      "
    `);
    expect(missing(`new (require('worker_threads').Worker)('x');`)).toMatchInlineSnapshot(`
      "worker_threads.Worker is not part of the lab. Start another service or replica in compose.yaml.
      "
    `);
  });
});
