/** The operators: for two types, the result's type, what the operands become, and the computation. */
import pow from '@stdlib/math-base-special-pow';
import { divisionByZero, PgError, unsupported } from '../errors.ts';
import { addInterval, DAY_US, difference, Interval } from '../types/datetime.ts';
import { contains, type Json, Jsonb, jsonObject, jsonText, parseJson } from '../types/json.ts';
import * as N from '../types/numeric.ts';
import * as R from '../types/range.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import { type Datum, PgArray, type PgRange } from '../types/values.ts';
import { commonNumber, isImplicit, isNumber } from './coerce.ts';
import { likeToRegExp, toRegExp } from './patterns.ts';

export interface Operator {
  readonly l: Type | null;
  readonly r: Type;
  readonly result: Type;
  readonly run: (a: Datum, b: Datum) => Datum;
}

const { BOOL, INT2, INT4, INT8, NUMERIC, FLOAT4, FLOAT8, TEXT, BPCHAR, UNKNOWN } = T;
const { DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL, JSON_TYPE, JSONB } = T;
const TEXT_ARRAY = TEXT.array!;

const COMPARE: Readonly<Record<string, (c: number) => boolean>> = {
  '=': (c) => c === 0,
  '<>': (c) => c !== 0,
  '<': (c) => c < 0,
  '>': (c) => c > 0,
  '<=': (c) => c <= 0,
  '>=': (c) => c >= 0,
};

export const isComparison = (op: string): boolean => op in COMPARE;

/** Null when there is no such operator for these types; UNKNOWN is a literal that takes what fits. */
export function findOperator(op: string, l: Type | null, r: Type): Operator | null {
  if (l?.base) return findOperator(op, l.base, r);
  if (r.base) return findOperator(op, l, r.base);
  if (l === null) return prefix(op, r);
  if (op in COMPARE) return comparison(op, l, r);
  return (
    arithmetic(op, l, r) ??
    dates(op, l, r) ??
    texts(op, l, r) ??
    jsons(op, l, r) ??
    arrays(op, l, r) ??
    ranges(op, l, r)
  );
}

/** The type in which both are compared; null when they cannot be. */
export function comparedAs(l: Type, r: Type): Type | null {
  if (l === UNKNOWN && r === UNKNOWN) return TEXT;
  if (l === UNKNOWN) return comparedAs(r, r);
  if (r === UNKNOWN) return comparedAs(l, l);
  if (l === r) return l.category === 'S' && l !== BPCHAR ? TEXT : l;
  if (isNumber(l) && isNumber(r)) return commonNumber(l, r);
  if (l.category === 'S' && r.category === 'S') return l === BPCHAR && r === BPCHAR ? BPCHAR : TEXT;
  if (l.category === 'D' && r.category === 'D' && l !== TIME && r !== TIME)
    return l === TIMESTAMPTZ || r === TIMESTAMPTZ ? TIMESTAMPTZ : TIMESTAMP;
  if (l.category === 'S' || r.category === 'S') return null;
  if (isImplicit(l, r)) return r;
  if (isImplicit(r, l)) return l;
  return null;
}

function comparison(op: string, l: Type, r: Type): Operator | null {
  const type = comparedAs(l, r);
  if (!type || (!type.isComparable && type !== T.RECORD)) return null;
  const { compare } = type;
  const operator = (run: Operator['run']): Operator => ({ l: type, r: type, result: BOOL, run });
  if (type === INT4 || type === INT8 || type === INT2 || type === TIMESTAMPTZ || type === TIMESTAMP || type === DATE) {
    switch (op) {
      case '=':
        return operator((a, b) => a === b);
      case '<>':
        return operator((a, b) => a !== b);
      case '<':
        return operator((a, b) => a < b);
      case '>':
        return operator((a, b) => a > b);
      case '<=':
        return operator((a, b) => a <= b);
      default:
        return operator((a, b) => a >= b);
    }
  }
  if (type === TEXT && op === '=') return operator((a, b) => a === b);
  const test = COMPARE[op]!;
  return operator((a, b) => test(compare(a, b)));
}

