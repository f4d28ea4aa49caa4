/** INSERT, UPDATE, DELETE. */
import type { Column, Table } from '../catalog/objects.ts';
import { WRITE_US } from '../cost.ts';
import {
  CONCURRENT_DELETE,
  CONCURRENT_UPDATE,
  PgError,
  serializationFailure,
  undefinedTable,
  unsupported,
} from '../errors.ts';
import type { Assignment, Delete, Expr, FromItem, Insert, Select, Update } from '../sql/ast.ts';
import type { RowLock, Tuple } from '../storage/heap.ts';
import { ROW_EXCLUSIVE } from '../storage/locks.ts';
import * as T from '../types/types.ts';
import { PgArray, type Row } from '../types/values.ts';
import type { Analyzer } from './analyzer.ts';
import { conflictPlan } from './conflict.ts';
import type { Fn } from './ex.ts';
import {
  type Exec,
  type Explained,
  explained,
  isWait,
  type PlanNode,
  type Rows,
  Slice,
  spend,
  type Task,
} from './exec.ts';
import { afterDelete, afterInsert, afterUpdate } from './foreign.ts';
import { addFrom, joinAll, qualsOf, tableSource } from './from.ts';
import { addToIndexes } from './indexes.ts';
import { lockNewest, recheck } from './lock-rows.ts';
import { type InitPlan, type Rel, Scope } from './scope.ts';
import { addWith, type CteDef, planSelect } from './select.ts';
import { assigned, type RowShape, rowShape } from './shape.ts';
import { compileTargets, type OutputColumn, outputOf } from './targets.ts';
import { append, replace, setXmax, waitForTuple } from './tuples.ts';

export interface ChangePlan {
  readonly columns: OutputColumn[];
  readonly tag: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly explain: Explained;
  readonly hasReturning: boolean;
  /** WITH queries that change something run even when nobody reads them. */
  readonly ctes: readonly CteDef[];
  run(x: Exec, count?: { n: number }): Rows;
}

export function planChange(a: Analyzer, statement: Insert | Update | Delete, scope: Scope): ChangePlan {
  a.isChange = true;
  const ctes = statement.with ? addWith(a, statement.with, scope) : [];
  const table = target(a, statement.table, statement.at, statement.k);
  a.use(table.oid, ROW_EXCLUSIVE);
  const plan =
    statement.k === 'insert'
      ? planInsert(a, statement, table, scope)
      : statement.k === 'update'
        ? planUpdate(a, statement, table, scope)
        : planDelete(a, statement, table, scope);
  return { ...plan, ctes };
}

function target(a: Analyzer, name: readonly string[], at: number, verb: string): Table {
  const found = a.session.database.findRelation(name, a.session);
  if (!found) {
    if (a.session.database.systemTable(name, a.session))
      throw new PgError('42501', `permission denied: "${name.at(-1)}" is a system catalog`);
    throw undefinedTable(name.join('.'), at);
  }
  if (found.kind === 'view')
    throw new PgError(
      '55000',
      `cannot ${verb === 'insert' ? 'insert into' : verb === 'update' ? 'update' : 'delete from'} view "${found.name}"`,
      {
        detail: 'The lab does not change tables through views.',
      },
    );
  if (found.kind !== 'table') throw new PgError('42809', `cannot change sequence "${found.name}"`);
  return found;
}

export function findColumn(table: Table, name: string, at: number): number {
  const i = table.columns.findIndex((one) => one.name === name && !one.isDropped);
  if (i < 0) throw new PgError('42703', `column "${name}" of relation "${table.name}" does not exist`).at(at);
  return i;
}

/** RETURNING over rows that begin with the table's columns. */
export function returningOf(a: Analyzer, statement: Insert | Update | Delete, scope: Scope) {
  if (!statement.returning) return { columns: [], fns: null };
  scope.clause = 'RETURNING';
  const targets = compileTargets(a, statement.returning, scope).map((one) =>
    one.ex.type === T.UNKNOWN ? { ...one, ex: a.coerce(one.ex, T.TEXT, 'implicit')! } : one,
  );
  return { columns: targets.map(outputOf), fns: targets.map(({ ex }) => ex.fn) };
}

function* runInit(plans: readonly InitPlan[], x: Exec): Task {
  for (const plan of plans) yield* plan.run(x);
}

type Planned = Omit<ChangePlan, 'ctes'>;

