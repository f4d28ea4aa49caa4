import { expect, test, vi } from 'vitest';
import type { BootResult, Engine, Project, Session, SessionUpdate, Verdict } from '../../engines/engine.ts';
import { ContainerFailure } from '../../engines/webcontainer/failure.ts';
import { type ContainerEngine, EngineChoice } from './engine-choice.ts';
import { WorkbenchSession } from './session.ts';
import { Storage } from './storage.ts';
import type { Subject } from './subject.ts';

/** Stands for any engine: notes what it is asked, and fails when the test wants it to. */
class Bench {
  readonly asked: string[] = [];
  failure: Error | null = null;
  say: (update: SessionUpdate) => void = () => {};
  private readonly name: Engine['name'];
  private readonly isRealTime: boolean;

  constructor(name: Engine['name']) {
    this.name = name;
    this.isRealTime = name !== 'lab';
  }

  get engine(): ContainerEngine {
    return {
      name: this.name,
      boot: async ({ files }) => {
        this.asked.push(`boot ${files['web/main.ts']}`);
        if (this.failure !== null) throw this.failure;
        return { ok: true, session: this.session() };
      },
      check: async ({ exerciseId }) => {
        this.asked.push(`check ${exerciseId}`);
        if (this.failure !== null) throw this.failure;
        return { ...verdict, ...(this.isRealTime && { engine: 'webcontainer' as const }) };
      },
      dispose: () => void this.asked.push('dispose'),
    };
  }

  private session(): Session {
    const never = () => Promise.reject(new Error('not asked here'));
    return {
      topology: { services: [] },
      seed: 1,
      isRealTime: this.isRealTime,
      play: () => this.asked.push('play'),
      pause: () => this.asked.push('pause'),
      step: () => this.asked.push('step'),
      request: never,
      inject: never,
      heal: never,
      startLoad: async () => 1,
      stopLoad: async () => {},
      exec: never,
      look: never,
      control: never,
      capture: async () => {},
      edit: never,
      subscribe: (listener) => {
        this.say = listener;
        return () => {};
      },
      stop: () => void this.asked.push('stop'),
    };
  }
}

const verdict: Verdict = {
  exerciseId: 'X1',
  passed: false,
  seeds: [1],
  checks: [{ name: 'holds', passed: false, seed: 1, measurements: [], plots: [] }],
  traceHashes: [''],
  virtualMs: 1000,
};

const subject = {
  key: 'exercise:x1',
  sandboxId: 'one',
  title: { en: 'One' },
  files: { 'compose.yaml': 'services:\n  web:\n    build: ./web\n', 'web/main.ts': 'first' },
  editable: null,
  exercise: { id: 'X1', slug: 'x1', checks: '', seeds: [1], title: { en: 'One' } },
  packagesUrl: '',
  loadLocks: async () => ({}),
} as unknown as Subject;

async function open(storage = new Storage()) {
  const lab = new Bench('lab');
  const container = new Bench('webcontainer');
  let lose: (error: unknown) => void = () => {};
  const engines = new EngineChoice({
    storage,
    lab: async () => lab.engine,
    container: async (onLost) => {
      lose = onLost;
      return container.engine;
    },
  });
  await engines.restore();
  const session = new WorkbenchSession(subject, async () => lab.engine, storage, engines);
  await session.restore();
  return { lab, container, engines, session, lose: (error: unknown) => lose(error) };
}

test('the lab runs until another engine is chosen, which is remembered', async () => {
  const storage = new Storage();
  const { lab, container, session } = await open(storage);
  await session.start();
  expect([lab.asked, container.asked]).toEqual([['boot first'], []]);
  await session.useEngine('webcontainer');
  expect([lab.asked, container.asked]).toEqual([['boot first', 'stop'], ['boot first']]);
  expect(session.run.isRealTime.value).toBe(true);
  const later = await open(storage);
  await later.session.start();
  expect([later.lab.asked, later.container.asked]).toEqual([[], ['boot first']]);
});

