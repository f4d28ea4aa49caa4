import { expect, test } from 'vitest';
import type { Verdict } from '../../../engines/engine.ts';
import { declaredChecks, nearness, outcomeOf, readDuration, readPercent } from './prediction.ts';

test('a guess is right within what it could be told apart by, near within a factor of two', () => {
  expect([nearness(100, 102, 5), nearness(100, 180), nearness(100, 260), nearness(0, 3)]).toEqual([
    'right',
    'near',
    'off',
    'off',
  ]);
  expect(nearness(0, 0)).toBe('right');
});

test('durations and shares are read as people write them; anything else is no guess', () => {
  expect(['800', '800ms', '0.8 s', '0,8s', '2 秒'].map(readDuration)).toEqual([800, 800, 800, 800, 2000]);
  expect(['', 'fast', '-5', '1 min'].map(readDuration)).toEqual([null, null, null, null]);
  expect(['12', '12 %', '0,5%', '101', 'x'].map(readPercent)).toEqual([12, 12, 0.5, null, null]);
});

test('what came is the worst second of all that the checks drew', () => {
  const plot = (unit: 'ms' | '%', values: readonly number[]) => ({
    title: '',
    unit,
    points: values.map((value, i) => [i, value] as const),
    faults: [],
  });
  const check = (passed: boolean, plots: Verdict['checks'][number]['plots']) => ({
    name: 'x',
    passed,
    seed: 1,
    measurements: [],
    plots,
  });
  const verdict = {
    checks: [check(true, [plot('ms', [5, Number.NaN, 900])]), check(false, [plot('%', [0, 4]), plot('ms', [70])])],
  } as unknown as Verdict;
  expect(outcomeOf(verdict)).toEqual({ passed: 1, p99Ms: 900, errorPercent: 4 });
  expect(outcomeOf({ checks: [] } as unknown as Verdict)).toEqual({ passed: 0, p99Ms: null, errorPercent: null });
});

test('checks are counted where they are declared', () => {
  expect(declaredChecks("test('a', () => {});\n  test('b', async () => {});\n// a test (c)\nlatest('d');")).toBe(2);
});