function planInsert(a: Analyzer, s: Insert, table: Table, scope: Scope): Planned {
  const live = table.columns.flatMap((column, i) => (column.isDropped ? [] : [i]));
  const cols = s.cols ? s.cols.map(({ name, at }) => findColumn(table, name, at)) : live;
  for (const [i, col] of cols.entries())
    if (cols.indexOf(col) < i)
      throw new PgError('42701', `column "${table.columns[col]!.name}" specified more than once`).at(s.cols![i]!.at);
  const shape = rowShape(a, table);
  const source = insertSource(a, s, table, cols, scope, shape);
  // Slots: the row, its tuple, then the row that was proposed.
  const own = new Scope(scope.parent);
  for (const [name, cte] of scope.ctes) own.ctes.set(name, cte);
  const { rel } = tableSource(a, table, s.alias ?? table.name, null, own, s.at);
  const conflict = s.conflict ? conflictPlan(a, s.conflict, table, own, rel) : null;
  const returning = returningOf(a, s, own.rels.length > 1 ? without(own, rel) : own);
  const initPlans = [...scope.initPlans, ...own.initPlans];
  const explain = explained(`Insert on ${table.name}`, source.explain ? [source as PlanNode] : [], {
    rows: 0,
    cost: source.explain?.cost ?? 0.01,
  });
  return {
    ...{ columns: returning.columns, tag: 'INSERT', explain, hasReturning: returning.fns !== null },
    *run(x, count = { n: 0 }) {
      yield* runInit(initPlans, x);
      for (const item of source.run(x, [])) {
        if (isWait(item)) {
          yield item;
          continue;
        }
        spend(x, WRITE_US);
        shape.finish(item, x);
        const t = conflict ? yield* conflict.insert(x, item, shape) : yield* insertRow(x, table, item);
        if (!t) continue;
        count.n++;
        if (returning.fns) {
          const row: Row = [...t.values, t];
          yield returning.fns.map((fn) => fn(row, x));
        }
        if (spend(x, 0)) yield new Slice();
      }
    },
  };
}

function without(scope: Scope, rel: Rel): Scope {
  const made = new Scope(scope.parent);
  for (const [name, cte] of scope.ctes) made.ctes.set(name, cte);
  made.rels.push(rel);
  made.width = scope.width;
  made.initPlans = scope.initPlans;
  return made;
}

export function* insertRow(x: Exec, table: Table, values: Row): Task<Tuple> {
  const { session } = x;
  const { serializable, cluster } = session;
  if (serializable) cluster.ssi.wrote(serializable, table, null);
  const t = append(session, table, values, x.statement.command);
  yield* addToIndexes(x, table, t, null);
  afterInsert(x, table, t);
  return t;
}

interface InsertSource {
  readonly explain: Explained | null;
  run(x: Exec, base: Row): Rows;
}

