/** Ranges of int4, int8, numeric, date, timestamp, timestamptz. Those of whole things are kept as `[a,b)`. */
import { PgError } from '../errors.ts';
import type { Type } from './types.ts';
import { type Datum, PgRange } from './values.ts';

export const EMPTY = new PgRange(null, null, false, false, true);

export function makeRange(
  type: Type,
  lower: Datum,
  upper: Datum,
  lowerInclusive: boolean,
  upperInclusive: boolean,
): PgRange {
  const elem = type.range!;
  if (lower !== null && upper !== null && elem.compare(lower, upper) > 0)
    throw new PgError('22000', 'range lower bound must be less than or equal to range upper bound');
  let [lo, hi] = [lower, upper];
  let [li, ui] = [lowerInclusive && lower !== null, upperInclusive && upper !== null];
  const next = elem.next;
  if (next) {
    if (lo !== null && !li) {
      lo = next(lo);
      li = true;
    }
    if (hi !== null && ui) {
      hi = next(hi);
      ui = false;
    }
  }
  if (lo !== null && hi !== null) {
    const c = elem.compare(lo, hi);
    if (c > 0 || (c === 0 && !(li && ui))) return EMPTY;
  }
  return new PgRange(lo, hi, li, ui);
}

export function parseRange(type: Type, text: string): PgRange {
  const bad = (detail: string) => new PgError('22P02', `malformed range literal: "${text}"`, { detail });
  const t = text.trim();
  if (t.toLowerCase() === 'empty') return EMPTY;
  if (!/^[[(]/.test(t)) throw bad('Missing left parenthesis or bracket.');
  const m = /^([[(])\s*("(?:[^"\\]|\\.|"")*"|[^",()[\]]*),("(?:[^"\\]|\\.|"")*"|[^",()[\]]*)([\])])$/.exec(t);
  if (!m) throw bad(t.includes(',') ? 'Unexpected end of input.' : 'Missing comma after lower bound.');
  const bound = (s: string) => {
    if (s === '') return null;
    return type.range!.parse(s.startsWith('"') ? s.slice(1, -1).replace(/\\(.)|""/g, (_, c) => c ?? '"') : s);
  };
  return makeRange(type, bound(m[2]!), bound(m[3]!), m[1] === '[', m[4] === ']');
}

export function rangeText(type: Type, r: PgRange): string {
  if (r.isEmpty) return 'empty';
  const bound = (v: Datum) => {
    if (v === null) return '';
    const text = type.range!.text(v);
    return text === '' || /[\s"\\()[\],]/.test(text) ? `"${text.replace(/(["\\])/g, '$1$1')}"` : text;
  };
  return `${r.lowerInclusive ? '[' : '('}${bound(r.lower)},${bound(r.upper)}${r.upperInclusive ? ']' : ')'}`;
}

/** Compares two lower bounds: null is −∞, inclusive comes first. */
export function compareLower(elem: Type, a: PgRange, b: PgRange): number {
  if (a.lower === null || b.lower === null) return a.lower === b.lower ? 0 : a.lower === null ? -1 : 1;
  return elem.compare(a.lower, b.lower) || Number(b.lowerInclusive) - Number(a.lowerInclusive);
}

export function compareUpper(elem: Type, a: PgRange, b: PgRange): number {
  if (a.upper === null || b.upper === null) return a.upper === b.upper ? 0 : a.upper === null ? 1 : -1;
  return elem.compare(a.upper, b.upper) || Number(a.upperInclusive) - Number(b.upperInclusive);
}

/** Whether `a` ends before `b` begins. */
export function isBefore(elem: Type, a: PgRange, b: PgRange): boolean {
  if (a.isEmpty || b.isEmpty || a.upper === null || b.lower === null) return false;
  const c = elem.compare(a.upper, b.lower);
  return c < 0 || (c === 0 && !(a.upperInclusive && b.lowerInclusive));
}

export const overlaps = (elem: Type, a: PgRange, b: PgRange): boolean =>
  !a.isEmpty && !b.isEmpty && !isBefore(elem, a, b) && !isBefore(elem, b, a);

export function containsRange(elem: Type, a: PgRange, b: PgRange): boolean {
  if (b.isEmpty) return true;
  if (a.isEmpty) return false;
  return compareLower(elem, a, b) <= 0 && compareUpper(elem, a, b) >= 0;
}

export function containsValue(elem: Type, r: PgRange, v: Datum): boolean {
  if (r.isEmpty) return false;
  if (r.lower !== null) {
    const c = elem.compare(r.lower, v);
    if (c > 0 || (c === 0 && !r.lowerInclusive)) return false;
  }
  if (r.upper !== null) {
    const c = elem.compare(v, r.upper);
    if (c > 0 || (c === 0 && !r.upperInclusive)) return false;
  }
  return true;
}

export function intersection(type: Type, a: PgRange, b: PgRange): PgRange {
  const elem = type.range!;
  if (!overlaps(elem, a, b)) return EMPTY;
  const lo = compareLower(elem, a, b) >= 0 ? a : b;
  const hi = compareUpper(elem, a, b) <= 0 ? a : b;
  return new PgRange(lo.lower, hi.upper, lo.lowerInclusive, hi.upperInclusive);
}

export function compareRange(elem: Type, a: PgRange, b: PgRange): number {
  if (a.isEmpty || b.isEmpty) return Number(b.isEmpty) - Number(a.isEmpty);
  return compareLower(elem, a, b) || compareUpper(elem, a, b);
}
