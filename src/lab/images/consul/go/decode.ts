/**
 * A JSON body to a Go struct: names in any case and with or without underscores, missing ones at their zero value, others
 * ignored, the wrong type an error in encoding/json's words.
 */
import { parseDuration } from './duration.ts';
import type { Json } from './json.ts';

export type Field =
  | 'string'
  | 'bool'
  | 'int'
  | 'uint64'
  | 'duration'
  | 'strings'
  | 'map'
  | 'lists'
  | 'base64'
  | 'any'
  | { readonly struct: Schema; readonly name: string }
  | { readonly list: Schema; readonly name: string }
  | { readonly mapOf: Schema; readonly name: string };

export type Schema = Readonly<Record<string, Field>>;

const ZERO: Readonly<Record<string, () => unknown>> = {
  string: () => '',
  bool: () => false,
  int: () => 0,
  uint64: () => 0n,
  duration: () => 0,
  base64: () => null,
};

export const zeroOf = (field: Field): unknown => (typeof field === 'string' ? (ZERO[field]?.() ?? null) : null);

const GO_TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'bool',
  int: 'int',
  uint64: 'uint64',
  duration: 'time.Duration',
  strings: '[]string',
  map: 'map[string]string',
  lists: 'map[string][]string',
  base64: '[]uint8',
};

/** Throws an Error in Go's words. */
export function decode(raw: Json, schema: Schema, struct: string): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema)) result[name] = zeroOf(field);
  if (raw === null) return result;
  if (typeof raw !== 'object' || Array.isArray(raw))
    throw new Error(`json: cannot unmarshal ${kindOf(raw)} into Go value of type ${struct}`);
  const names = new Map(Object.keys(schema).map((name) => [plain(name), name]));
  for (const [key, value] of Object.entries(raw)) {
    const name = names.get(plain(key));
    if (name !== undefined && value !== null) result[name] = convert(value, schema[name]!, `${struct}.${name}`);
  }
  return result;
}

const plain = (name: string) => name.replaceAll('_', '').toLowerCase();

function convert(value: Json, field: Field, where: string): unknown {
  const wrong = () =>
    new Error(
      `json: cannot unmarshal ${kindOf(value)} into Go struct field ${where} of type ${typeof field === 'string' ? GO_TYPES[field] : field.name}`,
    );
  if (typeof field !== 'string') {
    if ('struct' in field) {
      if (typeof value !== 'object' || Array.isArray(value)) throw wrong();
      return decode(value, field.struct, field.name);
    }
    if ('list' in field) {
      if (!Array.isArray(value)) throw wrong();
      return value.map((each) => decode(each, field.list, field.name));
    }
    if (!isObject(value)) throw wrong();
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, decode(each, field.mapOf, field.name)]));
  }
  switch (field) {
    case 'any':
      return value;
    case 'string':
      if (typeof value !== 'string') throw wrong();
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw wrong();
      return value;
    case 'int':
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrong();
      return value;
    case 'uint64': {
      const whole = typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value as number | bigint) : -1n;
      if (whole < 0n || whole >= 1n << 64n) throw wrong();
      return whole;
    }
    case 'duration':
      if (typeof value === 'string') return parseDuration(value);
      if (typeof value !== 'number') throw wrong();
      return Math.trunc(value);
    case 'base64':
      if (typeof value !== 'string') throw wrong();
      if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value))
        throw new Error(`illegal base64 data at input byte ${/^[A-Za-z0-9+/]*/.exec(value)![0].length}`);
      return value;
    case 'strings':
      if (!Array.isArray(value)) throw wrong();
      return value.map((each) => convert(each ?? '', 'string', where));
    case 'map':
      if (!isObject(value)) throw wrong();
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [key, convert(each ?? '', 'string', where)]),
      );
    case 'lists':
      if (!isObject(value)) throw wrong();
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [key, convert(each ?? [], 'strings', where)]),
      );
  }
}

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'number';
  return typeof value;
}
