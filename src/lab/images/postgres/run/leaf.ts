/** Sources of rows in FROM: tables (sequential and by index), subqueries, functions, WITH queries. */
import type { Index, Table } from '../catalog/objects.ts';
import { ENTRY_US, PROBE_US, ROW_US, STEP_US } from '../cost.ts';
import type { Bound } from '../storage/btree.ts';
import type { Tuple } from '../storage/heap.ts';
import { isDead } from '../storage/vacuum.ts';
import { isVisible } from '../storage/xact.ts';
import type { Type } from '../types/types.ts';
import type { Datum, PgArray, Row } from '../types/values.ts';
import type { Ex, Fn } from './ex.ts';
import {
  type CteState,
  type Exec,
  type Explained,
  explained,
  inner,
  isWait,
  type PlanNode,
  type Rows,
  Slice,
  spend,
} from './exec.ts';

/** Where a source's values lie in the row of its query. */
export interface Place {
  /** Identity for rechecks. */
  readonly id: object;
  readonly first: number;
  readonly width: number;
}

export const passes = (filter: readonly Fn[], row: Row, x: Exec): boolean => {
  for (const fn of filter) if (fn(row, x) !== true) return false;
  return true;
};

/** While a changed row is checked anew, a source gives the row that was chosen and no other. */
function* standIn(place: Place, filter: readonly Fn[], x: Exec, base: Row): Rows {
  const chosen = x.recheck!.get(place.id);
  if (!chosen) return;
  const row = base.slice();
  for (let i = 0; i < place.width; i++) row[place.first + i] = chosen[i];
  if (passes(filter, row, x)) yield row;
}

export interface TablePlace extends Place {
  readonly table: Table;
  /** Slot that holds the tuple. */
  readonly tupleSlot: number;
}

function fill(place: TablePlace, t: Tuple, base: Row): Row {
  const row = base.slice();
  const { values } = t;
  const { first } = place;
  for (let i = 0; i < values.length; i++) row[first + i] = values[i];
  row[place.tupleSlot] = t;
  return row;
}

export class SeqScan implements PlanNode {
  readonly explain: Explained;
  private readonly place: TablePlace;
  private readonly filter: readonly Fn[];
  constructor(place: TablePlace, filter: readonly Fn[], explain: Explained) {
    this.place = place;
    this.filter = filter;
    this.explain = explain;
  }

  *run(x: Exec, base: Row): Rows {
    const { place, filter } = this;
    if (x.recheck?.has(place.id)) return yield* standIn(place, filter, x, base);
    const { table } = place;
    const { serializable } = x.session;
    const { ssi } = x.session.cluster;
    if (serializable) ssi.readRelation(serializable, table);
    const { tuples } = table.heap;
    const n = tuples.length;
    for (let i = 0; i < n; i++) {
      const t = tuples[i]!;
      const isSeen = isVisible(t, x.snapshot);
      if (serializable) ssi.readTuple(serializable, t, isSeen, false);
      if (spend(x, ROW_US)) yield new Slice();
      if (!isSeen) continue;
      const row = fill(place, t, base);
      if (passes(filter, row, x)) yield row;
    }
  }
}

/** Equality with the first columns of an index, then perhaps a range of the next. */
export interface IndexCondition {
  readonly equals: readonly { fn: Fn; isAny: boolean }[];
  readonly lo: { fn: Fn; inclusive: boolean } | null;
  readonly hi: { fn: Fn; inclusive: boolean } | null;
}

export class IndexScan implements PlanNode {
  readonly explain: Explained;
  private readonly place: TablePlace;
  private readonly index: Index;
  private readonly condition: IndexCondition;
  private readonly backwards: boolean;
  private readonly filter: readonly Fn[];
  /** All conditions: what a recheck must hold. */
  private readonly all: readonly Fn[];
  constructor(
    place: TablePlace,
    index: Index,
    condition: IndexCondition,
    backwards: boolean,
    all: readonly Fn[],
    explain: Explained,
  ) {
    this.place = place;
    this.index = index;
    this.condition = condition;
    this.backwards = backwards;
    this.filter = all;
    this.all = all;
    this.explain = explain;
  }

