import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BootResult, Engine, LoadSpec, Project, Session, SessionUpdate } from '../../engines/engine.ts';
import { Run } from './run.ts';

const project: Project = { id: 'shop', files: { 'gateway/src/main.ts': 'x' }, packagesUrl: '' };
const load: LoadSpec = { url: 'http://gateway:8080/products', ratePerSecond: 50 };

/** Stands for any engine: notes what is asked of it, and says what the test wants said. */
class Bench {
  readonly asked: string[] = [];
  readonly sessions: { say: (update: SessionUpdate) => void }[] = [];
  nextBoot: () => Promise<BootResult> = () => Promise.resolve({ ok: true, session: this.session() });

  readonly engine: Engine = {
    name: 'lab',
    boot: () => this.nextBoot(),
    check: () => Promise.reject(new Error('not asked here')),
  };

  session(): Session {
    const listeners = new Set<(update: SessionUpdate) => void>();
    const number = this.sessions.push({ say: (update) => listeners.forEach((each) => void each(update)) });
    const note = (what: string) => this.asked.push(`${number} ${what}`);
    let lastId = 0;
    return {
      topology: { services: [] },
      seed: 7,
      play: (speed) => note(`play ${speed}`),
      pause: () => note('pause'),
      step: (unit) => note(`step ${unit}`),
      request: () => Promise.reject(new Error('not asked here')),
      inject: async (fault) => {
        note(`inject ${fault.kind}`);
        return ++lastId;
      },
      heal: async (id) => void note(`heal ${id}`),
      startLoad: async (spec) => {
        note(`load ${spec.ratePerSecond}`);
        return ++lastId;
      },
      stopLoad: async (id) => void note(`stop load ${id}`),
      exec: async (service, argv) => {
        note(`exec ${service} ${argv.join(' ')}`);
        return { status: 0, stdout: '', stderr: '' };
      },
      look: async () => ({ status: 0, stdout: '', stderr: '' }),
      control: async ({ verb, target }) => void note(`${verb} ${target}`),
      capture: async (isOn) => void note(`capture ${isOn}`),
      edit: async (files) => {
        note(`edit ${Object.keys(files)}`);
        return { restarted: ['gateway'], problems: [] };
      },
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      stop: () => void note('stop'),
    };
  }
}

const start = async (bench: Bench) => {
  const run = new Run(async () => bench.engine);
  await run.start(project, { seed: 7, speed: 1 });
  return run;
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a booted run plays, with the engine’s topology and seed', async () => {
  const run = await start(new Bench());
  expect([run.status.value, run.seed.value, run.topology.value]).toEqual(['playing', 7, { services: [] }]);
});

test('a project that is refused says why and stays at rest', async () => {
  const bench = new Bench();
  const problem = { severity: 'error', message: 'unknown key', file: 'compose.yaml', line: 3 } as const;
  bench.nextBoot = async () => ({ ok: false, problems: [problem] });
  const run = await start(bench);
  expect([run.status.value, run.problems.value]).toEqual(['idle', [problem]]);
});

test('an engine that fails to load is a problem, not a crash', async () => {
  const run = new Run(() => Promise.reject(new Error('worker.js could not be loaded: HTTP 503.')));
  expect(await run.start(project, { seed: 1, speed: 1 })).toBe(false);
  expect(run.problems.value[0]?.message).toBe('worker.js could not be loaded: HTTP 503.');
});

test('a boot that was stopped meanwhile does not come alive', async () => {
  const bench = new Bench();
  let finish = (_: BootResult) => {};
  bench.nextBoot = () => new Promise((resolve) => (finish = resolve));
  const run = new Run(async () => bench.engine);
  const starting = run.start(project, { seed: 1, speed: 1 });
  await vi.advanceTimersByTimeAsync(0);
  run.stop();
  finish({ ok: true, session: bench.session() });
  expect(await starting).toBe(false);
  expect([run.status.value, bench.asked]).toEqual(['idle', ['1 stop']]);
});

test('running again stops what ran before', async () => {
  const bench = new Bench();
  const run = await start(bench);
  await run.start(project, { seed: 7, speed: 1 });
  expect(bench.asked).toEqual(['1 stop']);
  bench.sessions[0]!.say({ kind: 'ended', reason: 'old news' });
  expect(run.status.value).toBe('playing');
});

