/** An ordered index: entries in chunks of bounded size, found by binary search. Equal keys lie in the order they came. */
import type { Datum } from '../types/values.ts';
import type { Tuple } from './heap.ts';

export interface Entry {
  readonly key: readonly Datum[];
  readonly tuple: Tuple;
  readonly seq: number;
}

export interface KeyOrder {
  compare(a: Datum, b: Datum): number;
  readonly desc: boolean;
  readonly nullsFirst: boolean;
}

/** One end of a range: a prefix of the key, and whether entries equal to it belong to it. */
export interface Bound {
  readonly key: readonly Datum[];
  readonly inclusive: boolean;
}

const CHUNK = 256;

export class BTree {
  readonly order: readonly KeyOrder[];
  size = 0;
  private chunks: Entry[][] = [[]];
  private seq = 0;

  constructor(order: readonly KeyOrder[]) {
    this.order = order;
  }

  /** Compares as many columns as the shorter key has. */
  compareKeys(a: readonly Datum[], b: readonly Datum[]): number {
    const n = Math.min(a.length, b.length);
    for (let i = 0; i < n; i++) {
      const x = a[i];
      const y = b[i];
      const { compare, desc, nullsFirst } = this.order[i]!;
      if (x === null || y === null) {
        if (x === y) continue;
        return (x === null) === nullsFirst ? -1 : 1;
      }
      const c = compare(x, y);
      if (c !== 0) return desc ? -c : c;
    }
    return 0;
  }

  insert(key: readonly Datum[], tuple: Tuple): void {
    const entry = { key, tuple, seq: ++this.seq };
    const c = this.chunkOf((e) => this.compareKeys(e.key, key) <= 0);
    const chunk = this.chunks[c]!;
    chunk.splice(
      lowerBound(chunk, (e) => this.compareKeys(e.key, key) <= 0),
      0,
      entry,
    );
    this.size++;
    if (chunk.length > CHUNK) this.chunks.splice(c, 1, chunk.slice(0, CHUNK >> 1), chunk.slice(CHUNK >> 1));
  }

  /** Drops one entry. */
  remove(entry: Entry): void {
    const isBefore = (e: Entry) => this.compareEntries(e, entry) < 0;
    let c = this.chunkOf(isBefore);
    let at = lowerBound(this.chunks[c]!, isBefore);
    if (at >= this.chunks[c]!.length) {
      c++;
      at = 0;
    }
    const chunk = this.chunks[c];
    if (chunk?.[at] !== entry) return;
    chunk.splice(at, 1);
    this.size--;
    if (chunk.length === 0 && this.chunks.length > 1) this.chunks.splice(c, 1);
  }

  /** Drops the entries of these tuples. */
  removeAll(gone: ReadonlySet<Tuple>): void {
    const chunks = this.chunks
      .map((chunk) => chunk.filter(({ tuple }) => !gone.has(tuple)))
      .filter(({ length }) => length > 0);
    this.chunks = chunks.length ? chunks : [[]];
    this.size = this.chunks.reduce((sum, { length }) => sum + length, 0);
  }

  clear(): void {
    this.chunks = [[]];
    this.size = 0;
  }

  /** Entries between the bounds in order, or backwards. Entries may come and go while it runs. */
  *range(lo: Bound | null, hi: Bound | null, backwards = false): Generator<Entry> {
    const isBelow = (e: Entry) => {
      if (!lo) return false;
      const c = this.compareKeys(e.key, lo.key);
      return c < 0 || (c === 0 && !lo.inclusive);
    };
    const isAbove = (e: Entry) => {
      if (!hi) return false;
      const c = this.compareKeys(e.key, hi.key);
      return c > 0 || (c === 0 && !hi.inclusive);
    };
    let last: Entry | null = null;
    for (;;) {
      // A piece at a time: what waits in between may split the chunks.
      const piece: Entry[] = backwards ? this.pieceBefore(isAbove, last) : this.pieceAfter(isBelow, last);
      if (piece.length === 0) return;
      for (const entry of piece) {
        if (backwards ? isBelow(entry) : isAbove(entry)) return;
        yield entry;
      }
      last = piece.at(-1)!;
    }
  }

  private pieceAfter(isBelow: (e: Entry) => boolean, last: Entry | null): Entry[] {
    const isBefore = last ? (e: Entry) => this.compareEntries(e, last) <= 0 : isBelow;
    let c = this.chunkOf(isBefore);
    let from = lowerBound(this.chunks[c]!, isBefore);
    if (from >= this.chunks[c]!.length) {
      c++;
      from = 0;
    }
    const chunk = this.chunks[c];
    return chunk ? chunk.slice(from, from + (last ? CHUNK : 8)) : [];
  }

  private pieceBefore(isAbove: (e: Entry) => boolean, last: Entry | null): Entry[] {
    const isBefore = last ? (e: Entry) => this.compareEntries(e, last) < 0 : (e: Entry) => !isAbove(e);
    const c = this.chunkOf(isBefore);
    const to = lowerBound(this.chunks[c]!, isBefore);
    return this.chunks[c]!.slice(Math.max(0, to - CHUNK), to).reverse();
  }

  private compareEntries(a: Entry, b: Entry): number {
    return this.compareKeys(a.key, b.key) || a.seq - b.seq;
  }

  /** The last chunk whose first entry is before. */
  private chunkOf(isBefore: (e: Entry) => boolean): number {
    let lo = 0;
    let hi = this.chunks.length - 1;
    while (lo < hi) {
      const mid = (lo + hi + 1) >> 1;
      if (isBefore(this.chunks[mid]![0]!)) lo = mid;
      else hi = mid - 1;
    }
    return lo;
  }
}

/** The first index whose entry is not before. */
function lowerBound(chunk: readonly Entry[], isBefore: (e: Entry) => boolean): number {
  let lo = 0;
  let hi = chunk.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (isBefore(chunk[mid]!)) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}
