/** Locking, replacing and deleting rows that others may be changing: heap_lock_tuple, heap_update, heap_delete. */

import type { Table } from '../catalog/objects.ts';
import { PgError } from '../errors.ts';
import type { Session } from '../session/session.ts';
import { type RowLock, rowLocksConflict, type Tuple } from '../storage/heap.ts';
import type { LockTag } from '../storage/locks.ts';
import type { Xact } from '../storage/xact.ts';
import type { Task } from './exec.ts';
import { takeLock, waitForXact, writer } from './waits.ts';

export type LockResult =
  | 'ok'
  /** Replaced by a transaction that has committed: `tuple.next` is the newer version. */
  | 'updated'
  | 'deleted'
  /** Changed by this very command, or a later one of this transaction. */
  | 'self'
  | 'would block';

export type WaitPolicy = 'block' | 'nowait' | 'skip';

/** Mode of the lock that keeps the queue of those who want one row, by row lock. */
const QUEUE_MODE = [1, 2, 7, 8] as const;

const tupleTag = (session: Session, table: Table, t: Tuple): LockTag => ({
  key: `t${table.oid}.${t.row}`,
  type: 'tuple',
  text: `tuple ${t.ctid} of relation ${table.oid} of database ${session.database.oid}`,
  relation: table.oid,
  page: t.page,
  offset: t.offset,
});

/** Transactions of others that hold the row against `lock`. */
function holders(session: Session, t: Tuple, lock: RowLock): Xact[] {
  const top = session.xact!.top;
  const found: Xact[] = [];
  const { xmax } = t;
  if (xmax && xmax.state === 'running' && xmax.top !== top && rowLocksConflict(t.xmaxLock, lock)) found.push(xmax);
  if (t.lockers)
    for (const one of t.lockers)
      if (
        one.xact.state === 'running' &&
        one.xact.top !== top &&
        rowLocksConflict(one.lock, lock) &&
        !found.includes(one.xact)
      )
        found.push(one.xact);
  return found;
}

/** Waits until nobody else holds the row against `lock`; says what has become of it. Does not lock it yet. */
export function* waitForTuple(
  session: Session,
  table: Table,
  t: Tuple,
  lock: RowLock,
  _command: number,
  policy: WaitPolicy,
  verb: string,
): Task<LockResult> {
  const { locks } = session.cluster;
  const tag = tupleTag(session, table, t);
  let hasQueued = false;
  try {
    for (;;) {
      const { xmax } = t;
      if (xmax && xmax.state === 'running' && xmax.top === session.xact!.top) {
        // A key-share lock on a row that this transaction has itself replaced is on the newer version.
        return 'self';
      }
      if (xmax && xmax.state === 'committed') return t.next ? 'updated' : 'deleted';
      const others = holders(session, t, lock);
      if (others.length === 0) return 'ok';
      if (policy === 'skip') return 'would block';
      if (policy === 'nowait') throw new PgError('55P03', `could not obtain lock on row in relation "${table.name}"`);
      const where = `while ${verb} tuple ${t.ctid} in relation "${table.name}"`;
      if (!hasQueued) {
        yield* takeLock(session, tag, QUEUE_MODE[lock], session.xact, false, where);
        hasQueued = true;
      }
      for (const other of others) if (other.state === 'running') yield* waitForXact(session, other, where);
    }
  } finally {
    if (hasQueued) locks.release(session, tag.key, QUEUE_MODE[lock], session.xact);
  }
}

/** Locks the row, and every version of it that a running transaction has made meanwhile. */
export function* lockTuple(
  session: Session,
  table: Table,
  t: Tuple,
  lock: RowLock,
  command: number,
  policy: WaitPolicy,
): Task<LockResult> {
  const result = yield* waitForTuple(session, table, t, lock, command, policy, 'locking');
  if (result !== 'ok') return result;
  // Once a row is locked by an uncommitted update that does not conflict, its successor is locked too.
  for (let one: Tuple | null = t; one; one = one.next) addLocker(session, one, lock);
  return 'ok';
}

export function addLocker(session: Session, t: Tuple, lock: RowLock): void {
  const xact = writer(session);
  t.lockers = (t.lockers ?? []).filter((one) => one.xact.state === 'running');
  if (!t.lockers.some((one) => one.xact === xact && one.lock >= lock)) t.lockers.push({ xact, lock });
}

/** Marks the row as deleted or replaced; the caller has waited for it. */
export function setXmax(session: Session, table: Table, t: Tuple, lock: RowLock, command: number): void {
  const xact = writer(session);
  t.xmax = xact;
  t.cmax = command;
  t.xmaxLock = lock;
  t.next = null;
  table.heap.dead++;
  if (!table.temp) xact.changes.push({ k: 'delete', table: table.oid, row: t.row });
}

/** The newer version keeps the locks that others hold on the old one. */
export function replace(
  session: Session,
  table: Table,
  old: Tuple,
  values: Tuple['values'],
  lock: RowLock,
  command: number,
): Tuple {
  setXmax(session, table, old, lock, command);
  const t = append(session, table, values, command);
  old.next = t;
  const kept = old.lockers?.filter((one) => one.xact.state === 'running');
  if (kept?.length) t.lockers = kept;
  return t;
}

export function append(session: Session, table: Table, values: Tuple['values'], command: number): Tuple {
  const xact = writer(session);
  const t = table.heap.add(values, xact, command);
  if (!table.temp) xact.changes.push({ k: 'insert', table: table.oid, row: t.row, values });
  return t;
}
