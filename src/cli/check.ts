/**
 * `npm run check -- d14 path/to/folder [seed …]`: grades one folder, as the browser does. The folder holds the files
 * that differ from the starter, or a whole copy of it; only editable files are looked at. Without a folder: the starter.
 */
import { readTextFiles } from '../catalog/folder.ts';
import { sentence } from '../lab/check/expect.ts';
import { type SeedRun, verdictOf } from '../lab/index.ts';
import { Grader, gradeSeed } from './grade.ts';

const [name, folder, ...seeds] = process.argv.slice(2);
if (name === undefined) {
  console.error('Name an exercise: npm run check -- d14 path/to/folder');
  process.exit(2);
}
const grader = new Grader();
const exercise = grader.exercise(name);
const programs = await grader.programsOf(exercise);
const files = folder === undefined ? {} : readTextFiles(folder);
const runs: SeedRun[] = [];
for (const seed of seeds.length === 0 ? exercise.seeds : seeds.map(Number)) {
  runs.push(gradeSeed(exercise, files, seed, programs));
}
const verdict = verdictOf(exercise.id, runs);

if (verdict.failure !== undefined) {
  const { file, line, message, hint } = verdict.failure;
  console.log(`${file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `}${message}`);
  if (hint !== undefined) console.log(hint);
}
for (const check of verdict.checks) {
  console.log(`${check.passed ? '✓' : '✗'} ${check.name}${check.passed ? '' : ` (seed ${check.seed})`}`);
  if (check.error !== undefined) console.log(`    ${check.error}`);
  for (const measurement of check.measurements)
    console.log(`    ${measurement.passed ? ' ' : '✗'} ${sentence(measurement)}`);
}
console.log(`${verdict.passed ? 'Passed' : 'Failed'}, seeds ${verdict.seeds.join(', ')}.`);
process.exit(verdict.passed ? 0 : 1);
