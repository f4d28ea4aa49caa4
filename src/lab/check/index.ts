/**
 * Grading: what a checks file imports, how it is run, what it says.
 * - `host.ts`: what is needed of the lab. `runner.ts`: all seeds → verdict. Start there.
 * - `api.ts`: the modules 'loadbearing' and 'vitest'; `system.ts` is what `up()` gives, `traffic.ts` its loads,
 *   `faults.ts` its faults, `tap.ts` what the network saw.
 * - `suite.ts` runs tests in order; `expect.ts` turns each expectation into a measurement.
 * - `evidence.ts`, `plots.ts`: what a check looked at, for people. `verdict.ts`: the outcome as data.
 * Not here: whether an exercise's designs fare as they should; that is `cli/prove.ts`.
 */
export type { CheckError, CheckHost, OpenCheckHost, SystemHost, UpResult } from './host.ts';
export { CHECKS_FILE, type CheckJob, hasPassed, runChecks, runSeed, type SeedRun, verdictOf } from './runner.ts';
export type { TestRun } from './suite.ts';
export type { CheckResult, Measurement, Plot, Verdict } from './verdict.ts';
