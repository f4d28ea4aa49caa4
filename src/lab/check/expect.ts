/**
 * `expect` with vitest's names. Each matcher call is a measurement: it is recorded whether it holds or not, before
 * anything is thrown, so a check that catches the error has failed all the same.
 *
 * The second argument says what the value is, with its unit after the last comma: `expect(p99, 'p99 in the fault, ms')`.
 * Values with the unit % are shares from 0 to 1 in the check and percentages in the verdict.
 */
import { contains, equals } from './equal.ts';
import type { Measurement } from './verdict.ts';

type Comparator = Measurement['comparator'];
type Shown = Measurement['actual'];

/** Who keeps the measurements: the test that runs now. */
export interface Recorder {
  record(measurement: Measurement): void;
  /** Where to look for the value that is about to be compared, if the check has just read one from load or tap. */
  takePointer(): Measurement['pointer'];
}

/** Thrown by a matcher that does not hold. */
export class AssertionError extends Error {
  readonly measurement: Measurement;
  constructor(measurement: Measurement) {
    super(sentence(measurement));
    this.name = 'AssertionError';
    this.measurement = measurement;
  }
}

export interface Matchers {
  readonly not: Matchers;
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toStrictEqual(expected: unknown): void;
  toBeLessThan(bound: number): void;
  toBeLessThanOrEqual(bound: number): void;
  toBeGreaterThan(bound: number): void;
  toBeGreaterThanOrEqual(bound: number): void;
  /** |actual − expected| < 10^−digits / 2, as in vitest. */
  toBeCloseTo(expected: number, digits?: number): void;
  toContain(item: unknown): void;
  toContainEqual(item: unknown): void;
  toMatch(pattern: string | RegExp): void;
  toMatchObject(expected: object): void;
  toHaveLength(length: number): void;
  toHaveProperty(key: string, value?: unknown): void;
  toBeTruthy(): void;
  toBeFalsy(): void;
  toBeDefined(): void;
  toBeUndefined(): void;
  toBeNull(): void;
  toBeNaN(): void;
  toThrow(message?: string | RegExp): void;
}

export function createExpect(recorder: Recorder): (actual: unknown, label?: string) => Matchers {
  return (actual, text) => {
    const { label, unit } = parseLabel(text);
    const pointer = recorder.takePointer();
    const check = (holds: boolean, comparator: Comparator, bound: Shown, shown: Shown = show(actual)): void => {
      const measurement: Measurement = {
        label: label === '' ? defaultLabel(comparator) : label,
        actual: inUnit(shown, unit),
        comparator,
        bound: inUnit(bound, unit),
        ...(unit !== undefined && { unit }),
        passed: holds,
        ...(pointer !== undefined && { pointer }),
      };
      recorder.record(measurement);
      if (!holds) throw new AssertionError(measurement);
    };
    return matchersFor(actual, check, false);
  };
}

type Check = (holds: boolean, comparator: Comparator, bound: Shown, shown?: Shown) => void;

const OPPOSITE: Partial<Record<Comparator, Comparator>> = { '<': '≥', '≤': '>', '>': '≤', '≥': '<' };

