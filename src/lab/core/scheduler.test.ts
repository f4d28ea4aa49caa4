import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ScheduledEvent, Scheduler } from './scheduler.ts';

test('events run by time, and in the order of scheduling within one instant, whatever is cancelled', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ at: fc.nat(50), isCancelled: fc.boolean() }), { maxLength: 200 }), (plan) => {
      const scheduler = new Scheduler();
      const ran: number[] = [];
      const events = plan.map(({ at }, i) => scheduler.at(at, () => ran.push(i)));
      for (const [i, { isCancelled }] of plan.entries()) if (isCancelled) scheduler.cancel(events[i]!);
      scheduler.runUntil(Number.POSITIVE_INFINITY);
      const expected = plan
        .map(({ at, isCancelled }, i) => ({ at, i, isCancelled }))
        .filter((event) => !event.isCancelled)
        .sort((a, b) => a.at - b.at || a.i - b.i)
        .map(({ i }) => i);
      expect(ran).toEqual(expected);
    }),
  );
});

test('events scheduled while one runs take their place', () => {
  const scheduler = new Scheduler();
  const ran: string[] = [];
  scheduler.at(10, () => {
    ran.push('a');
    scheduler.after(0, () => ran.push('a+0'));
    scheduler.after(5, () => ran.push('a+5'));
  });
  scheduler.at(10, () => ran.push('b'));
  scheduler.at(12, () => ran.push('c'));
  scheduler.runUntil(100);
  expect(ran).toEqual(['a', 'b', 'a+0', 'c', 'a+5']);
  expect(scheduler.nowUs).toBe(100);
});

test('stops at the bound and goes on from there', () => {
  const scheduler = new Scheduler();
  const ran: number[] = [];
  for (const at of [1, 2, 3]) scheduler.at(at, () => ran.push(at));
  scheduler.runUntil(2);
  expect([ran, scheduler.nowUs, scheduler.nextUs]).toEqual([[1, 2], 2, 3]);
  expect(scheduler.runUntil(9, () => true)).toBe(false);
  expect(ran).toEqual([1, 2, 3]);
});

test('thousands of cancelled timers do not stay in the queue', () => {
  const scheduler = new Scheduler();
  const kept: ScheduledEvent[] = [];
  for (let i = 0; i < 10_000; i++) {
    const event = scheduler.at(1_000_000 + i, () => {});
    if (i % 100 === 0) kept.push(event);
    else scheduler.cancel(event);
  }
  let count = 0;
  while (scheduler.step()) count++;
  expect(count).toBe(kept.length);
});

test('a time in the past means now', () => {
  const scheduler = new Scheduler();
  scheduler.runUntil(500);
  let at = -1;
  scheduler.at(100, () => {
    at = scheduler.nowUs;
  });
  scheduler.step();
  expect(at).toBe(500);
});
