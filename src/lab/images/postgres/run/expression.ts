/** Expressions of the syntax tree → closures. */
import { PgError, unsupported } from '../errors.ts';
import type { Expr } from '../sql/ast.ts';
import { Jsonb } from '../types/json.ts';
import { Numeric } from '../types/numeric.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import { type Datum, PgArray, PgRecord, type Row } from '../types/values.ts';
import type { Analyzer } from './analyzer.ts';
import { compileCall } from './calls.ts';
import type { Ex, Fn } from './ex.ts';
import type { Exec } from './exec.ts';
import { concat, findOperator, isComparison, jsonGet } from './operators.ts';
import { likeToRegExp, similarToRegExp } from './patterns.ts';
import type { Scope } from './scope.ts';
import { compileSubquery } from './subquery.ts';

const made = (type: Type, at: number, fn: Fn, more: Partial<Ex> = {}): Ex => ({ type, at, fn, uses: 0, ...more });

export function compile(a: Analyzer, e: Expr, scope: Scope): Ex {
  const { grouping } = scope;
  if (grouping && !scope.isInside && e.k !== 'col' && e.k !== 'const' && grouping.keys.has(astKey(e))) {
    scope.isInside = true;
    const ex = compileNode(a, e, scope);
    scope.isInside = false;
    return ex;
  }
  return compileNode(a, e, scope);
}

/** The same for expressions that read the same, wherever they stand. */
export const astKey = (e: unknown): string => JSON.stringify(e, (k, v) => (k === 'at' ? undefined : v));

function compileNode(a: Analyzer, e: Expr, scope: Scope): Ex {
  const { at } = e;
  switch (e.k) {
    case 'const':
      return constant(e);
    case 'param': {
      if (e.n < 1 || e.n > 65535 || (a.isClosed && e.n > a.params.length))
        throw new PgError('42P02', `there is no parameter $${e.n}`).at(at);
      while (a.params.length < e.n) a.params.push(null);
      const type = a.params[e.n - 1];
      const index = e.n - 1;
      return type
        ? made(type, at, (_, x) => x.params[index])
        : made(T.UNKNOWN, at, (_, x) => x.params[index], { param: e.n });
    }
    case 'col':
      return column(a, e.path, at, scope);
    case 'star':
      throw new PgError('42601', 'syntax error at or near "*"').at(at);
    case 'op':
      return operator(a, e, scope);
    case 'and':
    case 'or': {
      const args = e.args.map((one) => a.condition(one, scope, e.k.toUpperCase()).fn);
      const stop = e.k === 'or';
      return made(T.BOOL, at, (row, x) => {
        let result: boolean | null = !stop;
        for (const arg of args) {
          const v = arg(row, x);
          if (v === stop) return stop;
          if (v === null) result = null;
        }
        return result;
      });
    }
    case 'not': {
      const { fn } = a.condition(e.e, scope, 'NOT');
      return made(T.BOOL, at, (row, x) => {
        const v = fn(row, x);
        return v === null ? null : !v;
      });
    }
    case 'is': {
      const { not } = e;
      const { fn } =
        e.test === 'null'
          ? settled(a, a.ex(e.e, scope))
          : a.condition(e.e, scope, `IS ${not ? 'NOT ' : ''}${e.test.toUpperCase()}`);
      if (e.test === 'null')
        return made(T.BOOL, at, (row, x) => {
          const v = fn(row, x);
          if (v instanceof PgRecord) return v.values.every((one) => (one === null) !== not);
          return (v === null) !== not;
        });
      const wanted = e.test === 'unknown' ? null : e.test === 'true';
      return made(T.BOOL, at, (row, x) => (fn(row, x) === wanted) !== not);
    }
    case 'distinct': {
      const [l, r] = compared(a, a.ex(e.l, scope), a.ex(e.r, scope), '=', at);
      const { compare } = l.type;
      return made(T.BOOL, at, (row, x) => {
        const v = l.fn(row, x);
        const w = r.fn(row, x);
        const same = v === null || w === null ? v === w : compare(v, w) === 0;
        return same === e.not;
      });
    }
    case 'in':
      return inList(a, e, scope);
    case 'between': {
      const make = (lo: Expr, hi: Expr): Expr => ({
        ...{ k: 'and', at },
        args: [
          { k: 'op', op: '>=', l: e.e, r: lo, at },
          { k: 'op', op: '<=', l: e.e, r: hi, at },
        ],
      });
      const test: Expr = e.symmetric ? { k: 'or', args: [make(e.lo, e.hi), make(e.hi, e.lo)], at } : make(e.lo, e.hi);
      return a.ex(e.not ? { k: 'not', e: test, at } : test, scope);
    }
    case 'like':
      return like(a, e, scope);
    case 'quantified':
      return e.query ? compileSubquery(a, e, scope) : quantified(a, e, scope);
    case 'sub':
    case 'exists':
    case 'arraysub':
      return compileSubquery(a, e, scope);
    case 'case':
      return caseOf(a, e, scope);
    case 'fn':
      return compileCall(a, e, scope);
    case 'cast': {
      const { type, mod } = a.type(e.type);
      const inner = a.ex(e.e, scope);
      const ex = a.cast(inner, type, mod, at);
      return { ...ex, at: inner.at };
    }
    case 'array':
      return array(a, e, scope);
    case 'row': {
      const items = e.items.map((one) => settled(a, a.ex(one, scope)));
      const types = items.map(({ type }) => type);
      const names = items.map((_, i) => `f${i + 1}`);
      const fns = items.map(({ fn }) => fn);
      return made(
        T.RECORD,
        at,
        (row, x) =>
          new PgRecord(
            fns.map((fn) => fn(row, x)),
            types,
            names,
          ),
      );
    }
    case 'index':
      return subscript(a, e, scope);
    case 'field': {
      const { fn, type } = a.ex(e.e, scope);
      if (type !== T.RECORD)
        throw new PgError(
          '42809',
          `column notation .${e.name} applied to type ${type.name}, which is not a composite type`,
        ).at(at);
      return made(T.TEXT, at, (row, x) => {
        const r = fn(row, x) as PgRecord | null;
        const i = r ? r.names.indexOf(e.name) : -1;
        return i < 0 || r!.values[i] === null ? null : r!.types[i]!.text(r!.values[i]);
      });
    }
    case 'default':
      throw new PgError('42601', 'DEFAULT is not allowed in this context').at(at);
  }
}

