/**
 * Proof of an exercise's grader (DESIGN §4): the starter and every rejected design fail on their named check, the
 * solution and every accepted design pass everything, on all seeds, and every run made twice leaves the same trace.
 */
import type { Exercise } from '../catalog/types.ts';
import { hasPassed, type Programs, type SeedRun } from '../lab/index.ts';
import { gradeSeed } from './grade.ts';
import { type Margin, marginsOf } from './margins.ts';

export interface ProvenDesign {
  /** As `solution`, `rejected/timeout-only`. */
  readonly name: string;
  /** The check it must fail; null when it must pass all. */
  readonly mustFail: string | null;
  /** One per seed. */
  readonly runs: readonly SeedRun[];
  /** CPU ms of one grading of the public seeds, first runs only. */
  readonly cpuMs: number;
  /** What is wrong with it; empty when it fared as it should. */
  readonly violations: readonly string[];
}

export interface Proof {
  readonly exercise: Exercise;
  readonly seeds: readonly number[];
  readonly designs: readonly ProvenDesign[];
  readonly margins: readonly Margin[];
  /** Of all designs and margins. */
  readonly violations: readonly string[];
}

/** Least ratio between the best rejected and the worst accepted value of a graded figure. */
export const MARGIN_MIN = 1.2;

export interface ProveOptions {
  /** Only the seeds that grade, each run once: for authors at work, not a proof. */
  readonly isQuick?: boolean;
  readonly onDesign?: (design: ProvenDesign) => void;
}

export function proveExercise(exercise: Exercise, programs: Programs, options: ProveOptions = {}): Proof {
  const seeds = options.isQuick ? exercise.seeds : [...exercise.seeds, ...exercise.hiddenSeeds];
  const cases = casesOf(exercise);
  const designs = cases.map((one) => {
    const design = proveDesign(exercise, one, seeds, programs, options.isQuick ?? false);
    options.onDesign?.(design);
    return design;
  });
  const margins = marginsOf(designs);
  const narrow = margins
    .filter(({ ratio }) => ratio < MARGIN_MIN)
    .map(
      ({ check, label, design, ratio }) =>
        `"${check}", ${label}: ${design} is only ${ratio.toFixed(2)} times the worst accepted value; ${MARGIN_MIN} is the least`,
    );
  const references = cases.filter(({ mustFail }) => mustFail === null).length;
  const few = references < 2 ? [`there are ${references} reference designs that must pass; at least 2 are needed`] : [];
  return {
    exercise,
    seeds,
    designs,
    margins,
    violations: [
      ...designs.flatMap(({ name, violations }) => violations.map((text) => `${name}: ${text}`)),
      ...narrow,
      ...few,
    ],
  };
}

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly mustFail: string | null;
}

function casesOf(exercise: Exercise): readonly Case[] {
  return [
    { name: 'starter', files: {}, mustFail: exercise.starterFails },
    { name: 'solution', files: exercise.solution, mustFail: null },
    ...exercise.accepted.map(({ name, files }) => ({ name: `accepted/${name}`, files, mustFail: null })),
    ...exercise.rejected.map(({ name, files, failsCheck }) => ({
      name: `rejected/${name}`,
      files,
      mustFail: failsCheck ?? '',
    })),
  ];
}

function proveDesign(
  exercise: Exercise,
  { name, files, mustFail }: Case,
  seeds: readonly number[],
  programs: Programs,
  isQuick: boolean,
): ProvenDesign {
  const violations: string[] = [];
  const runs: SeedRun[] = [];
  let cpuMs = 0;
  for (const seed of seeds) {
    const cpu = process.cpuUsage();
    const run = gradeSeed(exercise, files, seed, programs);
    const { user, system } = process.cpuUsage(cpu);
    if (exercise.seeds.includes(seed)) cpuMs += (user + system) / 1000;
    runs.push(run);
    if (run.failure !== null) {
      violations.push(`seed ${seed}: the checks could not run: ${run.failure.message}`);
      continue;
    }
    if (!isQuick) {
      const { traceHash } = gradeSeed(exercise, files, seed, programs);
      if (traceHash !== run.traceHash)
        violations.push(`seed ${seed}: two runs differ: ${run.traceHash} and ${traceHash}`);
    }
    violations.push(...faultsOf(run, mustFail));
  }
  if (mustFail !== null && violations.length === 0 && !failsInVerdict(runs, exercise.seeds, mustFail)) {
    violations.push(`passes "${mustFail}" with every seed that grades, and must fail it`);
  }
  return { name, mustFail, runs, cpuMs, violations };
}

/** A verdict is failed by one seed: some flaws show only when the fault ends at an unlucky moment. */
function failsInVerdict(runs: readonly SeedRun[], seeds: readonly number[], check: string): boolean {
  return runs.some(
    ({ seed, tests }) => seeds.includes(seed) && tests.some((test) => test.name === check && !hasPassed(test)),
  );
}

/** What one run did against what it should have done. */
function faultsOf({ seed, tests }: SeedRun, mustFail: string | null): string[] {
  if (mustFail === null) {
    return tests
      .filter((test) => !hasPassed(test))
      .map(({ name, error }) => `seed ${seed}: fails "${name}"${error === null ? '' : `: ${error.message}`}`);
  }
  const named = tests.find(({ name }) => name === mustFail);
  if (named === undefined) return [`seed ${seed}: there is no check "${mustFail}"`];
  // A crash of the check is no proof that the check sees the flaw.
  if (named.error !== null) return [`seed ${seed}: "${mustFail}" ended in an error: ${named.error.message}`];
  return [];
}