/** Full rows of the table. */
function insertSource(
  a: Analyzer,
  s: Insert,
  table: Table,
  cols: readonly number[],
  scope: Scope,
  shape: RowShape,
): InsertSource {
  const n = table.columns.length;
  const fill = (row: Row, x: Exec): Row => {
    for (let i = 0; i < n; i++)
      if (row[i] === undefined) row[i] = shape.defaults[i] ? shape.defaults[i]!(row, x) : null;
    return row;
  };
  const checkExplicit = (col: number) => {
    const column = table.columns[col]!;
    if (column.generated)
      throw new PgError('428C9', `cannot insert a non-DEFAULT value into column "${column.name}"`, {
        detail: `Column "${column.name}" is a generated column.`,
      });
    if (column.identity === 'always' && s.overriding === null)
      throw new PgError('428C9', `cannot insert a non-DEFAULT value into column "${column.name}"`, {
        detail: `Column "${column.name}" is an identity column defined as GENERATED ALWAYS.`,
        hint: 'Use OVERRIDING SYSTEM VALUE to override.',
      });
  };
  const { source } = s;
  if (!source)
    return {
      explain: null,
      *run(x) {
        yield fill([], x);
      },
    };
  const isOverridden = (col: number) => s.overriding === 'user' && table.columns[col]!.identity !== null;
  const tooMany = (at: number) => new PgError('42601', 'INSERT has more expressions than target columns').at(at);
  if (source.values && !source.order.length && !source.limit && !source.with) {
    const rows = source.values.map((row) => {
      if (row.length > cols.length) throw tooMany(row[cols.length]!.at);
      if (row.length < cols.length && s.cols)
        throw new PgError('42601', 'INSERT has more target columns than expressions').at(s.cols[row.length]!.at);
      return row.map((e, i): Fn | null => {
        const col = cols[i]!;
        if (e.k === 'default' || isOverridden(col)) return null;
        checkExplicit(col);
        return assigned(a, a.ex(e, scope), table.columns[col]!, table.name).fn;
      });
    });
    if (scope.blocking.length) throw unsupported('a function that waits in INSERT … VALUES');
    return {
      explain: explained(rows.length === 1 ? 'Result' : 'Values Scan on "*VALUES*"', [], {
        rows: rows.length,
        cost: 0.01 * rows.length,
      }),
      *run(x) {
        for (const fns of rows) {
          const row: Row = new Array(n).fill(undefined);
          for (const [i, fn] of fns.entries()) if (fn) row[cols[i]!] = fn([], x);
          yield fill(row, x);
        }
      },
    };
  }
  const own = new Scope(scope.parent);
  for (const [name, cte] of scope.ctes) own.ctes.set(name, cte);
  const plan = planSelect(
    a,
    source,
    own,
    cols.map((col) => table.columns[col]!.type),
  );
  if (plan.columns.length > cols.length) throw tooMany(source.targets[cols.length]?.at ?? source.at);
  if (plan.columns.length < cols.length && s.cols)
    throw new PgError('42601', 'INSERT has more target columns than expressions').at(s.cols[plan.columns.length]!.at);
  const fns = plan.columns.map(({ type, mod }, i) => {
    const col = cols[i]!;
    checkExplicit(col);
    return assigned(
      a,
      { type, mod, at: source.targets[i]?.e.at ?? -1, uses: 0, fn: (row) => row[i] ?? null },
      table.columns[col]!,
      table.name,
    ).fn;
  });
  return {
    explain: plan.node.explain,
    *run(x) {
      for (const item of plan.node.run(x, [])) {
        if (isWait(item)) {
          yield item;
          continue;
        }
        const row: Row = new Array(n).fill(undefined);
        for (const [i, fn] of fns.entries()) if (!isOverridden(cols[i]!)) row[cols[i]!] = fn(item, x);
        yield fill(row, x);
      }
    },
  };
}

/** SET: what each column becomes. */
export function compileSet(
  a: Analyzer,
  set: readonly Assignment[],
  table: Table,
  scope: Scope,
  shape: RowShape,
): { col: number; fn: Fn }[] {
  const found: { col: number; fn: Fn }[] = [];
  const add = (col: number, column: Column, e: Expr, fn: Fn | null) => {
    if (found.some((one) => one.col === col))
      throw new PgError('42601', `multiple assignments to same column "${column.name}"`).at(e.at);
    if (e.k === 'default') {
      const make = shape.defaults[col];
      found.push({ col, fn: make ?? (() => null) });
      return;
    }
    if (column.generated)
      throw new PgError('428C9', `column "${column.name}" can only be updated to DEFAULT`, {
        detail: `Column "${column.name}" is a generated column.`,
      });
    if (column.identity === 'always')
      throw new PgError('428C9', `column "${column.name}" can only be updated to DEFAULT`, {
        detail: `Column "${column.name}" is an identity column defined as GENERATED ALWAYS.`,
      });
    found.push({ col, fn: fn ?? assigned(a, a.ex(e, scope), column, table.name).fn });
  };
  for (const { cols, e, isMulti } of set) {
    const indexes = cols.map(({ name, at }) => findColumn(table, name, at));
    if (!isMulti) {
      const col = indexes[0]!;
      const column = table.columns[col]!;
      const { index } = cols[0]!;
      if (index) {
        if (column.type.kind !== 'array') throw unsupported('assignment to a part of this type', cols[0]!.at);
        const at = a.coerce(a.ex(index, scope), T.INT4, 'assignment')!.fn;
        const value = assigned(a, a.ex(e, scope), { ...column, type: column.type.elem!, mod: null }, table.name).fn;
        const old = a.ex({ k: 'col', path: [column.name], at: e.at }, scope).fn;
        add(col, column, e, (row, x) => {
          const items = [...((old(row, x) as PgArray | null)?.items ?? [])];
          items[at(row, x) - 1] = value(row, x);
          return new PgArray(Array.from(items, (v) => v ?? null));
        });
      } else add(col, column, e, null);
    } else if (e.k === 'row' || cols.length === 1) {
      const items = e.k === 'row' ? e.items : [e];
      if (items.length !== cols.length)
        throw new PgError('42601', 'number of columns does not match number of values').at(e.at);
      for (const [i, col] of indexes.entries()) add(col, table.columns[col]!, items[i]!, null);
    } else if (e.k === 'sub') {
      const own = new Scope(scope);
      const query: Select = e.query;
      const plan = planSelect(
        a,
        query,
        own,
        indexes.map((col) => table.columns[col]!.type),
      );
      if (plan.columns.length !== cols.length)
        throw new PgError('42601', 'number of columns does not match number of values').at(e.at);
      // One run of the query a row, for all its columns.
      const whole = a.ex(
        {
          k: 'arraysub',
          query: {
            ...query,
            targets: [{ e: { k: 'row', items: query.targets.map((one) => one.e), at: e.at }, alias: null, at: e.at }],
          },
          at: e.at,
        },
        scope,
      );
      for (const [i, col] of indexes.entries()) {
        const slot = { type: plan.columns[i]!.type, at: e.at, uses: 0, fn: (row: Row) => row[0] };
        const value = assigned(a, slot, table.columns[col]!, table.name).fn;
        add(col, table.columns[col]!, e, (row, x) => {
          const { items } = whole.fn(row, x) as PgArray;
          if (items.length > 1)
            throw new PgError('21000', 'more than one row returned by a subquery used as an expression');
          return items.length ? value([items[0].values[i]], x) : null;
        });
      }
    } else throw unsupported('this form of SET (…) =', e.at);
  }
  return found;
}

