import { expect as real, test } from 'vitest';
import { createExpect, type Matchers, sentence } from './expect.ts';
import type { Measurement } from './verdict.ts';

function recorder() {
  const recorded: Measurement[] = [];
  const expect = createExpect({ record: (one) => recorded.push(one), takePointer: () => undefined });
  return { recorded, expect };
}

function holds(actual: unknown, call: (matchers: Matchers) => void): boolean {
  const { recorded, expect } = recorder();
  try {
    call(expect(actual));
  } catch {}
  return recorded.at(-1)!.passed;
}

const cases: readonly (readonly [unknown, (m: Matchers) => void, boolean])[] = [
  [1, (m) => m.toBe(1), true],
  [1, (m) => m.toBe('1'), false],
  [{ a: [1, { b: 2 }] }, (m) => m.toEqual({ a: [1, { b: 2 }] }), true],
  [{ a: 1, b: undefined }, (m) => m.toEqual({ a: 1 }), true],
  [{ a: 1 }, (m) => m.toEqual({ a: 1, b: 2 }), false],
  [299.9, (m) => m.toBeLessThan(300), true],
  [300, (m) => m.toBeLessThan(300), false],
  [300, (m) => m.toBeLessThanOrEqual(300), true],
  [300, (m) => m.toBeGreaterThan(300), false],
  [300, (m) => m.toBeGreaterThanOrEqual(300), true],
  [Number.NaN, (m) => m.toBeLessThan(1), false],
  [Number.NaN, (m) => m.not.toBeLessThan(1), false],
  [undefined, (m) => m.toBeGreaterThan(0), false],
  [0.1 + 0.2, (m) => m.toBeCloseTo(0.3), true],
  [0.31, (m) => m.toBeCloseTo(0.3), false],
  [[1, 2], (m) => m.toContain(2), true],
  ['reviews are down', (m) => m.toContain('down'), true],
  [[{ a: 1 }], (m) => m.toContainEqual({ a: 1 }), true],
  ['503 Service', (m) => m.toMatch(/^50\d/), true],
  [{ a: { b: 1, c: 2 } }, (m) => m.toMatchObject({ a: { b: 1 } }), true],
  [{ a: [1, 2] }, (m) => m.toMatchObject({ a: [1] }), false],
  [[1, 2, 3], (m) => m.toHaveLength(3), true],
  [{ a: 1 }, (m) => m.toHaveProperty('a', 1), true],
  [{ a: 1 }, (m) => m.toHaveProperty('b'), false],
  ['x', (m) => m.toBeTruthy(), true],
  [0, (m) => m.toBeFalsy(), true],
  [null, (m) => m.toBeNull(), true],
  [undefined, (m) => m.toBeDefined(), false],
  [5, (m) => m.not.toBe(5), false],
  [() => JSON.parse('{'), (m) => m.toThrow(), true],
];

test.each(cases.map((one, i) => [i, ...one] as const))('matcher case %i', (_i, actual, call, expected) => {
  real(holds(actual, call)).toBe(expected);
});

test('label and unit; shares become percent; the sentence reads', () => {
  const { recorded, expect } = recorder();
  real(() => expect(0.07, 'errors while inventory is slow, %').toBeLessThan(0.01)).toThrowErrorMatchingInlineSnapshot(
    `[AssertionError: errors while inventory is slow: expected < 1%, measured 7%]`,
  );
  expect(4, 'calls in a second, /s').toBeLessThanOrEqual(4);
  expect([1, 2], 'list').toHaveLength(2);
  real(recorded.map(sentence)).toEqual([
    'errors while inventory is slow: expected < 1%, measured 7%',
    'calls in a second: expected ≤ 4/s, measured 4/s',
    'list: expected = 2, measured 2',
  ]);
});

test('the opposite of a comparison is shown as what must hold', () => {
  const { recorded, expect } = recorder();
  expect(5, 'x').not.toBeLessThan(3);
  real(recorded[0]).toMatchObject({ comparator: '≥', bound: 3, passed: true });
});
