import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const proof = 'src/cli/prove.test.ts';
const exercises = readdirSync('exercises', { withFileTypes: true }).filter((entry) => entry.isDirectory());

/**
 * `unit` runs in Node beside the code; `proof-<exercise>` proves one exercise, each in a process of its own because it
 * takes minutes; `browser` drives a real Chromium against the built site.
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
          testTimeout: 60_000,
        },
      },
      ...exercises.map(({ name }) => ({
        test: { name: `proof-${name}`, environment: 'node' as const, include: [proof], env: { PROVE_EXERCISE: name } },
      })),
      {
        test: {
          name: 'browser',
          environment: 'node',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: ['tests/browser/setup.ts'],
          // One browser at a time: two would compete for the cores that the timing tests measure.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
