/** Aggregate functions: their types, and how they are accumulated. */
import { PgError } from '../errors.ts';
import { jsonTextOf, toJson } from '../functions/to-json.ts';
import { Interval } from '../types/datetime.ts';
import { type Json, Jsonb, jsonObject, quoteJson } from '../types/json.ts';
import * as N from '../types/numeric.ts';
import { Numeric } from '../types/numeric.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import { type Datum, PgArray, type Row } from '../types/values.ts';
import type { Fn } from './ex.ts';
import type { Exec } from './exec.ts';
import { compareBy, type Ordering } from './sort.ts';
import { hashOf } from './subquery.ts';

export interface Accumulator {
  add(values: readonly Datum[]): void;
  result(): Datum;
}

export interface AggregateCall {
  readonly slot: { index: number };
  readonly name: string;
  readonly args: readonly Fn[];
  readonly types: readonly Type[];
  readonly order: readonly Ordering[];
  readonly filter: Fn | null;
  readonly isDistinct: boolean;
  readonly isOrderedSet: boolean;
  readonly result: Type;
  readonly make: (x: Exec) => Accumulator;
}

interface Found {
  readonly args: readonly Type[];
  readonly result: Type;
  readonly make: (x: Exec) => Accumulator;
}

const NAMES = new Set(
  `count sum avg min max string_agg array_agg json_agg jsonb_agg json_object_agg jsonb_object_agg bool_and bool_or every
  bit_and bit_or stddev stddev_samp stddev_pop variance var_samp var_pop percentile_cont percentile_disc mode`
    .trim()
    .split(/\s+/),
);

export const isAggregate = (name: string): boolean => NAMES.has(name);

/** Accumulates the values of one expression; null ones are passed over. */
const folding =
  (start: Datum, step: (state: Datum, v: Datum) => Datum, end: (state: Datum) => Datum = (v) => v) =>
  (): Accumulator => {
    let state = start;
    return {
      add([v]) {
        if (v !== null && v !== undefined) state = state === null ? step(null, v) : step(state, v);
      },
      result: () => end(state),
    };
  };

