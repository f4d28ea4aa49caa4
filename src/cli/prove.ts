/** `npm run prove [-- d14 … --quick]`: proves the graders of all or some exercises; exit code 1 on any violation. */
import { hasPassed } from '../lab/index.ts';
import { Grader } from './grade.ts';
import { type Proof, type ProvenDesign, proveExercise } from './proof.ts';
import { table } from './table.ts';

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const isQuick = process.argv.includes('--quick');
const grader = new Grader();
const exercises = names.length === 0 ? grader.catalog.exercises : names.map((name) => grader.exercise(name));

const proofs: Proof[] = [];
for (const exercise of exercises) {
  const programs = await grader.programsOf(exercise);
  console.log(`\n${exercise.id} ${exercise.title.en} (${exercise.slug})`);
  const depth = isQuick ? 'quick' : 'full';
  const proof = await proveExercise(exercise, programs, depth, (design) => console.log(lineOf(design)));
  proofs.push(proof);
  console.log(
    `\n${table(
      ['check', 'figure', 'bound', 'worst accepted', 'best rejected', 'ratio', 'closest'],
      proof.margins.map((margin) => [
        margin.check,
        margin.label,
        `${margin.comparator} ${margin.bound} ${margin.unit}`.trim(),
        String(margin.worstAccepted),
        String(margin.bestRejected),
        margin.ratio === Number.POSITIVE_INFINITY ? '∞' : margin.ratio.toFixed(2),
        margin.design,
      ]),
    )}`,
  );
}

const violations = proofs.flatMap(({ exercise, violations: found }) => found.map((text) => `${exercise.id} ${text}`));
console.log(
  violations.length === 0
    ? `\n${proofs.length} grader(s) ${isQuick ? 'look right; --quick is no proof' : 'proven'}.`
    : `\n${violations.length} violation(s):\n${violations.map((text) => `  ${text}`).join('\n')}`,
);
process.exit(violations.length === 0 ? 0 : 1);

function lineOf({ name, mustFail, runs, cpuMs, violations: found }: ProvenDesign): string {
  const mark = found.length === 0 ? '✓' : '✗';
  const fared = runs.filter(({ tests }) =>
    mustFail === null ? tests.every(hasPassed) : tests.some((test) => test.name === mustFail && !hasPassed(test)),
  );
  const expectation = mustFail === null ? 'passes' : `fails "${mustFail}"`;
  const seeds = `${fared.length} of ${runs.length} seeds`;
  return `  ${mark} ${name.padEnd(38)} ${expectation}: ${seeds}, ${Math.round(cpuMs)} ms CPU a verdict${found
    .map((text) => `\n      ${text}`)
    .join('')}`;
}