function prefix(op: string, r: Type): Operator | null {
  const result = (type: Type, run: (v: Datum) => Datum): Operator => ({
    l: null,
    r: type,
    result: type,
    run: (_, v) => run(v),
  });
  if (op === '-') {
    if (r === INT2 || r === INT4) return result(r, (v) => T.checkInt(-v, r));
    if (r === INT8) return result(r, (v: bigint) => T.checkBigint(-v));
    if (r === NUMERIC) return result(r, N.negate);
    if (r === FLOAT4 || r === FLOAT8 || r === UNKNOWN) return result(r === UNKNOWN ? FLOAT8 : r, (v) => -v);
    if (r === INTERVAL) return result(r, (v: Interval) => new Interval(-v.months, -v.days, -v.us));
  }
  if (op === '@') {
    if (r === INT2 || r === INT4 || r === FLOAT8 || r === FLOAT4) return result(r, Math.abs);
    if (r === INT8) return result(r, (v: bigint) => (v < 0n ? -v : v));
    if (r === NUMERIC) return result(r, (v: N.Numeric) => (v.sign < 0 ? N.negate(v) : v));
  }
  if (op === '~') {
    if (r === INT2 || r === INT4) return result(r, (v) => ~v);
    if (r === INT8) return result(r, (v) => ~v);
  }
  if (op === '|/') return result(FLOAT8, Math.sqrt);
  return null;
}

function checkFloat(value: number, a: number, b: number): number {
  if (!Number.isFinite(value) && Number.isFinite(a) && Number.isFinite(b))
    throw new PgError('22003', 'value out of range: overflow');
  return value;
}

function arithmetic(op: string, l: Type, r: Type): Operator | null {
  if (!isNumber(l) && l !== UNKNOWN) return null;
  if (!isNumber(r) && r !== UNKNOWN) return null;
  if (l === UNKNOWN && r === UNKNOWN) return null;
  const type = l === UNKNOWN ? r : r === UNKNOWN ? l : commonNumber(l, r);
  const of = (run: Operator['run'], as = type): Operator => ({ l: as, r: as, result: as, run });
  if (op === '^') {
    if (type === NUMERIC) return of(N.power);
    return of((a, b) => checkFloat(pow(a, b), a, b), FLOAT8);
  }
  if (type === INT2 || type === INT4) {
    const check = (v: number) => T.checkInt(v, type);
    switch (op) {
      case '+':
        return of((a, b) => check(a + b));
      case '-':
        return of((a, b) => check(a - b));
      case '*':
        return of((a, b) => check(a * b + 0));
      case '/':
        return of((a, b) => {
          if (b === 0) throw divisionByZero();
          return check(Math.trunc(a / b) + 0);
        });
      case '%':
        return of((a, b) => {
          if (b === 0) throw divisionByZero();
          return (a % b) + 0;
        });
      case '&':
        return of((a, b) => a & b);
      case '|':
        return of((a, b) => a | b);
      case '#':
        return of((a, b) => a ^ b);
      case '<<':
        return { l: type, r: INT4, result: type, run: (a, b) => a << b };
      case '>>':
        return { l: type, r: INT4, result: type, run: (a, b) => a >> b };
      default:
        return null;
    }
  }
  if (type === INT8) {
    const check = T.checkBigint;
    switch (op) {
      case '+':
        return of((a: bigint, b: bigint) => check(a + b));
      case '-':
        return of((a: bigint, b: bigint) => check(a - b));
      case '*':
        return of((a: bigint, b: bigint) => check(a * b));
      case '/':
        return of((a, b) => {
          if (b === 0n) throw divisionByZero();
          return check((a as bigint) / b);
        });
      case '%':
        return of((a, b) => {
          if (b === 0n) throw divisionByZero();
          return a % b;
        });
      case '&':
        return of((a, b) => a & b);
      case '|':
        return of((a, b) => a | b);
      case '#':
        return of((a, b) => a ^ b);
      case '<<':
        return { l: INT8, r: INT4, result: INT8, run: (a, b) => BigInt.asIntN(64, a << BigInt(b)) };
      case '>>':
        return { l: INT8, r: INT4, result: INT8, run: (a, b) => a >> BigInt(b) };
      default:
        return null;
    }
  }
  if (type === NUMERIC) {
    const run = (
      { '+': N.add, '-': N.subtract, '*': N.multiply, '/': N.divide, '%': N.modulo } as Record<string, Operator['run']>
    )[op];
    return run ? of(run) : null;
  }
  const toFit = type === FLOAT4 ? Math.fround : (v: number) => v;
  switch (op) {
    case '+':
      return of((a, b) => checkFloat(toFit(a + b), a, b));
    case '-':
      return of((a, b) => checkFloat(toFit(a - b), a, b));
    case '*':
      return of((a, b) => checkFloat(toFit(a * b), a, b));
    case '/':
      return of((a, b) => {
        if (b === 0 && !Number.isNaN(a)) throw divisionByZero();
        return checkFloat(toFit(a / b), a, b);
      });
    default:
      return null;
  }
}

