/** SELECT: from FROM to the rows that come out. */

import { START_US, STEP_US } from '../cost.ts';
import { PgError, unsupported } from '../errors.ts';
import type { Cte, Expr, Select, SortKey, With } from '../sql/ast.ts';
import { ROW_SHARE } from '../storage/locks.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import type { Datum, Row } from '../types/values.ts';
import { Aggregation } from './aggregates.ts';
import type { Analyzer } from './analyzer.ts';
import { hasAggregate } from './calls.ts';
import { commonType } from './coerce.ts';
import type { BlockingCall, Ex, Fn } from './ex.ts';
import {
  collect,
  type Exec,
  type Explained,
  explained,
  isWait,
  type PlanNode,
  type Rows,
  Slice,
  spend,
} from './exec.ts';
import { astKey, settled } from './expression.ts';
import { addFrom, filtered, joinAll, qualsOf, type Source } from './from.ts';
import { LockRows, type LockTarget } from './lock-rows.ts';
import { planChange } from './modify.ts';
import { callBlocking, project } from './project.ts';
import { type InitPlan, Scope } from './scope.ts';
import { type Ordering, sortOrder, sortRows } from './sort.ts';
import { hashOf } from './subquery.ts';
import { type CompiledTarget, compileTargets, type OutputColumn, outputOf } from './targets.ts';
import { runWindow } from './windows.ts';

export interface SelectPlan {
  readonly node: PlanNode;
  readonly columns: OutputColumn[];
}

export interface CteDef {
  readonly name: string;
  readonly columns: readonly OutputColumn[];
  readonly open: (x: Exec) => Rows;
  readonly isChange: boolean;
  check?: (at: number) => void;
}

/** `wanted`: types that outputs without one become; text when not said. */
export function planSelect(
  a: Analyzer,
  query: Select,
  scope: Scope,
  wanted: readonly (Type | null)[] = [],
): SelectPlan {
  if (query.with) addWith(a, query.with, scope);
  if (query.set) return planSet(a, query, scope, wanted);
  if (query.values) return planValues(a, query, scope, wanted);
  return planSimple(a, query, scope, wanted);
}

