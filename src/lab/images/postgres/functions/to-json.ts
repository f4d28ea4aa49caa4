/** Values as JSON: what to_json, json_agg and their kin make of each type. */
import type { Exec } from '../run/exec.ts';
import { timestampText } from '../types/datetime.ts';
import { type Json, Jsonb, jsonObject, jsonText, parseJson, quoteJson } from '../types/json.ts';
import { Numeric } from '../types/numeric.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import { type Datum, PgArray, PgRecord } from '../types/values.ts';

export function jsonTextOf(type: Type, v: Datum, x: Exec): string {
  if (v === null) return 'null';
  if (type.base) return jsonTextOf(type.base, v, x);
  if (type === T.JSON_TYPE) return v;
  if (type === T.JSONB) return jsonText((v as Jsonb).v);
  if (type.kind === 'array') return arrayText(v, type.elem!, x);
  if (v instanceof PgRecord)
    return `{${v.values.map((one, i) => `${quoteJson(v.names[i]!)}:${jsonTextOf(v.types[i]!, one, x)}`).join(',')}}`;
  return jsonText(toJson(type, v, x));
}

function arrayText(a: PgArray, elem: Type, x: Exec): string {
  let i = 0;
  const level = (depth: number): string =>
    `[${Array.from({ length: a.dims[depth] ?? 0 }, () => (depth + 1 < a.dims.length ? level(depth + 1) : jsonTextOf(elem, a.items[i++], x))).join(',')}]`;
  return level(0);
}

export function toJson(type: Type, v: Datum, x: Exec): Json {
  if (v === null) return null;
  if (type.base) return toJson(type.base, v, x);
  if (type === T.JSON_TYPE) return parseJson(v);
  if (v instanceof Jsonb) return v.v;
  if (typeof v === 'boolean') return v;
  if (v instanceof Numeric) return v.special ? v.text() : v;
  if (typeof v === 'bigint') return Numeric.ofInt(v);
  if (v instanceof PgRecord)
    return jsonObject(v.values.map((one, i): [string, Json] => [v.names[i]!, toJson(v.types[i]!, one, x)]));
  if (v instanceof PgArray) {
    let i = 0;
    const level = (depth: number): Json[] =>
      Array.from({ length: v.dims[depth] ?? 0 }, () =>
        depth + 1 < v.dims.length ? level(depth + 1) : toJson(type.elem!, v.items[i++], x),
      );
    return level(0);
  }
  if (type === T.TIMESTAMP) return timestampText(v, '', 'T');
  if (type === T.TIMESTAMPTZ) return timestampText(v, '+00:00', 'T');
  if (type.category === 'N' && typeof v === 'number')
    return Number.isFinite(v) ? Numeric.parse(type.text(v)) : type.text(v);
  return type.text(v);
}