test('panels are called at most ten times a second however many updates come', async () => {
  const bench = new Bench();
  const run = await start(bench);
  const before = run.version.value;
  for (let ms = 1; ms <= 500; ms++) {
    bench.sessions[0]!.say({ kind: 'trace', nowMs: ms, events: [] });
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(run.version.value - before).toBeLessThanOrEqual(5);
  expect(run.nowMs.value).toBeGreaterThan(300);
});

test('a run that ends says why and can be started again', async () => {
  const bench = new Bench();
  const run = await start(bench);
  const problem = { severity: 'error', message: 'endless loop', file: 'gateway/src/main.ts', line: 12 } as const;
  bench.sessions[0]!.say({ kind: 'ended', reason: 'gateway does not return', problem });
  expect([run.status.value, run.endReason.value, run.problems.value]).toEqual([
    'ended',
    'gateway does not return',
    [problem],
  ]);
  await run.start(project, { seed: 7, speed: 1 });
  expect([run.status.value, run.problems.value]).toEqual(['playing', []]);
});

test('a new rate starts before the old load stops, so that load has no gap', async () => {
  const bench = new Bench();
  const run = await start(bench);
  await run.startLoad(load);
  await run.startLoad({ ...load, ratePerSecond: 100 });
  await run.stopLoad();
  expect(bench.asked).toEqual(['1 load 50', '1 load 100', '1 stop load 1', '1 stop load 2']);
  expect(run.loadId.value).toBeNull();
});

test('applied edits are what runs; edits with errors are not', async () => {
  const bench = new Bench();
  const run = await start(bench);
  const files = { 'gateway/src/main.ts': 'y' };
  await run.edit(files, ['gateway/src/main.ts']);
  expect([bench.asked, run.runningFiles.value]).toEqual([['1 edit gateway/src/main.ts'], files]);
});

test('a fault that the engine refuses is a problem to read, not a lost rejection', async () => {
  const bench = new Bench();
  bench.nextBoot = async () => ({
    ok: true,
    session: { ...bench.session(), inject: () => Promise.reject(new Error('There is no service "nowhere".')) },
  });
  const run = await start(bench);
  expect(await run.inject({ kind: 'kill', service: 'nowhere' })).toBeNull();
  expect(run.problems.value[0]?.message).toBe('There is no service "nowhere".');
});

test('the same problem of a service that is restarted over and over is told once', async () => {
  const bench = new Bench();
  const run = await start(bench);
  const problem = {
    severity: 'error',
    message: "Cannot find package 'x'",
    file: 'gateway/src/main.ts',
    line: 1,
  } as const;
  for (let n = 0; n < 5; n++) bench.sessions[0]!.say({ kind: 'problem', problem });
  expect(run.problems.value).toEqual([problem]);
});

test('an edited service counts as restarting until all its replicas have started anew', async () => {
  const bench = new Bench();
  const run = await start(bench);
  const started = (atMs: number, endpoint: string) => {
    const event = { kind: 'process', atMs, endpoint, state: 'starting' } as const;
    bench.sessions[0]!.say({ kind: 'trace', nowMs: atMs, events: [event] });
  };
  started(0, 'gateway-1');
  started(0, 'gateway-2');
  await vi.advanceTimersByTimeAsync(200);
  bench.sessions[0]!.say({ kind: 'trace', nowMs: 5000, events: [] });
  await run.edit({ 'gateway/src/main.ts': 'y' }, ['gateway/src/main.ts']);
  expect(run.restarting.value).toEqual(['gateway']);
  started(5200, 'gateway-1');
  await vi.advanceTimersByTimeAsync(200);
  expect(run.restarting.value).toEqual(['gateway']);
  started(15_000, 'gateway-2');
  await vi.advanceTimersByTimeAsync(200);
  expect(run.restarting.value).toEqual([]);
});

test('a command acts now, whatever is looked at; a look goes on looking', async () => {
  const bench = new Bench();
  const run = await start(bench);
  bench.sessions[0]!.say({ kind: 'trace', nowMs: 5000, events: [] });
  run.past.seek(2000);
  await run.look('cache', ['lab-keys']);
  expect(run.past.atMs.value).toBe(2000);
  await run.exec('cache', ['redis-cli', 'PING']);
  expect(run.past.atMs.value).toBeNull();
  run.past.seek(2000);
  await run.control({ verb: 'stop', target: 'cache' });
  expect(run.past.atMs.value).toBeNull();
});
