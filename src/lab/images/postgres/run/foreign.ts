/** Foreign keys: the checks and actions that PostgreSQL runs as triggers after a statement, as queries of their own. */
import type { ForeignKey, Table } from '../catalog/objects.ts';
import { PgError } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { Delete, Expr, Select, Update } from '../sql/ast.ts';
import { emptySelect } from '../sql/parse-select.ts';
import type { Tuple } from '../storage/heap.ts';
import type { Datum, Row } from '../types/values.ts';
import { Analyzer } from './analyzer.ts';
import { collect, type Exec, type Task } from './exec.ts';
import { planChange, same } from './modify.ts';
import { Scope } from './scope.ts';
import { planSelect } from './select.ts';
import { lockRelation } from './waits.ts';

export function afterInsert(x: Exec, table: Table, t: Tuple): void {
  for (const fk of table.foreignKeys) queue(x, fk, () => checkChild(x.session, table, fk, t));
}

export function afterUpdate(x: Exec, table: Table, old: Tuple, made: Tuple): void {
  for (const fk of table.foreignKeys)
    if (fk.cols.some((col) => !same(table, col, old.values[col], made.values[col])))
      queue(x, fk, () => checkChild(x.session, table, fk, made));
  for (const { child, fk } of x.session.database.referencing(table, x.session))
    if (fk.refs.some((col) => !same(table, col, old.values[col], made.values[col])))
      queue(x, fk, () => onParent(x.session, table, child, fk, old.values, made.values), fk.onUpdate);
}

export function afterDelete(x: Exec, table: Table, old: Tuple): void {
  for (const { child, fk } of x.session.database.referencing(table, x.session))
    queue(x, fk, () => onParent(x.session, table, child, fk, old.values, null), fk.onDelete);
}

/** At the end of the statement, or of the transaction. */
function queue(x: Exec, fk: ForeignKey, run: () => Task, action = 'no action'): void {
  if (action === 'no action' && x.session.isDeferred(fk)) x.session.deferred.push(run);
  else x.statement.after.push(run);
}

const column = (table: Table, col: number): Expr => ({
  k: 'col',
  path: [table.name, table.columns[col]!.name],
  at: -1,
});

const keyIs = (table: Table, cols: readonly number[]): Expr => {
  const args = cols.map(
    (col, i): Expr => ({ k: 'op', op: '=', l: column(table, col), r: { k: 'param', n: i + 1, at: -1 }, at: -1 }),
  );
  return args.length === 1 ? args[0]! : { k: 'and', args, at: -1 };
};

/** The statements as PostgreSQL's triggers have them: they are in the CONTEXT of errors. */
const quoted = (table: Table) => `ONLY "${table.schema}"."${table.name}"`;
const equal = ' OPERATOR(pg_catalog.=) ';
const theirs = (table: Table, cols: readonly number[], from = 1) =>
  cols.map((col, i) => `$${i + from}${equal}"${table.columns[col]!.name}"`).join(' AND ');
const parentText = (table: Table, cols: readonly number[]) =>
  `SELECT 1 FROM ${quoted(table)} x WHERE ${cols.map((col, i) => `"${table.columns[col]!.name}"${equal}$${i + 1}`).join(' AND ')} FOR KEY SHARE OF x`;
const childText = (table: Table, cols: readonly number[]) =>
  `SELECT 1 FROM ${quoted(table)} x WHERE ${theirs(table, cols)} FOR KEY SHARE OF x`;

const selectFor = (table: Table, cols: readonly number[]): Select => ({
  ...emptySelect(-1),
  targets: [{ e: { k: 'const', type: 'int', v: '1', at: -1 }, alias: null, at: -1 }],
  from: [{ k: 'table', name: [table.schema, table.name], alias: null, cols: null, only: true, at: -1 }],
  where: keyIs(table, cols),
  locks: [{ strength: 'key share', of: [], wait: 'block' }],
});

/** Plans and runs a query with these parameters; the rows that come. */
function* query(
  session: Session,
  statement: Select | Update | Delete,
  params: readonly Datum[],
  types: Table['columns'],
  isLatest: boolean,
  shown: string,
): Task<number> {
  const a = new Analyzer(
    session,
    types.map(({ type }) => type.base ?? type),
  );
  const scope = new Scope(null);
  const plan = statement.k === 'select' ? planSelect(a, statement, scope).node : planChange(a, statement, scope);
  for (const { oid, mode } of a.used) yield* lockRelation(session, oid, mode);
  const x = session.execFor(params, isLatest);
  const count = { n: 0 };
  let rows: Row[];
  try {
    rows = yield* collect('hasReturning' in plan ? plan.run(x, count) : plan.run(x, []));
  } catch (error) {
    if (error instanceof PgError)
      error.fields = {
        ...error.fields,
        where: `${error.fields.where ? `${error.fields.where}\n` : ''}SQL statement "${shown}"`,
      };
    throw error;
  }
  yield* runAfter(x);
  session.spendUs(x.statement.costUs);
  return statement.k === 'select' ? rows.length : count.n;
}

