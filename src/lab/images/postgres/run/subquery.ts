/** Queries inside expressions: scalar, EXISTS, ARRAY(…), IN, ANY, ALL. */
import { PgError, unsupported } from '../errors.ts';
import type { Expr, Select } from '../sql/ast.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import { type Datum, PgArray, type Row } from '../types/values.ts';
import type { Analyzer } from './analyzer.ts';
import type { Ex } from './ex.ts';
import { collect, collectNow, type Exec, inner, isWait, type Rows, WouldBlock } from './exec.ts';
import { compared, noOperator } from './expression.ts';
import { findOperator } from './operators.ts';
import { Scope } from './scope.ts';
import { planSelect } from './select.ts';

type Subquery = Expr & { k: 'sub' | 'exists' | 'arraysub' | 'quantified' };

export function compileSubquery(a: Analyzer, e: Subquery, scope: Scope): Ex {
  const { at } = e;
  const query = e.query as Select;
  const own = new Scope(scope);
  const plan = planSelect(a, e.k === 'exists' ? { ...query, order: query.limit ? query.order : [] } : query, own);
  const open = (row: Row, x: Exec): Rows => plan.node.run(inner(x, row), []);
  const now = (row: Row, x: Exec): Row[] => {
    try {
      return collectNow(e.k === 'exists' ? first(open(row, x)) : open(row, x));
    } catch (error) {
      if (error instanceof WouldBlock)
        throw unsupported('waiting for a lock in a subquery that depends on the row around it', at);
      throw error;
    }
  };
  let get = now;
  if (!own.isCorrelated) {
    const key = {};
    get = (row, x) => {
      let rows = x.cache.get(key) as Row[] | undefined;
      if (!rows) {
        rows = now(row, x);
        x.cache.set(key, rows);
      }
      return rows;
    };
    if (mayWait(query))
      scope.initPlans.push({
        *run(x) {
          x.cache.set(key, yield* collect(open([], x)));
        },
      });
  }
  const single = () => {
    if (plan.columns.length !== 1)
      throw new PgError(
        '42601',
        e.k === 'quantified' ? 'subquery has too many columns' : 'subquery must return only one column',
      ).at(at);
    return plan.columns[0]!.type === T.UNKNOWN ? T.TEXT : plan.columns[0]!.type;
  };
  switch (e.k) {
    case 'exists':
      return { type: T.BOOL, at, uses: 0, fn: (row, x) => get(row, x).length > 0 };
    case 'sub':
      return {
        ...{ type: single(), mod: plan.columns[0]!.mod, at, uses: 0 },
        fn(row, x) {
          const rows = get(row, x);
          if (rows.length > 1)
            throw new PgError('21000', 'more than one row returned by a subquery used as an expression');
          return rows.length ? (rows[0]![0] ?? null) : null;
        },
      };
    case 'arraysub': {
      const type = single();
      if (!type.array) throw unsupported(`an array of ${type.name}`, at);
      return { type: type.array, at, uses: 0, fn: (row, x) => new PgArray(get(row, x).map(([v]) => v)) };
    }
    default:
      return quantifiedQuery(
        a,
        e,
        scope,
        plan.columns.map(({ type }) => type),
        get,
        !own.isCorrelated,
      );
  }
}

/** No more than is needed to know that there is one. */
function* first(rows: Rows): Rows {
  for (const item of rows) {
    yield item;
    if (!isWait(item)) return;
  }
}