/** A literal or parameter that nothing has decided on is text. */
export function settled(a: Analyzer, ex: Ex): Ex {
  return ex.type === T.UNKNOWN ? a.coerce(ex, T.TEXT, 'implicit')! : ex;
}

function constant(e: Expr & { k: 'const' }): Ex {
  const { at } = e;
  const fixed = (type: Type, value: Datum) => made(type, at, () => value);
  switch (e.type) {
    case 'int': {
      const n = BigInt(e.v);
      if (n <= 2147483647n && n >= -2147483648n) return fixed(T.INT4, Number(n));
      if (n <= T.BIGINT_MAX && n >= T.BIGINT_MIN) return fixed(T.INT8, n);
      return fixed(T.NUMERIC, Numeric.parse(e.v));
    }
    case 'num':
      return fixed(T.NUMERIC, Numeric.parse(e.v));
    case 'bool':
      return fixed(T.BOOL, e.v === 'true');
    case 'null':
      return made(T.UNKNOWN, at, () => null, { isNull: true });
    default:
      return made(T.UNKNOWN, at, () => e.v, { literal: e.v });
  }
}

function column(_a: Analyzer, path: readonly string[], at: number, scope: Scope): Ex {
  const found = scope.find(path, at);
  if (!found) {
    // A whole row: `SELECT t FROM t`.
    const whole = path.length === 1 ? scope.findRel(path[0]!) : null;
    if (whole) return rowOf(whole.rel, whole.depth, at);
    const merged = path.length === 1 ? null : null;
    throw merged ?? scope.missing(path, at);
  }
  const { column: c, rel, depth } = found;
  checkGrouped(scope, depth, c.slot, rel.alias, c.name, at);
  const fn = read(c.slot, depth);
  if (depth > 0) return made(c.type, at, fn, { mod: c.mod });
  const tableColumn = rel.table ? rel.columns.indexOf(c) : -1;
  return made(c.type, at, fn, {
    mod: c.mod,
    column: { leaf: rel.leaf, index: tableColumn, table: rel.table, slot: c.slot, name: c.name },
  });
}

export function read(slot: number, depth: number): Fn {
  if (depth === 0) return (row) => row[slot] ?? null;
  if (depth === 1) return (_, x) => x.outer![slot] ?? null;
  return (_, x) => {
    let at: Exec = x;
    for (let i = 1; i < depth; i++) at = at.parent!;
    return at.outer![slot] ?? null;
  };
}