const scale = (i: Interval, by: number): Interval => {
  const months = i.months * by;
  const days = i.days * by + (months - Math.trunc(months)) * 30;
  const us = i.us * by + (days - Math.trunc(days)) * DAY_US;
  return new Interval(Math.trunc(months), Math.trunc(days), Math.round(us));
};

function dates(op: string, l: Type, r: Type): Operator | null {
  const is = (a: Type, b: Type) =>
    (l === a || (l === UNKNOWN && r !== UNKNOWN)) && (r === b || (r === UNKNOWN && l !== UNKNOWN));
  const of = (a: Type, b: Type, result: Type, run: Operator['run']): Operator => ({ l: a, r: b, result, run });
  const exact = (a: Type, b: Type) => l === a && r === b;
  if (op === '+') {
    for (const type of [TIMESTAMPTZ, TIMESTAMP]) {
      if (is(type, INTERVAL) && (l === type || r === INTERVAL) && !(l === UNKNOWN && r === INTERVAL))
        return of(type, INTERVAL, type, (a, b) => addInterval(a, b));
      if (exact(INTERVAL, type)) return of(INTERVAL, type, type, (a, b) => addInterval(b, a));
    }
    if (exact(DATE, INTERVAL)) return of(DATE, INTERVAL, TIMESTAMP, (a, b) => addInterval(a * DAY_US, b));
    if (exact(INTERVAL, DATE)) return of(INTERVAL, DATE, TIMESTAMP, (a, b) => addInterval(b * DAY_US, a));
    if (exact(DATE, INT4) || (l === DATE && r === UNKNOWN)) return of(DATE, INT4, DATE, (a, b) => a + b);
    if (exact(INT4, DATE)) return of(INT4, DATE, DATE, (a, b) => a + b);
    if (exact(DATE, TIME)) return of(DATE, TIME, TIMESTAMP, (a, b) => a * DAY_US + b);
    if (exact(TIME, INTERVAL))
      return of(TIME, INTERVAL, TIME, (a, b: Interval) => (((a + b.us) % DAY_US) + DAY_US) % DAY_US);
    if (l === INTERVAL || r === INTERVAL) {
      if (!is(INTERVAL, INTERVAL)) return null;
      return of(
        INTERVAL,
        INTERVAL,
        INTERVAL,
        (a, b) => new Interval(a.months + b.months, a.days + b.days, a.us + b.us),
      );
    }
  }
  if (op === '-') {
    for (const type of [TIMESTAMPTZ, TIMESTAMP]) {
      if (exact(type, INTERVAL)) return of(type, INTERVAL, type, (a, b) => addInterval(a, b, -1));
      if (is(type, type) && (l === type || r === type)) return of(type, type, INTERVAL, difference);
    }
    const mixed = [DATE, TIMESTAMP, TIMESTAMPTZ];
    if (exact(DATE, INT4)) return of(DATE, INT4, DATE, (a, b) => a - b);
    if (is(DATE, DATE) && (l === DATE || r === DATE)) return of(DATE, DATE, INT4, (a, b) => a - b);
    if (exact(DATE, INTERVAL)) return of(DATE, INTERVAL, TIMESTAMP, (a, b) => addInterval(a * DAY_US, b, -1));
    if (mixed.includes(l) && mixed.includes(r)) {
      const as = l === TIMESTAMPTZ || r === TIMESTAMPTZ ? TIMESTAMPTZ : TIMESTAMP;
      return of(as, as, INTERVAL, difference);
    }
    if (exact(TIME, TIME)) return of(TIME, TIME, INTERVAL, (a, b) => new Interval(0, 0, a - b));
    if (exact(TIME, INTERVAL))
      return of(TIME, INTERVAL, TIME, (a, b: Interval) => (((a - b.us) % DAY_US) + DAY_US) % DAY_US);
    if ((l === INTERVAL || r === INTERVAL) && is(INTERVAL, INTERVAL))
      return of(
        INTERVAL,
        INTERVAL,
        INTERVAL,
        (a, b) => new Interval(a.months - b.months, a.days - b.days, a.us - b.us),
      );
  }
  if (op === '*') {
    if (l === INTERVAL && (isNumber(r) || r === UNKNOWN)) return of(INTERVAL, FLOAT8, INTERVAL, scale);
    if ((isNumber(l) || l === UNKNOWN) && r === INTERVAL) return of(FLOAT8, INTERVAL, INTERVAL, (a, b) => scale(b, a));
  }
  if (op === '/' && l === INTERVAL && (isNumber(r) || r === UNKNOWN))
    return of(INTERVAL, FLOAT8, INTERVAL, (a, b) => {
      if (b === 0) throw divisionByZero();
      return scale(a, 1 / b);
    });
  return null;
}

