import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const proof = 'src/cli/prove.test.ts';
/** They say how soon something happens: with nothing else on the machine's cores. */
const alone = ['tests/browser/engine.test.ts'];
const exercises = readdirSync('exercises', { withFileTypes: true }).filter((entry) => entry.isDirectory());

const inBrowsers = {
  environment: 'node' as const,
  globalSetup: ['tests/browser/setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

/**
 * `unit` runs in Node beside the code; `proof-<exercise>` proves one exercise, each in a process of its own because it
 * takes minutes; `browser` drives real browsers against the built site, `browser-alone` where a test looks at the clock.
 */
export default defineConfig({
  test: {
    // Vitest would leave one core idle; on two that doubles the time of the proof.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'tests/*.test.ts'],
          exclude: [proof],
          setupFiles: ['scripts/test-setup.ts'],
          testTimeout: 60_000,
        },
      },
      ...exercises.map(({ name }) => ({
        test: { name: `proof-${name}`, environment: 'node' as const, include: [proof], env: { PROVE_EXERCISE: name } },
      })),
      {
        test: { name: 'browser', ...inBrowsers, include: ['tests/browser/**/*.test.ts'], exclude: alone },
      },
      {
        test: { name: 'browser-alone', ...inBrowsers, include: alone, fileParallelism: false },
      },
    ],
  },
});
