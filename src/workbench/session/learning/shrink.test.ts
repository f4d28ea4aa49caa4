import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shrink } from './shrink.ts';

const faults = ['kill', 'latency', 'loss', 'partition', 'reset', 'pause'];

test('one fault that matters is found among many', async () => {
  const asked: number[] = [];
  const { kept, isMinimal, runs } = await shrink(faults, async (set) => {
    asked.push(set.length);
    return set.includes('loss');
  });
  expect([kept, isMinimal]).toEqual([['loss'], true]);
  expect(runs).toBe(asked.length);
  expect(runs).toBeLessThan(8);
});

test('what breaks without any fault says so after one run', async () => {
  expect(await shrink(faults, async () => true)).toEqual({ kept: [], isMinimal: true, runs: 1 });
});

test('the set found breaks it, and leaving out any one of it does not', async () => {
  const needed = fc.subarray(faults, { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(needed, async (some) => {
      // Any of two ways: all of `some`, or the last two together.
      const breaks = async (set: readonly string[]) =>
        some.every((each) => set.includes(each)) || (set.includes('reset') && set.includes('pause'));
      const { kept, isMinimal } = await shrink(faults, breaks, { runsMax: 1000 });
      expect(isMinimal && (await breaks(kept))).toBe(true);
      for (const each of kept) expect(await breaks(kept.filter((other) => other !== each))).toBe(false);
    }),
  );
});

test('within its bound it stops with the smallest set so far and says that it may not be the smallest', async () => {
  const shares: number[] = [];
  const result = await shrink(faults, async (set) => set.includes('kill') && set.includes('pause'), {
    runsMax: 4,
    onProgress: (share) => shares.push(share),
  });
  expect([result.runs, result.isMinimal]).toEqual([4, false]);
  expect(result.kept).toContain('kill');
  expect(shares.every((share, i) => share >= (shares[i - 1] ?? 0) && share <= 1)).toBe(true);
});
