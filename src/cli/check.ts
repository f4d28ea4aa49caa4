/**
 * `loadbearing check <exercise> [folder]`: grades one folder, in the lab as the browser does or on real processes. The
 * folder holds the files that differ from the starter, or a whole copy of it; only editable files are looked at.
 * Without a folder: the starter, or one of the exercise's own designs with --design.
 */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { readTextFiles } from '../catalog/folder.ts';
import type { Exercise } from '../catalog/types.ts';
import { sentence } from '../lab/check/expect.ts';
import type { SeedRun, Verdict } from '../lab/index.ts';
import { readArgs, readSeeds } from './args.ts';
import { CliError, EXIT } from './failure.ts';
import type { Grader } from './grade.ts';
import { toJUnit } from './junit.ts';
import { Progress } from './progress.ts';
import { CHECK_USAGE } from './usage.ts';
import { fromUser } from './user-path.ts';

const OPTIONS = {
  engine: { type: 'string', default: 'lab' },
  seed: { type: 'string', multiple: true },
  design: { type: 'string' },
  servers: { type: 'string', default: 'real' },
  json: { type: 'string' },
  junit: { type: 'string' },
} as const;

const ENGINES = ['lab', 'local'];

export async function check(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = readArgs(args, OPTIONS, CHECK_USAGE);
  const [name, folder, ...rest] = positionals;
  if (name === undefined || rest.length > 0)
    throw new CliError(
      EXIT.usage,
      name === undefined ? 'Name an exercise.' : `Too many words: ${rest.join(' ')}.`,
      `usage: ${CHECK_USAGE}`,
    );
  const { engine, servers, design } = values;
  if (!ENGINES.includes(engine))
    throw new CliError(
      EXIT.usage,
      `There is no engine "${engine}". There are ${ENGINES.join(' and ')}.`,
      `usage: ${CHECK_USAGE}`,
    );
  if (servers !== 'real' && servers !== 'lab')
    throw new CliError(EXIT.usage, `--servers takes real or lab; found "${servers}".`, `usage: ${CHECK_USAGE}`);
  // Not before the command line is right: they take a while.
  const { Grader, gradeSeed, projectOf } = await import('./grade.ts');
  const { verdictOf } = await import('../lab/index.ts');
  const grader = new Grader();
  const exercise = find(grader, name);
  const files = await filesOf(exercise, folder, design);
  const seeds = readSeeds(values.seed, CHECK_USAGE) ?? exercise.seeds;

  const startedMs = performance.now();
  const progress = new Progress();
  const runs: SeedRun[] = [];
  const isLocal = engine === 'local';
  const { runSeedLocally } = await import('../engines/local/grading.ts');
  const programs = isLocal ? null : await grader.programsOf(exercise);
  for (const [i, seed] of seeds.entries()) {
    const show = (share: number) =>
      progress.show((i + share) / seeds.length, `${exercise.id}, seed ${seed}, ${engine}`);
    show(0);
    const run = isLocal
      ? await runSeedLocally(
          { exerciseId: exercise.id, files: projectOf(exercise, files), checks: exercise.checks },
          seed,
          {
            servers,
            signal,
            onProgress: show,
            onNotice: (text) => {
              progress.clear();
              console.error(text);
            },
          },
        )
      : gradeSeed(exercise, files, seed, programs!);
    runs.push(run);
    // What keeps one seed from starting keeps all.
    if (run.failure !== null) break;
  }
  progress.clear();
  const verdict = verdictOf(exercise.id, runs);
  const seconds = (performance.now() - startedMs) / 1000;

  if (values.json !== undefined) write(values.json, `${JSON.stringify({ engine, seconds, ...verdict }, null, 2)}\n`);
  if (values.junit !== undefined) write(values.junit, toJUnit(verdict, engine, seconds));
  if (values.json !== '-' && values.junit !== '-') print(verdict, engine);
  if (verdict.failure !== undefined) return EXIT.project;
  return verdict.passed ? EXIT.ok : EXIT.failed;
}

function find(grader: Grader, name: string): Exercise {
  try {
    return grader.exercise(name);
  } catch (error) {
    throw new CliError(EXIT.usage, (error as Error).message);
  }
}

/** What is handed in. */
async function filesOf(
  exercise: Exercise,
  folder: string | undefined,
  design: string | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (design !== undefined) {
    const { casesOf } = await import('./proof.ts');
    const cases = casesOf(exercise);
    const found = cases.find(({ name }) => name === design);
    if (found !== undefined) return found.files;
    throw new CliError(
      EXIT.usage,
      `${exercise.id} has no design "${design}". It has ${cases.map((one) => one.name).join(', ')}.`,
    );
  }
  if (folder === undefined) return {};
  const path = fromUser(folder);
  if (!existsSync(path) || !statSync(path).isDirectory())
    throw new CliError(
      EXIT.project,
      `There is no folder ${path}.`,
      'It holds the files of the exercise that you have changed.',
    );
  const files = readTextFiles(path);
  if (!exercise.editable.some((file) => file in files))
    throw new CliError(
      EXIT.project,
      `${path} has none of the files that ${exercise.id} grades: ${exercise.editable.join(', ')}.`,
      'Name the folder that stands for the whole project.',
    );
  return files;
}

function write(target: string, text: string): void {
  if (target === '-') process.stdout.write(text);
  else writeFileSync(fromUser(target), text);
}

function print(verdict: Verdict, engine: string): void {
  if (verdict.failure !== undefined) {
    const { file, line, message, hint } = verdict.failure;
    console.log(`${file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `}${message}`);
    if (hint !== undefined) console.log(hint);
  }
  for (const { name, passed, seed, error, measurements } of verdict.checks) {
    console.log(`${passed ? '✓' : '✗'} ${name}${passed ? '' : ` (seed ${seed})`}`);
    if (error !== undefined) console.log(`    ${error}`);
    for (const measurement of measurements)
      console.log(`    ${measurement.passed ? ' ' : '✗'} ${sentence(measurement)}`);
  }
  console.log(`${verdict.passed ? 'Passed' : 'Failed'}, engine ${engine}, seeds ${verdict.seeds.join(', ')}.`);
}
