import { expect, test } from 'vitest';
import { merged } from './windows.ts';

test('overlapping windows are one, moments are none, and what lasts ends now', () => {
  const windows = [
    { fromMs: 5000, toMs: 9000 },
    { fromMs: 1000, toMs: 4000 },
    { fromMs: 3000, toMs: 5000 },
    { fromMs: 2000, toMs: 2000 },
    { fromMs: 20_000, toMs: null },
  ];
  expect(merged(windows, 30_000)).toEqual([
    [1000, 9000],
    [20_000, 30_000],
  ]);
});