test('what cannot boot says why, the lab boots the same files, and the next page does not wait again', async () => {
  const storage = new Storage();
  const { lab, container, engines, session } = await open(storage);
  session.files.edit('web/main.ts', 'edited');
  engines.choose('webcontainer');
  container.failure = new ContainerFailure('refused', 'Third-party storage is blocked');
  await session.start();
  expect([lab.asked, container.asked]).toEqual([['boot edited'], ['boot edited', 'dispose']]);
  expect(session.run.status.value).toBe('playing');
  expect(session.run.problems.value).toEqual([]);
  expect(engines.trouble.value).toEqual({
    code: 'refused',
    detail: 'Third-party storage is blocked',
    wasRunning: false,
  });
  expect((await open(storage)).engines.chosen.value).toBe('lab');
  // Tried again by hand.
  container.failure = null;
  await session.useEngine('webcontainer');
  expect(container.asked.at(-1)).toBe('boot edited');
  expect(engines.trouble.value).toBeNull();
});

test('a run that is lost goes on in the lab by itself, with the files as they are', async () => {
  const { lab, container, engines, session, lose } = await open();
  engines.choose('webcontainer');
  await session.start();
  session.files.edit('web/main.ts', 'edited');
  lose(new ContainerFailure('ended', 'code 1'));
  container.say({ kind: 'ended', reason: 'The container failed: code 1' });
  await vi.waitFor(() => expect(lab.asked).toEqual(['boot edited']));
  await vi.waitFor(() => expect(session.run.status.value).toBe('playing'));
  expect(engines.trouble.value).toMatchObject({ code: 'ended', wasRunning: true });
  expect(session.files.edits.value).toEqual({ 'web/main.ts': 'edited' });
});

test('a verdict says what gave it; its runs are not looked at in the lab, which would show others', async () => {
  const { lab, container, engines, session } = await open();
  engines.choose('webcontainer');
  await session.check();
  expect(session.grading.verdict.value?.engine).toBe('webcontainer');
  expect(session.grading.attempts.value[0]).toMatchObject({ engine: 'webcontainer', passed: false });
  await session.watchCheck(verdict.checks[0]!);
  expect(lab.asked).toEqual([]);
  container.failure = new ContainerFailure('no-answer');
  await session.check();
  expect(lab.asked).toEqual(['check X1']);
  expect(session.grading.verdict.value?.engine).toBeUndefined();
  expect(session.grading.attempts.value[0]).not.toHaveProperty('engine');
});

test('checks that were stopped are not begun again in the lab', async () => {
  const { lab, container, engines, session } = await open();
  engines.choose('webcontainer');
  container.failure = new Error('The checks were stopped.');
  const checking = session.check();
  session.grading.abort();
  await checking;
  expect(lab.asked).toEqual([]);
  expect(engines.trouble.value).toBeNull();
});

test('a run in real time is not paused or stepped; it ends while checks run, and begins again', async () => {
  const { container, engines, session } = await open();
  engines.choose('webcontainer');
  await session.start();
  session.run.pause();
  session.run.step('event');
  expect(session.run.status.value).toBe('playing');
  await session.check();
  await vi.waitFor(() => expect(container.asked).toEqual(['boot first', 'stop', 'check X1', 'boot first']));
});

test('what somebody shared is done again in the lab, whatever was chosen', async () => {
  const { lab, container, engines } = await open();
  engines.choose('webcontainer');
  const project: Project = { id: 'one', files: subject.files, packagesUrl: '' };
  const result: BootResult = await engines.boot(project, { seed: 1, speed: 1, script: [] });
  expect(result.ok).toBe(true);
  expect([lab.asked, container.asked]).toEqual([['boot first'], []]);
});

test('going back to the lab, or away, ends the container', async () => {
  const { container, engines, session } = await open();
  engines.choose('webcontainer');
  await session.start();
  await session.useEngine('lab');
  await vi.waitFor(() => expect(container.asked).toEqual(['boot first', 'stop', 'dispose']));
  await session.useEngine('webcontainer');
  session.dispose();
  await vi.waitFor(() => expect(container.asked.filter((each) => each === 'dispose').length).toBe(2));
});
