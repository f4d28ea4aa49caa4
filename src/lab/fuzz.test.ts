/**
 * Random fault schedules on two projects, and what must hold whatever breaks (test-fuzz.ts says what). A violation is
 * shown with the smallest part of its schedule that still leads to it. `node scripts/fuzz.ts 1000` runs more of them.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Programs } from './process/process.ts';
import { fuzzOnce, shrink } from './test-fuzz.ts';
import { chain, shop } from './test-fuzz-projects.ts';
import { testPrograms } from './test-lab.ts';

let programs: Programs;
beforeAll(async () => {
  programs = await testPrograms();
}, 60_000);

const BATCHES = Array.from({ length: 5 }, (_, batch) => batch);
const PER_BATCH = 6;

describe.each([
  ['a chain of three', chain],
  ['the shop', shop],
])('%s', (_name, project) => {
  test.each(BATCHES)('6 schedules, part %i', { timeout: 60_000 }, (batch) => {
    for (let i = 0; i < PER_BATCH; i++) {
      const seed = 1 + batch * PER_BATCH + i;
      const run = fuzzOnce(project(), programs, seed);
      if (run.violations.length === 0) continue;
      const { schedule, violations } = shrink(project(), programs, seed, run);
      expect({ seed, schedule, violations }).toMatchObject({ violations: [] });
    }
  });

  test('the same seed gives the same run', () => {
    const [one, two] = [fuzzOnce(project(), programs, 99), fuzzOnce(project(), programs, 99)];
    expect(one.hash).toBe(two.hash);
    expect(one.schedule).toEqual(two.schedule);
  });
});