function checkGrouped(scope: Scope, depth: number, slot: number, alias: string, name: string, at: number): void {
  let of: Scope = scope;
  for (let i = 0; i < depth; i++) of = of.parent!;
  if (!of.grouping || of.isInside || of.grouping.slots.has(slot)) return;
  throw new PgError(
    '42803',
    depth === 0
      ? `column "${alias}.${name}" must appear in the GROUP BY clause or be used in an aggregate function`
      : `subquery uses ungrouped column "${alias}.${name}" from outer query`,
  ).at(at);
}

function rowOf(
  rel: { columns: readonly { name: string; type: Type; slot: number }[]; tupleSlot: number },
  depth: number,
  at: number,
): Ex {
  const names = rel.columns.map(({ name }) => name);
  const types = rel.columns.map(({ type }) => type);
  const fns = rel.columns.map(({ slot }) => read(slot, depth));
  const tuple = rel.tupleSlot >= 0 ? read(rel.tupleSlot, depth) : null;
  // A function with one column gives its value.
  if (!tuple && rel.columns.length === 1) return made(types[0]!, at, fns[0]!);
  return made(T.RECORD, at, (row, x) => {
    if (tuple && tuple(row, x) === null) return null;
    return new PgRecord(
      fns.map((fn) => fn(row, x)),
      types,
      names,
    );
  });
}

function operator(a: Analyzer, e: Expr & { k: 'op' }, scope: Scope): Ex {
  const { op, at } = e;
  if (e.l?.k === 'row' && e.r.k === 'row' && isComparison(op)) return rows(a, e.l.items, e.r.items, op, at, scope);
  const l = e.l ? a.ex(e.l, scope) : null;
  const r = a.ex(e.r, scope);
  return operate(a, op, l, r, at);
}

export function operate(a: Analyzer, op: string, l: Ex | null, r: Ex, at: number): Ex {
  const found = findOperator(op, l ? l.type : null, r.type);
  if (!found) throw noOperator(op, l, r, at);
  const right = asOperand(a, r, found.r, op);
  if (!l) {
    if (!right) throw noOperator(op, l, r, at);
    const { fn } = right;
    return made(found.result, at, (row, x) => {
      const v = fn(row, x);
      return v === null ? null : found.run(null, v);
    });
  }
  const left = asOperand(a, l, found.l!, op);
  if (!left || !right) throw noOperator(op, l, r, at);
  const { run } = found;
  const f = left.fn;
  const g = right.fn;
  const isConcat = (run as unknown) === concat;
  const fn: Fn = isConcat
    ? (row, x) => run(f(row, x), g(row, x))
    : (row, x) => {
        const v = f(row, x);
        if (v === null) return null;
        const w = g(row, x);
        return w === null ? null : run(v, w);
      };
  const ex = made(found.result, at, fn);
  // With the operands before their conversion: an index may hold them as they are.
  return isComparison(op)
    ? {
        ...ex,
        compares: {
          op,
          l,
          r,
          both: [
            { ...left, uses: l.uses },
            { ...right, uses: r.uses },
          ],
        },
      }
    : ex;
}

function asOperand(a: Analyzer, ex: Ex, type: Type, op: string): Ex | null {
  return a.coerce(ex, type, op === '||' ? 'explicit' : 'implicit');
}

export function noOperator(op: string, l: Ex | null, r: Ex, at: number): PgError {
  const text = l ? `${l.type.name} ${op} ${r.type.name}` : `${op} ${r.type.name}`;
  return new PgError('42883', `operator does not exist: ${text}`, {
    hint: 'No operator matches the given name and argument types. You might need to add explicit type casts.',
  }).at(at);
}

/** Both sides in the type in which they are compared. */
export function compared(a: Analyzer, l: Ex, r: Ex, op: string, at: number): [Ex, Ex] {
  const found = findOperator(op, l.type, r.type);
  const left = found && a.coerce(l, found.l!, 'implicit');
  const right = found && a.coerce(r, found.r, 'implicit');
  if (!left || !right) throw noOperator(op, l, r, at);
  return [left, right];
}

function rows(a: Analyzer, ls: readonly Expr[], rs: readonly Expr[], op: string, at: number, scope: Scope): Ex {
  if (ls.length !== rs.length) throw new PgError('42601', 'unequal number of entries in row expressions').at(at);
  const pairs = ls.map((l, i) => compared(a, a.ex(l, scope), a.ex(rs[i]!, scope), '=', at));
  if (op === '=' || op === '<>') {
    return made(T.BOOL, at, (row, x) => {
      let isUnknown = false;
      for (const [l, r] of pairs) {
        const v = l.fn(row, x);
        const w = r.fn(row, x);
        if (v === null || w === null) isUnknown = true;
        else if (l.type.compare(v, w) !== 0) return op === '<>';
      }
      return isUnknown ? null : op === '=';
    });
  }
  return made(T.BOOL, at, (row, x) => {
    for (const [l, r] of pairs) {
      const v = l.fn(row, x);
      const w = r.fn(row, x);
      if (v === null || w === null) return null;
      const c = l.type.compare(v, w);
      if (c !== 0) return c < 0 === (op[0] === '<');
    }
    return op.length === 2;
  });
}

