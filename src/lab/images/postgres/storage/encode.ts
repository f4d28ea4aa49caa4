/** Values as JSON, for the WAL and checkpoints: what JSON has not is an object with one key. */
import { Interval } from '../types/datetime.ts';
import { Jsonb, jsonText, parseJson } from '../types/json.ts';
import { Numeric } from '../types/numeric.ts';
import { bytesOfHex, hexOf } from '../types/types.ts';
import { type Datum, PgArray, PgRange, type Row } from '../types/values.ts';

export function encode(v: Datum): unknown {
  if (v === undefined || v === null || typeof v === 'string' || typeof v === 'boolean') return v ?? null;
  if (typeof v === 'number')
    return Number.isFinite(v) && !Object.is(v, -0) ? v : { f: Object.is(v, -0) ? '-0' : String(v) };
  if (typeof v === 'bigint') return { i: String(v) };
  if (v instanceof Numeric) return { n: v.text() };
  if (v instanceof Uint8Array) return { b: hexOf(v) };
  if (v instanceof Interval) return { v: [v.months, v.days, v.us] };
  if (v instanceof Jsonb) return { j: jsonText(v.v) };
  if (v instanceof PgArray) return { a: v.items.map(encode), d: v.dims };
  if (v instanceof PgRange)
    return { r: [encode(v.lower), encode(v.upper), v.lowerInclusive, v.upperInclusive, v.isEmpty] };
  throw new Error('a value of a kind that the WAL does not know');
}

export function decode(v: any): Datum {
  if (v === null || typeof v !== 'object') return v;
  if ('i' in v) return BigInt(v.i);
  if ('n' in v) return Numeric.parse(v.n);
  if ('f' in v) return Number(v.f);
  if ('b' in v) return bytesOfHex(v.b);
  if ('v' in v) return new Interval(v.v[0], v.v[1], v.v[2]);
  if ('j' in v) return new Jsonb(parseJson(v.j));
  if ('a' in v) return new PgArray(v.a.map(decode), v.d);
  return new PgRange(decode(v.r[0]), decode(v.r[1]), v.r[2], v.r[3], v.r[4]);
}

export const encodeRow = (row: Row): unknown[] => row.map(encode);
export const decodeRow = (row: unknown[]): Row => row.map(decode);
