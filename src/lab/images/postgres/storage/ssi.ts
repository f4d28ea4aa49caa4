/**
 * Serializable snapshot isolation, after Cahill, Röhm and Fekete (SIGMOD 2008) and PostgreSQL's predicate.c: who read
 * what a concurrent transaction wrote is kept as an edge, and a transaction with an edge in and an edge out is not let
 * through where its neighbours could close a circle. There are no false negatives known; false positives, as in PostgreSQL:
 * two edges need not lie on a circle, a sequential scan has read the whole table, an index of up to 300 entries is one
 * page. Larger indexes are locked by ranges of keys, finer than PostgreSQL's pages. As in PostgreSQL, what a unique
 * constraint or ON CONFLICT finds does not count as read.
 */
import { serializationFailure } from '../errors.ts';
import type { Datum } from '../types/values.ts';
import type { Bound, BTree } from './btree.ts';
import type { Tuple } from './heap.ts';
import type { Xact } from './xact.ts';

export class SerializableXact {
  readonly xact: Xact;
  /** Sequence number of the last commit before its snapshot. */
  readonly snapshotSeq: number;
  isReadOnly: boolean;
  /** Locking rows is no writing. */
  hasWritten = false;
  isDoomed = false;
  isPrepared = false;
  isCommitted = false;
  isOver = false;
  prepareSeq = Infinity;
  commitSeq = Infinity;
  /** Commit of the first transaction that it has an edge out to; Infinity for none. */
  earliestOutCommit = Infinity;
  /** Readers of what it wrote: they come before it. */
  readonly ins = new Set<SerializableXact>();
  /** Writers of what it read: they come after it. */
  readonly outs = new Set<SerializableXact>();
  readonly tuples = new Set<Tuple>();
  readonly relations = new Set<ReadMarks>();
  readonly indexes = new Set<IndexMarks>();

  constructor(xact: Xact, snapshotSeq: number, isReadOnly: boolean) {
    this.xact = xact;
    this.snapshotSeq = snapshotSeq;
    this.isReadOnly = isReadOnly;
  }
}

/** Held by a table. */
export interface ReadMarks {
  readonly readers: Set<SerializableXact>;
}

/** Held by an index. */
export interface IndexMarks {
  readonly ranges: { reader: SerializableXact; lo: Bound | null; hi: Bound | null; isWhole: boolean }[];
}

/** An index of so many entries is one page: who reads of it has read it all. */
const ONE_PAGE = 300;

export class Ssi {
  private readonly all: SerializableXact[] = [];
  private readonly byXact = new Map<Xact, SerializableXact>();
  private seq = 0;

  begin(xact: Xact, isReadOnly: boolean): SerializableXact {
    const one = new SerializableXact(xact, this.seq, isReadOnly);
    this.all.push(one);
    this.byXact.set(xact, one);
    return one;
  }

  get active(): readonly SerializableXact[] {
    return this.all;
  }

  readRelation(me: SerializableXact, table: ReadMarks): void {
    table.readers.add(me);
    me.relations.add(table);
  }

  readRange(me: SerializableXact, marks: IndexMarks, tree: BTree, lo: Bound | null, hi: Bound | null): void {
    const isWhole = tree.size <= ONE_PAGE || (lo === null && hi === null);
    if (marks.ranges.some((one) => one.reader === me && one.isWhole)) return;
    marks.ranges.push({ reader: me, lo, hi, isWhole });
    me.indexes.add(marks);
  }

  /** `t` was met while reading; `isSeen` says whether the snapshot sees it. */
  readTuple(me: SerializableXact, t: Tuple, isSeen: boolean, locks: boolean): void {
    if (me.isDoomed) throw failure('Canceled on identification as a pivot, during conflict out checking.');
    if (isSeen && locks) {
      t.readers ??= new Set();
      t.readers.add(me);
      me.tuples.add(t);
    }
    const writer = isSeen ? t.xmax : t.xmin;
    if (writer && writer.state !== 'aborted' && writer.top !== me.xact) this.conflictOut(me, writer.top);
  }

  private conflictOut(me: SerializableXact, xact: Xact): void {
    const writer = this.byXact.get(xact);
    if (!writer || writer.isDoomed || (writer.isCommitted && writer.commitSeq <= me.snapshotSeq)) return;
    if (me.isReadOnly && writer.isCommitted && !(writer.earliestOutCommit <= me.snapshotSeq)) return;
    if (!me.outs.has(writer)) this.addEdge(me, writer, me);
  }

  wrote(me: SerializableXact, table: ReadMarks, t: Tuple | null): void {
    this.checkDoomed(me);
    me.hasWritten = true;
    if (t?.readers) for (const reader of [...t.readers]) this.conflictIn(reader, me);
    for (const reader of [...table.readers]) this.conflictIn(reader, me);
  }