function planSimple(a: Analyzer, query: Select, scope: Scope, wanted: readonly (Type | null)[]): SelectPlan {
  const sources: Source[] = query.from.map((item) => addFrom(a, item, scope));
  for (const { name, spec } of query.windows) scope.namedWindows.set(name, spec);
  const quals = qualsOf(a, query.where, scope, 'WHERE');
  const whereCalls = takeBlocking(scope);
  scope.clause = null;
  const isGrouped =
    query.group.length > 0 || query.having !== null || hasAggregate(query.targets) || hasAggregate(query.order);
  const groups = isGrouped ? groupBy(a, query, scope) : [];
  scope.clause = 'SELECT';
  scope.sets = [];
  const targets = compileTargets(a, query.targets, scope).map((one, i) => resolved(a, one, wanted[i]));
  const { sets } = scope;
  const targetCalls = takeBlocking(scope);
  const having = query.having ? a.condition(query.having, scope, 'HAVING') : null;
  scope.clause = 'SELECT';
  const distinctOn = Array.isArray(query.distinct)
    ? query.distinct.map((one) => orderEx(a, one, targets, scope, 'DISTINCT ON'))
    : [];
  const order = orderings(a, query.order, targets, scope, query.distinct === 'all');
  scope.clause = null;
  scope.sets = null;
  const limit = amount(a, query.limit, scope, 'LIMIT');
  const offset = amount(a, query.offset, scope, 'OFFSET');
  if (takeBlocking(scope).length) throw unsupported('a function that waits in this clause');
  const { width } = scope;
  for (const [i, { slot }] of scope.aggregates.entries()) slot.index = width + i;
  const { aggregates, windows } = scope;
  for (const [i, { slot }] of windows.entries()) slot.index = width + aggregates.length + i;

  const isPlain = !isGrouped && windows.length === 0 && query.distinct === null && sets.length === 0;
  const wantOrder =
    isPlain && order.length > 0 && query.limit !== null
      ? order.map(({ ex, desc, nullsFirst }) => ({ ex, desc, nullsFirst }))
      : undefined;
  const base = joinAll(sources, whereCalls.length ? [] : quals, 0, width, wantOrder);
  let node: PlanNode = whereCalls.length
    ? new WaitingFilter(
        base,
        whereCalls,
        quals.map(({ ex }) => ex.fn),
      )
    : base;
  if (isGrouped) {
    node = new Aggregate(node, groups, scope, width);
    if (having) node = filtered(node, [{ ex: having, key: '', text: 'HAVING' }]);
  }
  if (windows.length) node = new WindowAgg(node, scope);
  const fns = targets.map(({ ex }) => ex.fn);
  if (query.locks.length && (isGrouped || query.distinct || windows.length))
    throw new PgError(
      '0A000',
      `FOR ${query.locks[0]!.strength.toUpperCase()} is not allowed with ${isGrouped ? (query.group.length ? 'GROUP BY clause' : 'aggregate functions') : query.distinct ? 'DISTINCT clause' : 'window functions'}`,
    );
  const locks = lockTargets(a, query, scope);
  if (query.distinct !== null || sets.length > 0) {
    // Targets first, with the sort keys behind them.
    const keys = [...distinctOn, ...order];
    const all = [...fns, ...keys.map(({ fn }) => fn)];
    node = new ProjectSet(node, all, sets, targetCalls);
    const at = (i: number): Ordering => ({ ...keys[i]!, fn: (row) => row[fns.length + i] ?? null });
    const byKeys = keys.map((_, i) => at(i));
    if (query.distinct === 'all') {
      node = new Unique(
        node,
        targets.map(({ ex }, i) => ({ fn: (row: Row) => row[i], type: ex.type })),
        'HashAggregate',
      );
      if (order.length) node = new Sort(node, byKeys, null);
    } else if (distinctOn.length) {
      const sorted = order.length ? byKeys.slice(distinctOn.length) : byKeys.slice(0, distinctOn.length);
      node = new Sort(node, sorted, null);
      node = new Unique(node, byKeys.slice(0, distinctOn.length), 'Unique');
    } else if (order.length) node = new Sort(node, byKeys, null);
    node = new Limit(node, limit, offset);
    node = new Cut(node, fns.length);
  } else {
    if (order.length && !(base as { isOrdered?: boolean }).isOrdered)
      node = new Sort(node, order, query.locks.length ? null : limit && !offset ? limit : null);
    if (locks.length) node = new LockRows(node, locks, scope.rels);
    node = new Limit(node, limit, offset);
    node = new Project(node, fns, targetCalls);
  }
  return {
    node: new Root(node, width + aggregates.length + windows.length, scope.initPlans),
    columns: targets.map(outputOf),
  };
}

function takeBlocking(scope: Scope): BlockingCall[] {
  const calls = scope.blocking;
  scope.blocking = [];
  return calls;
}

function resolved(a: Analyzer, target: CompiledTarget, wanted: Type | null | undefined): CompiledTarget {
  const { ex } = target;
  if (ex.type !== T.UNKNOWN) return target;
  return { ...target, ex: a.coerce(ex, wanted ?? T.TEXT, 'implicit') ?? ex };
}

/** What GROUP BY names: an output's name or number, or an expression. */
function groupBy(a: Analyzer, query: Select, scope: Scope): Ex[] {
  const slots = new Set<number>();
  const keys = new Set<string>();
  const exs = query.group.map((e) => {
    let expr = e;
    if (e.k === 'const' && e.type === 'int') {
      const target = query.targets[Number(e.v) - 1];
      if (!target) throw new PgError('42P10', `GROUP BY position ${e.v} is not in select list`).at(e.at);
      expr = target.e;
    } else if (e.k === 'col' && e.path.length === 1 && !scope.find(e.path, e.at)) {
      const target = query.targets.find(({ alias }) => alias === e.path[0]);
      if (target) expr = target.e;
    }
    if (hasAggregate(expr)) throw new PgError('42803', 'aggregate functions are not allowed in GROUP BY').at(expr.at);
    const ex = settled(a, a.ex(expr, scope));
    if (ex.column) slots.add(ex.column.slot);
    keys.add(astKey(expr));
    return ex;
  });
  // Columns of a table follow from its primary key.
  for (const rel of scope.rels) {
    const primary = rel.table?.indexes.find(({ shape }) => shape.isPrimary);
    if (primary?.shape.items.every(({ col }) => slots.has(rel.columns[col!]!.slot)))
      for (const { slot } of rel.columns) slots.add(slot);
  }
  scope.grouping = { slots, keys };
  return exs;
}