export function findAggregate(name: string, types: readonly Type[], isStar: boolean): Found | null {
  const [type = T.UNKNOWN, second] = types;
  const one = type === T.UNKNOWN ? T.TEXT : (type.base ?? type);
  const found = (args: readonly Type[], result: Type, make: Found['make']): Found => ({ args, result, make });
  switch (name) {
    case 'count':
      if (isStar || types.length === 0) {
        if (!isStar) throw new PgError('42809', 'count(*) must be used to call a parameterless aggregate function');
        return found([], T.INT8, () => {
          let n = 0;
          return { add: () => void n++, result: () => BigInt(n) };
        });
      }
      return found([one], T.INT8, () => {
        let n = 0;
        return { add: ([v]) => void (v !== null && n++), result: () => BigInt(n) };
      });
    case 'sum':
      if (one === T.INT2 || one === T.INT4)
        return found(
          [one],
          T.INT8,
          folding(null, (s, v) => T.checkBigint((s ?? 0n) + BigInt(v))),
        );
      if (one === T.INT8)
        return found(
          [one],
          T.NUMERIC,
          folding(null, (s, v) => N.add(s ?? Numeric.zero, Numeric.ofInt(v))),
        );
      if (one === T.NUMERIC)
        return found(
          [one],
          one,
          folding(null, (s, v) => (s === null ? v : N.add(s, v))),
        );
      if (one === T.FLOAT8 || one === T.FLOAT4)
        return found(
          [one],
          one,
          folding(null, (s, v) => (one === T.FLOAT4 ? Math.fround((s ?? 0) + v) : (s ?? 0) + v)),
        );
      if (one === T.INTERVAL)
        return found(
          [one],
          one,
          folding(null, (s, v) => (s === null ? v : new Interval(s.months + v.months, s.days + v.days, s.us + v.us))),
        );
      return null;
    case 'avg':
      return average(one, found);
    case 'min':
    case 'max': {
      if (!one.isComparable || one === T.BOOL || one === T.JSONB || one === T.UUID) return null;
      const sign = name === 'max' ? 1 : -1;
      return found(
        [one],
        one === T.VARCHAR ? T.TEXT : one,
        folding(null, (s, v) => (s === null || sign * one.compare(v, s) > 0 ? v : s)),
      );
    }
    case 'string_agg':
      if (types.length !== 2 || (second !== T.UNKNOWN && second!.category !== 'S')) return null;
      return found([T.TEXT, T.TEXT], T.TEXT, () => {
        let text: string | null = null;
        return {
          add([v, by]) {
            if (v !== null) text = text === null ? v : text + (by ?? '') + v;
          },
          result: () => text,
        };
      });
    case 'array_agg':
      if (one.kind === 'array')
        return found([one], one, () => {
          const all: PgArray[] = [];
          return {
            add: ([v]) => void all.push(v),
            result: () =>
              all.length
                ? new PgArray(
                    all.flatMap(({ items }) => items),
                    [all.length, ...all[0]!.dims],
                  )
                : null,
          };
        });
      return found(
        [one],
        one.array ?? T.TEXT.array!,
        listing((items) => new PgArray(items)),
      );
    case 'json_agg':
      return found([one], T.JSON_TYPE, (x) =>
        listing((items) => `[${items.map((v) => jsonTextOf(one, v, x)).join(', ')}]`)(x),
      );
    case 'jsonb_agg':
      return found([one], T.JSONB, (x) => listing((items) => new Jsonb(items.map((v) => toJson(one, v, x))))(x));
    case 'json_object_agg':
    case 'jsonb_object_agg': {
      const valueType = second === T.UNKNOWN ? T.TEXT : second!;
      const isB = name === 'jsonb_object_agg';
      return found([one, valueType], isB ? T.JSONB : T.JSON_TYPE, (x) => {
        const entries: [string, Datum][] = [];
        return {
          add([k, v]) {
            if (k === null) throw new PgError('22023', 'field name must not be null');
            entries.push([one.text(k), v]);
          },
          result() {
            if (entries.length === 0) return null;
            if (isB)
              return new Jsonb(jsonObject(entries.map(([k, v]): [string, Json] => [k, toJson(valueType, v, x)])));
            return `{ ${entries.map(([k, v]) => `${quoteJson(k)} : ${jsonTextOf(valueType, v, x)}`).join(', ')} }`;
          },
        };
      });
    }
    case 'bool_and':
    case 'every':
      return one === T.BOOL
        ? found(
            [one],
            one,
            folding(null, (s, v) => s !== false && v),
          )
        : null;
    case 'bool_or':
      return one === T.BOOL
        ? found(
            [one],
            one,
            folding(null, (s, v) => s === true || v),
          )
        : null;
    case 'bit_and':
      return found(
        [one],
        one,
        folding(null, (s, v) => (s === null ? v : s & v)),
      );
    case 'bit_or':
      return found(
        [one],
        one,
        folding(null, (s, v) => (s === null ? v : s | v)),
      );
    case 'stddev':
    case 'stddev_samp':
    case 'stddev_pop':
    case 'variance':
    case 'var_samp':
    case 'var_pop':
      return spread(name, one, found);
    case 'percentile_cont':
      return found([T.FLOAT8], T.FLOAT8, () =>
        ordered((values, at) => {
          if (values.length === 0) return null;
          const place = at * (values.length - 1);
          const lo = Number(T.NUMERIC === second ? values[Math.floor(place)].number() : values[Math.floor(place)]);
          const hi = Number(T.NUMERIC === second ? values[Math.ceil(place)].number() : values[Math.ceil(place)]);
          return lo + (hi - lo) * (place - Math.floor(place));
        }),
      );
    case 'percentile_disc':
      return found([T.FLOAT8], second ?? T.FLOAT8, () =>
        ordered((values, at) => (values.length ? values[Math.max(0, Math.ceil(at * values.length) - 1)] : null)),
      );
    case 'mode':
      return found([], one, () =>
        ordered((values) => {
          const counts = new Map<unknown, { n: number; v: Datum }>();
          const hash = hashOf(one);
          for (const v of values) {
            const c = counts.get(hash(v)) ?? { n: 0, v };
            c.n++;
            counts.set(hash(v), c);
          }
          let best: { n: number; v: Datum } | null = null;
          for (const c of counts.values()) if (!best || c.n > best.n) best = c;
          return best ? best.v : null;
        }),
      );
    default:
      return null;
  }
}

const listing =
  (end: (items: Datum[]) => Datum) =>
  (_: Exec): Accumulator => {
    const items: Datum[] = [];
    return { add: ([v]) => void items.push(v), result: () => (items.length ? end(items) : null) };
  };

/** Gets the sorted value last; the direct argument first. */
function ordered(end: (values: Datum[], at: number) => Datum): Accumulator {
  const values: Datum[] = [];
  let at = 0;
  return {
    add(row) {
      const v = row.at(-1);
      if (row.length > 1) at = row[0];
      if (v !== null) values.push(v);
    },
    result: () => end(values, at),
  };
}