function inList(a: Analyzer, e: Expr & { k: 'in' }, scope: Scope): Ex {
  const { at } = e;
  if (e.e.k === 'row' || e.list.some(({ k }) => k === 'row')) {
    const tests: Expr = { k: 'or', args: e.list.map((one): Expr => ({ k: 'op', op: '=', l: e.e, r: one, at })), at };
    return a.ex(e.not ? { k: 'not', e: tests, at } : tests, scope);
  }
  const l = a.ex(e.e, scope);
  const list = e.list.map((one) => a.ex(one, scope));
  // All in one type where there is one, as PostgreSQL makes an array of them.
  const pairs = list.map((r) => compared(a, l, r, '=', at));
  const [first] = pairs;
  const isUniform = pairs.every(([left]) => left.type === first![0].type);
  const fns = pairs.map(([, r]) => r.fn);
  const make = (test: (row: Row, x: Exec) => boolean | null): Fn =>
    e.not
      ? (row, x) => {
          const v = test(row, x);
          return v === null ? null : !v;
        }
      : test;
  const test = (row: Row, x: Exec): boolean | null => {
    let isUnknown = false;
    for (let i = 0; i < pairs.length; i++) {
      const v = pairs[i]![0].fn(row, x);
      if (v === null) return null;
      const w = fns[i]!(row, x);
      if (w === null) isUnknown = true;
      else if (pairs[i]![0].type.compare(v, w) === 0) return true;
    }
    return isUnknown ? null : false;
  };
  const ex = made(T.BOOL, at, make(test));
  if (e.not || !isUniform) return ex;
  const { type } = first![0];
  const items: Ex = made(type.array ?? T.TEXT.array!, at, (row, x) => new PgArray(fns.map((fn) => fn(row, x))));
  items.uses = list.reduce((mask, one) => mask | one.uses, 0);
  return { ...ex, compares: { op: '=', l: l.column ? l : first![0], r: items, isAny: true } };
}

function like(a: Analyzer, e: Expr & { k: 'like' }, scope: Scope): Ex {
  const { at, not } = e;
  if (e.op !== 'similar' && !e.escape)
    return a.ex({ k: 'op', op: `${not ? '!' : ''}~~${e.op === 'ilike' ? '*' : ''}`, l: e.e, r: e.pattern, at }, scope);
  const text = (one: Expr): Fn => {
    const ex = a.coerce(a.ex(one, scope), T.TEXT, 'implicit');
    if (!ex) throw new PgError('42883', 'operator does not exist').at(one.at);
    return ex.fn;
  };
  const value = text(e.e);
  const pattern = text(e.pattern);
  const escapeOf = e.escape ? text(e.escape) : () => '\\';
  return made(T.BOOL, at, (row, x) => {
    const v = value(row, x);
    const p = pattern(row, x);
    const c = escapeOf(row, x);
    if (v === null || p === null || c === null) return null;
    const r = e.op === 'similar' ? similarToRegExp(p, c) : likeToRegExp(p, e.op === 'ilike' ? 'i' : '', c);
    return r.test(v) !== not;
  });
}

/** `= ANY (array)`, `<> ALL (array)` */
function quantified(a: Analyzer, e: Expr & { k: 'quantified' }, scope: Scope): Ex {
  const { op, all, at } = e;
  const l = a.ex(e.l, scope);
  let r = a.ex(e.r!, scope);
  if (r.type === T.UNKNOWN) {
    const type = l.type === T.UNKNOWN ? T.TEXT : l.type.category === 'S' ? T.TEXT : l.type;
    if (!type.array) throw unsupported(`an array of ${type.name}`, at);
    r = a.coerce(r, type.array, 'implicit')!;
  }
  if (r.type.kind !== 'array') throw new PgError('42809', 'op ANY/ALL (array) requires array on right side').at(at);
  const found = findOperator(op, l.type, r.type.elem!);
  const left = found && a.coerce(l, found.l!, 'implicit');
  const right = found && (found.r.array ? a.coerce(r, found.r.array, 'implicit') : r);
  if (!left || !right) throw noOperator(op, l, { ...r, type: r.type.elem! }, at);
  const { run } = found;
  const ex = made(T.BOOL, at, (row, x) => {
    const v = left.fn(row, x);
    const list = right.fn(row, x) as PgArray | null;
    if (list === null) return null;
    if (list.items.length === 0) return all;
    if (v === null) return null;
    let isUnknown = false;
    for (const item of list.items) {
      if (item === null) isUnknown = true;
      else if (run(v, item) !== all) return !all;
    }
    return isUnknown ? null : all;
  });
  return op === '=' && !all ? { ...ex, compares: { op, l: l.column ? l : left, r: right, isAny: true } } : ex;
}