function matchersFor(actual: unknown, record: Check, isNot: boolean): Matchers {
  const check: Check = (holds, comparator, bound, shown) => {
    if (!isNot) record(holds, comparator, bound, shown);
    else record(!holds, OPPOSITE[comparator] ?? 'not', bound, shown);
  };
  const compare = (comparator: '<' | '≤' | '>' | '≥', bound: number, holds: (value: number) => boolean): void => {
    // NaN holds no comparison, and neither does its opposite: a missing measurement never passes.
    const isNumber = typeof actual === 'number' && !Number.isNaN(actual) && !Number.isNaN(bound);
    check(isNumber ? holds(actual) : isNot, comparator, bound);
  };
  return {
    get not() {
      return matchersFor(actual, record, !isNot);
    },
    toBe: (expected) => check(Object.is(actual, expected), '=', show(expected)),
    toEqual: (expected) => check(equals(actual, expected), '=', show(expected)),
    toStrictEqual: (expected) => check(equals(actual, expected), '=', show(expected)),
    toBeLessThan: (bound) => compare('<', bound, (value) => value < bound),
    toBeLessThanOrEqual: (bound) => compare('≤', bound, (value) => value <= bound),
    toBeGreaterThan: (bound) => compare('>', bound, (value) => value > bound),
    toBeGreaterThanOrEqual: (bound) => compare('≥', bound, (value) => value >= bound),
    toBeCloseTo: (expected, digits = 2) => {
      let tolerance = 0.5;
      for (let i = 0; i < digits; i++) tolerance /= 10;
      check(typeof actual === 'number' && Math.abs(actual - expected) < tolerance, '≈', expected);
    },
    toContain: (item) => {
      const holds =
        typeof actual === 'string' ? actual.includes(String(item)) : isIterable(actual) && [...actual].includes(item);
      check(holds, 'contains', show(item));
    },
    toContainEqual: (item) => {
      check(isIterable(actual) && [...actual].some((member) => equals(member, item)), 'contains', show(item));
    },
    toMatch: (pattern) => {
      const holds =
        typeof actual === 'string' && (typeof pattern === 'string' ? actual.includes(pattern) : pattern.test(actual));
      check(holds, 'matches', String(pattern));
    },
    toMatchObject: (expected) => check(contains(actual, expected), 'matches', show(expected)),
    toHaveLength: (length) => {
      const found = (actual as { length?: unknown } | null | undefined)?.length;
      check(found === length, '=', length, typeof found === 'number' ? found : null);
    },
    toHaveProperty: (key, ...value) => {
      const holds = typeof actual === 'object' && actual !== null && key in actual;
      const isEqual = value.length === 0 || (holds && equals((actual as Record<string, unknown>)[key], value[0]));
      check(holds && isEqual, 'contains', value.length === 0 ? key : `${key}: ${show(value[0])}`);
    },
    toBeTruthy: () => check(Boolean(actual), '=', true),
    toBeFalsy: () => check(!actual, '=', false),
    toBeDefined: () => check(actual !== undefined, 'not', 'undefined'),
    toBeUndefined: () => check(actual === undefined, '=', 'undefined'),
    toBeNull: () => check(actual === null, '=', null),
    toBeNaN: () => check(Number.isNaN(actual), '=', 'NaN'),
    toThrow: (message) => {
      let thrown: unknown;
      let hasThrown = false;
      try {
        (actual as () => unknown)();
      } catch (error) {
        hasThrown = true;
        thrown = error;
      }
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      const matches =
        message === undefined || (typeof message === 'string' ? text.includes(message) : message.test(text));
      check(
        hasThrown && matches,
        'matches',
        message === undefined ? 'an error' : String(message),
        hasThrown ? text : 'no error',
      );
    },
  };
}

export function parseLabel(text: string | undefined): { readonly label: string; readonly unit?: Measurement['unit'] } {
  const match = /^(.*),\s*(ms|%|\/s)$/.exec(text ?? '');
  if (match === null) return { label: text ?? '' };
  return { label: match[1]!.trim(), unit: match[2] as 'ms' | '%' | '/s' };
}

/** "p99 while inventory is slow: expected < 300 ms, measured 2003.4 ms" */
export function sentence({ label, actual, comparator, bound, unit }: Measurement): string {
  const withUnit = (value: Shown) =>
    `${value}${unit === undefined ? '' : unit === '/s' || unit === '%' ? unit : ` ${unit}`}`;
  return `${label}: expected ${comparator} ${withUnit(bound)}, measured ${withUnit(actual)}`;
}

function inUnit(value: Shown, unit: Measurement['unit']): Shown {
  if (typeof value !== 'number') return value;
  // 0.07 × 100 is 7.000000000000001; six decimals are more than anybody reads.
  return Math.round((unit === '%' ? value * 100 : value) * 1e6) / 1e6;
}

function show(value: unknown): Shown {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (value === undefined) return 'undefined';
  if (value instanceof RegExp || typeof value === 'function') return String(value).slice(0, 120);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    text = undefined;
  }
  text ??= String(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

function defaultLabel(comparator: Comparator): string {
  return comparator === 'matches' || comparator === 'contains' ? 'content' : 'value';
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