  *run(x: Exec, base: Row): Rows {
    const { place, index, filter } = this;
    if (x.recheck?.has(place.id)) return yield* standIn(place, this.all, x, base);
    const { serializable } = x.session;
    const { ssi } = x.session.cluster;
    const oldest = x.session.cluster.oldestSnapshot;
    for (const [lo, hi] of this.bounds(base, x)) {
      spend(x, PROBE_US);
      if (serializable) ssi.readRange(serializable, index, index.tree, lo, hi);
      for (const entry of index.tree.range(lo, hi, this.backwards)) {
        const t = entry.tuple;
        if (spend(x, ENTRY_US)) yield new Slice();
        const isSeen = isVisible(t, x.snapshot);
        if (serializable) ssi.readTuple(serializable, t, isSeen, true);
        if (!isSeen) {
          // As PostgreSQL kills entries of rows that are dead for everybody.
          if (isDead(t, oldest)) index.tree.remove(entry);
          continue;
        }
        const row = fill(place, t, base);
        if (passes(filter, row, x)) yield row;
      }
    }
  }

  private bounds(base: Row, x: Exec): [Bound | null, Bound | null][] {
    const { equals, lo, hi } = this.condition;
    const order = this.index.tree.order;
    let prefixes: Datum[][] = [[]];
    for (const [i, { fn, isAny }] of equals.entries()) {
      const v = fn(base, x);
      if (v === null) return [];
      if (!isAny) {
        for (const prefix of prefixes) prefix.push(v);
        continue;
      }
      const { compare } = order[i]!;
      const items = (v as PgArray).items.filter((one) => one !== null).sort((p, q) => compare(p, q));
      const unique = items.filter((one, k) => k === 0 || compare(items[k - 1], one) !== 0);
      prefixes = prefixes.flatMap((prefix) => unique.map((one) => [...prefix, one]));
    }
    const low = lo ? lo.fn(base, x) : undefined;
    const high = hi ? hi.fn(base, x) : undefined;
    if (low === null || high === null) return [];
    // In an index that runs down, the lower value is the later bound.
    const isDesc = order[equals.length]?.desc ?? false;
    const bounds = prefixes.map((prefix): [Bound | null, Bound | null] => {
      const whole: Bound | null = prefix.length ? { key: prefix, inclusive: true } : null;
      const from: Bound | null = low === undefined ? whole : { key: [...prefix, low], inclusive: lo!.inclusive };
      const to: Bound | null = high === undefined ? whole : { key: [...prefix, high], inclusive: hi!.inclusive };
      return isDesc ? [to, from] : [from, to];
    });
    return this.backwards ? bounds.reverse() : bounds;
  }
}

/** A subquery in FROM, run anew for each row around when it is LATERAL, else once. */
export class SubqueryScan implements PlanNode {
  readonly explain: Explained;
  private readonly place: Place;
  private readonly child: PlanNode;
  private readonly filter: readonly Fn[];
  private readonly once: boolean;
  constructor(place: Place, child: PlanNode, once: boolean, filter: readonly Fn[], explain: Explained) {
    this.place = place;
    this.child = child;
    this.once = once;
    this.filter = filter;
    this.explain = explain;
  }

  *run(x: Exec, base: Row): Rows {
    const { place, filter } = this;
    if (x.recheck?.has(place.id)) return yield* standIn(place, filter, x, base);
    let kept = this.once ? (x.cache.get(this) as Row[] | undefined) : undefined;
    if (!kept) {
      const keep: Row[] | null = this.once ? [] : null;
      for (const item of this.child.run(inner(x, base), [])) {
        if (isWait(item)) yield item;
        else {
          keep?.push(item);
          if (spend(x, STEP_US)) yield new Slice();
          if (keep) continue;
          const row = this.fill(item, base);
          if (passes(filter, row, x)) yield row;
        }
      }
      if (!keep) return;
      kept = keep;
      x.cache.set(this, keep);
    }
    for (const item of kept) {
      if (spend(x, STEP_US)) yield new Slice();
      const row = this.fill(item, base);
      if (passes(filter, row, x)) yield row;
    }
  }

  private fill(item: Row, base: Row): Row {
    const row = base.slice();
    const { first, width } = this.place;
    for (let i = 0; i < width; i++) row[first + i] = item[i];
    return row;
  }
}

/** Rows that a function of this engine makes: set-returning functions, system catalogs. */
export class FunctionScan implements PlanNode {
  readonly explain: Explained;
  private readonly place: Place;
  private readonly make: (base: Row, x: Exec) => Iterable<Row>;
  private readonly filter: readonly Fn[];
  constructor(place: Place, make: (base: Row, x: Exec) => Iterable<Row>, filter: readonly Fn[], explain: Explained) {
    this.place = place;
    this.make = make;
    this.filter = filter;
    this.explain = explain;
  }

