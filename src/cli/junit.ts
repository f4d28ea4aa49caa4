/** A verdict as JUnit XML, the format that CI servers show. */
import { sentence } from '../lab/check/expect.ts';
import type { Verdict } from '../lab/check/verdict.ts';

export function toJUnit(verdict: Verdict, engine: string, seconds: number): string {
  const { exerciseId, checks, failure } = verdict;
  const cases = checks.map(({ name, passed, error, measurements, seed }) => {
    const said = measurements.map((one) => `${one.passed ? ' ' : '✗'} ${sentence(one)}`);
    const text = [...(error === undefined ? [] : [error]), ...said].join('\n');
    const first = measurements.find((one) => !one.passed);
    const message = error ?? (first === undefined ? 'failed' : sentence(first));
    const body = passed
      ? `<system-out>${escaped(text)}</system-out>`
      : `<failure message="${escaped(message)} (seed ${seed})">${escaped(text)}</failure>`;
    return `    <testcase classname="${escaped(exerciseId)}" name="${escaped(name)}">${body}</testcase>`;
  });
  if (failure !== undefined)
    cases.unshift(
      `    <testcase classname="${escaped(exerciseId)}" name="the checks can run"><error message="${escaped(failure.message)}"/></testcase>`,
    );
  const failures = checks.filter(({ passed }) => !passed).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="${escaped(`${exerciseId} (${engine})`)}" tests="${cases.length}" failures="${failures}" errors="${failure === undefined ? 0 : 1}" time="${seconds.toFixed(3)}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** Characters that XML 1.0 does not allow are left out. */
function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
    .replace(/[&<>"\n]/g, (character) => entities[character]!);
}
