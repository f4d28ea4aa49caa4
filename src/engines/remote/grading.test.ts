import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SeedRun, verdictOf } from '../../lab/index.ts';
import { verdictSoFar } from './grading.ts';

const NAMES = ['healthy', 'during the fault', 'after it'];

const testRun = fc.record({
  name: fc.constantFrom(...NAMES),
  isDone: fc.boolean(),
  error: fc.option(fc.record({ message: fc.constant('thrown') })),
  measurements: fc.array(
    fc.record({
      label: fc.constantFrom('p99, ms', 'errors, %'),
      actual: fc.nat(500),
      comparator: fc.constant('<' as const),
      bound: fc.constant(300),
      passed: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  plots: fc.constant([]),
});

const seedRuns = fc
  .array(
    fc.record({
      tests: fc.uniqueArray(testRun, { selector: ({ name }) => name, maxLength: 3 }),
      failure: fc.option(fc.record({ message: fc.constantFrom('bad compose file', 'never healthy') }), { freq: 8 }),
      traceHash: fc.nat().map(String),
      virtualMs: fc.nat(100_000),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((runs) => runs.map((run, i) => ({ seed: i + 1, ...run }) as unknown as SeedRun));

test('seeds graded apart come to the verdict of seeds graded in a row, in whatever order they finish', () => {
  fc.assert(
    fc.property(seedRuns, fc.infiniteStream(fc.nat()), (runs, order) => {
      const failed = runs.findIndex(({ failure }) => failure !== null);
      const row = failed < 0 ? runs : runs.slice(0, failed + 1);
      const apart: (ReturnType<typeof verdictOf> | null)[] = runs.map(() => null);
      const left = runs.map((_, i) => i);
      let joined = verdictSoFar('D0', apart);
      while (joined === null) {
        const [i] = left.splice(order.next().value % left.length, 1);
        apart[i!] = verdictOf('D0', [runs[i!]!]);
        joined = verdictSoFar('D0', apart);
      }
      expect(joined).toEqual(verdictOf('D0', row));
    }),
  );
});