function average(type: Type, found: (args: readonly Type[], result: Type, make: Found['make']) => Found): Found | null {
  if (type === T.FLOAT8 || type === T.FLOAT4)
    return found([type], T.FLOAT8, () => {
      let n = 0;
      let sum = 0;
      return {
        add([v]) {
          if (v === null) return;
          n++;
          sum += v;
        },
        result: () => (n ? sum / n : null),
      };
    });
  if (type === T.INTERVAL)
    return found([type], type, () => {
      let n = 0;
      let sum = new Interval(0, 0, 0);
      return {
        add([v]) {
          if (v === null) return;
          n++;
          sum = new Interval(sum.months + v.months, sum.days + v.days, sum.us + v.us);
        },
        result() {
          if (!n) return null;
          const days = sum.days + (sum.months % n) * 30;
          return new Interval(
            Math.trunc(sum.months / n),
            Math.trunc(days / n),
            Math.round(sum.us / n + ((days % n) * 86_400_000_000) / n),
          );
        },
      };
    });
  if (![T.INT2, T.INT4, T.INT8, T.NUMERIC].includes(type)) return null;
  return found([type], T.NUMERIC, () => {
    let n = 0;
    let sum = Numeric.zero;
    return {
      add([v]) {
        if (v === null) return;
        n++;
        sum = N.add(sum, v instanceof Numeric ? v : Numeric.ofInt(v));
      },
      result: () => (n ? N.divide(sum, Numeric.ofInt(n)) : null),
    };
  });
}

function spread(
  name: string,
  type: Type,
  found: (args: readonly Type[], result: Type, make: Found['make']) => Found,
): Found | null {
  const isPop = name.endsWith('_pop');
  const isRoot = name.startsWith('stddev');
  if (type === T.FLOAT8 || type === T.FLOAT4)
    return found([type], T.FLOAT8, () => {
      let n = 0;
      let mean = 0;
      let m2 = 0;
      return {
        add([v]) {
          if (v === null) return;
          n++;
          const d = v - mean;
          mean += d / n;
          m2 += d * (v - mean);
        },
        result() {
          const by = isPop ? n : n - 1;
          if (by <= 0) return null;
          return isRoot ? Math.sqrt(m2 / by) : m2 / by;
        },
      };
    });
  if (![T.INT2, T.INT4, T.INT8, T.NUMERIC].includes(type)) return null;
  return found([type], T.NUMERIC, () => {
    let n = 0n;
    let sum = Numeric.zero;
    let squares = Numeric.zero;
    return {
      add([v]) {
        if (v === null) return;
        n++;
        const d = v instanceof Numeric ? v : Numeric.ofInt(v);
        sum = N.add(sum, d);
        squares = N.add(squares, N.multiply(d, d));
      },
      result() {
        const by = isPop ? n : n - 1n;
        if (by <= 0n) return null;
        const top = N.subtract(N.multiply(Numeric.ofInt(n), squares), N.multiply(sum, sum));
        if (top.sign <= 0) return Numeric.zero;
        const variance = N.divide(top, Numeric.ofInt(n * by));
        return isRoot ? N.sqrt(variance) : variance;
      },
    };
  });
}

/** One aggregate over the rows of one group. */
export class Aggregation {
  private readonly call: AggregateCall;
  private readonly x: Exec;
  private readonly state: Accumulator;
  private readonly pending: { values: Datum[]; key: Datum[] }[] | null;

  constructor(call: AggregateCall, x: Exec) {
    this.call = call;
    this.x = x;
    this.state = call.make(x);
    this.pending = call.isDistinct || call.order.length ? [] : null;
  }

  add(row: Row): void {
    const { call, x } = this;
    if (call.filter && call.filter(row, x) !== true) return;
    const values = call.args.map((fn) => fn(row, x));
    if (this.pending) this.pending.push({ values, key: call.order.map(({ fn }) => fn(row, x)) });
    else this.state.add(values);
  }

  result(): Datum {
    const { pending, call } = this;
    if (pending) {
      let rows = pending;
      if (call.isDistinct) {
        const seen = new Set<string>();
        const hashes = call.types.map(hashOf);
        rows = rows.filter(({ values }) => {
          const key = values.map((v, i) => (v === null ? 'n' : `v${String(hashes[i]!(v))}`)).join('\0');
          if (seen.has(key)) return false;
          seen.add(key);
          return true;
        });
        // DISTINCT sorts.
        if (!call.order.length) {
          const order = call.types.map((type) => ({ type, desc: false, nullsFirst: false }));
          rows.sort((p, q) => compareBy(order, p.values, q.values));
        }
      }
      if (call.order.length) rows.sort((p, q) => compareBy(call.order, p.key, q.key));
      for (const { values, key } of rows) this.state.add(call.isOrderedSet ? [...values, ...key] : values);
    }
    return this.state.result();
  }
}
