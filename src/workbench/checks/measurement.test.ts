import { expect, test } from 'vitest';
import type { Measurement } from '../../lab/check/verdict.ts';
import { boundText, gauge, valueText } from './measurement.ts';

const words = { yes: 'yes', no: 'no', nothing: 'nothing' };
const p99: Measurement = {
  label: 'p99 while inventory is slow',
  actual: 48_200,
  comparator: '<',
  bound: 300,
  unit: 'ms',
  passed: false,
};

test('value and bound carry the unit', () => {
  expect([valueText(p99.actual, p99.unit, words), boundText(p99, words)]).toEqual(['48.2 s', '< 300 ms']);
  expect(valueText(0.4, '%', words)).toBe('0.4 %');
  expect(boundText({ ...p99, comparator: '=', bound: true, unit: '' }, words)).toBe('yes');
});

test('the bound stands at the same place on every gauge, and what is far beyond fills it', () => {
  expect(gauge(p99)).toEqual({ value: 1, bound: 0.7 });
  expect(gauge({ ...p99, actual: 150 })?.value).toBeCloseTo(0.35);
  expect(gauge({ ...p99, actual: 'reviews', bound: 'reviews', comparator: 'contains' })).toBeNull();
});