/** Columns that a foreign key may point to: changing one needs the strongest lock. */
const keyColumns = (table: Table): number[] => [
  ...new Set(
    table.indexes
      .filter(({ shape }) => shape.unique && !shape.where && shape.items.every(({ col }) => col !== null))
      .flatMap(({ shape }) => shape.items.map(({ col }) => col!)),
  ),
];

export function updateLock(table: Table, old: Row, values: Row): RowLock {
  return keyColumns(table).some((col) => !same(table, col, old[col], values[col])) ? 3 : 2;
}

export function same(table: Table, col: number, a: unknown, b: unknown): boolean {
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? null) === (b ?? null);
  const { type } = table.columns[col]!;
  return type.isComparable ? type.compare(a, b) === 0 : a === b;
}

/** The target and the other items of a join, and the conditions. */
function joined(
  a: Analyzer,
  table: Table,
  alias: string,
  items: readonly FromItem[],
  where: Expr | null,
  scope: Scope,
  at: number,
) {
  const own = new Scope(scope.parent);
  for (const [name, cte] of scope.ctes) own.ctes.set(name, cte);
  const { source, rel } = tableSource(a, table, alias, null, own, at);
  const others = items.map((item) => addFrom(a, item, own));
  const quals = qualsOf(a, where, own, 'WHERE');
  if (own.blocking.length) throw unsupported('a function that waits in UPDATE or DELETE');
  own.clause = null;
  return { own, rel, node: joinAll([source, ...others], quals, 0, own.width) };
}

function planUpdate(a: Analyzer, s: Update, table: Table, scope: Scope): Planned {
  const alias = s.alias ?? table.name;
  const { own, rel, node } = joined(a, table, alias, s.from, s.where, scope, s.at);
  const shape = rowShape(a, table);
  own.clause = 'UPDATE';
  const set = compileSet(a, s.set, table, own, shape);
  const returning = returningOf(a, s, own);
  if (own.blocking.length) throw unsupported('a function that waits in UPDATE or DELETE');
  const explain = explained(`Update on ${table.name}${alias === table.name ? '' : ` ${alias}`}`, [node], {
    rows: 0,
    cost: node.explain.cost,
    startCost: node.explain.startCost,
  });
  const n = table.columns.length;
  const compute = (row: Row, t: Tuple, x: Exec): Row => {
    const values = Array.from({ length: n }, (_, i) => t.values[i] ?? null);
    for (const { col, fn } of set) values[col] = fn(row, x);
    shape.finish(values, x);
    return values;
  };
  return {
    ...{ columns: returning.columns, tag: 'UPDATE', explain, hasReturning: returning.fns !== null },
    *run(x, count = { n: 0 }) {
      const base: Row = new Array(own.width).fill(null);
      yield* runInit([...scope.initPlans, ...own.initPlans], x);
      for (const item of node.run(x, base)) {
        if (isWait(item)) {
          yield item;
          continue;
        }
        spend(x, WRITE_US);
        const done = yield* change(x, table, node, own.rels, rel, base, item, 'updating', (row, t) => {
          const values = compute(row, t, x);
          return { lock: updateLock(table, t.values, values), values };
        });
        if (!done) continue;
        count.n++;
        const made = yield* updateRow(x, table, done.tuple, done.values!, done.lock);
        if (returning.fns) {
          const row = done.row.slice();
          for (const [i, { slot }] of rel.columns.entries()) row[slot] = made.values[i];
          row[rel.tupleSlot] = made;
          yield returning.fns.map((fn) => fn(row, x));
        }
        if (spend(x, 0)) yield new Slice();
      }
    },
  };
}

