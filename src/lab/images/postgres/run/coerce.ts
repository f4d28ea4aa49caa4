/** Conversions between types, and which of them PostgreSQL makes by itself. */
import { PgError } from '../errors.ts';
import { DAY_US, Interval } from '../types/datetime.ts';
import { Jsonb, jsonText, parseJson } from '../types/json.ts';
import { Numeric } from '../types/numeric.ts';
import type { Type, TypeMod } from '../types/types.ts';
import * as T from '../types/types.ts';
import { type Datum, PgArray } from '../types/values.ts';
import type { Exec } from './exec.ts';

/** How far a conversion goes by itself: in an expression, when stored in a column, only with CAST. */
export type CastContext = 'implicit' | 'assignment' | 'explicit';

type Cast = (value: Datum, x: Exec) => Datum;

const RANK: Record<CastContext, number> = { implicit: 0, assignment: 1, explicit: 2 };

const casts = new Map<string, { context: CastContext; cast: Cast }>();
const key = (from: Type, to: Type) => `${from.oid}:${to.oid}`;
const define = (from: Type, to: Type, context: CastContext, cast: Cast) => casts.set(key(from, to), { context, cast });

const same: Cast = (v) => v;
const { BOOL, INT2, INT4, INT8, NUMERIC, FLOAT4, FLOAT8, TEXT, VARCHAR, BPCHAR, NAME, CHAR } = T;
const {
  DATE,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  INTERVAL,
  JSON_TYPE,
  JSONB,
  OID,
  REGCLASS,
  REGTYPE,
  REGPROC,
  XID,
  REGNAMESPACE,
} = T;

const toInt = (type: Type) => (v: Datum) => {
  if (typeof v === 'bigint') {
    if (v > 2147483647n || v < -2147483648n) throw new PgError('22003', `${type.name} out of range`);
    return T.checkInt(Number(v), type);
  }
  if (v instanceof Numeric) {
    if (v.special)
      throw new PgError('0A000', `cannot convert ${v.special === 'NaN' ? 'NaN' : 'infinity'} to ${type.name}`);
    const n = v.round(0).n;
    if (n > 2147483647n || n < -2147483648n) throw new PgError('22003', `${type.name} out of range`);
    return T.checkInt(Number(n), type);
  }
  return T.checkInt(halfEven(v, type), type);
};

