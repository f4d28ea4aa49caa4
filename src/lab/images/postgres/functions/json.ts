/** Functions of json and jsonb. */
import { PgError } from '../errors.ts';
import type { Exec } from '../run/exec.ts';
import { dropPath, jsonAsText, jsonPath } from '../run/operators.ts';
import { type Json, Jsonb, jsonObject, jsonText, parseJson, quoteJson } from '../types/json.ts';
import { Numeric } from '../types/numeric.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import { type Datum, PgArray } from '../types/values.ts';
import { def } from './registry.ts';
import { jsonTextOf, toJson } from './to-json.ts';

const isB = (name: string) => name.startsWith('jsonb');
const open = (type: string) =>
  type === 'jsonb' ? (v: Datum): Json => (v as Jsonb).v : (v: Datum): Json => parseJson(v);
const wrap = (type: string) =>
  type === 'jsonb' ? (v: Json): Datum => new Jsonb(v) : (v: Json): Datum => jsonText(v, true);

const kind = (v: Json) =>
  v === null
    ? 'null'
    : typeof v === 'string'
      ? 'string'
      : typeof v === 'boolean'
        ? 'boolean'
        : v instanceof Numeric
          ? 'number'
          : Array.isArray(v)
            ? 'array'
            : 'object';

export function jsonFunctions(): void {
  def('to_json(any) json', ([v], x, [type]) => jsonTextOf(type!, v, x));
  def('to_jsonb(any) jsonb', ([v], x, [type]) => new Jsonb(toJson(type!, v, x)));
  def('row_to_json(any) json', ([v], x, [type]) => jsonTextOf(type!, v, x));
  def('array_to_json(array) json', ([v], x, [type]) => jsonTextOf(type!, v, x));
  const pairs = (args: Datum[], types: readonly Type[]): [string, Datum, Type][] => {
    if (args.length % 2)
      throw new PgError('22023', 'argument list must have even number of elements', {
        hint: 'The arguments of json_build_object() must consist of alternating keys and values.',
      });
    return Array.from({ length: args.length / 2 }, (_, i) => {
      if (args[i * 2] === null) throw new PgError('22023', `argument ${i * 2 + 1}: key must not be null`);
      return [types[i * 2]!.text(args[i * 2]), args[i * 2 + 1], types[i * 2 + 1]!];
    });
  };
  def(
    'json_build_object(*any) json',
    (args, x, types) =>
      `{${pairs(args, types)
        .map(([k, v, type]) => `${quoteJson(k)} : ${jsonTextOf(type, v, x)}`)
        .join(', ')}}`,
    { lax: true },
  );
  def(
    'jsonb_build_object(*any) jsonb',
    (args, x, types) =>
      new Jsonb(jsonObject(pairs(args, types).map(([k, v, type]): [string, Json] => [k, toJson(type, v, x)]))),
    { lax: true },
  );
  def(
    'json_build_array(*any) json',
    (args, x, types) => `[${args.map((v, i) => jsonTextOf(types[i]!, v, x)).join(', ')}]`,
    { lax: true },
  );
  def('jsonb_build_array(*any) jsonb', (args, x, types) => new Jsonb(args.map((v, i) => toJson(types[i]!, v, x))), {
    lax: true,
  });
  for (const type of ['json', 'jsonb']) {
    const get = open(type);
    const put = wrap(type);
    def(`${type}_typeof(${type}) text`, ([v]) => kind(get(v)));
    def(`${type}_array_length(${type}) int4`, ([v]) => {
      const j = get(v);
      if (!Array.isArray(j))
        throw new PgError(
          '22023',
          j instanceof Map ? 'cannot get array length of a non-array' : 'cannot get array length of a scalar',
        );
      return j.length;
    });
    def(`${type}_array_elements(${type}) ${type}`, ([v]) => items(get(v)).map((one) => [put(one)]), {
      set: true,
      columns: [['value', type]],
    });
    def(`${type}_array_elements_text(${type}) text`, ([v]) => items(get(v)).map((one) => [jsonAsText(one)]), {
      set: true,
      columns: [['value', 'text']],
    });
    def(`${type}_object_keys(${type}) text`, ([v]) => [...entries(get(v), `${type}_object_keys`)].map(([k]) => k), {
      set: true,
    });
    def(
      `${type}_each(${type}) record`,
      ([v]) => [...entries(get(v), `${type}_each`)].map(([k, one]) => [k, put(one)]),
      {
        set: true,
        columns: [
          ['key', 'text'],
          ['value', type],
        ],
      },
    );
    def(
      `${type}_each_text(${type}) record`,
      ([v]) => [...entries(get(v), `${type}_each_text`)].map(([k, one]) => [k, jsonAsText(one)]),
      {
        set: true,
        columns: [
          ['key', 'text'],
          ['value', 'text'],
        ],
      },
    );
    def(`${type}_extract_path(${type}, *text) ${type}`, ([v, ...path]) => {
      const found = jsonPath(get(v), path);
      return found === undefined ? null : put(found);
    });
    def(`${type}_extract_path_text(${type}, *text) text`, ([v, ...path]) => jsonAsText(jsonPath(get(v), path)));
    def(`${type}_strip_nulls(${type}) ${type}`, ([v]) => put(strip(get(v))));
    const rows = (v: Datum, x: Exec, many: boolean) => {
      const shape = (x as Exec & { rowShape?: { name: string; type: Type }[] }).rowShape;
      if (!shape) throw new PgError('42601', 'a column definition list is required for functions returning "record"');
      return (many ? items(get(v)) : [get(v)]).map((one) =>
        shape.map(({ name, type: t }) => {
          const field = one instanceof Map ? one.get(name) : undefined;
          if (field === undefined || field === null) return null;
          if (t === T.JSONB) return new Jsonb(field);
          if (t === T.JSON_TYPE) return jsonText(field, true);
          if (t.kind === 'array' && Array.isArray(field))
            return new PgArray(field.map((f) => (f === null ? null : t.elem!.parse(jsonAsText(f)!))));
          return t.parse(jsonAsText(field)!);
        }),
      );
    };
    def(`${type}_to_recordset(${type}) record`, ([v], x) => rows(v, x, true), { set: true, columns: [] });
    def(`${type}_to_record(${type}) record`, ([v], x) => rows(v, x, false), { set: true, columns: [] });
  }
  def(
    'jsonb_set(jsonb, _text, jsonb) jsonb',
    ([v, path, value]) => new Jsonb(setPath(v.v, path.items, value.v, true, false, false)),
  );
  def(
    'jsonb_set(jsonb, _text, jsonb, bool) jsonb',
    ([v, path, value, create]) => new Jsonb(setPath(v.v, path.items, value.v, create, false, false)),
  );
  def(
    'jsonb_insert(jsonb, _text, jsonb) jsonb',
    ([v, path, value]) => new Jsonb(setPath(v.v, path.items, value.v, true, true, false)),
  );
  def(
    'jsonb_insert(jsonb, _text, jsonb, bool) jsonb',
    ([v, path, value, after]) => new Jsonb(setPath(v.v, path.items, value.v, true, true, after)),
  );
  def('jsonb_pretty(jsonb) text', ([v]) => pretty(v.v, 0));
  def('jsonb_delete_path(jsonb, _text) jsonb', ([v, path]) => new Jsonb(dropPath(v.v, path.items)));
  for (const name of ['json_object', 'jsonb_object']) {
    def(`${name}(_text) ${isB(name) ? 'jsonb' : 'json'}`, ([a]: PgArray[]) =>
      object(
        name,
        a!.items.filter((_, i) => i % 2 === 0),
        a!.items.filter((_, i) => i % 2 === 1),
      ),
    );
    def(`${name}(_text, _text) ${isB(name) ? 'jsonb' : 'json'}`, ([a, b]: PgArray[]) =>
      object(name, a!.items, b!.items),
    );
  }
}

