/**
 * The lab beside real processes, as data: made by `loadbearing truth`, shown by the site. And the comparison itself:
 * two verdicts of the same design with the same seed, check by check.
 */

/** What a verdict is made of, as far as it is compared. */
export interface ComparedVerdict {
  readonly checks: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly error?: string;
    readonly measurements: readonly ComparedMeasurement[];
  }[];
  readonly failure?: { readonly message: string };
}

interface ComparedMeasurement {
  readonly label: string;
  readonly actual: unknown;
  readonly comparator: string;
  readonly bound: unknown;
  readonly unit?: string;
  readonly passed: boolean;
}

export interface TruthCheck {
  readonly name: string;
  readonly lab: boolean;
  readonly local: boolean;
  readonly agreement: 'same' | 'within tolerance' | 'different';
}

export interface TruthRow {
  readonly exercise: string;
  readonly design: string;
  /** The check that the design must fail; null when it must pass. */
  readonly mustFail: string | null;
  readonly seed: number;
  /** How often it was run on real processes until it agreed. */
  readonly runs: number;
  readonly lab: boolean;
  readonly local: boolean;
  readonly checks: readonly TruthCheck[];
  /** One sentence a difference. */
  readonly differences: readonly string[];
}

export interface TruthTable {
  readonly node: string;
  readonly machine: string;
  readonly rows: readonly TruthRow[];
}

/**
 * A figure of time may be that many times its bound on a real machine; of a share that must be high, what is missing to
 * 100 % may. Counts and truths are invariants: they must come out the same.
 */
export const TIME_FACTOR = 3;

export function compareVerdicts(
  lab: ComparedVerdict,
  local: ComparedVerdict,
): { readonly checks: readonly TruthCheck[]; readonly differences: readonly string[] } {
  if (lab.failure !== undefined || local.failure !== undefined) {
    const isSame = lab.failure?.message === local.failure?.message;
    const said = [`lab: ${lab.failure?.message ?? 'ran'}`, `local: ${local.failure?.message ?? 'ran'}`].join('; ');
    return { checks: [], differences: isSame ? [] : [said] };
  }
  const differences: string[] = [];
  const checks = lab.checks.map((check): TruthCheck => {
    const other = local.checks.find(({ name }) => name === check.name);
    if (other === undefined) {
      differences.push(`"${check.name}" was not run locally`);
      return { name: check.name, lab: check.passed, local: false, agreement: 'different' };
    }
    const both = { name: check.name, lab: check.passed, local: other.passed };
    if (check.passed === other.passed) return { ...both, agreement: 'same' };
    const why = other.measurements.filter((one, i) => one.passed !== check.measurements[i]?.passed);
    const isClose = other.error === check.error && why.length > 0 && why.every((one) => isTime(one) && isNear(one));
    if (isClose) return { ...both, agreement: 'within tolerance' };
    differences.push(
      `"${check.name}": lab ${check.passed ? 'passes' : 'fails'}, local ${other.passed ? 'passes' : 'fails'}${other.error === undefined ? '' : ` (${other.error})`}${why
        .map(({ label, actual, comparator, bound }, i) => {
          const inLab = check.measurements.find((one) => one.label === label) ?? check.measurements[i];
          return `; ${label}: lab ${shown(inLab?.actual)}, local ${shown(actual)}, bound ${comparator} ${shown(bound)}`;
        })
        .join('')}`,
    );
    return { ...both, agreement: 'different' };
  });
  return { checks, differences };
}

function isTime({ unit }: ComparedMeasurement): boolean {
  return unit === 'ms' || unit === 's' || unit === '/s' || unit === '%';
}

/**
 * Whether the real figure comes to the lab's answer when the bound is looser (where the lab passes and the machine is
 * slower) or tighter (where it is faster) by the factor.
 */
function isNear({ actual, comparator, bound, passed, unit }: ComparedMeasurement): boolean {
  if (typeof actual !== 'number' || typeof bound !== 'number') return false;
  const atMost = (value: number, limit: number) =>
    passed ? value >= limit / TIME_FACTOR : value <= limit * TIME_FACTOR;
  if (comparator === '≤' || comparator === '<') return atMost(actual, bound);
  if (comparator !== '≥' && comparator !== '>') return false;
  if (unit === '%') return atMost(100 - actual, 100 - bound);
  return passed ? actual <= bound * TIME_FACTOR : actual >= bound / TIME_FACTOR;
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(Math.round(value * 1000) / 1000) : String(value);
}
