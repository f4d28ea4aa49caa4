/**
 * How far apart right and wrong designs are: for each figure that a rejected design must fail, the worst value that an
 * accepted design reached and the best value that a rejected one did.
 */

import type { Measurement } from '../lab/check/index.ts';
import { hasPassed, type SeedRun } from '../lab/index.ts';

export interface Margin {
  readonly check: string;
  readonly label: string;
  readonly unit: string;
  readonly comparator: string;
  readonly bound: number;
  readonly worstAccepted: number;
  readonly bestRejected: number;
  /** The rejected design that came closest. */
  readonly design: string;
  /** Above 1: how many times worse the best rejected is than the worst accepted. Infinity where the latter is perfect. */
  readonly ratio: number;
}

interface Judged {
  readonly name: string;
  readonly mustFail: string | null;
  readonly runs: readonly SeedRun[];
}

export function marginsOf(designs: readonly Judged[]): Margin[] {
  const best = new Map<string, Margin>();
  for (const { name, mustFail, runs } of designs) {
    if (mustFail === null) continue;
    for (const run of runs) {
      const margin = clearest(name, mustFail, run, designs);
      if (margin === null) continue;
      const key = `${margin.check}\n${margin.label}`;
      const known = best.get(key);
      if (known === undefined || margin.ratio < known.ratio) best.set(key, margin);
    }
  }
  return [...best.values()];
}

/** Of the figures that one run failed in its named check, the one that is farthest from every accepted design. */
function clearest(design: string, check: string, run: SeedRun, designs: readonly Judged[]): Margin | null {
  const test = run.tests.find(({ name }) => name === check);
  if (test === undefined || hasPassed(test)) return null;
  let found: Margin | null = null;
  for (const measurement of test.measurements) {
    if (measurement.passed || typeof measurement.bound !== 'number') continue;
    const accepted = acceptedValues(check, measurement.label, designs);
    if (accepted.length === 0) continue;
    const badness = badnessBy(measurement);
    const worstAccepted = accepted.reduce((worst, value) => (badness(value) > badness(worst) ? value : worst));
    const bestRejected = typeof measurement.actual === 'number' ? measurement.actual : Number.NaN;
    const ratio = Number.isNaN(bestRejected)
      ? Number.POSITIVE_INFINITY
      : badness(bestRejected) / badness(worstAccepted);
    if (found !== null && ratio <= found.ratio) continue;
    const { label, unit = '', comparator, bound } = measurement;
    found = { check, label, unit, comparator, bound, worstAccepted, bestRejected, design, ratio };
  }
  return found;
}

function acceptedValues(check: string, label: string, designs: readonly Judged[]): number[] {
  return designs
    .filter(({ mustFail }) => mustFail === null)
    .flatMap(({ runs }) => runs)
    .flatMap(({ tests }) => tests.filter(({ name }) => name === check))
    .flatMap(({ measurements }) => measurements.filter((one) => one.label === label))
    .flatMap(({ actual }) => (typeof actual === 'number' ? [actual] : []));
}

/** A number that grows as the figure gets worse, from 0: for shares that must be high it is what is missing to 100 %. */
function badnessBy({ comparator, unit, bound }: Measurement): (value: number) => number {
  if (comparator === '<' || comparator === '≤') return (value) => value;
  if (comparator === '>' || comparator === '≥') return unit === '%' ? (value) => 100 - value : (value) => 1 / value;
  return (value) => Math.abs(value - (bound as number));
}