/** Replaces a row that was waited for. */
export function* updateRow(x: Exec, table: Table, old: Tuple, values: Row, lock: RowLock): Task<Tuple> {
  const { session } = x;
  const { serializable, cluster } = session;
  if (serializable) cluster.ssi.wrote(serializable, table, old);
  const made = replace(session, table, old, values, lock, x.statement.command);
  yield* addToIndexes(x, table, made, old);
  afterUpdate(x, table, old, made);
  return made;
}

interface Changing {
  row: Row;
  tuple: Tuple;
  values: Row | null;
  lock: RowLock;
}

/** Waits for whoever holds the row; when it was changed meanwhile, takes the newest version if the conditions still hold. */
function* change(
  x: Exec,
  table: Table,
  node: PlanNode,
  rels: readonly Rel[],
  rel: Rel,
  base: Row,
  row: Row,
  verb: string,
  plan: (row: Row, t: Tuple) => { lock: RowLock; values: Row | null },
): Task<Changing | null> {
  const { session } = x;
  if (!row[rel.tupleSlot]) return null;
  let t = row[rel.tupleSlot] as Tuple;
  for (;;) {
    // A row that this very command has changed already, met again in a join.
    if (t.xmax && t.xmax.state === 'running' && t.xmax.top === session.xact?.top) return null;
    const { lock, values } = plan(row, t);
    const result = yield* waitForTuple(session, table, t, lock, x.statement.command, 'block', verb);
    if (result === 'ok') return { row, tuple: t, values, lock };
    if (result === 'self' || result === 'would block') return null;
    if (session.isolation !== 'read committed')
      throw serializationFailure(result === 'deleted' ? CONCURRENT_DELETE : CONCURRENT_UPDATE);
    if (result === 'deleted') return null;
    const newest: Tuple | null = yield* lockNewest(x, table, t.next!, lock, 'block');
    if (!newest) return null;
    const again = yield* recheck(node, x, base, row, rels, new Map([[rel, [...newest.values, newest]]]));
    if (!again) return null;
    row = again;
    t = newest;
  }
}

function planDelete(a: Analyzer, s: Delete, table: Table, scope: Scope): Planned {
  const alias = s.alias ?? table.name;
  const { own, rel, node } = joined(a, table, alias, s.using, s.where, scope, s.at);
  const returning = returningOf(a, s, own);
  const explain = explained(`Delete on ${table.name}${alias === table.name ? '' : ` ${alias}`}`, [node], {
    rows: 0,
    cost: node.explain.cost,
    startCost: node.explain.startCost,
  });
  return {
    ...{ columns: returning.columns, tag: 'DELETE', explain, hasReturning: returning.fns !== null },
    *run(x, count = { n: 0 }) {
      const { session } = x;
      const base: Row = new Array(own.width).fill(null);
      yield* runInit([...scope.initPlans, ...own.initPlans], x);
      for (const item of node.run(x, base)) {
        if (isWait(item)) {
          yield item;
          continue;
        }
        spend(x, WRITE_US);
        const done = yield* change(x, table, node, own.rels, rel, base, item, 'deleting', () => ({
          lock: 3,
          values: null,
        }));
        if (!done) continue;
        count.n++;
        const { serializable, cluster } = session;
        if (serializable) cluster.ssi.wrote(serializable, table, done.tuple);
        setXmax(session, table, done.tuple, 3, x.statement.command);
        afterDelete(x, table, done.tuple);
        if (returning.fns) yield returning.fns.map((fn) => fn(done.row, x));
        if (spend(x, 0)) yield new Slice();
      }
    },
  };
}
