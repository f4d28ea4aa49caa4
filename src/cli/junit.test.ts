import { expect, test } from 'vitest';
import type { Verdict } from '../lab/check/verdict.ts';
import { toJUnit } from './junit.ts';

test('passed, failed and impossible checks, with what XML does not allow escaped', () => {
  const verdict: Verdict = {
    exerciseId: 'D14',
    passed: false,
    seeds: [11],
    checks: [
      { name: 'fast & <true>', passed: true, seed: 11, measurements: [], plots: [] },
      {
        name: 'kept',
        passed: false,
        seed: 11,
        measurements: [{ label: 'p99', actual: 400, comparator: '≤', bound: 300, unit: 'ms', passed: false }],
        plots: [],
      },
    ],
    traceHashes: [''],
    virtualMs: 1,
    failure: { message: 'line\u0007 "one"\nline two' },
  };
  const xml = toJUnit(verdict, 'local', 1.5);
  expect(xml).toContain('<testsuite name="D14 (local)" tests="3" failures="1" errors="1" time="1.500">');
  expect(xml).toContain('name="fast &amp; &lt;true&gt;"');
  expect(xml).toContain('<failure message="p99: expected ≤ 300 ms, measured 400 ms (seed 11)">');
  expect(xml).toContain('<error message="line &quot;one&quot;&#10;line two"/>');
  expect(xml).not.toContain('\u0007');
});
