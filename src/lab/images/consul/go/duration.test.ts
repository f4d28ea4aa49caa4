import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

test('durations are read and written as Go does', () => {
  const all = ['0s', '1ns', '1.5µs', '100ms', '1s', '1m30s', '1h0m0s', '24h0m0s', '2h45m30.5s', '-1.5s'];
  expect(all.map((text) => formatDuration(parseDuration(text)))).toEqual(all);
  expect(['90s', '1.5h', '.5s', '5.s', '+3m', '0'].map(parseDuration)).toEqual([90e9, 5400e9, 0.5e9, 5e9, 180e9, 0]);
});

test('what is no duration is refused in Go’s words', () => {
  const words = ['', 's', '10', '1x', '1s x', '300000000h', '--1s'].map((text) => {
    try {
      return parseDuration(text);
    } catch (error) {
      return (error as Error).message;
    }
  });
  expect(words).toEqual([
    'time: invalid duration ""',
    'time: invalid duration "s"',
    'time: missing unit in duration "10"',
    'time: unknown unit "x" in duration "1x"',
    'time: unknown unit "s x" in duration "1s x"',
    'time: invalid duration "300000000h"',
    'time: invalid duration "--1s"',
  ]);
});