/** ORDER BY: an output's name or number first, then an expression. */
function orderEx(a: Analyzer, e: Expr, targets: readonly CompiledTarget[], scope: Scope, clause: string): Ordering {
  const key = { desc: false, nullsFirst: false };
  if (e.k === 'const' && e.type === 'int') {
    const target = targets[Number(e.v) - 1];
    if (!target) throw new PgError('42P10', `${clause} position ${e.v} is not in select list`).at(e.at);
    return sortOrder(a, target.ex, key);
  }
  if (e.k === 'const' && e.type === 'str') throw new PgError('42601', `non-integer constant in ${clause}`).at(e.at);
  if (e.k === 'col' && e.path.length === 1) {
    const named = targets.filter(({ name }) => name === e.path[0]);
    if (named.length > 1 && named.some((one) => astKey(one.e) !== astKey(named[0]!.e)))
      throw new PgError('42702', `${clause} "${e.path[0]}" is ambiguous`).at(e.at);
    if (named.length) return sortOrder(a, named[0]!.ex, key);
  }
  const same = targets.find((one) => one.e !== null && astKey(one.e) === astKey(e));
  if (same?.ex.isVolatile) return sortOrder(a, same.ex, key);
  return sortOrder(a, settled(a, a.ex(e, scope)), key);
}

function orderings(
  a: Analyzer,
  keys: readonly SortKey[],
  targets: readonly CompiledTarget[],
  scope: Scope,
  isDistinct: boolean,
): Ordering[] {
  return keys.map(({ e, desc, nullsFirst }) => {
    const made = orderEx(a, e, targets, scope, 'ORDER BY');
    if (
      isDistinct &&
      !targets.some(
        (one) =>
          one.ex === made.ex ||
          (one.ex.column && one.ex.column.slot === made.ex.column?.slot) ||
          (one.e && astKey(one.e) === astKey(e)),
      )
    )
      throw new PgError('42P10', 'for SELECT DISTINCT, ORDER BY expressions must appear in select list').at(e.at);
    return { ...made, desc, nullsFirst };
  });
}

function amount(a: Analyzer, e: Expr | null, scope: Scope, clause: string): Fn | null {
  if (!e) return null;
  const ex = a.coerce(a.ex(e, scope), T.INT8, 'assignment');
  if (!ex)
    throw new PgError('42804', `argument of ${clause} must be type bigint, not type ${a.ex(e, scope).type.name}`).at(
      e.at,
    );
  const { fn } = ex;
  return (row, x) => {
    const v = fn(row, x);
    if (v !== null && v < 0n)
      throw new PgError(clause === 'LIMIT' ? '2201W' : '2201X', `${clause} must not be negative`);
    return v;
  };
}

function lockTargets(a: Analyzer, query: Select, scope: Scope): LockTarget[] {
  const STRENGTH = { 'key share': 0, share: 1, 'no key update': 2, update: 3 } as const;
  const found: LockTarget[] = [];
  for (const lock of query.locks) {
    for (const name of lock.of)
      if (!scope.rels.some(({ alias }) => alias === name))
        throw new PgError(
          '42P01',
          `relation "${name}" in FOR ${lock.strength.toUpperCase()} clause not found in FROM clause`,
        );
    for (const rel of scope.rels) {
      if (!rel.table || (lock.of.length && !lock.of.includes(rel.alias))) continue;
      a.use(rel.table.oid, ROW_SHARE);
      a.isChange = true;
      found.push({ rel, table: rel.table, lock: STRENGTH[lock.strength], policy: lock.wait });
    }
  }
  return found;
}

