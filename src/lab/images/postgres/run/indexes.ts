/** Keys of rows, entries of indexes, and what unique and exclusion constraints wait for. */
import type { Index, IndexShape, Table } from '../catalog/objects.ts';
import { INDEX_WRITE_US } from '../cost.ts';
import { PgError } from '../errors.ts';
import { quoteName } from '../functions/text.ts';
import type { Session } from '../session/session.ts';
import { BTree } from '../storage/btree.ts';
import type { Tuple } from '../storage/heap.ts';
import type { Datum } from '../types/values.ts';
import { Analyzer } from './analyzer.ts';
import type { Exec, Task } from './exec.ts';
import { findOperator } from './operators.ts';
import { Scope } from './scope.ts';
import { waitForXact } from './waits.ts';

/** A scope in which a table's columns lie from slot 0 on. */
export function tableScope(table: Table, alias = table.name): Scope {
  const scope = new Scope(null);
  const columns = table.columns.map(({ name, type, mod, isDropped }, slot) => ({
    name: isDropped ? '' : name,
    type,
    mod,
    slot,
  }));
  scope.width = columns.length;
  scope.rels.push({ alias, columns, leaf: 0, table, tupleSlot: -1 });
  return scope;
}

/** Makes an index ready for use, without entries. */
export function prepareIndex(session: Session, table: Table, index: Index): void {
  const { shape } = index;
  const a = new Analyzer(session);
  const scope = tableScope(table);
  const exs = shape.items.map(({ e }) => a.ex(e, scope));
  const where = shape.where ? a.condition(shape.where, scope, 'WHERE').fn : null;
  const x = bareExec(session);
  index.types = exs.map(({ type }) => type);
  const cols = shape.items.map(({ col }) => col);
  if (cols.every((col) => col !== null)) {
    index.keyOf = (row) => cols.map((col) => row[col!] ?? null);
  } else index.keyOf = (row) => exs.map(({ fn }) => fn(row, x));
  index.covers = where ? (row) => where(row, x) === true : () => true;
  index.tree = new BTree(
    shape.items.map(({ desc, nullsFirst }, i) => ({ compare: exs[i]!.type.compare, desc, nullsFirst })),
  );
  if (shape.exclude) {
    const tests = shape.exclude.map((op, i) => {
      const found = findOperator(op, exs[i]!.type, exs[i]!.type);
      if (!found)
        throw new PgError('42883', `operator does not exist: ${exs[i]!.type.name} ${op} ${exs[i]!.type.name}`);
      return found.run;
    });
    index.excludes = (p, q) => tests.every((test, i) => p[i] !== null && q[i] !== null && test(p[i], q[i]) === true);
  }
}

/** For expressions that need nothing of a statement. */
export const bareExec = (session: Session, params: readonly Datum[] = []): Exec => ({
  ...{ session, params, outer: null, parent: null, recheck: null, cache: new Map() },
  snapshot: { commitSeq: Infinity, xact: null, command: 0 },
  statement: { ctes: new Map(), costUs: 0, command: 0, after: [] },
});

export const keyText = (shape: IndexShape, index: Index, key: readonly Datum[]): string =>
  `(${shape.items.map(({ col, text, e }) => (col !== null && e.k === 'col' ? quoteName(e.path.at(-1)!) : text)).join(', ')})=(${key.map((v, i) => (v === null ? 'null' : index.types[i]!.text(v))).join(', ')})`;

/** The entries of a new version in all indexes; fails where a unique constraint says so, after waiting for whom it must. */
export function* addToIndexes(x: Exec, table: Table, t: Tuple, old: Tuple | null): Task {
  for (const index of table.indexes) {
    if (!index.covers(t.values)) continue;
    const key = index.keyOf(t.values);
    yield* addEntry(x, table, index, key, t, old);
  }
}

