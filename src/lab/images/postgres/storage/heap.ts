/** Rows of a table in the order they were written, every version that somebody may still see. */
import type { Row } from '../types/values.ts';
import type { SerializableXact } from './ssi.ts';
import type { Versioned, Xact } from './xact.ts';

/** Row locks, weakest first: FOR KEY SHARE, SHARE, NO KEY UPDATE, UPDATE. */
export type RowLock = 0 | 1 | 2 | 3;

/** Whether two locks of different transactions exclude each other; PostgreSQL's manual, table 13.3. */
export const rowLocksConflict = (a: RowLock, b: RowLock): boolean => a + b >= 3;

export class Tuple implements Versioned {
  values: Row;
  xmin: Xact;
  cmin: number;
  /** Who deleted or replaced it. */
  xmax: Xact | null = null;
  cmax = 0;
  /** How strongly `xmax` excludes others: an update that leaves all keys alone is weaker. */
  xmaxLock: RowLock = 3;
  /** Who locked it without changing it. */
  lockers: { xact: Xact; lock: RowLock }[] | null = null;
  /** The version that replaced it. */
  next: Tuple | null = null;
  /** Number in the table, for ever; the WAL's name of it. */
  readonly row: number;
  readonly page: number;
  readonly offset: number;
  /** Serializable transactions that have read it. */
  readers: Set<SerializableXact> | null = null;

  constructor(values: Row, xmin: Xact, cmin: number, row: number, page: number, offset: number) {
    this.values = values;
    this.xmin = xmin;
    this.cmin = cmin;
    this.row = row;
    this.page = page;
    this.offset = offset;
  }

  get ctid(): string {
    return `(${this.page},${this.offset})`;
  }
}

export class Heap {
  /** Replaced, never changed but at the end: a scan that waits goes on with the array it began with. */
  tuples: Tuple[] = [];
  rows = 0;
  /** Versions that were replaced or deleted since the last vacuum. */
  dead = 0;
  bytes = 0;
  private page = 0;
  private offset = 0;
  private free = PAGE_FREE;

  add(values: Row, xmin: Xact, command: number, row = ++this.rows): Tuple {
    if (row > this.rows) this.rows = row;
    const size = tupleSize(values);
    if (size > this.free || this.offset >= 291) {
      this.page++;
      this.offset = 0;
      this.free = PAGE_FREE;
    }
    this.free -= size;
    this.bytes += size;
    const tuple = new Tuple(values, xmin, command, row, this.page, ++this.offset);
    this.tuples.push(tuple);
    return tuple;
  }

  /** Pages that a scan reads. */
  get pages(): number {
    return this.tuples.length === 0 ? 0 : this.page + 1;
  }

  clear(): void {
    this.tuples = [];
    this.bytes = 0;
    this.dead = 0;
    this.page = 0;
    this.offset = 0;
    this.free = PAGE_FREE;
  }

  keepOnly(isKept: (t: Tuple) => boolean): Tuple[] {
    const gone: Tuple[] = [];
    const kept: Tuple[] = [];
    this.bytes = 0;
    for (const t of this.tuples) {
      if (isKept(t)) {
        kept.push(t);
        this.bytes += tupleSize(t.values);
      } else gone.push(t);
    }
    this.tuples = kept;
    this.dead = 0;
    return gone;
  }
}

/** A page of 8192 bytes without its header. */
const PAGE_FREE = 8168;

/** Header and line pointer 28 bytes, values by rough size, aligned to 8. */
function tupleSize(values: Row): number {
  let size = 28;
  for (const v of values) {
    if (v === null) continue;
    if (typeof v === 'string') size += v.length + 1 + (v.length > 126 ? 3 : 0);
    else if (typeof v === 'boolean') size += 1;
    else if (typeof v === 'number') size += Number.isInteger(v) && Math.abs(v) < 2147483648 ? 4 : 8;
    else if (v instanceof Uint8Array) size += v.length + 4;
    else size += 8;
  }
  return Math.ceil(size / 8) * 8;
}