/** VALUES as a query. */
function planValues(a: Analyzer, query: Select, scope: Scope, wanted: readonly (Type | null)[]): SelectPlan {
  const rows = query.values!.map((row) => row.map((e) => a.ex(e, scope)));
  const width = rows[0]!.length;
  const columns: OutputColumn[] = [];
  for (let i = 0; i < width; i++) {
    const column = rows.map((row) => row[i]!);
    const allUnknown = column.every(({ type }) => type === T.UNKNOWN);
    const { type, exs } =
      allUnknown && wanted[i]
        ? { type: wanted[i]!, exs: column.map((one) => a.coerce(one, wanted[i]!, 'implicit')!) }
        : a.unify(column, 'VALUES');
    for (const [r, ex] of exs.entries()) rows[r]![i] = ex;
    columns.push({ name: `column${i + 1}`, type, mod: null, table: 0, number: 0 });
  }
  const blocking = takeBlocking(scope);
  const fns = rows.map((row) => row.map(({ fn }) => fn));
  const values: PlanNode = {
    explain: explained(rows.length === 1 ? 'Result' : 'Values Scan on "*VALUES*"', [], {
      rows: rows.length,
      cost: 0.01 * rows.length,
    }),
    *run(x) {
      if (blocking.length) yield* callBlocking(blocking, [], x);
      for (const row of fns) {
        if (spend(x, STEP_US)) yield new Slice();
        yield row.map((fn) => fn([], x));
      }
    },
  };
  return tail(a, query, { node: new Root(values, 0, scope.initPlans), columns }, scope);
}

/** UNION, INTERSECT, EXCEPT. */
function planSet(a: Analyzer, query: Select, scope: Scope, wanted: readonly (Type | null)[]): SelectPlan {
  const { op, all, l, r } = query.set!;
  const sides = [planSelect(a, l, sub(scope), wanted), planSelect(a, r, sub(scope), wanted)] as const;
  if (sides[0].columns.length !== sides[1].columns.length)
    throw new PgError('42601', `each ${op.toUpperCase()} query must have the same number of columns`).at(
      firstTargetAt(r),
    );
  const columns = sides[0].columns.map((one, i): OutputColumn => {
    const other = sides[1].columns[i]!;
    const literal = (q: Select) =>
      q.targets[i]?.e.k === 'const' &&
      (q.targets[i]!.e as { type: string }).type !== 'int' &&
      (q.targets[i]!.e as { type: string }).type !== 'num';
    const types = [literal(l) ? T.UNKNOWN : one.type, literal(r) ? T.UNKNOWN : other.type];
    const type = commonType(types);
    if (!type)
      throw new PgError(
        '42804',
        `${op.toUpperCase()} types ${one.type.name} and ${other.type.name} cannot be matched`,
      ).at(r.targets[i]?.at ?? -1);
    return { name: one.name, type, mod: one.mod?.number === other.mod?.number ? one.mod : null, table: 0, number: 0 };
  });
  const converted = sides.map(({ node, columns: own }, side) => {
    const fns = own.map((one, i) => {
      const slot: Ex = { type: one.type, at: -1, uses: 0, fn: (row) => row[i] ?? null };
      const target = columns[i]!.type;
      if (one.type === target) return slot.fn;
      // A literal that was taken for text.
      const literal = (side === 0 ? l : r).targets[i]?.e;
      if (literal?.k === 'const' && literal.type === 'str') {
        const ex = a.coerce(
          { type: T.UNKNOWN, at: literal.at, uses: 0, fn: () => literal.v, literal: literal.v },
          target,
          'implicit',
        );
        if (ex) return ex.fn;
      }
      if (one.type === T.TEXT && target !== T.TEXT) return a.cast(slot, target, null, -1).fn;
      return a.coerce(slot, target, 'explicit')!.fn;
    });
    return { node, fns };
  });
  const hashes = columns.map(({ type }) => hashOf(type));
  const key = (row: Row) => row.map((v, i) => (v === null ? 'n' : `v${String(hashes[i]!(v))}`)).join('\0');
  const rowsOf = function* (side: (typeof converted)[number], x: Exec): Rows {
    for (const item of side.node.run(x, [])) yield isWait(item) ? item : side.fns.map((fn) => fn(item, x));
  };
  const node: PlanNode = {
    explain: explained(
      op === 'union' && all
        ? 'Append'
        : op === 'union'
          ? 'HashAggregate'
          : `HashSetOp ${op === 'intersect' ? 'Intersect' : 'Except'}`,
      [sides[0].node, sides[1].node],
      {
        rows: sides[0].node.explain.rows + sides[1].node.explain.rows,
        cost: sides[0].node.explain.cost + sides[1].node.explain.cost,
      },
    ),
    *run(x) {
      if (op === 'union') {
        const seen = new Set<string>();
        for (const side of converted)
          for (const item of rowsOf(side, x)) {
            if (!isWait(item) && !all) {
              const k = key(item);
              if (seen.has(k)) continue;
              seen.add(k);
            }
            yield item;
          }
        return;
      }
      const counts = new Map<string, number>();
      for (const item of yield* collect(rowsOf(converted[1]!, x)))
        counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
      const seen = new Set<string>();
      for (const item of rowsOf(converted[0]!, x)) {
        if (isWait(item)) {
          yield item;
          continue;
        }
        const k = key(item);
        const n = counts.get(k) ?? 0;
        if (all) {
          if (n > 0) counts.set(k, n - 1);
          if (n > 0 === (op === 'intersect')) yield item;
        } else if (!seen.has(k) && n > 0 === (op === 'intersect')) {
          seen.add(k);
          yield item;
        }
      }
    },
  };
  return tail(a, query, { node: new Root(node, 0, scope.initPlans), columns }, scope);
}