/** Floats are rounded to the nearest even whole number. */
function halfEven(v: number, type: Type): number {
  if (!Number.isFinite(v)) throw new PgError('22003', `${type.name} out of range`);
  const floor = Math.floor(v);
  const part = v - floor;
  return part < 0.5 || (part === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

for (const [from, to] of [
  [INT2, INT4],
  [INT2, FLOAT4],
  [INT2, FLOAT8],
  [INT4, FLOAT8],
  [FLOAT4, FLOAT8],
  [INT4, OID],
  [INT2, OID],
] as const)
  define(from, to, 'implicit', same);
define(INT4, FLOAT4, 'implicit', Math.fround);
for (const from of [INT2, INT4]) define(from, INT8, 'implicit', (v) => BigInt(v));
for (const from of [INT2, INT4, INT8]) define(from, NUMERIC, 'implicit', (v) => Numeric.ofInt(v));
define(INT8, FLOAT8, 'implicit', Number);
define(INT8, FLOAT4, 'implicit', (v) => Math.fround(Number(v)));
define(INT8, OID, 'implicit', Number);
define(NUMERIC, FLOAT8, 'implicit', (v: Numeric) => {
  const f = v.number();
  if (!Number.isFinite(f) && !v.special)
    throw new PgError('22003', `"${v.text()}" is out of range for type double precision`);
  return f;
});
define(NUMERIC, FLOAT4, 'implicit', (v: Numeric) => Math.fround(v.number()));
for (const from of [INT4, INT8, NUMERIC, FLOAT4, FLOAT8]) define(from, INT2, 'assignment', toInt(INT2));
for (const from of [INT8, NUMERIC, FLOAT4, FLOAT8]) define(from, INT4, 'assignment', toInt(INT4));
define(NUMERIC, INT8, 'assignment', (v: Numeric) => T.checkBigint(v.toBigInt()));
for (const from of [FLOAT4, FLOAT8]) {
  define(from, INT8, 'assignment', (v) => T.checkBigint(BigInt(halfEven(v, INT8))));
  define(from, NUMERIC, 'assignment', (v) => Numeric.ofFloat(v, from === FLOAT4 ? 6 : 15));
}
define(FLOAT8, FLOAT4, 'assignment', (v) => {
  const f = Math.fround(v);
  if (!Number.isFinite(f) && Number.isFinite(v)) throw new PgError('22003', 'value out of range: overflow');
  return f;
});
define(OID, INT8, 'assignment', (v) => BigInt(v));
define(OID, INT4, 'assignment', same);
define(INT4, BOOL, 'explicit', (v) => v !== 0);
define(BOOL, INT4, 'explicit', Number);
for (const from of [TEXT, VARCHAR, BPCHAR, NAME, CHAR])
  for (const to of [TEXT, VARCHAR, BPCHAR, NAME])
    if (from !== to)
      define(
        from,
        to,
        from === NAME || to !== NAME ? 'implicit' : 'assignment',
        from === BPCHAR && to !== BPCHAR ? (v) => v.replace(/ +$/, '') : same,
      );
define(TEXT, CHAR, 'assignment', (v) => v.slice(0, 1));
for (const to of [TIMESTAMP, TIMESTAMPTZ]) define(DATE, to, 'implicit', (v) => v * DAY_US);
define(TIMESTAMP, TIMESTAMPTZ, 'implicit', same);
define(TIMESTAMPTZ, TIMESTAMP, 'assignment', same);
for (const from of [TIMESTAMP, TIMESTAMPTZ]) {
  define(from, DATE, 'assignment', (v) => (Number.isFinite(v) ? Math.floor(v / DAY_US) : v));
  define(from, TIME, 'assignment', (v) => v - Math.floor(v / DAY_US) * DAY_US);
}
define(TIME, INTERVAL, 'implicit', (v) => new Interval(0, 0, v));
define(INTERVAL, TIME, 'assignment', (v: Interval) => ((v.us % DAY_US) + DAY_US) % DAY_US);
define(JSON_TYPE, JSONB, 'assignment', (v) => new Jsonb(parseJson(v)));
define(JSONB, JSON_TYPE, 'assignment', (v: Jsonb) => jsonText(v.v));
for (const [to, name] of [
  [BOOL, 'boolean'],
  [NUMERIC, 'numeric'],
  [INT4, 'integer'],
  [INT8, 'bigint'],
  [FLOAT8, 'double precision'],
  [INT2, 'smallint'],
] as const)
  define(JSONB, to, 'explicit', (value: Jsonb) => {
    const { v } = value;
    const is = to === BOOL ? typeof v === 'boolean' : v instanceof Numeric;
    if (!is) throw new PgError('22023', `cannot cast jsonb ${jsonKind(v)} to type ${name}`);
    return to === BOOL || to === NUMERIC
      ? v
      : to === INT8
        ? (v as Numeric).toBigInt()
        : to === FLOAT8
          ? (v as Numeric).number()
          : toInt(to)(v);
  });
/** The names of objects are numbers for whom it concerns. */
for (const to of [REGCLASS, REGTYPE, REGPROC, REGNAMESPACE]) {
  const resolve: Cast = (v, x) => (typeof v === 'string' ? x.session.database.resolveReg(to, v, x.session) : v);
  for (const from of [TEXT, VARCHAR, NAME]) define(from, to, from === NAME ? 'explicit' : 'implicit', resolve);
  for (const from of [OID, INT4, INT8]) define(from, to, 'implicit', (v) => Number(v));
  define(to, OID, 'implicit', same);
  define(to, INT8, 'assignment', (v) => BigInt(v));
  define(to, INT4, 'assignment', same);
  const show: Cast = (v, x) => x.session.database.regText(to, v, x.session);
  define(to, TEXT, 'assignment', show);
  define(to, VARCHAR, 'assignment', show);
}
define(XID, TEXT, 'explicit', String);

const jsonKind = (v: unknown) =>
  v === null
    ? 'null'
    : typeof v === 'string'
      ? 'string'
      : typeof v === 'boolean'
        ? 'boolean'
        : Array.isArray(v)
          ? 'array'
          : v instanceof Map
            ? 'object'
            : 'numeric';

/** The conversion, or null when there is none in this context. */
export function findCast(from: Type, to: Type, context: CastContext): Cast | null {
  if (from === to) return same;
  if (from.base) {
    if (to === from.base) return same;
    return findCast(from.base, to, context);
  }
  if (to.base) {
    const inner = findCast(from, to.base, context);
    // The domain's checks are made where the type is known: see `toDomain`.
    return inner;
  }
  const found = casts.get(key(from, to));
  if (found) return RANK[found.context] <= RANK[context] ? found.cast : null;
  if (from.kind === 'array' && to.kind === 'array') {
    const item = findCast(from.elem!, to.elem!, context);
    return (
      item &&
      ((v: PgArray, x) =>
        new PgArray(
          v.items.map((one) => (one === null ? null : item(one, x))),
          v.dims,
        ))
    );
  }
  // Through the text: every type to strings when stored, strings to every type with CAST.
  if (to.category === 'S' && to !== NAME) {
    if (RANK[context] < 1) return null;
    return from === BOOL ? (v) => (v ? 'true' : 'false') : (v) => from.text(v);
  }
  if (from.category === 'S' && context === 'explicit') return (v) => to.parse(v);
  return null;
}

export const isImplicit = (from: Type, to: Type): boolean => findCast(from, to, 'implicit') !== null;

export function applyMod(mod: TypeMod | null | undefined, isExplicit: boolean): ((v: Datum) => Datum) | null {
  return mod ? (v) => (v === null ? null : mod.apply(v, isExplicit)) : null;
}

const NUMBERS = [INT2, INT4, INT8, NUMERIC, FLOAT4, FLOAT8];
export const isNumber = (type: Type): boolean => NUMBERS.includes(type);

/** The type in which two numbers meet. */
export function commonNumber(a: Type, b: Type): Type {
  if (a === b) return a;
  const [lo, hi] = NUMBERS.indexOf(a) < NUMBERS.indexOf(b) ? [a, b] : [b, a];
  if (hi === FLOAT4) return lo === NUMERIC ? FLOAT8 : FLOAT8;
  return hi;
}

/** The type of several branches: CASE, COALESCE, UNION, VALUES, ARRAY. Null when they do not go together. */
export function commonType(types: readonly Type[]): Type | null {
  const known = types.filter((type) => type !== T.UNKNOWN);
  if (known.length === 0) return TEXT;
  let best = known[0]!;
  for (const type of known.slice(1)) {
    if (type === best) continue;
    if (type.category !== best.category) return null;
    if (isNumber(type) && isNumber(best)) {
      if (isImplicit(best, type) && !isImplicit(type, best)) best = type;
    } else if (isImplicit(best, type) && !(isImplicit(type, best) && best === TEXT)) best = type === NAME ? best : type;
  }
  return best;
}
