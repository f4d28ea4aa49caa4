/**
 * Runs a checks file for every seed, each in a lab of its own, and makes the verdict. Synchronous: virtual time needs
 * no waiting. The caller's `onProgress` is also its sign of life.
 */
import type { Scheduler } from '../core/scheduler.ts';
import { hardenIntrinsics } from '../process/intrinsics.ts';
import { type CheckApi, createCheckApi } from './api.ts';
import type { CheckError, CheckHost, OpenCheckHost } from './host.ts';
import { plannedMs, shareOfPlan } from './progress.ts';
import type { TestRun } from './suite.ts';
import { type CheckResult, joinSeeds, type Verdict } from './verdict.ts';

export interface CheckJob {
  readonly exerciseId: string;
  /** The project's files, the checks file apart. */
  readonly files: Readonly<Record<string, string>>;
  /** Text of checks.test.ts. */
  readonly checks: string;
  /** A run that needs more is a check that waits for ever. Default 20 virtual minutes. */
  readonly virtualMsMax?: number;
  /** Bound of events for one seed: a run that only spins at one moment must end too. Default 40 million. */
  readonly eventsMax?: number;
}

/** What one seed came to; `prove` looks at every seed, the verdict at the worst. */
export interface SeedRun {
  readonly seed: number;
  readonly tests: readonly TestRun[];
  readonly failure: CheckError | null;
  readonly traceHash: string;
  readonly virtualMs: number;
}

export const CHECKS_FILE = 'checks.test.ts';

const VIRTUAL_MS_MAX = 20 * 60_000;
const EVENTS_MAX = 40_000_000;
const EVENTS_PER_PROGRESS = 2048;

export function runChecks(
  job: CheckJob,
  seeds: readonly number[],
  open: OpenCheckHost,
  onProgress: (share: number) => void = () => {},
): Verdict {
  const runs: SeedRun[] = [];
  for (const [i, seed] of seeds.entries()) {
    const run = runSeed(job, seed, open, (share) => onProgress((i + share) / seeds.length));
    runs.push(run);
    // What keeps one seed from starting keeps all.
    if (run.failure !== null) break;
  }
  onProgress(1);
  return verdictOf(job.exerciseId, runs);
}

/** Runs all checks once, with one seed. */
export function runSeed(
  job: CheckJob,
  seed: number,
  open: OpenCheckHost,
  onProgress: (share: number) => void = () => {},
): SeedRun {
  hardenIntrinsics();
  const opened = open(job.files, seed);
  if (!opened.ok) return { seed, tests: [], failure: opened.error, traceHash: '', virtualMs: 0 };
  const { host } = opened;
  try {
    return new SeedRunner(job, host, onProgress).run();
  } finally {
    host.dispose();
  }
}

/** One seed on one host, which the caller drives: by stepping its scheduler, or by waiting where time is real. */
export class SeedRunner {
  isOver = false;
  private readonly job: CheckJob;
  private readonly host: CheckHost;
  private readonly onProgress: (share: number) => void;
  private failure: CheckError | null = null;
  private testsDone = 0;
  private readonly planMs: number;
  private furthest = 0;
  private onOver: () => void = () => {};
  private readonly api: CheckApi;

  constructor(job: CheckJob, host: CheckHost, onProgress: (share: number) => void = () => {}) {
    this.job = job;
    this.host = host;
    this.onProgress = onProgress;
    this.planMs = plannedMs(job.checks);
    this.api = createCheckApi(host, {
      onTestEnd: () => {
        this.testsDone++;
      },
      onFailure: (error) => this.fail(error),
    });
  }

  run(): SeedRun {
    this.start();
    this.drive(this.host.scheduler, () => this.share);
    return this.finish();
  }

  /** What runs now, as sentences name it. */
  get doing(): string {
    return this.api.suite.doing;
  }

  /** How much of the checks is done, 0 to below 1: by the virtual time that they plan to take, or the tests that have ended. */
  get share(): number {
    const ofPlan = shareOfPlan(this.host.scheduler.nowUs / 1000, this.planMs);
    const ofTests = this.testsDone / (this.api.suite.runs.length + 1);
    this.furthest = Math.max(this.furthest, ofPlan, ofTests);
    return this.furthest;
  }