  *run(x: Exec, base: Row): Rows {
    const { place, filter } = this;
    if (x.recheck?.has(place.id)) return yield* standIn(place, filter, x, base);
    for (const item of this.make(base, x)) {
      const row = base.slice();
      for (let i = 0; i < place.width; i++) row[place.first + i] = item[i];
      if (spend(x, STEP_US)) yield new Slice();
      if (passes(filter, row, x)) yield row;
    }
  }
}

/** A WITH query: its rows are made once, as far as they are asked for. */
export class CteScan implements PlanNode {
  readonly explain: Explained;
  private readonly place: Place;
  private readonly key: object;
  private readonly source: (x: Exec) => Rows;
  private readonly filter: readonly Fn[];
  constructor(place: Place, key: object, source: (x: Exec) => Rows, filter: readonly Fn[], explain: Explained) {
    this.place = place;
    this.key = key;
    this.source = source;
    this.filter = filter;
    this.explain = explain;
  }

  *run(x: Exec, base: Row): Rows {
    const { place, filter } = this;
    if (x.recheck?.has(place.id)) return yield* standIn(place, filter, x, base);
    for (const item of readCte(x, this.key, this.source)) {
      if (isWait(item)) {
        yield item;
        continue;
      }
      const row = base.slice();
      for (let i = 0; i < place.width; i++) row[place.first + i] = item[i];
      if (spend(x, STEP_US)) yield new Slice();
      if (passes(filter, row, x)) yield row;
    }
  }
}

export function* readCte(x: Exec, key: object, source: (x: Exec) => Rows): Rows {
  let state: CteState | undefined = x.statement.ctes.get(key);
  if (!state) {
    state = { rows: [], source: source(x) };
    x.statement.ctes.set(key, state);
  }
  for (let i = 0; ; i++) {
    while (i >= state.rows.length && state.source) {
      const { value, done } = state.source.next();
      if (done) state.source = null;
      else if (isWait(value)) yield value;
      else state.rows.push(value);
    }
    if (i >= state.rows.length) return;
    yield state.rows[i]!;
  }
}

/** Rows of the right side by their keys, made once: a hash join. */
export class Hashed implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly places: readonly Place[];
  private readonly outerKeys: readonly Ex[];
  private readonly innerKeys: readonly Ex[];
  private readonly hashes: readonly ((v: Datum) => unknown)[];
  private readonly filter: readonly Fn[];
  private readonly width: number;
  constructor(
    child: PlanNode,
    places: readonly Place[],
    keys: readonly { outer: Ex; inner: Ex; type: Type }[],
    hash: (type: Type) => (v: Datum) => unknown,
    filter: readonly Fn[],
    width: number,
  ) {
    this.child = child;
    this.places = places;
    this.outerKeys = keys.map(({ outer }) => outer);
    this.innerKeys = keys.map(({ inner: one }) => one);
    this.hashes = keys.map(({ type }) => hash(type));
    this.filter = filter;
    this.width = width;
    this.explain = explained('Hash', [child], {
      rows: child.explain.rows,
      cost: child.explain.cost,
      startCost: child.explain.cost,
      width: child.explain.width,
    });
  }

  *run(x: Exec, base: Row): Rows {
    if (x.recheck) {
      for (const item of this.child.run(x, base)) if (isWait(item) || passes(this.filter, item, x)) yield item;
      return;
    }
    let table = x.cache.get(this) as Map<unknown, Row[]> | undefined;
    if (!table) {
      table = new Map();
      for (const item of this.child.run(x, new Array(this.width).fill(null))) {
        if (isWait(item)) {
          yield item;
          continue;
        }
        const key = this.key(this.innerKeys, item, x);
        if (key === null) continue;
        const bucket = table.get(key);
        if (bucket) bucket.push(item);
        else table.set(key, [item]);
      }
      x.cache.set(this, table);
    }
    const key = this.key(this.outerKeys, base, x);
    if (key === null) return;
    for (const item of table.get(key) ?? []) {
      const row = base.slice();
      for (const { first, width } of this.places) for (let i = first; i < first + width; i++) row[i] = item[i];
      if (spend(x, STEP_US)) yield new Slice();
      if (passes(this.filter, row, x)) yield row;
    }
  }

  private key(exs: readonly Ex[], row: Row, x: Exec): unknown {
    if (exs.length === 1) {
      const v = exs[0]!.fn(row, x);
      return v === null ? null : this.hashes[0]!(v);
    }
    let key = '';
    for (const [i, ex] of exs.entries()) {
      const v = ex.fn(row, x);
      if (v === null) return null;
      key += `${String(this.hashes[i]!(v))}\0`;
    }
    return key;
  }
}