export function* runAfter(x: Exec): Task {
  const { after } = x.statement;
  for (let i = 0; i < after.length; i++) yield* after[i]!();
  after.length = 0;
}

const keyShown = (table: Table, cols: readonly number[], values: Row) =>
  `(${cols.map((col) => table.columns[col]!.name).join(', ')})=(${cols.map((col) => table.columns[col]!.type.text(values[col])).join(', ')})`;

function* checkChild(session: Session, table: Table, fk: ForeignKey, t: Tuple): Task {
  // Gone or replaced in the meantime: what replaced it has a check of its own.
  if (t.xmin.state === 'aborted' || (t.xmax && t.xmax.state !== 'aborted' && t.xmax.top === session.xact?.top)) return;
  const key = fk.cols.map((col) => t.values[col] ?? null);
  if (key.includes(null)) return;
  const parent = session.database.tableByOid(fk.table);
  if (!parent) return;
  const n = yield* query(
    session,
    selectFor(parent, fk.refs),
    key,
    fk.cols.map((col) => table.columns[col]!),
    false,
    parentText(parent, fk.refs),
  );
  if (n > 0) return;
  throw new PgError('23503', `insert or update on table "${table.name}" violates foreign key constraint "${fk.name}"`, {
    detail: `Key ${keyShown(table, fk.cols, t.values)} is not present in table "${parent.name}".`,
    ...{ schema: table.schema, table: table.name, constraint: fk.name },
  });
}

/** The parent row is gone, or has another key. */
function* onParent(session: Session, parent: Table, child: Table, fk: ForeignKey, old: Row, made: Row | null): Task {
  const key = fk.refs.map((col) => old[col] ?? null);
  if (key.includes(null)) return;
  const types = fk.refs.map((col) => parent.columns[col]!);
  const action = made ? fk.onUpdate : fk.onDelete;
  const name = [child.schema, child.name];
  const where = keyIs(child, fk.cols);
  const base = { with: null, table: name, alias: null, where, returning: null, at: -1 };
  switch (action) {
    case 'cascade':
      if (!made) {
        yield* query(
          session,
          { k: 'delete', ...base, using: [] },
          key,
          types,
          true,
          `DELETE FROM ${quoted(child)} WHERE ${theirs(child, fk.cols)}`,
        );
      } else {
        const set = fk.cols.map((col, i) => ({
          cols: [{ name: child.columns[col]!.name, index: null, at: -1 }],
          e: { k: 'param', n: key.length + i + 1, at: -1 } as Expr,
          isMulti: false,
        }));
        yield* query(
          session,
          { k: 'update', ...base, set, from: [] },
          [...key, ...fk.refs.map((col) => made[col] ?? null)],
          [...types, ...types],
          true,
          `UPDATE ${quoted(child)} SET ${fk.cols.map((col, i) => `"${child.columns[col]!.name}" = $${i + 1}`).join(', ')} WHERE ${theirs(child, fk.cols, fk.cols.length + 1)}`,
        );
      }
      return;
    case 'set null':
    case 'set default': {
      const e: Expr = action === 'set null' ? { k: 'const', type: 'null', v: '', at: -1 } : { k: 'default', at: -1 };
      const set = fk.cols.map((col) => ({
        cols: [{ name: child.columns[col]!.name, index: null, at: -1 }],
        e,
        isMulti: false,
      }));
      const to = fk.cols.map((col) => `"${child.columns[col]!.name}" = ${action === 'set null' ? 'NULL' : 'DEFAULT'}`);
      yield* query(
        session,
        { k: 'update', ...base, set, from: [] },
        key,
        types,
        true,
        `UPDATE ${quoted(child)} SET ${to.join(', ')} WHERE ${theirs(child, fk.cols)}`,
      );
      return;
    }
    default: {
      // Another row may have taken the key.
      if (
        action === 'no action' &&
        (yield* query(session, selectFor(parent, fk.refs), key, types, true, parentText(parent, fk.refs))) > 0
      )
        return;
      const n = yield* query(session, selectFor(child, fk.cols), key, types, true, childText(child, fk.cols));
      if (n === 0) return;
      throw new PgError(
        '23503',
        `update or delete on table "${parent.name}" violates foreign key constraint "${fk.name}" on table "${child.name}"`,
        {
          detail: `Key ${keyShown(parent, fk.refs, old)} is still referenced from table "${child.name}".`,
          ...{ schema: child.schema, table: child.name, constraint: fk.name },
        },
      );
    }
  }
}
