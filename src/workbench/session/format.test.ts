import { expect, test } from 'vitest';
import { formatClock, formatMs, formatRate, formatShare, formatTick } from './format.ts';

test('durations keep three digits and a unit', () => {
  expect([0.04, 3.25, 12.4, 999.4, 1234, 48_234, 123_456, Number.NaN].map(formatMs)).toEqual([
    '0 ms',
    '3.3 ms',
    '12 ms',
    '999 ms',
    '1.23 s',
    '48.2 s',
    '123 s',
    '–',
  ]);
});

test('a small share of failures is not rounded to none', () => {
  expect([0, 0.0004, 0.004, 0.0525, 0.5, 1].map(formatShare)).toEqual([
    '0 %',
    '<0.1 %',
    '0.4 %',
    '5.3 %',
    '50 %',
    '100 %',
  ]);
});

test('rates and clocks', () => {
  expect([0, 4.25, 48.4, 12_345].map(formatRate)).toEqual(['0/s', '4.3/s', '48/s', '12.3k/s']);
  expect([0, 7250.9, 62_000, 3_723_004].map(formatClock)).toEqual(['0:00.000', '0:07.250', '1:02.000', '1:02:03.004']);
  expect([0, 500, 15_000, 90_000].map(formatTick)).toEqual(['0 s', '0.5 s', '15 s', '1:30']);
});
