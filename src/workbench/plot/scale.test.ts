import { expect, test } from 'vitest';
import { linearScale, linearTicks, logScale, niceStep, timeTicks } from './scale.ts';

test('ticks are round numbers inside the range', () => {
  expect(linearTicks(0, 100, 4)).toEqual([0, 50, 100]);
  expect(linearTicks(0, 7, 4)).toEqual([0, 2, 4, 6]);
  expect([0.3, 1, 3, 7, 12].map(niceStep)).toEqual([0.5, 1, 5, 10, 20]);
});

test('seconds come in steps people count in', () => {
  expect(timeTicks(0, 60_000, 6)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
  expect(timeTicks(30_000, 90_000, 4)).toEqual([30_000, 45_000, 60_000, 75_000, 90_000]);
});

test('a log axis has one line for each power of ten', () => {
  const scale = logScale(1, 10_000, 100, 0);
  expect(scale.ticks).toEqual([1, 10, 100, 1000, 10_000]);
  expect(scale.at(100)).toBeCloseTo(50);
  expect(scale.value(50)).toBeCloseTo(100);
});

test('a range of nothing does not divide by zero', () => {
  expect(linearScale(0, 0, 0, 100, 4).at(0)).toBe(0);
});