const firstTargetAt = (query: Select): number => query.targets[0]?.at ?? query.values?.[0]?.[0]?.at ?? -1;

function sub(scope: Scope): Scope {
  const made = new Scope(scope.parent);
  for (const [name, cte] of scope.ctes) made.ctes.set(name, cte);
  Object.defineProperty(made, 'isCorrelated', {
    get: () => scope.isCorrelated,
    set: (value) => {
      scope.isCorrelated = value;
    },
  });
  return made;
}

/** ORDER BY, LIMIT of VALUES and set operations, by output columns. */
function tail(a: Analyzer, query: Select, plan: SelectPlan, scope: Scope): SelectPlan {
  if (query.locks.length)
    throw new PgError(
      '0A000',
      `FOR ${query.locks[0]!.strength.toUpperCase()} is not allowed with UNION/INTERSECT/EXCEPT`,
    );
  let { node } = plan;
  const { columns } = plan;
  if (query.order.length) {
    const order = query.order.map(({ e, desc, nullsFirst }) => {
      const i =
        e.k === 'const' && e.type === 'int'
          ? Number(e.v) - 1
          : e.k === 'col' && e.path.length === 1
            ? columns.findIndex(({ name }) => name === e.path[0])
            : -2;
      if (i === -2)
        throw new PgError('0A000', 'invalid UNION/INTERSECT/EXCEPT ORDER BY clause', {
          detail: 'Only result column names can be used, not expressions or functions.',
          hint: 'Add the expression/function to every SELECT, or move the UNION into a FROM clause.',
        }).at(e.at);
      const column = columns[i];
      if (!column) {
        if (e.k === 'const') throw new PgError('42P10', `ORDER BY position ${e.v} is not in select list`).at(e.at);
        throw scope.missing((e as { path: string[] }).path, e.at);
      }
      return sortOrder(a, { type: column.type, at: e.at, uses: 0, fn: (row) => row[i] ?? null }, { desc, nullsFirst });
    });
    node = new Sort(node, order, null);
  }
  const limit = amount(a, query.limit, scope, 'LIMIT');
  const offset = amount(a, query.offset, scope, 'OFFSET');
  return { node: new Limit(node, limit, offset), columns };
}

/** WITH: the queries by name, later ones seeing the earlier. */
export function addWith(a: Analyzer, clause: With, scope: Scope): CteDef[] {
  return clause.ctes.map((cte) => {
    if (scope.ctes.has(cte.name) && clause.ctes.filter(({ name }) => name === cte.name).length > 1)
      throw new PgError('42712', `WITH query name "${cte.name}" specified more than once`).at(cte.at);
    const def =
      clause.recursive && cte.statement.k === 'select' && cte.statement.set?.op === 'union'
        ? recursive(a, cte, scope)
        : plainCte(a, cte, scope);
    scope.ctes.set(cte.name, def);
    return def;
  });
}

