import { signal } from '@preact/signals';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TraceEvent } from '../../lab/core/events.ts';
import { Past } from './past.ts';
import { RunRecord } from './record/record.ts';
import type { Movement } from './world.ts';

const request = (id: number, atMs: number): TraceEvent => ({
  kind: 'request',
  atMs,
  id,
  cause: 0,
  from: 'client',
  to: 'gateway-1',
  method: 'GET',
  path: '/products',
  connection: id,
});

/** A run of ten seconds with a request in the middle of each; it goes on while it is not held. */
function bench(goes = true) {
  const record = new RunRecord();
  for (let second = 0; second < 10; second++)
    record.take([request(second + 1, second * 1000 + 500)], (second + 1) * 1000);
  const moved: Movement[] = [];
  const past = new Past({
    record,
    speed: signal(2),
    hold: () => {
      const wasGoing = goes;
      goes = false;
      return wasGoing;
    },
    release: () => {
      goes = true;
    },
    refresh: () => {},
    moved: (movement) => moved.push(movement),
  });
  return { past, record, moved, goes: () => goes, live: () => past.view?.world.requests.rootsLive };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('looking back holds the run; back at now it goes on if it had been going', () => {
  const { past, goes, live } = bench();
  past.seek(3200);
  expect([goes(), past.atMs.value, live()]).toEqual([false, 3200, 3]);
  past.seek(5600);
  past.leave();
  expect([goes(), past.atMs.value]).toEqual([true, null]);
});

test('a run that stood still stays so', () => {
  const { past, goes } = bench(false);
  past.seek(3000);
  past.leave();
  expect(goes()).toBe(false);
});

test('a step back from now shows the request before; steps forward lead to now again', () => {
  const { past } = bench();
  past.step('request', -1);
  expect(past.atMs.value).toBe(8500);
  past.step('request', 1);
  expect(past.atMs.value).toBe(9500);
  past.step('request', 1);
  expect(past.atMs.value).toBeNull();
});

test('shown again, it moves at the run’s speed, tells what moves, and ends at now', async () => {
  const { past, moved } = bench();
  past.seek(5000);
  past.play();
  await vi.advanceTimersByTimeAsync(1000);
  expect(past.atMs.value).toBeGreaterThan(6700);
  expect(past.atMs.value).toBeLessThanOrEqual(7000);
  expect(moved.length).toBe(2);
  await vi.advanceTimersByTimeAsync(3000);
  expect([past.atMs.value, past.isPlaying.value, moved.length]).toEqual([null, false, 5]);
});

test('a jump tells what is still under way at that moment', () => {
  const { past } = bench();
  const jumps: [number, number][] = [];
  past.onJump((movements, atMs) => jumps.push([movements.length, atMs]));
  past.seek(5700);
  past.seek(5400);
  expect(jumps).toEqual([
    [1, 5700],
    [1, 5400],
  ]);
});

test('a recording is looked at instead of the run until one is back at now', () => {
  const { past } = bench();
  const other = new RunRecord();
  other.take([request(1, 100)], 2000);
  past.open({ title: 'check', record: other, marks: [] }, 150);
  expect([past.record === other, past.view!.world.requests.rootsLive]).toEqual([true, 1]);
  past.step('request', 1);
  expect(past.atMs.value).toBe(2000);
  past.leave();
  expect([past.record === other, past.recording.value]).toEqual([false, null]);
});

test('a mark set twice at one moment is taken away', () => {
  const { past } = bench();
  past.seek(3000);
  past.toggleMark();
  past.seek(1000);
  past.toggleMark();
  expect(past.marks.value.map(({ atMs }) => atMs)).toEqual([1000, 3000]);
  past.seek(3000);
  past.toggleMark();
  expect(past.marks.value.map(({ atMs }) => atMs)).toEqual([1000]);
});
