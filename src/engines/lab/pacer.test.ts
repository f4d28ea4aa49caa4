import { describe, expect, test } from 'vitest';
import { Scheduler } from '../../lab/core/scheduler.ts';
import { Pacer } from './pacer.ts';

/** A pacer over the lab's own scheduler, with real time that moves only when told. Each event takes `eventMs` of it. */
function stage(eventMs = 0) {
  const scheduler = new Scheduler();
  let realMs = 0;
  let waiting: { atMs: number; run: () => void }[] = [];
  const state = { hurried: false, ended: false, slices: 0 };
  const wait = (delayMs: number, run: () => void) => {
    const entry = { atMs: realMs + delayMs, run };
    waiting.push(entry);
    return () => {
      waiting = waiting.filter((other) => other !== entry);
    };
  };
  const pacer = new Pacer(
    {
      get nowUs() {
        return scheduler.nowUs;
      },
      get nextUs() {
        return scheduler.nextUs;
      },
      step: (untilUs) => {
        const did = scheduler.step(untilUs);
        if (did) realMs += eventMs;
        return did;
      },
      advanceTo: (us) => void scheduler.runUntil(us),
    },
    {
      nowMs: () => realMs,
      soon: (run) => void wait(0, run),
      later: wait,
      afterSlice: () => void state.slices++,
      hasEnded: () => state.ended,
      isHurried: () => state.hurried,
    },
  );
  /** Lets real time pass, running what is due. */
  const passMs = (ms: number) => {
    const endMs = realMs + ms;
    for (;;) {
      waiting.sort((a, b) => a.atMs - b.atMs);
      const next = waiting[0];
      if (next === undefined || next.atMs > endMs || realMs > endMs) break;
      waiting.shift();
      realMs = Math.max(realMs, next.atMs);
      next.run();
    }
    realMs = Math.max(realMs, endMs);
  };
  const everyMs = (ms: number) => {
    const ran: number[] = [];
    const tick = () => {
      ran.push(scheduler.nowUs / 1000);
      scheduler.after(ms * 1000, tick);
    };
    scheduler.after(ms * 1000, tick);
    return ran;
  };
  return { scheduler, pacer, passMs, everyMs, state, nowMs: () => scheduler.nowUs / 1000, realMs: () => realMs };
}

describe('pacer', () => {
  for (const speed of [0.1, 1, 4]) {
    test(`at speed ${speed} one real second is ${speed} virtual seconds`, () => {
      const { pacer, passMs, everyMs, nowMs } = stage();
      everyMs(7);
      pacer.play(speed);
      passMs(1000);
      // The last rest before the look is at most 40 real ms.
      expect(nowMs()).toBeGreaterThan(960 * speed);
      expect(nowMs()).toBeLessThanOrEqual(1000 * speed);
    });
  }

  test('paused, nothing runs; the speed goes on from there and not from where real time is', () => {
    const { pacer, passMs, everyMs, nowMs } = stage();
    everyMs(1);
    pacer.play(1);
    passMs(100);
    pacer.pause();
    const pausedAt = nowMs();
    passMs(5000);
    expect(nowMs()).toBe(pausedAt);
    pacer.play(1);
    passMs(100);
    expect(nowMs()).toBeLessThan(pausedAt + 101);
  });

  test('a slice is short: messages get in between although there is always work', () => {
    const { pacer, passMs, everyMs, state } = stage(1);
    everyMs(0.001);
    pacer.play(Number.POSITIVE_INFINITY);
    passMs(1000);
    // 8 ms a slice, looked at every 8 events of 1 ms: at most 16 ms.
    expect(state.slices).toBeGreaterThan(60);
  });

  test('a machine that cannot keep up runs slower and does not owe the time', () => {
    const { pacer, passMs, everyMs, nowMs } = stage(2);
    everyMs(1);
    pacer.play(1);
    passMs(10_000);
    // 2 real ms of work for each virtual ms: half the speed.
    expect(nowMs()).toBeGreaterThan(4500);
    expect(nowMs()).toBeLessThan(5500);
  });

  test('while hurried, virtual time runs ahead; afterwards the speed holds from there', () => {
    const { pacer, passMs, scheduler, everyMs, state, nowMs } = stage(0.1);
    everyMs(10);
    scheduler.after(2_000_000, () => {
      state.hurried = false;
    });
    state.hurried = true;
    pacer.play(1);
    passMs(40);
    expect(nowMs()).toBeGreaterThanOrEqual(2000);
    expect(nowMs()).toBeLessThan(2040);
  });

  test('step runs to just after the event asked for and stays there', () => {
    const { pacer, passMs, everyMs, nowMs } = stage();
    const ran = everyMs(5);
    pacer.stepUntil(() => true);
    expect(ran).toEqual([5]);
    pacer.stepUntil(() => nowMs() >= 20);
    passMs(1000);
    expect(ran).toEqual([5, 10, 15, 20]);
  });

  test('nothing runs after the run has ended', () => {
    const { pacer, passMs, everyMs, state } = stage();
    const ran = everyMs(10);
    pacer.play(1);
    passMs(100);
    state.ended = true;
    const count = ran.length;
    passMs(1000);
    expect(ran.length).toBeLessThanOrEqual(count + 1);
  });
});