function object(name: string, keys: readonly string[], values: readonly Datum[]): Datum {
  const list = keys.map((k, i): [string, Json] => [k, values[i] ?? null]);
  return isB(name)
    ? new Jsonb(jsonObject(list))
    : `{${list.map(([k, v]) => `${quoteJson(k)} : ${jsonText(v)}`).join(', ')}}`;
}

function items(v: Json): Json[] {
  if (!Array.isArray(v))
    throw new PgError(
      '22023',
      v instanceof Map ? 'cannot extract elements from an object' : 'cannot extract elements from a scalar',
    );
  return v;
}

function entries(v: Json, name: string): Map<string, Json> {
  if (!(v instanceof Map))
    throw new PgError('22023', `cannot call ${name} on ${Array.isArray(v) ? 'an array' : 'a scalar'}`);
  return v;
}

function strip(v: Json): Json {
  if (Array.isArray(v)) return v.map(strip);
  return v instanceof Map ? jsonObject([...v].filter(([, one]) => one !== null).map(([k, one]) => [k, strip(one)])) : v;
}

function setPath(
  v: Json,
  path: readonly string[],
  value: Json,
  create: boolean,
  isInsert: boolean,
  after: boolean,
): Json {
  const [step, ...rest] = path;
  if (step === undefined) return v;
  if (v instanceof Map) {
    const has = v.has(step);
    if (rest.length)
      return has
        ? jsonObject(
            [...v].map(([k, one]) => [k, k === step ? setPath(one, rest, value, create, isInsert, after) : one]),
          )
        : v;
    if (has && isInsert)
      throw new PgError('22023', 'cannot replace existing key', {
        hint: 'Try using the function jsonb_set to replace key value.',
      });
    return has || create ? jsonObject([...v, [step, value]]) : v;
  }
  if (Array.isArray(v)) {
    if (!/^-?\d+$/.test(step)) throw new PgError('22P02', `path element at position 1 is not an integer: "${step}"`);
    const n = Number(step);
    const at = n < 0 ? v.length + n : n;
    if (rest.length)
      return at >= 0 && at < v.length
        ? v.map((one, i) => (i === at ? setPath(one, rest, value, create, isInsert, after) : one))
        : v;
    if (isInsert) {
      const place = Math.max(0, Math.min(v.length, at + (after ? 1 : 0)));
      return [...v.slice(0, place), value, ...v.slice(place)];
    }
    if (at < 0) return create ? [value, ...v] : v;
    if (at >= v.length) return create ? [...v, value] : v;
    return v.map((one, i) => (i === at ? value : one));
  }
  throw new PgError('22023', 'cannot set path in scalar');
}

function pretty(v: Json, depth: number): string {
  const pad = ' '.repeat((depth + 1) * 4);
  const end = ' '.repeat(depth * 4);
  if (Array.isArray(v))
    return v.length ? `[\n${v.map((one) => pad + pretty(one, depth + 1)).join(',\n')}\n${end}]` : `[\n${end}]`;
  if (v instanceof Map)
    return v.size
      ? `{\n${[...v].map(([k, one]) => `${pad}${quoteJson(k)}: ${pretty(one, depth + 1)}`).join(',\n')}\n${end}}`
      : `{\n${end}}`;
  return jsonText(v);
}