const isText = (type: Type) => type.category === 'S' || type === UNKNOWN;

function texts(op: string, l: Type, r: Type): Operator | null {
  if (op === '||') {
    if (l.kind === 'array' || r.kind === 'array' || l === JSONB || r === JSONB || l === T.BYTEA || r === T.BYTEA)
      return null;
    // Anything to the side of a text becomes text.
    if (isText(l) || isText(r)) return { l: TEXT, r: TEXT, result: TEXT, run: (a, b) => a + b };
    return null;
  }
  if (!isText(l) || !isText(r)) return null;
  const test = (run: (a: string, b: string) => boolean): Operator => ({ l: TEXT, r: TEXT, result: BOOL, run });
  switch (op) {
    case '~~':
      return test((a, b) => likeToRegExp(b, '').test(a));
    case '!~~':
      return test((a, b) => !likeToRegExp(b, '').test(a));
    case '~~*':
      return test((a, b) => likeToRegExp(b, 'i').test(a));
    case '!~~*':
      return test((a, b) => !likeToRegExp(b, 'i').test(a));
    case '~':
      return test((a, b) => toRegExp(b, '').test(a));
    case '!~':
      return test((a, b) => !toRegExp(b, '').test(a));
    case '~*':
      return test((a, b) => toRegExp(b, 'i').test(a));
    case '!~*':
      return test((a, b) => !toRegExp(b, 'i').test(a));
    case '^@':
      return test((a, b) => a.startsWith(b));
    default:
      return null;
  }
}

/** `->` with a key or a position. */
export function jsonGet(v: Json, key: string | number): Json | undefined {
  if (typeof key === 'string') return v instanceof Map ? v.get(key) : undefined;
  return Array.isArray(v) ? v.at(key) : undefined;
}

export function jsonPath(v: Json, path: readonly (string | null)[]): Json | undefined {
  let at: Json | undefined = v;
  for (const step of path) {
    if (at === undefined || step === null) return undefined;
    if (Array.isArray(at)) at = /^-?\d+$/.test(step) ? at.at(Number(step)) : undefined;
    else at = at instanceof Map ? at.get(step) : undefined;
  }
  return at;
}

export const jsonAsText = (v: Json | undefined): string | null =>
  v === undefined || v === null ? null : typeof v === 'string' ? v : jsonText(v);

