/** INSERT … ON CONFLICT: which constraint arbitrates, and what happens to the row that is there already. */
import type { Index, Table } from '../catalog/objects.ts';
import { CONCURRENT_UPDATE, PgError, serializationFailure } from '../errors.ts';
import type { OnConflict } from '../sql/ast.ts';
import type { Tuple } from '../storage/heap.ts';
import { isVisible } from '../storage/xact.ts';
import type { Row } from '../types/values.ts';
import type { Analyzer } from './analyzer.ts';
import type { Exec, Task } from './exec.ts';
import { astKey } from './expression.ts';
import { conjuncts } from './from.ts';
import { findConflict } from './indexes.ts';
import { compileSet, findColumn, insertRow, updateLock, updateRow } from './modify.ts';
import type { Rel, Scope } from './scope.ts';
import type { RowShape } from './shape.ts';
import { rowShape } from './shape.ts';
import { lockTuple } from './tuples.ts';

export interface ConflictPlan {
  /** The row that came to be, or null when nothing was done. */
  insert(x: Exec, values: Row, shape: RowShape): Task<Tuple | null>;
}

export function conflictPlan(a: Analyzer, clause: OnConflict, table: Table, scope: Scope, _rel: Rel): ConflictPlan {
  const arbiters = arbitersOf(clause, table);
  if (clause.action === 'nothing') {
    return {
      *insert(x, values) {
        const conflict = yield* firstConflict(x, arbiters, values);
        if (!conflict) return yield* insertRow(x, table, values);
        if (
          x.session.isolation !== 'read committed' &&
          !isVisible(conflict, x.snapshot) &&
          conflict.xmin.top !== x.session.xact?.top
        )
          throw serializationFailure(CONCURRENT_UPDATE);
        return null;
      },
    };
  }
  // The proposed row lies behind the existing one.
  const first = scope.width;
  const columns = table.columns.map(({ name, type, mod, isDropped }, i) => ({
    name: isDropped ? '' : name,
    type,
    mod,
    slot: first + i,
  }));
  scope.width += columns.length;
  scope.rels.push({
    alias: 'excluded',
    columns,
    leaf: scope.rels.length,
    table: null,
    tupleSlot: -1,
    isQualifiedOnly: true,
  });
  const set = compileSet(a, clause.set, table, scope, rowShape(a, table));
  const where = clause.updateWhere ? a.condition(clause.updateWhere, scope, 'WHERE').fn : null;
  const n = table.columns.length;
  return {
    *insert(x, values, shape) {
      const { session } = x;
      for (;;) {
        const t = yield* firstConflict(x, arbiters, values);
        if (!t) return yield* insertRow(x, table, values);
        const isOwn = t.xmin.top === session.xact?.top;
        if (isOwn && t.cmin >= x.statement.command) throw twice();
        const row: Row = [...Array.from({ length: n }, (_, i) => t.values[i] ?? null), t, ...values];
        const compute = () => {
          const made = Array.from({ length: n }, (_, i) => t.values[i] ?? null);
          for (const { col, fn } of set) made[col] = fn(row, x);
          return made;
        };
        // As strong a lock as the assignments can need.
        const keys = new Set(
          table.indexes
            .filter(({ shape: s }) => s.unique && !s.where)
            .flatMap(({ shape: s }) => s.items.map(({ col }) => col)),
        );
        const lock = set.some(({ col }) => keys.has(col)) ? 3 : 2;
        const result = yield* lockTuple(session, table, t, lock, x.statement.command, 'block');
        if (result === 'self') throw twice();
        if (result !== 'ok') {
          if (session.isolation !== 'read committed') throw serializationFailure(CONCURRENT_UPDATE);
          continue;
        }
        if (session.isolation !== 'read committed' && !isVisible(t, x.snapshot) && !isOwn)
          throw serializationFailure(CONCURRENT_UPDATE);
        if (where && where(row, x) !== true) return null;
        const made = compute();
        shape.finish(made, x);
        return yield* updateRow(x, table, t, made, updateLock(table, t.values, made));
      }
    },
  };
}

const twice = () =>
  new PgError('21000', 'ON CONFLICT DO UPDATE command cannot affect row a second time', {
    hint: 'Ensure that no rows proposed for insertion within the same command have duplicate constrained values.',
  });

function* firstConflict(x: Exec, arbiters: readonly Index[], values: Row): Task<Tuple | null> {
  again: for (;;) {
    for (const index of arbiters) {
      if (!index.covers(values)) continue;
      const key = index.keyOf(values);
      const { cluster } = x.session;
      const before = cluster.commitSeq;
      const conflict = yield* findConflict(x.session, index, key, null);
      if (conflict) return conflict;
      // It has waited, so an index that was looked at before may have changed.
      if (cluster.commitSeq !== before) continue again;
    }
    return null;
  }
}

function arbitersOf(clause: OnConflict, table: Table): Index[] {
  const { target, constraint } = clause;
  if (constraint !== null) {
    const found = table.indexes.find(({ shape }) => shape.isConstraint && shape.name === constraint);
    if (!found) throw new PgError('42704', `constraint "${constraint}" for table "${table.name}" does not exist`);
    if (clause.action === 'update' && found.shape.exclude)
      throw new PgError('42809', 'ON CONFLICT DO UPDATE not supported with exclusion constraints');
    return [found];
  }
  if (target === null) {
    if (clause.action === 'update')
      throw new PgError('42601', 'ON CONFLICT DO UPDATE requires inference specification or constraint name', {
        hint: 'For example, ON CONFLICT (column_name).',
      }).at(clause.at);
    return table.indexes.filter(({ shape }) => shape.unique || shape.exclude);
  }
  const cols = target.map(({ e, name }) => (name !== null ? String(findColumn(table, name, e.at)) : astKey(e)));
  const wanted = new Set(cols);
  const found = table.indexes.filter(({ shape }) => {
    if (!shape.unique) return false;
    const keys = new Set(shape.items.map(({ col, e }) => (col !== null ? String(col) : astKey(e))));
    if (keys.size !== wanted.size || ![...keys].every((key) => wanted.has(key))) return false;
    if (!shape.where) return true;
    const given = conjuncts(clause.where).map((one) => astKey(one));
    return conjuncts(shape.where).every((one) => given.includes(astKey(one)));
  });
  if (found.length === 0)
    throw new PgError('42P10', 'there is no unique or exclusion constraint matching the ON CONFLICT specification');
  return found;
}
