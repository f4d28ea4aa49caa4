/** SELECT … FOR UPDATE and its kin: locks what comes, and looks again at what others have changed meanwhile. */
import type { Table } from '../catalog/objects.ts';
import { WRITE_US } from '../cost.ts';
import { CONCURRENT_UPDATE, serializationFailure } from '../errors.ts';
import type { RowLock, Tuple } from '../storage/heap.ts';
import type { Row } from '../types/values.ts';
import { type Exec, type Explained, explained, isWait, type PlanNode, type Rows, spend, type Task } from './exec.ts';
import type { Rel } from './scope.ts';
import { lockTuple, type WaitPolicy } from './tuples.ts';

export interface LockTarget {
  readonly rel: Rel;
  readonly table: Table;
  readonly lock: RowLock;
  readonly policy: WaitPolicy;
}

export class LockRows implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly targets: readonly LockTarget[];
  private readonly rels: readonly Rel[];
  constructor(child: PlanNode, targets: readonly LockTarget[], rels: readonly Rel[]) {
    this.child = child;
    this.targets = targets;
    this.rels = rels;
    this.explain = explained('LockRows', [child], {
      rows: child.explain.rows,
      cost: child.explain.cost + child.explain.rows * 0.01,
      width: child.explain.width,
    });
  }

  *run(x: Exec, base: Row): Rows {
    for (const item of this.child.run(x, base)) {
      if (isWait(item)) {
        yield item;
        continue;
      }
      const row = yield* this.lock(x, base, item);
      if (row) yield row;
    }
  }

  private *lock(x: Exec, base: Row, row: Row): Task<Row | null> {
    let changed: Map<object, Row> | null = null;
    for (const { rel, table, lock, policy } of this.targets) {
      const tuple = row[rel.tupleSlot] as Tuple | null;
      // The empty side of an outer join.
      if (!tuple) continue;
      spend(x, WRITE_US);
      const locked = yield* lockNewest(x, table, tuple, lock, policy);
      if (!locked) return null;
      if (locked !== tuple) {
        changed ??= new Map();
        changed.set(rel, [...locked.values, locked]);
      }
    }
    return changed ? yield* recheck(this.child, x, base, row, this.rels, changed) : row;
  }
}

/** Locks the newest version of a row. Null when it is gone, or held and to be skipped. */
export function* lockNewest(
  x: Exec,
  table: Table,
  tuple: Tuple,
  lock: RowLock,
  policy: WaitPolicy,
): Task<Tuple | null> {
  const { session } = x;
  for (let t = tuple; ; ) {
    const result = yield* lockTuple(session, table, t, lock, x.statement.command, policy);
    if (result === 'ok') return t;
    if (result === 'would block' || result === 'self') return null;
    if (session.isolation !== 'read committed') throw serializationFailure(CONCURRENT_UPDATE);
    if (result === 'deleted') return null;
    t = t.next!;
  }
}

/** EvalPlanQual: the one row again, with the newer versions of what was changed. */
export function* recheck(
  child: PlanNode,
  x: Exec,
  base: Row,
  row: Row,
  rels: readonly Rel[],
  changed: ReadonlyMap<object, Row>,
): Task<Row | null> {
  const stand = new Map<object, Row | null>();
  for (const rel of rels) {
    const newer = changed.get(rel);
    if (newer) stand.set(rel, newer);
    else if (rel.tupleSlot >= 0) stand.set(rel, row[rel.tupleSlot] ? slotsOf(rel, row) : null);
    else stand.set(rel, slotsOf(rel, row));
  }
  for (const item of child.run({ ...x, recheck: stand }, base)) {
    if (isWait(item)) yield item;
    else return item;
  }
  return null;
}

const slotsOf = (rel: Rel, row: Row): Row => [
  ...rel.columns.map(({ slot }) => row[slot]),
  ...(rel.tupleSlot >= 0 ? [row[rel.tupleSlot]] : []),
];