const withNames = (columns: readonly OutputColumn[], cte: Cte): OutputColumn[] => {
  if (cte.cols && cte.cols.length > columns.length)
    throw new PgError(
      '42P10',
      `WITH query "${cte.name}" has ${columns.length} columns available but ${cte.cols.length} columns specified`,
    ).at(cte.at);
  return columns.map((one, i) => ({
    ...one,
    type: one.type === T.UNKNOWN ? T.TEXT : one.type,
    name: cte.cols?.[i] ?? one.name,
    table: 0,
    number: 0,
  }));
};

function plainCte(a: Analyzer, cte: Cte, scope: Scope): CteDef {
  const { statement } = cte;
  // Of the queries around it sees what this scope sees, but one step further out.
  const own = sub(scope);
  if (statement.k === 'select') {
    const plan = planSelect(a, statement, own);
    return {
      name: cte.name,
      columns: withNames(plan.columns, cte),
      open: (x) => plan.node.run(x, []),
      isChange: false,
    };
  }
  const plan = planChange(a, statement, own);
  const check = (at: number) => {
    if (!statement.returning)
      throw new PgError('0A000', `WITH query "${cte.name}" does not have a RETURNING clause`).at(at);
  };
  return { name: cte.name, columns: withNames(plan.columns, cte), open: (x) => plan.run(x), isChange: true, check };
}

function recursive(a: Analyzer, cte: Cte, scope: Scope): CteDef {
  const query = cte.statement as Select;
  const { all, l, r } = query.set!;
  const first = planSelect(a, l, sub(scope));
  const columns = withNames(first.columns, cte);
  const working = { rows: [] as Row[] };
  const key = {};
  const self: CteDef = {
    ...{ name: cte.name, columns, isChange: false },
    // Each round reads what the round before has made.
    *open() {
      yield* working.rows;
    },
  };
  // The recursive reference is read anew each round, so it has no rows of its own.
  const own = sub(scope);
  own.ctes.set(cte.name, self);
  const second = planSelect(a, r, own);
  for (const [i, one] of second.columns.entries()) {
    const type = columns[i]?.type;
    if (
      type &&
      one.type !== type &&
      !(one.type === T.UNKNOWN || a.coerce({ type: one.type, at: -1, uses: 0, fn: () => null }, type, 'implicit'))
    )
      throw new PgError(
        '42804',
        `recursive query "${cte.name}" column ${i + 1} has type ${type.name} in non-recursive term but type ${one.type.name} overall`,
        {
          hint: 'Cast the output of the non-recursive term to the correct type.',
        },
      ).at(l.targets[i]?.at ?? -1);
  }
  const casts = second.columns.map(
    (one, i) => a.cast({ type: one.type, at: -1, uses: 0, fn: (row) => row[i] ?? null }, columns[i]!.type, null, -1).fn,
  );
  const hashes = columns.map(({ type }) => hashOf(type));
  const rowKey = (row: Row) => row.map((v, i) => (v === null ? 'n' : `v${String(hashes[i]!(v))}`)).join('\0');
  return {
    ...{ name: cte.name, columns, isChange: false },
    *open(x) {
      const seen = new Set<string>();
      const fresh = (rows: Row[]) =>
        all
          ? rows
          : rows.filter((row) => {
              const k = rowKey(row);
              if (seen.has(k)) return false;
              seen.add(k);
              return true;
            });
      let rows = fresh(yield* collect(first.node.run(x, [])));
      while (rows.length) {
        yield* rows;
        const before = working.rows;
        working.rows = rows;
        x.statement.ctes.delete(self);
        x.statement.ctes.delete(key);
        const round: Row[] = [];
        for (const item of second.node.run({ ...x, cache: new Map() }, [])) {
          if (isWait(item)) yield item;
          else round.push(casts.map((fn) => fn(item, x)));
        }
        working.rows = before;
        x.statement.ctes.delete(self);
        rows = fresh(round);
      }
    },
  };
}

