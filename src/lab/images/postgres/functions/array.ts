/** Functions of arrays and ranges, and those that return sets. */
import { PgError } from '../errors.ts';
import { addInterval, type Interval, intervalUs } from '../types/datetime.ts';
import * as N from '../types/numeric.ts';
import { Numeric } from '../types/numeric.ts';
import { EMPTY, makeRange } from '../types/range.ts';
import * as T from '../types/types.ts';
import { type Datum, PgArray } from '../types/values.ts';
import { def } from './registry.ts';

export function arrayFunctions(): void {
  def('array_length(array, int4) int4', ([a, n]) => a.dims[n - 1] ?? null);
  def('cardinality(array) int4', ([a]) => a.items.length);
  def('array_ndims(array) int4', ([a]) => a.dims.length || null);
  def('array_lower(array, int4) int4', ([a, n]) => (a.dims[n - 1] === undefined ? null : 1));
  def('array_upper(array, int4) int4', ([a, n]) => a.dims[n - 1] ?? null);
  def('array_append(array, elem) array', ([a, v]) => new PgArray([...(a?.items ?? []), v]), { lax: true });
  def('array_prepend(elem, array) array', ([v, a]) => new PgArray([v, ...(a?.items ?? [])]), { lax: true });
  def('array_cat(array, array) array', ([a, b]) => (a && b ? new PgArray([...a.items, ...b.items]) : (a ?? b)), {
    lax: true,
  });
  const same = (elem: T.Type, a: Datum, b: Datum) => (a === null || b === null ? a === b : elem.compare(a, b) === 0);
  def(
    'array_remove(array, elem) array',
    ([a, v], _, [type]) =>
      a === null ? null : new PgArray(a.items.filter((one: Datum) => !same(type!.elem!, one, v))),
    { lax: true },
  );
  def(
    'array_replace(array, elem, elem) array',
    ([a, v, w], _, [type]) =>
      a === null
        ? null
        : new PgArray(
            a.items.map((one: Datum) => (same(type!.elem!, one, v) ? w : one)),
            a.dims,
          ),
    { lax: true },
  );
  def('array_position(array, elem) int4', ([a, v], _, [type]) => position(a, v, 1, type!.elem!), { lax: true });
  def('array_position(array, elem, int4) int4', ([a, v, from], _, [type]) => position(a, v, from, type!.elem!), {
    lax: true,
  });
  def(
    'array_positions(array, elem) _int4',
    ([a, v], _, [type]) =>
      a === null
        ? null
        : new PgArray(a.items.flatMap((one: Datum, i: number) => (same(type!.elem!, one, v) ? [i + 1] : []))),
    { lax: true },
  );
  const join = (a: PgArray, by: string, none: string | null, elem: T.Type) =>
    a.items.flatMap((v) => (v === null ? (none === null ? [] : [none]) : [elem.text(v)])).join(by);
  def('array_to_string(array, text) text', ([a, by], _, [type]) => join(a, by, null, type!.elem!));
  def(
    'array_to_string(array, text, text) text',
    ([a, by, none], _, [type]) => (a === null || by === null ? null : join(a, by, none, type!.elem!)),
    { lax: true },
  );
  def(
    'array_fill(elem, _int4) array',
    ([v, dims]) => new PgArray(new Array(dims.items.reduce((n: number, d: number) => n * d, 1)).fill(v), dims.items),
    { lax: true },
  );
  def('trim_array(array, int4) array', ([a, n]) => new PgArray(a.items.slice(0, a.items.length - n)));
  def('unnest(array) elem', ([a]) => a.items, { set: true });
  def(
    'generate_subscripts(array, int4) int4',
    ([a, n]) => Array.from({ length: a.dims[n - 1] ?? 0 }, (_, i) => i + 1),
    { set: true },
  );

  const series = (
    from: Datum,
    to: Datum,
    step: Datum,
    add: (a: Datum, b: Datum) => Datum,
    compare: (a: Datum, b: Datum) => number,
    sign: number,
  ): Datum[] => {
    if (sign === 0) throw new PgError('22023', 'step size cannot equal zero');
    const found: Datum[] = [];
    for (let v = from; sign > 0 ? compare(v, to) <= 0 : compare(v, to) >= 0; v = add(v, step)) {
      found.push(v);
      if (found.length > 10_000_000) throw new PgError('54000', 'generate_series of more than ten million rows');
    }
    return found;
  };
  for (const [type, one, add] of [
    ['int4', 1, (a: number, b: number) => a + b],
    ['int8', 1n, (a: bigint, b: bigint) => a + b],
    ['numeric', Numeric.ofInt(1), N.add],
  ] as const) {
    const { compare } = T.typeByName(type)!;
    const signOf = (v: Datum) => (v instanceof Numeric ? v.sign : v > 0 ? 1 : v < 0 ? -1 : 0);
    def(`generate_series(${type}, ${type}) ${type}`, ([a, b]) => series(a, b, one, add as never, compare, 1), {
      set: true,
    });
    def(
      `generate_series(${type}, ${type}, ${type}) ${type}`,
      ([a, b, s]) => series(a, b, s, add as never, compare, signOf(s)),
      { set: true },
    );
  }
  for (const type of ['timestamptz', 'timestamp'])
    def(
      `generate_series(${type}, ${type}, interval) ${type}`,
      ([a, b, s]) =>
        series(
          a,
          b,
          s,
          (v: number, i: Interval) => addInterval(v, i),
          (v, w) => v - w,
          Math.sign(intervalUs(s)),
        ),
      { set: true },
    );

  for (const range of [T.INT4RANGE, T.INT8RANGE, T.NUMRANGE, T.TSRANGE, T.TSTZRANGE, T.DATERANGE]) {
    const elem = range.range!.typname;
    def(`${range.typname}(${elem}, ${elem}) ${range.typname}`, ([a, b]) => makeRange(range, a, b, true, false), {
      lax: true,
    });
    def(
      `${range.typname}(${elem}, ${elem}, text) ${range.typname}`,
      ([a, b, bounds]) => {
        if (!/^[[(][\])]$/.test(bounds ?? ''))
          throw new PgError('42601', 'invalid range bound flags', {
            hint: 'Valid values are "[]", "[)", "(]", and "()".',
          });
        return makeRange(range, a, b, bounds[0] === '[', bounds[1] === ']');
      },
      { lax: true },
    );
    def(`lower(${range.typname}) ${elem}`, ([r]) => r.lower);
    def(`upper(${range.typname}) ${elem}`, ([r]) => r.upper);
    def(`isempty(${range.typname}) bool`, ([r]) => r.isEmpty);
    def(`lower_inc(${range.typname}) bool`, ([r]) => r.lowerInclusive);
    def(`upper_inc(${range.typname}) bool`, ([r]) => r.upperInclusive);
    def(`lower_inf(${range.typname}) bool`, ([r]) => !r.isEmpty && r.lower === null);
    def(`upper_inf(${range.typname}) bool`, ([r]) => !r.isEmpty && r.upper === null);
  }
  def('range_merge(range, range) range', ([a, b], _, [type]) =>
    a === EMPTY
      ? b
      : makeRange(
          type!,
          type!.range!.compare(a.lower, b.lower) < 0 ? a.lower : b.lower,
          type!.range!.compare(a.upper, b.upper) > 0 ? a.upper : b.upper,
          true,
          false,
        ),
  );
}

function position(a: PgArray | null, v: Datum, from: number, elem: T.Type): number | null {
  if (a === null) return null;
  for (let i = from - 1; i < a.items.length; i++) {
    const one = a.items[i];
    if (one === null || v === null ? one === v : elem.compare(one, v) === 0) return i + 1;
  }
  return null;
}
