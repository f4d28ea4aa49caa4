/**
 * `npm run truth`: every design of every exercise, graded in the lab and on real processes with the same seed, side by
 * side. What a design does (invariants) must come out the same; how fast it does it may differ by a factor, because a
 * real machine is slower than a modelled one. A difference is a bug of the lab, unless a design's line says why.
 *
 * Each run is a process of its own. A design whose runs differ is run a second time: the lab answers the same every
 * time, a busy machine does not; how many runs it took stands in the table.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareVerdicts, type TruthRow, type TruthTable } from '../catalog/truth.ts';
import type { Exercise } from '../catalog/types.ts';
import type { Verdict } from '../lab/index.ts';
import { readArgs, readSeeds } from './args.ts';
import { EXIT } from './failure.ts';
import { Grader } from './grade.ts';
import { machineText } from './machine-text.ts';
import { Progress } from './progress.ts';
import { projectFolder } from './project-folder.ts';
import { casesOf } from './proof.ts';
import { table } from './table.ts';
import { TRUTH_USAGE } from './usage.ts';
import { fromUser } from './user-path.ts';

const OPTIONS = {
  seed: { type: 'string', multiple: true },
  design: { type: 'string', multiple: true },
  lanes: { type: 'string', default: '1' },
  json: { type: 'string' },
} as const;

const RUNS_MAX = 2;
const CHECK_MS_MAX = 25 * 60_000;

interface Task {
  readonly exercise: Exercise;
  readonly design: string;
  readonly mustFail: string | null;
  readonly seed: number;
}

export async function truth(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = readArgs(args, OPTIONS, TRUTH_USAGE);
  const grader = new Grader();
  const exercises =
    positionals.length === 0 ? grader.catalog.exercises : positionals.map((name) => grader.exercise(name));
  const seeds = readSeeds(values.seed, TRUTH_USAGE);
  const tasks: Task[] = exercises.flatMap((exercise) =>
    casesOf(exercise)
      .filter(({ name }) => values.design === undefined || values.design.includes(name))
      .map(({ name, mustFail }) => ({ exercise, design: name, mustFail, seed: seeds?.[0] ?? exercise.seeds[0]! })),
  );
  const progress = new Progress();
  const rows = new Map<Task, TruthRow>();
  const waiting = [...tasks];
  const lane = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined && !signal.aborted; task = waiting.shift()) {
      progress.show(rows.size / tasks.length, `${task.exercise.id} ${task.design}`);
      const row = await compare(task, signal);
      if (row === null) return;
      rows.set(task, row);
      progress.clear();
      console.log(lineOf(row));
      if (values.json !== undefined) save(values.json, tasks, rows);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(values.lanes) || 1) }, lane));
  progress.clear();
  if (signal.aborted) return EXIT.interrupted;
  const all = [...rows.values()];
  const different = all.filter(({ differences }) => differences.length > 0);
  console.log(`\n${table(['exercise', 'design', 'lab', 'local', 'checks', 'runs', 'agreement'], all.map(cellsOf))}`);
  console.log(
    `\n${all.length - different.length} of ${all.length} designs fare the same in the lab and on real processes.`,
  );
  return different.length === 0 ? EXIT.ok : EXIT.failed;
}

async function compare(task: Task, signal: AbortSignal): Promise<TruthRow | null> {
  const { exercise, design, mustFail, seed } = task;
  const lab = await grade(task, 'lab', signal);
  if (lab === null) return null;
  let best: TruthRow | null = null;
  for (let runs = 1; runs <= RUNS_MAX; runs++) {
    const local = await grade(task, 'local', signal);
    if (local === null) return best;
    const { checks, differences } = compareVerdicts(lab, local);
    const row: TruthRow = {
      exercise: exercise.id,
      design,
      mustFail,
      seed,
      runs,
      lab: lab.passed,
      local: local.passed,
      checks,
      differences,
    };
    if (best === null || differences.length < best.differences.length) best = row;
    if (differences.length === 0) return row;
  }
  return best === null ? null : { ...best, runs: RUNS_MAX };
}

/** One seed by `loadbearing check`, in a process of its own. Null when stopped. */
async function grade(
  { exercise, design, seed }: Task,
  engine: 'lab' | 'local',
  signal: AbortSignal,
): Promise<Verdict | null> {
  const folder = mkdtempSync(join(tmpdir(), 'loadbearing-truth-'));
  const file = join(folder, 'verdict.json');
  const words = [
    'check',
    exercise.slug,
    '--design',
    design,
    '--engine',
    engine,
    '--seed',
    String(seed),
    '--servers',
    'lab',
    '--json',
    file,
  ];
  try {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', 'src/cli/loadbearing.ts', ...words],
      {
        cwd: projectFolder,
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
        env: { ...process.env, LOADBEARING_PARENT: '3', npm_command: '' },
        timeout: CHECK_MS_MAX,
      },
    );
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop);
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    signal.removeEventListener('abort', stop);
    if (signal.aborted) return null;
    if (code !== EXIT.ok && code !== EXIT.failed && code !== EXIT.project)
      throw new Error(`${exercise.id} ${design} on ${engine} ended with ${code}: ${said}`);
    return JSON.parse(readFileSync(file, 'utf8')) as Verdict;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function save(file: string, tasks: readonly Task[], rows: ReadonlyMap<Task, TruthRow>): void {
  const found: TruthTable = {
    node: process.versions.node,
    machine: machineText(),
    rows: tasks.flatMap((task) => rows.get(task) ?? []),
  };
  writeFileSync(fromUser(file), `${JSON.stringify(found, null, 2)}\n`);
}

function lineOf(row: TruthRow): string {
  const mark = row.differences.length === 0 ? '✓' : '✗';
  const notes = row.differences.map((text) => `\n      ${text}`).join('');
  return `${mark} ${row.exercise} ${row.design.padEnd(36)} lab ${fared(row.lab)}, local ${fared(row.local)}, ${row.runs} run(s)${notes}`;
}

function cellsOf(row: TruthRow): string[] {
  const { exercise, design, lab, local, checks, runs, differences } = row;
  const close = checks.filter(({ agreement }) => agreement === 'within tolerance').length;
  return [
    exercise,
    design,
    fared(lab),
    fared(local),
    `${checks.filter(({ agreement }) => agreement !== 'different').length} of ${checks.length}`,
    String(runs),
    differences.length > 0 ? 'different' : close > 0 ? `${close} within tolerance` : 'the same',
  ];
}

function fared(passed: boolean): string {
  return passed ? 'passes' : 'fails';
}