  wroteKey(me: SerializableXact, marks: IndexMarks, tree: BTree, key: readonly Datum[]): void {
    this.checkDoomed(me);
    for (const { reader, lo, hi, isWhole } of [...marks.ranges]) {
      if (reader === me) continue;
      if (!isWhole) {
        const below = lo ? tree.compareKeys(key, lo.key) : 1;
        const above = hi ? tree.compareKeys(key, hi.key) : -1;
        if (below < 0 || above > 0) continue;
      }
      this.conflictIn(reader, me);
    }
  }

  private checkDoomed(me: SerializableXact): void {
    if (me.isDoomed) throw failure('Canceled on identification as a pivot, during conflict in checking.');
  }

  private conflictIn(reader: SerializableXact, me: SerializableXact): void {
    if (reader === me || reader.isDoomed || me.ins.has(reader)) return;
    if (reader.isCommitted && reader.commitSeq <= me.snapshotSeq) return;
    this.addEdge(reader, me, me);
  }

  private addEdge(reader: SerializableXact, writer: SerializableXact, me: SerializableXact): void {
    this.check(reader, writer, me);
    reader.outs.add(writer);
    writer.ins.add(reader);
  }

  /** OnConflict_CheckForSerializationFailure */
  private check(reader: SerializableXact, writer: SerializableXact, me: SerializableXact): void {
    let isDangerous = writer.isCommitted && writer.earliestOutCommit < Infinity;
    if (!isDangerous)
      for (const t2 of writer.outs)
        if (
          t2.isPrepared &&
          (!reader.isCommitted || t2.prepareSeq <= reader.commitSeq) &&
          (!writer.isCommitted || t2.prepareSeq <= writer.commitSeq) &&
          (!reader.isReadOnly || t2.prepareSeq <= reader.snapshotSeq)
        )
          isDangerous = true;
    if (!isDangerous && writer.isPrepared && !reader.isReadOnly)
      for (const t0 of reader.ins)
        if (
          !t0.isDoomed &&
          (!t0.isCommitted || t0.commitSeq >= writer.prepareSeq) &&
          (!t0.isReadOnly || t0.snapshotSeq >= writer.prepareSeq)
        )
          isDangerous = true;
    if (!isDangerous) return;
    if (me === writer) throw failure('Canceled on identification as a pivot, during write.');
    if (writer.isPrepared) throw failure(`Canceled on conflict out to pivot ${writer.xact.xid}, during read.`);
    writer.isDoomed = true;
  }

  /** PreCommit_CheckForSerializationFailure: the last chance to fail. */
  prepare(me: SerializableXact): void {
    if (me.isDoomed) throw failure('Canceled on identification as a pivot, during commit attempt.');
    for (const near of me.ins) {
      if (near.isCommitted || near.isDoomed) continue;
      for (const far of near.ins) {
        if (far === me || (!far.isCommitted && !far.isReadOnly && !far.isDoomed)) {
          if (near.isPrepared) throw failure('Canceled on commit attempt with conflict in from prepared pivot.');
          near.isDoomed = true;
          break;
        }
      }
    }
    me.prepareSeq = ++this.seq;
    me.isPrepared = true;
  }

  end(me: SerializableXact, hasCommitted: boolean): void {
    if (me.isOver) return;
    me.isOver = true;
    if (hasCommitted) {
      me.isCommitted = true;
      me.commitSeq = ++this.seq;
      if (!me.hasWritten) me.isReadOnly = true;
      for (const out of me.outs)
        if (out.isCommitted) me.earliestOutCommit = Math.min(me.earliestOutCommit, out.prepareSeq);
    } else this.forget(me);
    this.clean();
  }

  /** Drops what nobody running is concurrent with. */
  private clean(): void {
    let oldest = Infinity;
    for (const one of this.all) if (!one.isOver) oldest = Math.min(oldest, one.snapshotSeq);
    for (const one of [...this.all]) if (one.isCommitted && one.commitSeq <= oldest) this.forget(one);
  }

  private forget(me: SerializableXact): void {
    for (const t of me.tuples) {
      t.readers?.delete(me);
      if (t.readers?.size === 0) t.readers = null;
    }
    for (const table of me.relations) table.readers.delete(me);
    for (const { ranges } of me.indexes)
      for (let i = ranges.length - 1; i >= 0; i--) if (ranges[i]!.reader === me) ranges.splice(i, 1);
    for (const out of me.outs) out.ins.delete(me);
    for (const into of me.ins) into.outs.delete(me);
    this.all.splice(this.all.indexOf(me), 1);
    this.byXact.delete(me.xact);
  }
}

const failure = (reason: string) =>
  serializationFailure('could not serialize access due to read/write dependencies among transactions', {
    detail: `Reason code: ${reason}`,
    hint: 'The transaction might succeed if retried.',
  });
