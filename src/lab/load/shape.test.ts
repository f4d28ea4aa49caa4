import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bursts, constant, ramp, type Stage, steps, timeOf } from './shape.ts';

function dueTimes(stages: readonly Stage[], limit = 100_000): number[] {
  const times: number[] = [];
  for (let i = 0; i < limit; i++) {
    const at = timeOf(stages, i);
    if (at === Number.POSITIVE_INFINITY) break;
    times.push(at);
  }
  return times;
}

test('50/s for 60 s are 3000 requests, 20 ms apart, the first at once', () => {
  const times = dueTimes(constant(50, 60_000));
  expect(times.length).toBe(3000);
  expect(times.slice(0, 3)).toEqual([0, 20_000, 40_000]);
  expect(times.at(-1)).toBe(59_980_000);
});

test('a ramp from 0/s to 100/s over 10 s is 500 requests, a quarter of them in the first half', () => {
  const times = dueTimes(ramp(0, 100, 10_000));
  expect(times.length).toBe(500);
  // 5·t² = 125 at exactly 5 s, give or take the last bit.
  expect(times[125]).toBeCloseTo(5_000_000, 3);
});

test('steps: each has its own rate', () => {
  const times = dueTimes(
    steps({ rate: 10, durationMs: 1000 }, { rate: 0, durationMs: 1000 }, { rate: 40, durationMs: 1000 }),
  );
  const inSecond = (s: number) => times.filter((at) => at >= s * 1e6 && at < (s + 1) * 1e6).length;
  expect([inSecond(0), inSecond(1), inSecond(2)]).toEqual([10, 0, 40]);
});

test('bursts: 3 periods of 1 s at 100/s and 4 s at 10/s', () => {
  expect(dueTimes(bursts(10, 100, 5000, 1000, 3)).length).toBe(3 * (100 + 40));
});

test('due times never go back, and each stage has its integral of the rate', () => {
  const stage = fc.record({
    fromRate: fc.integer({ min: 0, max: 200 }),
    toRate: fc.integer({ min: 0, max: 200 }),
    durationMs: fc.integer({ min: 1, max: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(stage, { minLength: 1, maxLength: 4 }), (stages) => {
      const times = dueTimes(stages);
      const total = stages.reduce((sum, s) => sum + ((s.fromRate + s.toRate) / 2) * (s.durationMs / 1000), 0);
      expect(Math.abs(times.length - total)).toBeLessThanOrEqual(1);
      for (let i = 1; i < times.length; i++) expect(times[i]!).toBeGreaterThanOrEqual(times[i - 1]!);
    }),
  );
});
