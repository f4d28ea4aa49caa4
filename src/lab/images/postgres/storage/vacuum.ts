/** Drops versions of rows that nobody can see any more: autovacuum, at the end of the transactions that made them. */
import type { Table } from '../catalog/objects.ts';
import type { Cluster } from '../session/cluster.ts';
import type { Tuple } from './heap.ts';
import type { Xact } from './xact.ts';

/** autovacuum_vacuum_threshold and its scale factor. */
const THRESHOLD = 50;
const SCALE = 0.2;

export function vacuumIfDue(cluster: Cluster, top: Xact): void {
  if (top.xid === 0) return;
  const { database } = top.session!;
  const seen = new Set<number>();
  for (const change of top.changes) {
    if (change.k !== 'delete' || seen.has(change.table)) continue;
    seen.add(change.table);
    const table = database.tableByOid(change.table);
    if (table && table.heap.dead > THRESHOLD + SCALE * table.heap.tuples.length) vacuum(cluster, table);
  }
}

export function vacuum(cluster: Cluster, table: Table): void {
  const oldest = cluster.oldestSnapshot;
  const gone = new Set(table.heap.keepOnly((t) => !isDead(t, oldest)));
  if (gone.size) for (const { tree } of table.indexes) tree.removeAll(gone);
}

/** Whether no snapshot, running or to come, sees it. */
export const isDead = (t: Tuple, oldest: number): boolean =>
  t.xmin.state === 'aborted' ||
  (t.xmax !== null && t.xmax.state === 'committed' && t.xmax.commitSeq <= oldest && t.readers === null);