function jsons(op: string, l: Type, r: Type): Operator | null {
  if (l !== JSON_TYPE && l !== JSONB && r !== JSONB) return null;
  if (l === JSON_TYPE && op[0] !== '-' && op[0] !== '#') return null;
  const type = l === JSON_TYPE ? JSON_TYPE : JSONB;
  const of = (b: Type, result: Type, run: (a: Json, b: Datum) => Datum): Operator => ({
    ...{ l: type, r: b, result },
    run: type === JSON_TYPE ? (a, b2) => run(parseJson(a), b2) : (a, b2) => run((a as Jsonb).v, b2),
  });
  const wrap = (v: Json | undefined): Datum =>
    v === undefined ? null : type === JSON_TYPE ? jsonText(v, true) : new Jsonb(v);
  const isKey = isText(r);
  const isIndex = r === INT4 || r === INT2;
  switch (op) {
    case '->':
      return isKey || isIndex ? of(isIndex ? INT4 : TEXT, type, (a, b) => wrap(jsonGet(a, b))) : null;
    case '->>':
      return isKey || isIndex ? of(isIndex ? INT4 : TEXT, TEXT, (a, b) => jsonAsText(jsonGet(a, b))) : null;
    case '#>':
      return of(TEXT_ARRAY, type, (a, b: PgArray) => wrap(jsonPath(a, b.items)));
    case '#>>':
      return of(TEXT_ARRAY, TEXT, (a, b: PgArray) => jsonAsText(jsonPath(a, b.items)));
    case '@>':
      return of(JSONB, BOOL, (a, b: Jsonb) => contains(a, b.v));
    case '<@':
      return of(JSONB, BOOL, (a, b: Jsonb) => contains(b.v, a));
    case '?':
      return of(TEXT, BOOL, (a, b: string) => hasKey(a, b));
    case '?|':
      return of(TEXT_ARRAY, BOOL, (a, b: PgArray) => b.items.some((key) => hasKey(a, key)));
    case '?&':
      return of(TEXT_ARRAY, BOOL, (a, b: PgArray) => b.items.every((key) => hasKey(a, key)));
    case '||':
      return of(JSONB, JSONB, (a, b: Jsonb) => new Jsonb(joinJson(a, b.v)));
    case '-':
      if (isIndex) return of(INT4, JSONB, (a, b) => new Jsonb(dropIndex(a, b)));
      if (r === TEXT_ARRAY) return of(TEXT_ARRAY, JSONB, (a, b: PgArray) => new Jsonb(b.items.reduce(dropKey, a)));
      return isKey ? of(TEXT, JSONB, (a, b) => new Jsonb(dropKey(a, b))) : null;
    case '#-':
      return of(TEXT_ARRAY, JSONB, (a, b: PgArray) => new Jsonb(dropPath(a, b.items)));
    case '@?':
    case '@@':
      throw unsupported('the JSON path language');
    default:
      return null;
  }
}

const hasKey = (v: Json, key: string) =>
  v instanceof Map ? v.has(key) : Array.isArray(v) ? v.includes(key) : v === key;

function joinJson(a: Json, b: Json): Json {
  if (a instanceof Map && b instanceof Map) return jsonObject([...a, ...b]);
  if (Array.isArray(a) || Array.isArray(b) || !(a instanceof Map || b instanceof Map))
    return [...(Array.isArray(a) ? a : [a]), ...(Array.isArray(b) ? b : [b])];
  throw new PgError('22023', 'invalid concatenation of jsonb objects');
}

function dropKey(v: Json, key: string | null): Json {
  if (v instanceof Map) return jsonObject([...v].filter(([k]) => k !== key));
  if (Array.isArray(v)) return v.filter((one) => one !== key);
  throw new PgError('22023', 'cannot delete from scalar');
}

function dropIndex(v: Json, index: number): Json {
  if (v instanceof Map) throw new PgError('22023', 'cannot delete from object using integer index');
  if (!Array.isArray(v)) throw new PgError('22023', 'cannot delete from scalar');
  const at = index < 0 ? v.length + index : index;
  return v.filter((_, i) => i !== at);
}

export function dropPath(v: Json, path: readonly string[]): Json {
  const [step, ...rest] = path;
  if (step === undefined) return v;
  if (v instanceof Map) {
    if (!v.has(step)) return v;
    if (rest.length === 0) return dropKey(v, step);
    return jsonObject([...v].map(([k, one]) => [k, k === step ? dropPath(one, rest) : one]));
  }
  if (Array.isArray(v) && /^-?\d+$/.test(step)) {
    const at = Number(step) < 0 ? v.length + Number(step) : Number(step);
    return rest.length === 0 ? v.filter((_, i) => i !== at) : v.map((one, i) => (i === at ? dropPath(one, rest) : one));
  }
  return v;
}

function arrays(op: string, l: Type, r: Type): Operator | null {
  if (l === T.BYTEA && (r === T.BYTEA || r === UNKNOWN) && op === '||')
    return { l, r: T.BYTEA, result: l, run: (a: Uint8Array, b: Uint8Array) => new Uint8Array([...a, ...b]) };
  if (l.kind !== 'array' && r.kind !== 'array') return null;
  const both = l.kind === 'array' ? l : r;
  if (op === '||') {
    if (l.kind === 'array' && (r.kind === 'array' || r === UNKNOWN)) {
      return { l, r: l, result: l, run: concat };
    }
    if (l === UNKNOWN) return { l: r, r, result: r, run: concat };
    if (l.kind === 'array') return { l, r: l.elem!, result: l, run: (a: PgArray, b) => new PgArray([...a.items, b]) };
    return { l: r.elem!, r, result: r, run: (a, b: PgArray) => new PgArray([a, ...b.items]) };
  }
  const { elem } = both;
  const has = (a: PgArray, v: Datum) =>
    v !== null && a.items.some((one) => one !== null && elem!.compare(one, v) === 0);
  const test = (run: (a: PgArray, b: PgArray) => boolean): Operator => ({ l: both, r: both, result: BOOL, run });
  switch (op) {
    case '@>':
      return test((a, b) => b.items.every((v) => has(a, v)));
    case '<@':
      return test((a, b) => a.items.every((v) => has(b, v)));
    case '&&':
      return test((a, b) => b.items.some((v) => has(a, v)));
    default:
      return null;
  }
}

