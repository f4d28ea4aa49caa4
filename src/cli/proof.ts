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
  readonly designs: readonly ProvenDesign[];
  readonly margins: readonly Margin[];
  /** Of all designs and margins. */
  readonly violations: readonly string[];
}

/** Least ratio between the best rejected and the worst accepted value of a graded figure. */
export const MARGIN_MIN = 1.2;

/**
 * How much is run. `full` is the proof: all seeds, every run twice. `brief`, what the tests do, makes the second run only
 * of what must pass and with the first seed, and runs what must fail only with the seeds that grade. `quick` makes no
 * second runs and leaves out the hidden seeds: for authors at work.
 */
export type Depth = 'full' | 'brief' | 'quick';

export interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly mustFail: string | null;
}

export async function proveExercise(
  exercise: Exercise,
  programs: Programs,
  depth: Depth,
  onDesign: (design: ProvenDesign) => void = () => {},
): Promise<Proof> {
  const designs: ProvenDesign[] = [];
  for (const one of casesOf(exercise)) {
    const design = await proveDesign(exercise, one, programs, depth);
    designs.push(design);
    onDesign(design);
  }
  return { exercise, designs, ...judge(designs) };
}

/** Margins between designs, and all that is wrong. */
export function judge(designs: readonly ProvenDesign[]): Pick<Proof, 'margins' | 'violations'> {
  const margins = marginsOf(designs);
  const narrow = margins
    .filter(({ ratio }) => ratio < MARGIN_MIN)
    .map(
      ({ check, label, design, ratio }) =>
        `"${check}", ${label}: ${design} is only ${ratio.toFixed(2)} times the worst accepted value; ${MARGIN_MIN} is the least`,
    );
  const references = designs.filter(({ mustFail }) => mustFail === null).length;
  const few = references < 2 ? [`there are ${references} reference designs that must pass; at least 2 are needed`] : [];
  const own = designs.flatMap(({ name, violations }) => violations.map((text) => `${name}: ${text}`));
  return { margins, violations: [...own, ...narrow, ...few] };
}

/** Starter, solution, accepted and rejected designs, in this order. */
export function casesOf(exercise: Exercise): readonly Case[] {
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

export async function proveDesign(
  exercise: Exercise,
  { name, files, mustFail }: Case,
  programs: Programs,
  depth: Depth,
): Promise<ProvenDesign> {
  const isPublic = depth === 'quick' || (depth === 'brief' && mustFail !== null);
  const seeds = isPublic ? exercise.seeds : [...exercise.seeds, ...exercise.hiddenSeeds];
  const findings: { readonly seed: number; readonly text: string }[] = [];
  const runs: SeedRun[] = [];
  let cpuMs = 0;
  for (const [i, seed] of seeds.entries()) {
    await breath();
    const cpu = process.cpuUsage();
    const run = gradeSeed(exercise, files, seed, programs);
    const { user, system } = process.cpuUsage(cpu);
    if (exercise.seeds.includes(seed)) cpuMs += (user + system) / 1000;
    runs.push(run);
    for (const text of faultsOf(run, mustFail)) findings.push({ seed, text });
    if (depth === 'quick' || (depth === 'brief' && (i > 0 || mustFail !== null))) continue;
    await breath();
    const { traceHash } = gradeSeed(exercise, files, seed, programs);
    if (traceHash !== run.traceHash) findings.push({ seed, text: `two runs left different traces` });
  }
  const violations = grouped(findings);
  if (mustFail !== null && violations.length === 0 && !failsInVerdict(runs, exercise.seeds, mustFail)) {
    violations.push(`passes "${mustFail}" with every seed that grades, and must fail it`);
  }
  return { name, mustFail, runs, cpuMs, violations };
}

/** "seeds 11, 23: fails …" once, not once a seed. */
function grouped(findings: readonly { readonly seed: number; readonly text: string }[]): string[] {
  const seedsOf = new Map<string, number[]>();
  for (const { seed, text } of findings) seedsOf.set(text, [...(seedsOf.get(text) ?? []), seed]);
  return [...seedsOf].map(([text, seeds]) => `seed ${seeds.join(', ')}: ${text}`);
}

/** Grading is synchronous and takes seconds; whoever waits for news of this process gets them in between. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A verdict is failed by one seed: some flaws show only when the fault ends at an unlucky moment. */
function failsInVerdict(runs: readonly SeedRun[], seeds: readonly number[], check: string): boolean {
  return runs.some(
    ({ seed, tests }) => seeds.includes(seed) && tests.some((test) => test.name === check && !hasPassed(test)),
  );
}

/** What one run did against what it should have done. */
function faultsOf({ tests, failure }: SeedRun, mustFail: string | null): string[] {
  if (failure !== null) return [`the checks could not run: ${failure.message}`];
  if (mustFail === null) {
    const failed = tests.filter((test) => !hasPassed(test));
    return failed.map(({ name, error }) => `fails "${name}"${error === null ? '' : `: ${error.message}`}`);
  }
  const named = tests.find(({ name }) => name === mustFail);
  if (named === undefined) return [`there is no check "${mustFail}"`];
  // A crash of the check is no proof that the check sees the flaw.
  if (named.error !== null) return [`"${mustFail}" ended in an error: ${named.error.message}`];
  return [];
}