function caseOf(a: Analyzer, e: Expr & { k: 'case' }, scope: Scope): Ex {
  const whens = e.whens.map(({ when }) =>
    e.arg
      ? a.condition({ k: 'op', op: '=', l: e.arg, r: when, at: when.at }, scope, 'CASE/WHEN')
      : a.condition(when, scope, 'CASE/WHEN'),
  );
  const otherwise: Expr = e.otherwise ?? { k: 'const', type: 'null', v: '', at: e.at };
  // PostgreSQL looks at ELSE first.
  const { type, exs } = a.unify([a.ex(otherwise, scope), ...e.whens.map(({ then }) => a.ex(then, scope))], 'CASE');
  const [last, ...thens] = exs.map(({ fn }) => fn);
  const tests = whens.map(({ fn }) => fn);
  return made(type, e.at, (row, x) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(row, x) === true) return thens[i]!(row, x);
    return last!(row, x);
  });
}

function array(a: Analyzer, e: Expr & { k: 'array' }, scope: Scope): Ex {
  if (e.items.length === 0) return made(T.UNKNOWN, e.at, () => '{}', { literal: '{}' });
  const items = e.items.map((one) => a.ex(one, scope));
  const { type, exs } = a.unify(items, 'ARRAY');
  const fns = exs.map(({ fn }) => fn);
  if (type.kind === 'array')
    return made(type, e.at, (row, x) => {
      const parts = fns.map((fn) => fn(row, x) as PgArray);
      return new PgArray(
        parts.flatMap((one) => one.items),
        [parts.length, ...parts[0]!.dims],
      );
    });
  if (!type.array) throw unsupported(`an array of ${type.name}`, e.at);
  return made(type.array, e.at, (row, x) => new PgArray(fns.map((fn) => fn(row, x))));
}

function subscript(a: Analyzer, e: Expr & { k: 'index' }, scope: Scope): Ex {
  const base = a.ex(e.e, scope);
  const lo = e.lo ? a.ex(e.lo, scope) : null;
  if (base.type === T.JSONB && lo && !e.slice) {
    const key = lo.type === T.UNKNOWN ? a.coerce(lo, T.TEXT, 'implicit')! : lo;
    return made(T.JSONB, e.at, (row, x) => {
      const v = base.fn(row, x) as Jsonb | null;
      const k = key.fn(row, x);
      if (v === null || k === null) return null;
      const found = jsonGet(v.v, Array.isArray(v.v) ? Number(k) : k);
      return found === undefined ? null : new Jsonb(found);
    });
  }
  if (base.type.kind !== 'array')
    throw new PgError('42804', `cannot subscript type ${base.type.name} because it does not support subscripting`).at(
      e.at,
    );
  const number = (one: Ex | null): Fn | null => {
    if (!one) return null;
    const made4 = a.coerce(one, T.INT4, 'assignment');
    if (!made4) throw new PgError('42804', 'array subscript must have type integer').at(one.at);
    return made4.fn;
  };
  const from = number(lo);
  const to = number(e.hi ? a.ex(e.hi, scope) : null);
  if (e.slice)
    return made(base.type, e.at, (row, x) => {
      const v = base.fn(row, x) as PgArray | null;
      if (v === null) return null;
      return new PgArray(
        v.items.slice(Math.max(0, (from ? from(row, x) : 1) - 1), to ? Math.max(0, to(row, x)) : undefined),
      );
    });
  // Several subscripts in a row reach into the dimensions.
  return made(base.type.elem!, e.at, (row, x) => {
    const v = base.fn(row, x) as PgArray | null;
    const i = from!(row, x);
    if (v === null || i === null || i < 1 || v.dims.length > 1) return null;
    return v.items[i - 1] ?? null;
  });
}