/** Null joins as nothing here, so it is not strict; see expression.ts. */
export const concat = (a: PgArray | null, b: PgArray | null): PgArray | null => {
  if (a === null || b === null) return a ?? b;
  if (a.items.length === 0) return b;
  if (b.items.length === 0) return a;
  if (a.dims.length === 1 && b.dims.length === 1) return new PgArray([...a.items, ...b.items]);
  const rest = b.dims.length > a.dims.length ? b.dims.slice(1) : a.dims.slice(1);
  const inner = rest.reduce((n, d) => n * d, 1);
  return new PgArray([...a.items, ...b.items], [(a.items.length + b.items.length) / inner, ...rest]);
};

function ranges(op: string, l: Type, r: Type): Operator | null {
  if (l.kind !== 'range' && r.kind !== 'range') return null;
  const type = l.kind === 'range' ? l : r;
  const elem = type.range!;
  const test = (run: (a: PgRange, b: PgRange) => boolean): Operator => ({ l: type, r: type, result: BOOL, run });
  const isElement = (t: Type) => t === elem || (t !== UNKNOWN && t.kind !== 'range' && isImplicit(t, elem));
  switch (op) {
    case '&&':
      return test((a, b) => R.overlaps(elem, a, b));
    case '@>':
      if (isElement(r)) return { l: type, r: elem, result: BOOL, run: (a, v) => R.containsValue(elem, a, v) };
      return test((a, b) => R.containsRange(elem, a, b));
    case '<@':
      if (isElement(l)) return { l: elem, r: type, result: BOOL, run: (v, a) => R.containsValue(elem, a, v) };
      return test((a, b) => R.containsRange(elem, b, a));
    case '<<':
      return test((a, b) => R.isBefore(elem, a, b));
    case '>>':
      return test((a, b) => R.isBefore(elem, b, a));
    case '-|-':
      return test(
        (a, b) =>
          (a.upper !== null &&
            b.lower !== null &&
            elem.compare(a.upper, b.lower) === 0 &&
            a.upperInclusive !== b.lowerInclusive) ||
          (b.upper !== null &&
            a.lower !== null &&
            elem.compare(b.upper, a.lower) === 0 &&
            b.upperInclusive !== a.lowerInclusive),
      );
    case '-':
      return {
        ...{ l: type, r: type, result: type },
        run(a: PgRange, b: PgRange) {
          if (!R.overlaps(elem, a, b)) return a;
          const isLeft = R.compareLower(elem, a, b) < 0;
          const isRight = R.compareUpper(elem, a, b) > 0;
          if (isLeft && isRight) throw new PgError('22000', 'result of range difference would not be contiguous');
          if (isLeft) return R.makeRange(type, a.lower, b.lower, a.lowerInclusive, !b.lowerInclusive);
          return isRight ? R.makeRange(type, b.upper, a.upper, !b.upperInclusive, a.upperInclusive) : R.EMPTY;
        },
      };
    case '*':
      return { l: type, r: type, result: type, run: (a, b) => R.intersection(type, a, b) };
    case '+':
      return {
        ...{ l: type, r: type, result: type },
        run(a: PgRange, b: PgRange) {
          if (a.isEmpty || b.isEmpty) return a.isEmpty ? b : a;
          const lo = R.compareLower(elem, a, b) <= 0 ? a : b;
          const hi = R.compareUpper(elem, a, b) >= 0 ? a : b;
          if (R.isBefore(elem, a, b) || R.isBefore(elem, b, a)) {
            const [first, second] = R.isBefore(elem, a, b) ? [a, b] : [b, a];
            if (elem.compare(first.upper, second.lower) !== 0)
              throw new PgError('22000', 'result of range union would not be contiguous');
          }
          return R.makeRange(type, lo.lower, hi.upper, lo.lowerInclusive, hi.upperInclusive);
        },
      };
    default:
      return null;
  }
}
