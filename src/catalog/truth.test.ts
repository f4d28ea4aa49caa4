import { expect, test } from 'vitest';
import { compareVerdicts } from './truth.ts';

function verdict(passed: boolean, actual: unknown, comparator: string, bound: unknown, unit?: string) {
  const measurement = { label: 'figure', actual, comparator, bound, passed, ...(unit === undefined ? {} : { unit }) };
  return { checks: [{ name: 'check', passed, measurements: [measurement] }] };
}
const agreement = (...pair: Parameters<typeof compareVerdicts>) => compareVerdicts(...pair).checks[0]!.agreement;

test('the same answer is the same, whatever the figures', () => {
  expect(agreement(verdict(true, 3, '≤', 300, 'ms'), verdict(true, 290, '≤', 300, 'ms'))).toBe('same');
  expect(agreement(verdict(false, 10_000, '≤', 300, 'ms'), verdict(false, 310, '≤', 300, 'ms'))).toBe('same');
});

test.each([
  // The machine is slower than the lab, up to three times the bound; or faster, down to a third of it.
  [verdict(true, 200, '≤', 300, 'ms'), verdict(false, 900, '≤', 300, 'ms'), 'within tolerance'],
  [verdict(true, 200, '≤', 300, 'ms'), verdict(false, 901, '≤', 300, 'ms'), 'different'],
  [verdict(false, 500, '≤', 300, 'ms'), verdict(true, 100, '≤', 300, 'ms'), 'within tolerance'],
  [verdict(false, 500, '≤', 300, 'ms'), verdict(true, 99, '≤', 300, 'ms'), 'different'],
  [verdict(true, 9, '≥', 6, '/s'), verdict(false, 2, '≥', 6, '/s'), 'within tolerance'],
  [verdict(false, 1, '≥', 6, '/s'), verdict(true, 19, '≥', 6, '/s'), 'different'],
  // Of a share it is what is missing that counts.
  [verdict(true, 100, '≥', 99, '%'), verdict(false, 97, '≥', 99, '%'), 'within tolerance'],
  [verdict(true, 100, '≥', 99, '%'), verdict(false, 96.9, '≥', 99, '%'), 'different'],
  // A count is an invariant.
  [verdict(true, 0, '=', 0), verdict(false, 1, '=', 0), 'different'],
  [verdict(true, 2, '≤', 2), verdict(false, 3, '≤', 2), 'different'],
] as const)('%# %j %j: %s', (lab, local, expected) => {
  expect(agreement(lab, local)).toBe(expected);
  expect(compareVerdicts(lab, local).differences).toHaveLength(expected === 'different' ? 1 : 0);
});

test('an error of the checks, or a project that does not start, is no tolerance', () => {
  const lab = verdict(true, 200, '≤', 300, 'ms');
  const local = { checks: [{ name: 'check', passed: false, error: 'boom', measurements: [] }] };
  expect(compareVerdicts(lab, local).differences).toEqual(['"check": lab passes, local fails (boom)']);
  expect(compareVerdicts(lab, { checks: [], failure: { message: 'no' } }).differences).toEqual(['lab: ran; local: no']);
});
