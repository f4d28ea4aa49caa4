import { expect, test } from 'vitest';
import { Guesses, worstSince } from './guess.ts';

const second = (atMs: number, p99Ms: number, count: number, failed: number) => ({
  ...{ atMs, p99Ms, count, failed },
  ...{ p50Ms: 1, p95Ms: 1, inFlight: 0, abandoned: 0 },
});

test('what came is the worst whole second after the guess', () => {
  const seconds = [
    second(1000, 900, 10, 10),
    second(2000, 800, 10, 5),
    second(3000, 40, 10, 1),
    second(4000, 70, 4, 1),
    second(5000, Number.NaN, 0, 0),
  ];
  expect(worstSince(seconds, 1500)).toEqual({ p99Ms: 70, errorPercent: 25 });
  expect(worstSince(seconds, 4000)).toEqual({ p99Ms: null, errorPercent: null });
});

test('a guess is kept as it was made; one without a number is none', () => {
  const guesses = new Guesses();
  guesses.commit(1);
  expect(guesses.committed.value).toBeNull();
  guesses.p99.value = '1.5 s';
  guesses.errors.value = 'many';
  guesses.commit(2000);
  guesses.p99.value = '2 s';
  expect(guesses.committed.value).toEqual({ p99Ms: 1500, errorPercent: null, sinceMs: 2000 });
  guesses.clear();
  expect([guesses.committed.value, guesses.p99.value]).toEqual([null, '']);
});
