import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Histogram } from './histogram.ts';

test('a percentile is never below the true value and at most 1/32 above it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.9, 0.95, 0.99, 1),
      (values, share) => {
        const histogram = new Histogram();
        for (const value of values) histogram.record(value);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
        const measured = histogram.percentile(share);
        // Values are whole microseconds, so half of one may be lost by rounding.
        expect(measured).toBeGreaterThanOrEqual(exact - 0.0005);
        expect(measured).toBeLessThanOrEqual(exact * (1 + 1 / 32) + 0.0015);
      },
    ),
  );
});

test('an empty histogram has no percentiles', () => {
  expect(new Histogram().percentile(0.99)).toBeNaN();
});

test('merging is the same as recording everything in one', () => {
  const [a, b, both] = [new Histogram(), new Histogram(), new Histogram()];
  for (const value of [1, 20, 300]) {
    a.record(value);
    both.record(value);
  }
  for (const value of [5, 4000]) {
    b.record(value);
    both.record(value);
  }
  a.addPacked(b.packed());
  for (const share of [0.2, 0.5, 0.8, 1]) expect(a.percentile(share)).toBe(both.percentile(share));
});