function* addEntry(x: Exec, table: Table, index: Index, key: Datum[], t: Tuple, old: Tuple | null): Task {
  const { session } = x;
  const { shape } = index;
  x.statement.costUs += INDEX_WRITE_US;
  // The same key again, on the next version of a row, cannot collide with anybody new.
  const isSame = old !== null && index.covers(old.values) && index.tree.compareKeys(index.keyOf(old.values), key) === 0;
  if (shape.unique && !isSame) {
    const conflict = yield* findConflict(session, index, key, t);
    if (conflict)
      throw new PgError('23505', `duplicate key value violates unique constraint "${shape.name}"`, {
        ...{
          detail: `Key ${keyText(shape, index, key)} already exists.`,
          schema: table.schema,
          table: table.name,
          constraint: shape.name,
        },
      });
  }
  const { serializable, cluster } = session;
  if (serializable && !isSame) cluster.ssi.wroteKey(serializable, index, index.tree, key);
  index.tree.insert(key, t);
  if (shape.exclude && !isSame) {
    const conflict = yield* findConflict(session, index, key, t);
    if (conflict)
      throw new PgError('23P01', `conflicting key value violates exclusion constraint "${shape.name}"`, {
        detail: `Key ${keyText(shape, index, key)} conflicts with existing key ${keyText(shape, index, index.keyOf(conflict.values))}.`,
        ...{ schema: table.schema, table: table.name, constraint: shape.name },
      });
  }
}

/** A living row with this key, other than `self`; waits for transactions that have not decided. */
export function* findConflict(
  session: Session,
  index: Index,
  key: readonly Datum[],
  self: Tuple | null,
): Task<Tuple | null> {
  const { shape, tree } = index;
  if (!shape.nullsNotDistinct && key.includes(null)) return null;
  const top = session.xact?.top;
  again: for (;;) {
    const entries = shape.exclude
      ? tree.range(null, null)
      : tree.range({ key, inclusive: true }, { key, inclusive: true });
    for (const { tuple: t, key: other } of entries) {
      if (t === self || t.xmin.state === 'aborted') continue;
      if (shape.exclude && !index.excludes(key, other)) continue;
      const where = shape.exclude
        ? `while checking exclusion constraint on tuple ${t.ctid} in relation "${shape.name}"`
        : `while inserting index tuple ${self?.ctid ?? t.ctid} in relation "${shape.name}"`;
      if (t.xmin.state === 'running' && t.xmin.top !== top) {
        yield* waitForXact(session, t.xmin, where);
        continue again;
      }
      const { xmax } = t;
      if (xmax === null || xmax.state === 'aborted') return t;
      if (xmax.state === 'committed' || xmax.top === top) continue;
      yield* waitForXact(session, xmax, where);
      continue again;
    }
    return null;
  }
}

/** Fills an index with the rows of its table, for CREATE INDEX; fails when they are not unique. */
export function fillIndex(table: Table, index: Index, isLive: (t: Tuple) => boolean): void {
  const { shape } = index;
  for (const t of table.heap.tuples) {
    if (t.xmin.state === 'aborted' || !index.covers(t.values)) continue;
    const key = index.keyOf(t.values);
    if (shape.unique && isLive(t) && (shape.nullsNotDistinct || !key.includes(null)))
      for (const { tuple } of index.tree.range({ key, inclusive: true }, { key, inclusive: true }))
        if (isLive(tuple))
          throw new PgError('23505', `could not create unique index "${shape.name}"`, {
            detail: `Key ${keyText(shape, index, key)} is duplicated.`,
            ...{ schema: table.schema, table: table.name, constraint: shape.name },
          });
    if (shape.exclude && isLive(t))
      for (const { tuple, key: other } of index.tree.range(null, null))
        if (isLive(tuple) && index.excludes(key, other))
          throw new PgError('23P01', `could not create exclusion constraint "${shape.name}"`, {
            detail: `Key ${keyText(shape, index, key)} conflicts with key ${keyText(shape, index, other)}.`,
          });
    index.tree.insert(key, t);
  }
}
