import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Histogram } from './histogram.ts';

const valuesUs = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 5_000 }),
    fc.integer({ min: 0, max: 10_000_000 }),
    fc.integer({ min: 0, max: 2 ** 42 }),
  ),
  { minLength: 1, maxLength: 400 },
);

/** Nearest rank: the smallest value with at least `percent` % of all at or below it. */
function exactPercentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100 - 1e-9) - 1)]!;
}

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test('every percentile is at or above the exact one, by at most 0.1 %', () => {
  fc.assert(
    fc.property(valuesUs, fc.constantFrom(0, 1, 50, 90, 95, 99, 99.9, 100), (values, percent) => {
      const exact = exactPercentile(values, percent);
      const measured = histogramOf(values).percentile(percent);
      return measured >= exact && measured <= exact * 1.001;
    }),
    { numRuns: 500 },
  );
});

test('count, min, max and mean are exact', () => {
  fc.assert(
    fc.property(valuesUs, (values) => {
      const histogram = histogramOf(values);
      const sum = values.reduce((a, b) => a + b, 0);
      expect(histogram.count).toBe(values.length);
      expect(histogram.min).toBe(Math.min(...values));
      expect(histogram.max).toBe(Math.max(...values));
      expect(histogram.mean).toBeCloseTo(sum / values.length, 3);
    }),
  );
});

test('merging two histograms is recording all values in one', () => {
  fc.assert(
    fc.property(valuesUs, valuesUs, (a, b) => {
      const merged = histogramOf(a);
      merged.merge(histogramOf(b));
      const all = histogramOf([...a, ...b]);
      for (const percent of [1, 50, 99, 100]) expect(merged.percentile(percent)).toBe(all.percentile(percent));
      expect([merged.count, merged.min, merged.max]).toEqual([all.count, all.min, all.max]);
    }),
  );
});

test('an empty histogram is all zeros, and reset makes it empty again', () => {
  const histogram = histogramOf([7, 9]);
  histogram.reset();
  expect([histogram.count, histogram.min, histogram.max, histogram.mean, histogram.percentile(99)]).toEqual([
    0, 0, 0, 0, 0,
  ]);
});

test('1000 values: p99.9 is the 999th, not the 1000th', () => {
  const histogram = histogramOf(Array.from({ length: 1000 }, (_, i) => i + 1));
  expect(histogram.percentile(99.9)).toBe(999);
});
