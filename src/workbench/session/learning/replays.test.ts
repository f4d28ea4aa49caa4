import { signal } from '@preact/signals';
import { expect, test } from 'vitest';
import type { Engine, ExerciseRun, FaultSpec, TraceEvent, Verdict } from '../../../engines/engine.ts';
import type { CheckResult } from '../../../lab/check/verdict.ts';
import { Past } from '../past.ts';
import { RunRecord } from '../record/record.ts';
import { Replays } from './replays.ts';

const kill: FaultSpec = { kind: 'kill', service: 'catalog' };
const check: CheckResult = {
  name: 'pages stay fast',
  passed: false,
  seed: 2,
  measurements: [
    { label: 'p99', actual: 900, comparator: '<', bound: 300, passed: false, pointer: { atMs: 250 } },
    { label: 'errors', actual: 0, comparator: '<', bound: 1, passed: true, pointer: { atMs: 100 } },
  ],
  plots: [],
};
const exercise: ExerciseRun = {
  exerciseId: 'D0',
  project: { id: 'x', files: {}, packagesUrl: '' },
  checks: '',
  seeds: [1, 2, 3],
};

/** An engine whose checks inject `count` faults, one each 100 ms, and fail by those in `needed` together. */
function bench(count: number, needed: readonly number[]) {
  const asked: ExerciseRun[] = [];
  const engine = {
    name: 'lab',
    boot: () => Promise.reject(new Error('not asked here')),
    async check(run, _onProgress, signal, onTrace) {
      asked.push(run);
      signal?.throwIfAborted();
      const on = Array.from({ length: count }, (_, i) => i + 1).filter((n) => !run.without?.includes(n));
      const events = on.map(
        (id): TraceEvent => ({ kind: 'fault', atMs: id * 100, id, state: 'on', text: '', fault: kill }),
      );
      onTrace?.(events, 1000);
      const passed = !needed.every((n) => on.includes(n));
      return { checks: [{ ...check, passed }] } as unknown as Verdict;
    },
  } satisfies Engine;
  const record = new RunRecord();
  const past = new Past({
    record,
    speed: signal(1),
    hold: () => false,
    release: () => {},
    refresh: () => {},
    moved: () => {},
  });
  return { asked, past, replays: new Replays(async () => engine, past) };
}

test('the run of a check is the one seed it is shown with, opened where it first failed', async () => {
  const { asked, past, replays } = bench(3, [1]);
  expect(await replays.watch(exercise, check, 'title')).toBe(true);
  expect(asked).toMatchObject([{ seeds: [2], without: [] }]);
  expect([past.atMs.value, past.recording.value!.title]).toEqual([250, 'title']);
  expect(past.recording.value!.marks).toEqual([{ atMs: 250, kind: 'check', text: 'p99' }]);
  expect(past.view!.world.faults.windows.length).toBe(2);
});

test('the same run is not made twice', async () => {
  const { asked, replays } = bench(3, [1]);
  await replays.watch(exercise, check, '', 100);
  await replays.watch(exercise, check, '', 300);
  expect(asked.length).toBe(1);
  await replays.watch({ ...exercise, project: { ...exercise.project, files: { a: 'b' } } }, check, '', 300);
  expect(asked.length).toBe(2);
});

test('the fewest faults by which a check fails, with their times, and its run with only these', async () => {
  const { past, replays } = bench(6, [2, 5]);
  await replays.shrink(exercise, check);
  const [shrunk] = replays.shrunk.value;
  expect(shrunk).toMatchObject({ total: 6, isMinimal: true, seed: 2 });
  expect(shrunk!.kept.map(({ number, fromMs }) => [number, fromMs])).toEqual([
    [2, 200],
    [5, 500],
  ]);
  await replays.watchShrunk(exercise, check, shrunk!, '');
  past.seek(1000);
  expect(past.view!.world.faults.windows.map(({ id }) => id)).toEqual([2, 5]);
});

test('a check that fails without faults says so', async () => {
  const { replays } = bench(4, []);
  await replays.shrink(exercise, check);
  expect(replays.shrunk.value[0]).toMatchObject({ kept: [], total: 4, isMinimal: true, runs: 1 });
});

test('stopped, it shows nothing and says nothing', async () => {
  const { past, replays } = bench(4, [1]);
  const watching = replays.watch(exercise, check, '');
  replays.abort();
  expect(await watching).toBe(false);
  expect([past.atMs.value, replays.work.value, replays.failure.value]).toEqual([null, null, '']);
});