/** Locks rows, or calls what may wait. */
const mayWait = (query: Select): boolean =>
  /"locks":\[\{|"name":"pg_(?:advisory_lock|advisory_xact_lock|sleep)/.test(JSON.stringify(query));

function quantifiedQuery(
  a: Analyzer,
  e: Expr & { k: 'quantified' },
  scope: Scope,
  types: readonly Type[],
  get: (row: Row, x: Exec) => Row[],
  isFixed: boolean,
): Ex {
  const { op, all, at } = e;
  const lefts = e.l.k === 'row' ? e.l.items : [e.l];
  if (lefts.length !== types.length)
    throw new PgError(
      '42601',
      lefts.length < types.length ? 'subquery has too many columns' : 'subquery has too few columns',
    ).at(at);
  if (lefts.length > 1) {
    const pairs = lefts.map((l, i) =>
      compared(a, a.ex(l, scope), { type: types[i]!, at, uses: 0, fn: (row) => row[i] }, '=', at),
    );
    return {
      ...{ type: T.BOOL, at, uses: 0 },
      fn(row, x) {
        let isUnknown = false;
        for (const other of get(row, x)) {
          let test: boolean | null = true;
          for (const [l, r] of pairs) {
            const v = l.fn(row, x);
            const w = r.fn(other, x);
            if (v === null || w === null) test = test === false ? false : null;
            else if (l.type.compare(v, w) !== 0) test = false;
          }
          if (test === true) return true;
          if (test === null) isUnknown = true;
        }
        return isUnknown ? null : false;
      },
    };
  }
  const l = a.ex(lefts[0]!, scope);
  const r: Ex = { type: types[0]! === T.UNKNOWN ? T.TEXT : types[0]!, at, uses: 0, fn: (row) => row[0] ?? null };
  const found = findOperator(op, l.type, r.type);
  const left = found && a.coerce(l, found.l!, 'implicit');
  const right = found && a.coerce(r, found.r, 'implicit');
  if (!left || !right) throw noOperator(op, l, r, at);
  const { run } = found;
  if (op === '=' && !all && isFixed) {
    // Hashed once.
    const key = {};
    const hash = hashOf(left.type);
    const values = (row: Row, x: Exec): { set: Set<unknown>; hasNull: boolean; items: Datum[] } => {
      let made = x.cache.get(key);
      if (!made) {
        const items = get(row, x).map((one) => right.fn(one, x));
        made = { set: new Set(items.filter((v) => v !== null).map(hash)), hasNull: items.includes(null), items };
        x.cache.set(key, made);
      }
      return made;
    };
    return {
      ...{ type: T.BOOL, at, uses: 0 },
      fn(row, x) {
        const { set, hasNull } = values(row, x);
        if (set.size === 0 && !hasNull) return false;
        const v = left.fn(row, x);
        if (v === null) return null;
        return set.has(hash(v)) ? true : hasNull ? null : false;
      },
      ...(left.type.array
        ? {
            compares: {
              ...{ op: '=', l: l.column ? l : left, isAny: true },
              r: { type: left.type.array, at, uses: 0, fn: (row, x) => new PgArray(values(row, x).items) } satisfies Ex,
            },
          }
        : {}),
    };
  }
  return {
    ...{ type: T.BOOL, at, uses: 0 },
    fn(row, x) {
      const rows = get(row, x);
      if (rows.length === 0) return all;
      const v = left.fn(row, x);
      let isUnknown = v === null;
      if (v !== null)
        for (const one of rows) {
          const w = right.fn(one, x);
          if (w === null) isUnknown = true;
          else if (run(v, w) !== all) return !all;
        }
      return isUnknown ? null : all;
    },
  };
}

/** A value that is the same for equal values of the type. */
export function hashOf(type: Type): (v: Datum) => unknown {
  const simple = new Set<Type>([
    T.INT2,
    T.INT4,
    T.INT8,
    T.TEXT,
    T.VARCHAR,
    T.NAME,
    T.UUID,
    T.BOOL,
    T.DATE,
    T.TIMESTAMP,
    T.TIMESTAMPTZ,
    T.TIME,
    T.OID,
  ]);
  if (simple.has(type) || type.kind === 'enum') return (v) => v;
  if (type === T.FLOAT8 || type === T.FLOAT4) return (v) => (v === 0 ? 0 : v);
  if (type === T.NUMERIC)
    return (v) => {
      const text: string = v.text();
      return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
    };
  if (type === T.BPCHAR) return (v) => v.replace(/ +$/, '');
  if (type === T.INTERVAL) return (v) => (v.months * 30 + v.days) * 86_400_000_000 + v.us;
  if (type === T.JSONB) return (v) => type.text(v).replace(/(?<=[\d])\.0+(?=[,\]}])/g, '');
  if (type === T.RECORD)
    return (v) =>
      JSON.stringify(v.values.map((one: Datum, i: number) => (one === null ? null : String(hashOf(v.types[i])(one)))));
  if (type.kind === 'array') {
    const elem = hashOf(type.elem!);
    return (v: PgArray) => JSON.stringify([v.dims, v.items.map((one) => (one === null ? null : String(elem(one))))]);
  }
  return (v) => type.text(v);
}
