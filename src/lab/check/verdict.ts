/** What grading an exercise says. Made by check/, shown by the workbench, printed by the CLI, compared by `prove`. */

export interface Verdict {
  readonly exerciseId: string;
  /** What graded, when it was not the lab. */
  readonly engine?: 'local' | 'webcontainer';
  readonly passed: boolean;
  readonly seeds: readonly number[];
  /** One per `test()` in checks.test.ts, in file order, worst seed first when seeds disagree. */
  readonly checks: readonly CheckResult[];
  /** The run's identity for each seed, hex. */
  readonly traceHashes: readonly string[];
  readonly virtualMs: number;
  /** Set when the checks could not run at all: a bad compose file, a syntax error, a service that never got healthy. */
  readonly failure?: {
    readonly message: string;
    readonly hint?: string;
    readonly file?: string;
    readonly line?: number;
  };
}

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  /** The seed whose run is shown: the first that failed, else the first. */
  readonly seed: number;
  readonly measurements: readonly Measurement[];
  /** Set when the check ended in an error that is no failed expectation. */
  readonly error?: string;
  readonly plots: readonly Plot[];
}

/** One `expect(...)`: a measured value against its bound. */
export interface Measurement {
  /** From expect's second argument: "p99 while inventory is slow". */
  readonly label: string;
  readonly actual: number | string | boolean | null;
  readonly comparator: '<' | '≤' | '>' | '≥' | '=' | '≈' | 'matches' | 'contains' | 'not';
  readonly bound: number | string | boolean | null;
  readonly unit?: 'ms' | '%' | '/s' | '';
  readonly passed: boolean;
  /** Where to look in the run: a moment, a request. */
  readonly pointer?: { readonly atMs: number; readonly requestId?: number };
}

/** A line over virtual time with the fault windows to shade. */
export interface Plot {
  readonly title: string;
  readonly unit: 'ms' | '%' | '/s';
  /** [time in ms, value] pairs. */
  readonly points: readonly (readonly [number, number])[];
  readonly faults: readonly { readonly fromMs: number; readonly toMs: number; readonly text: string }[];
  readonly bound?: number;
}

/**
 * One verdict of several seeds' own, in their order. A check shows the first seed in which it failed, else the first;
 * what kept a seed from running keeps the whole from passing.
 */
export function joinSeeds(exerciseId: string, verdicts: readonly Verdict[]): Verdict {
  const failure = verdicts.find((verdict) => verdict.failure !== undefined)?.failure;
  const names = [...new Set(verdicts.flatMap(({ checks }) => checks.map(({ name }) => name)))];
  const checks = names.map((name) => shownOf(name, verdicts));
  return {
    exerciseId,
    passed: failure === undefined && checks.length > 0 && checks.every(({ passed }) => passed),
    seeds: verdicts.flatMap(({ seeds }) => seeds),
    checks,
    traceHashes: verdicts.flatMap(({ traceHashes }) => traceHashes),
    virtualMs: verdicts.reduce((sum, { virtualMs }) => sum + virtualMs, 0),
    ...(failure !== undefined && { failure }),
  };
}

function shownOf(name: string, verdicts: readonly Verdict[]): CheckResult {
  const found = verdicts.map(({ seeds, checks }) => ({
    seed: seeds[0]!,
    result: checks.find((check) => check.name === name),
  }));
  const { seed, result } = found.find((each) => each.result === undefined || !each.result.passed) ?? found[0]!;
  if (result !== undefined) return result;
  return {
    name,
    passed: false,
    seed,
    measurements: [],
    error: `the check does not exist with seed ${seed}`,
    plots: [],
  };
}