  /** Evaluates the checks and sets them going; `onOver` when the last has ended. */
  start(onOver: () => void = () => {}): void {
    const { host, job, api } = this;
    const { suite } = api;
    this.onOver = onOver;
    const onLateError = (error: CheckError): void => {
      const pending = suite.runs.find((run) => !run.isDone);
      if (pending === undefined || suite.runs.length === 0) this.fail(error);
      else pending.error ??= error;
    };
    host.evaluate(
      job.checks,
      CHECKS_FILE,
      api.modules,
      (error) => {
        if (error !== null) this.fail(error);
        else if (suite.runs.length === 0)
          this.fail({
            message: 'no check was declared',
            hint: "write test('…', async () => { … })",
            file: CHECKS_FILE,
          });
        else suite.start(() => this.end());
      },
      onLateError,
    );
  }

  /** What it came to. */
  finish(): SeedRun {
    const { host, api } = this;
    const { suite } = api;
    for (const run of suite.runs) if (!run.isDone) run.error ??= { message: 'the check did not run to its end' };
    api.finish();
    return {
      seed: host.seed,
      tests: suite.runs,
      failure: this.failure,
      traceHash: host.traceHash,
      virtualMs: host.scheduler.nowUs / 1000,
    };
  }

  private drive(scheduler: Scheduler, share: () => number): void {
    const { virtualMsMax = VIRTUAL_MS_MAX, eventsMax = EVENTS_MAX } = this.job;
    const limitUs = virtualMsMax * 1000;
    for (let events = 1; !this.isOver; events++) {
      let hasMore: boolean;
      try {
        hasMore = scheduler.step();
      } catch (error) {
        // The lab itself failed, or stopped a service that would not give the CPU back.
        this.fail(this.host.describe(error));
        return;
      }
      if (this.isOver) return;
      if (this.host.ended !== null) this.fail(this.host.ended);
      else if (!hasMore) {
        this.fail({
          message: `${this.doing} waits for something that cannot happen: nothing is running and no timer is set at ${seconds(scheduler.nowUs)}`,
          hint: 'is there a promise that nobody resolves?',
          file: CHECKS_FILE,
        });
      } else if (scheduler.nowUs > limitUs) {
        this.fail({
          message: `${this.doing} still waited after ${virtualMsMax / 60_000} virtual minutes`,
          hint: 'does a load without duration run that nobody stops?',
          file: CHECKS_FILE,
        });
      } else if (events >= eventsMax) {
        this.fail({
          message: `${this.doing} was stopped after ${eventsMax} events, at ${seconds(scheduler.nowUs)}: something goes round without end`,
        });
      } else if (events % EVENTS_PER_PROGRESS === 0) this.onProgress(share());
    }
  }

  /** Why it cannot go on. */
  fail(error: CheckError): void {
    this.failure ??= error;
    this.end();
  }

  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.onOver();
  }
}

/** One result per check: the first seed in which it failed, else the first seed. */
export function verdictOf(exerciseId: string, runs: readonly SeedRun[]): Verdict {
  return joinSeeds(
    exerciseId,
    runs.map(({ seed, tests, failure, traceHash, virtualMs }) => ({
      exerciseId,
      passed: failure === null && tests.length > 0 && tests.every(hasPassed),
      seeds: [seed],
      checks: tests.map((test) => resultOf(seed, test)),
      traceHashes: [traceHash],
      virtualMs,
      ...(failure !== null && { failure }),
    })),
  );
}

/** A check passed when it ran to its end, without error, and every expectation held, caught or not. */
export function hasPassed(run: TestRun): boolean {
  return (
    run.isDone && run.error === null && run.measurements.length > 0 && run.measurements.every(({ passed }) => passed)
  );
}

function resultOf(seed: number, test: TestRun): CheckResult {
  const { error } = test;
  const where = error?.file === undefined ? '' : ` (${error.file}${error.line === undefined ? '' : `:${error.line}`})`;
  return {
    name: test.name,
    passed: hasPassed(test),
    seed,
    measurements: test.measurements,
    ...(error !== null && { error: `${error.message}${where}` }),
    plots: test.plots,
  };
}

function seconds(us: number): string {
  return `${Math.round(us / 1000) / 1000} s`;
}
