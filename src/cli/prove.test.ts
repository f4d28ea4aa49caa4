/**
 * The proof of all exercises, as `npm run prove` makes it, one test a design. vitest.config.ts runs it once for each
 * exercise, so that they are proven side by side; PROVE_EXERCISE names which.
 */
import { describe, expect, test } from 'vitest';
import { Grader } from './grade.ts';
import { casesOf, judge, type ProvenDesign, proveDesign } from './proof.ts';

const grader = new Grader();
const depth = process.env.LOADBEARING_TESTS === 'whole' ? 'full' : 'brief';
const only = process.env.PROVE_EXERCISE;
const exercises = grader.catalog.exercises.filter(({ slug }) => only === undefined || slug === only);

describe.each(exercises)('$id $slug', (exercise) => {
  const proven: ProvenDesign[] = [];

  test.each(casesOf(exercise))('$name', { timeout: 600_000 }, async (one) => {
    const design = await proveDesign(exercise, one, await grader.programsOf(exercise), depth);
    proven.push(design);
    expect(design.violations).toEqual([]);
  });

  test('right and wrong designs are far enough apart', () => {
    const { margins, violations } = judge(proven);
    expect(margins.length).toBeGreaterThan(0);
    expect(violations).toEqual([]);
  });
});
