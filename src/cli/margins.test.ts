import { expect, test } from 'vitest';
import type { Measurement } from '../lab/check/index.ts';
import type { SeedRun } from '../lab/index.ts';
import { marginsOf } from './margins.ts';

function design(name: string, mustFail: string | null, ...figures: readonly Partial<Measurement>[]) {
  const runs: SeedRun[] = figures.map((figure, seed) => {
    const measurement: Measurement = { label: 'p99', actual: 0, comparator: '≤', bound: 300, passed: true, ...figure };
    const test = { name: 'fast', measurements: [measurement], error: null, plots: [], isDone: true };
    return { seed, tests: [test], failure: null, traceHash: '', virtualMs: 0 };
  });
  return { name, mustFail, runs };
}

test('the worst accepted value over all seeds against the best rejected one', () => {
  const [margin] = marginsOf([
    design('solution', null, { actual: 200 }, { actual: 250 }),
    design('accepted/a', null, { actual: 100 }),
    design('rejected/b', 'fast', { actual: 900, passed: false }, { actual: 500, passed: false }),
    design('rejected/c', 'fast', { actual: 2000, passed: false }),
  ]);
  expect(margin).toMatchObject({ worstAccepted: 250, bestRejected: 500, ratio: 2, design: 'rejected/b' });
});

test('a share that must be high is judged by what is missing to 100 %', () => {
  const share = { label: 'true stock', unit: '%', comparator: '≥', bound: 99 } as const;
  const [margin] = marginsOf([
    design('solution', null, { ...share, actual: 99.5 }),
    design('rejected/b', 'fast', { ...share, actual: 98, passed: false }),
  ]);
  expect(margin).toMatchObject({ worstAccepted: 99.5, bestRejected: 98, ratio: 4 });
});

test('a perfect accepted value is infinitely far from any rejected one', () => {
  const [margin] = marginsOf([
    design('solution', null, { comparator: '=', bound: 0, actual: 0 }),
    design('rejected/b', 'fast', { comparator: '=', bound: 0, actual: 3, passed: false }),
  ]);
  expect(margin!.ratio).toBe(Number.POSITIVE_INFINITY);
});

test('a seed in which the rejected design passes says nothing about the distance', () => {
  const margins = marginsOf([
    design('solution', null, { actual: 200 }),
    design('rejected/b', 'fast', { actual: 210 }, { actual: 900, passed: false }),
  ]);
  expect(margins.map(({ bestRejected }) => bestRejected)).toEqual([900]);
});