/** Sets the stage: an empty row, and what must run before. */
class Root implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly width: number;
  private readonly first: readonly InitPlan[];
  constructor(child: PlanNode, width: number, first: readonly InitPlan[]) {
    this.child = child;
    this.width = width;
    this.first = first;
    this.explain = child.explain;
  }
  *run(x: Exec): Rows {
    spend(x, START_US / 4);
    for (const plan of this.first) yield* plan.run(x);
    yield* this.child.run(x, new Array(this.width).fill(null));
  }
}

/** A condition with calls that wait. */
class WaitingFilter implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly calls: readonly BlockingCall[];
  private readonly filter: readonly Fn[];
  constructor(child: PlanNode, calls: readonly BlockingCall[], filter: readonly Fn[]) {
    this.child = child;
    this.calls = calls;
    this.filter = filter;
    this.explain = child.explain;
  }
  *run(x: Exec, base: Row): Rows {
    for (const item of this.child.run(x, base)) {
      if (isWait(item)) yield item;
      else {
        yield* callBlocking(this.calls, item, x);
        if (this.filter.every((fn) => fn(item, x) === true)) yield item;
      }
    }
  }
}

/** Groups rows by hash; a group keeps its first row, and the aggregates behind it. */
class Aggregate implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly groups: readonly Ex[];
  private readonly scope: Scope;
  private readonly width: number;
  constructor(child: PlanNode, groups: readonly Ex[], scope: Scope, width: number) {
    this.child = child;
    this.groups = groups;
    this.scope = scope;
    this.width = width;
    const rows = groups.length ? Math.max(1, Math.round(child.explain.rows / 5)) : 1;
    this.explain = explained(groups.length ? 'HashAggregate' : 'Aggregate', [child], {
      rows,
      startCost: child.explain.cost,
      cost: child.explain.cost + rows * 0.01,
    });
  }

  *run(x: Exec, base: Row): Rows {
    const { aggregates } = this.scope;
    const hashes = this.groups.map(({ type }) => hashOf(type));
    const found = new Map<string, { row: Row; states: Aggregation[] }>();
    const make = (row: Row) => ({ row, states: aggregates.map((call) => new Aggregation(call, x)) });
    for (const item of this.child.run(x, base)) {
      if (isWait(item)) {
        yield item;
        continue;
      }
      if (spend(x, STEP_US * (1 + aggregates.length))) yield new Slice();
      let key = '';
      for (const [i, { fn }] of this.groups.entries()) {
        const v = fn(item, x);
        key += v === null ? 'n\0' : `v${String(hashes[i]!(v))}\0`;
      }
      let group = found.get(key);
      if (!group) {
        group = make(item);
        found.set(key, group);
      }
      for (const state of group.states) state.add(item);
    }
    if (found.size === 0 && this.groups.length === 0) found.set('', make(base.slice()));
    for (const { row, states } of found.values()) {
      const out = row.slice();
      for (let i = 0; i < states.length; i++) out[this.width + i] = states[i]!.result();
      yield out;
    }
  }
}

class WindowAgg implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly scope: Scope;
  constructor(child: PlanNode, scope: Scope) {
    this.child = child;
    this.scope = scope;
    this.explain = explained('WindowAgg', [child], { rows: child.explain.rows, cost: child.explain.cost * 1.2 });
  }
  *run(x: Exec, base: Row): Rows {
    let rows = (yield* collect(this.child.run(x, base))).map((row) => row.slice());
    for (const call of this.scope.windows) rows = runWindow(call, rows, x);
    yield* rows;
  }
}

class Sort implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly order: readonly Ordering[];
  private readonly limit: Fn | null;
  constructor(child: PlanNode, order: readonly Ordering[], limit: Fn | null) {
    this.child = child;
    this.order = order;
    this.limit = limit;
    const { rows, cost, width } = child.explain;
    const keys = order.map(({ ex, desc }) => `${ex.column?.name ?? '…'}${desc ? ' DESC' : ''}`).join(', ');
    this.explain = explained('Sort', [child], {
      rows,
      width,
      startCost: cost + rows * 0.01,
      cost: cost + rows * 0.02,
      details: [`Sort Key: ${keys}`],
    });
  }
  *run(x: Exec, base: Row): Rows {
    if (x.recheck) return yield* this.child.run(x, base);
    const rows = yield* collect(this.child.run(x, base));
    // n log n steps.
    const n = rows.length;
    let log = 1;
    while (1 << log < n) log++;
    if (spend(x, STEP_US * n * (this.limit ? 2 : log))) yield new Slice();
    yield* sortRows(rows, this.order, x);
  }
}

