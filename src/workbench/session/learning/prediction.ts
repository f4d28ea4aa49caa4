/** A guess beside what came: the lesson's questions and the workbench's checks judge it the same way. */
import type { Verdict } from '../../../engines/engine.ts';

/** How near a guess of a number came. */
export type Nearness = 'right' | 'near' | 'off';

/** `step`: what the guess could be told apart by. Near is within a factor of two: the right order of magnitude. */
export function nearness(guess: number, answer: number, step = 0): Nearness {
  if (Math.abs(guess - answer) <= step / 2) return 'right';
  if (guess <= 0 || answer <= 0) return 'off';
  const ratio = guess / answer;
  return ratio >= 0.5 && ratio <= 2 ? 'near' : 'off';
}

/** Before the checks run; what was left open is null. */
export interface Prediction {
  readonly passed: number | null;
  /** The worst second's p99. */
  readonly p99Ms: number | null;
  /** The worst second's share of failures, 0 to 100. */
  readonly errorPercent: number | null;
}

/** The same of a verdict; null where it measured nothing of the kind. */
export function outcomeOf({ checks }: Verdict): Prediction {
  const worst = (unit: 'ms' | '%') => {
    const values = checks
      .flatMap(({ plots }) => plots.filter((plot) => plot.unit === unit))
      .flatMap(({ points }) => points.map(([, value]) => value))
      .filter(Number.isFinite);
    return values.length === 0 ? null : Math.max(...values);
  };
  return {
    passed: checks.filter(({ passed }) => passed).length,
    p99Ms: worst('ms'),
    errorPercent: worst('%'),
  };
}

/** `0.8 s`, `800`, `800ms` → 800; null when it is no duration. */
export function readDuration(text: string): number | null {
  const match = /^\s*(\d+(?:[.,]\d+)?)\s*(ms|s|毫秒|秒)?\s*$/i.exec(text);
  if (match === null) return null;
  const value = Number(match[1]!.replace(',', '.'));
  return /^(?:s|秒)$/i.test(match[2] ?? '') ? value * 1000 : value;
}

/** `12`, `12 %` → 12; null when it is no share. */
export function readPercent(text: string): number | null {
  const match = /^\s*(\d+(?:[.,]\d+)?)\s*%?\s*$/.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]!.replace(',', '.'));
  return value >= 0 && value <= 100 ? value : null;
}

/** How many checks a checks file declares, as far as one can see without running it. */
export function declaredChecks(checks: string): number {
  return [...checks.matchAll(/^\s*test\s*\(/gm)].length;
}