class Unique implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly keys: readonly { fn: Fn; type: Type }[];
  constructor(child: PlanNode, keys: readonly { fn: Fn; type: Type }[], name: string) {
    this.child = child;
    this.keys = keys;
    this.explain = explained(name, [child], {
      rows: child.explain.rows,
      cost: child.explain.cost + child.explain.rows * 0.01,
    });
  }
  *run(x: Exec, base: Row): Rows {
    const hashes = this.keys.map(({ type }) => {
      if (!type.isComparable && type !== T.RECORD)
        throw new PgError('42883', `could not identify an equality operator for type ${type.name}`);
      return hashOf(type);
    });
    const seen = new Set<string>();
    for (const item of this.child.run(x, base)) {
      if (!isWait(item)) {
        let key = '';
        for (const [i, { fn }] of this.keys.entries()) {
          const v: Datum = fn(item, x);
          key += v === null || v === undefined ? 'n\0' : `v${String(hashes[i]!(v))}\0`;
        }
        if (seen.has(key)) continue;
        seen.add(key);
      }
      yield item;
    }
  }
}

class Limit implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly limit: Fn | null;
  private readonly offset: Fn | null;
  constructor(child: PlanNode, limit: Fn | null, offset: Fn | null) {
    this.child = child;
    this.limit = limit;
    this.offset = offset;
    this.explain =
      limit || offset
        ? explained('Limit', [child], {
            rows: Math.min(1, child.explain.rows),
            cost: child.explain.cost,
            startCost: child.explain.startCost,
            width: child.explain.width,
          })
        : child.explain;
  }
  *run(x: Exec, base: Row): Rows {
    const { limit, offset } = this;
    if (!limit && !offset) return yield* this.child.run(x, base);
    const max = limit ? (limit(base, x) ?? null) : null;
    let left = max === null ? Infinity : Number(max);
    let skip = Number((offset ? offset(base, x) : 0n) ?? 0n);
    if (left === 0) return;
    for (const item of this.child.run(x, base)) {
      if (isWait(item)) yield item;
      else if (skip > 0) skip--;
      else {
        yield item;
        if (--left <= 0) return;
      }
    }
  }
}

class Project implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly fns: readonly Fn[];
  private readonly calls: readonly BlockingCall[];
  constructor(child: PlanNode, fns: readonly Fn[], calls: readonly BlockingCall[]) {
    this.child = child;
    this.fns = fns;
    this.calls = calls;
    this.explain = child.explain;
  }
  run(x: Exec, base: Row): Rows {
    return project(this.child.run(x, base), this.fns, [], this.calls, x);
  }
}

class ProjectSet implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly fns: readonly Fn[];
  private readonly sets: NonNullable<Scope['sets']>;
  private readonly calls: readonly BlockingCall[];
  constructor(child: PlanNode, fns: readonly Fn[], sets: NonNullable<Scope['sets']>, calls: readonly BlockingCall[]) {
    this.child = child;
    this.fns = fns;
    this.sets = sets;
    this.calls = calls;
    this.explain = sets.length
      ? explained('ProjectSet', [child], { rows: child.explain.rows * 10, cost: child.explain.cost })
      : child.explain;
  }
  run(x: Exec, base: Row): Rows {
    return project(this.child.run(x, base), this.fns, this.sets, this.calls, x);
  }
}

/** Drops what stands behind the targets. */
class Cut implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly width: number;
  constructor(child: PlanNode, width: number) {
    this.child = child;
    this.width = width;
    this.explain = child.explain;
  }
  *run(x: Exec, base: Row): Rows {
    for (const item of this.child.run(x, base)) yield isWait(item) ? item : item.slice(0, this.width);
  }
}
