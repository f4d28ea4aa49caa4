/** FROM: which sources there are, in which order they are joined, and by which index each is read. */

import type { Index, Table } from '../catalog/objects.ts';
import { STEP_US } from '../cost.ts';
import { PgError, undefinedTable, unsupported } from '../errors.ts';
import type { FunctionDef } from '../functions/registry.ts';
import type { Expr, FromItem, Select } from '../sql/ast.ts';
import { ACCESS_SHARE } from '../storage/locks.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import { type Datum, PgRecord, type Row } from '../types/values.ts';
import type { Analyzer } from './analyzer.ts';
import { resolveCall } from './calls.ts';
import type { Ex, Fn } from './ex.ts';
import { type Exec, type Explained, explained, isWait, type PlanNode, type Rows, Slice, spend } from './exec.ts';
import { astKey, compared } from './expression.ts';
import {
  CteScan,
  FunctionScan,
  Hashed,
  type IndexCondition,
  IndexScan,
  type Place,
  passes,
  SeqScan,
  SubqueryScan,
  type TablePlace,
} from './leaf.ts';
import { maskOf, type Rel, Scope, type ScopeColumn } from './scope.ts';
import { type CteDef, planSelect } from './select.ts';
import { hashOf } from './subquery.ts';

/** A condition of WHERE or ON, one of several joined by AND. */
export interface Qual {
  readonly ex: Ex;
  readonly key: string;
  readonly text: string;
}

/** Something to be joined: knows how to be read when some of its conditions can be used. */
export interface Source {
  /** Leaves in it. */
  readonly mask: number;
  readonly places: readonly Place[];
  /** Leaves that must come before: LATERAL. */
  readonly needs: number;
  /** Rows expected with these conditions, when the leaves of `available` are known. */
  estimate(quals: readonly Qual[], available: number): number;
  plan(quals: readonly Qual[], available: number, order?: readonly WantedOrder[]): PlanNode & { isOrdered?: boolean };
  /** An inner join's parts; null for what is one. */
  readonly parts: { sources: Source[]; quals: Qual[] } | null;
}

export interface WantedOrder {
  readonly ex: Ex;
  readonly desc: boolean;
  readonly nullsFirst: boolean;
}

export function conjuncts(e: Expr | null): Expr[] {
  if (!e) return [];
  return e.k === 'and'
    ? e.args.flatMap(conjuncts)
    : e.k === 'between' && !e.not && !e.symmetric
      ? [
          { k: 'op', op: '>=', l: e.e, r: e.lo, at: e.at },
          { k: 'op', op: '<=', l: e.e, r: e.hi, at: e.at },
        ]
      : [e];
}

export function qualsOf(a: Analyzer, e: Expr | null, scope: Scope, what: string): Qual[] {
  return conjuncts(e).map((one) => ({ ex: a.condition(one, scope, what), key: astKey(one), text: exprText(one) }));
}

/** Joins all items of FROM, with the conditions of WHERE. */
export function joinAll(
  sources: readonly Source[],
  quals: readonly Qual[],
  available: number,
  width: number,
  order?: readonly WantedOrder[],
): PlanNode & { isOrdered?: boolean } {
  const flat = flatten(sources);
  const all = [...flat.quals, ...quals];
  if (flat.sources.length === 0) return filtered(new OneRow(), all);
  if (flat.sources.length === 1) return flat.sources[0]!.plan(all, available, order);
  const left = [...flat.sources];
  let placed = available;
  let plan: PlanNode | null = null;
  let rest = [...all];
  while (left.length) {
    const ready = left.filter(({ needs }) => (needs & ~placed & allMask(flat.sources)) === 0);
    if (ready.length === 0) throw unsupported('this order of LATERAL items');
    let best = ready[0]!;
    let bestScore = Infinity;
    for (const one of ready) {
      const usable = usableQuals(rest, placed, one.mask);
      const isConnected = plan === null || usable.some(({ ex }) => (ex.uses & ~one.mask & placed) !== 0);
      const score = one.estimate(usable, placed) * (isConnected ? 1 : 1e6);
      if (score < bestScore) {
        best = one;
        bestScore = score;
      }
    }
    left.splice(left.indexOf(best), 1);
    const usable = usableQuals(rest, placed, best.mask);
    rest = rest.filter((one) => !usable.includes(one));
    plan =
      plan === null
        ? best.plan(usable, placed)
        : new NestedLoop(plan, asInner(best, usable, placed, width), 'Nested Loop');
    placed |= best.mask;
  }
  return filtered(plan!, rest);
}

const allMask = (sources: readonly Source[]) => sources.reduce((mask, one) => mask | one.mask, 0);

const usableQuals = (quals: readonly Qual[], placed: number, mask: number) =>
  quals.filter(({ ex }) => (ex.uses & ~(placed | mask)) === 0);

/** The right side of a loop: by index where one fits, hashed where there is an equality, else as it is. */
export function asInner(source: Source, quals: readonly Qual[], placed: number, width: number): PlanNode {
  if (source.needs === 0) {
    const keys = quals.flatMap(({ ex }) => {
      const both = ex.compares?.op === '=' && !ex.compares.isAny ? ex.compares.both : undefined;
      if (!both) return [];
      const [l, r] = both;
      const isInner = (one: Ex) => one.uses !== 0 && (one.uses & ~source.mask) === 0;
      const isOuter = (one: Ex) => (one.uses & source.mask) === 0 && one.uses !== 0;
      if (isInner(l) && isOuter(r)) return [{ inner: l, outer: r, type: l.type }];
      if (isInner(r) && isOuter(l)) return [{ inner: r, outer: l, type: l.type }];
      return [];
    });
    const withOuter = source.plan(quals, placed);
    if (keys.length === 0 || withOuter.explain.name.startsWith('Index')) return withOuter;
    const own = quals.filter(({ ex }) => (ex.uses & ~source.mask) === 0);
    const others = quals.filter((one) => !own.includes(one)).map(({ ex }) => ex.fn);
    return new Hashed(source.plan(own, 0), source.places, keys, hashOf, others, width);
  }
  return source.plan(quals, placed);
}

function flatten(sources: readonly Source[]): { sources: Source[]; quals: Qual[] } {
  const found: { sources: Source[]; quals: Qual[] } = { sources: [], quals: [] };
  for (const one of sources) {
    if (!one.parts) {
      found.sources.push(one);
      continue;
    }
    const inner = flatten(one.parts.sources);
    found.sources.push(...inner.sources);
    found.quals.push(...inner.quals, ...one.parts.quals);
  }
  return found;
}

/** FROM is empty: one row without columns. */
class OneRow implements PlanNode {
  readonly explain: Explained = explained('Result', [], { cost: 0.01 });
  *run(_x: Exec, base: Row): Rows {
    yield base.slice();
  }
}

export class Filter implements PlanNode {
  readonly explain: Explained;
  private readonly child: PlanNode;
  private readonly filter: readonly Fn[];
  constructor(child: PlanNode, filter: readonly Fn[], text: string) {
    this.child = child;
    this.filter = filter;
    this.explain = { ...child.explain, details: [...child.explain.details, `Filter: ${text}`] };
  }
  *run(x: Exec, base: Row): Rows {
    for (const item of this.child.run(x, base)) if (isWait(item) || passes(this.filter, item, x)) yield item;
  }
}

export const filtered = (node: PlanNode, quals: readonly Qual[]): PlanNode =>
  quals.length === 0
    ? node
    : new Filter(
        node,
        quals.map(({ ex }) => ex.fn),
        conditionText(quals),
      );

const conditionText = (quals: readonly Qual[]) =>
  quals.length === 1 ? `(${quals[0]!.text})` : `(${quals.map(({ text }) => `(${text})`).join(' AND ')})`;

export class NestedLoop implements PlanNode {
  readonly explain: Explained;
  private readonly l: PlanNode;
  private readonly r: PlanNode;
  private readonly isLeft: boolean;
  constructor(l: PlanNode, r: PlanNode, name: string) {
    this.l = l;
    this.r = r;
    this.isLeft = name.includes('Left');
    const isHash = r instanceof Hashed;
    const rows = Math.max(
      1,
      isHash ? Math.max(l.explain.rows, r.explain.rows) : Math.round(l.explain.rows * r.explain.rows),
    );
    this.explain = explained(
      isHash ? name.replace('Nested Loop', 'Hash').replace(/^Hash( Left)?( Join)?$/, 'Hash$1 Join') : name,
      [l, r],
      {
        rows,
        cost: isHash ? l.explain.cost + r.explain.cost + rows * 0.01 : l.explain.cost + l.explain.rows * r.explain.cost,
        width: l.explain.width + r.explain.width,
      },
    );
  }

  *run(x: Exec, base: Row): Rows {
    for (const l of this.l.run(x, base)) {
      if (isWait(l)) {
        yield l;
        continue;
      }
      let hasMatch = false;
      for (const r of this.r.run(x, l)) {
        if (!isWait(r)) {
          hasMatch = true;
          if (spend(x, STEP_US)) yield new Slice();
        }
        yield r;
      }
      if (!hasMatch && this.isLeft) yield l;
    }
  }
}

/** FULL JOIN: the rows of the right side that met nobody come last. */
class FullJoin implements PlanNode {
  readonly explain: Explained;
  private readonly l: PlanNode;
  private readonly r: PlanNode;
  private readonly on: readonly Fn[];
  private readonly places: readonly Place[];
  constructor(l: PlanNode, r: PlanNode, on: readonly Fn[], places: readonly Place[]) {
    this.l = l;
    this.r = r;
    this.on = on;
    this.places = places;
    this.explain = explained('Hash Full Join', [l, r], {
      rows: l.explain.rows + r.explain.rows,
      cost: l.explain.cost + r.explain.cost,
    });
  }

  *run(x: Exec, base: Row): Rows {
    const rights: { row: Row; hasMet: boolean }[] = [];
    for (const item of this.r.run(x, base)) {
      if (isWait(item)) yield item;
      else rights.push({ row: item, hasMet: false });
    }
    for (const l of this.l.run(x, base)) {
      if (isWait(l)) {
        yield l;
        continue;
      }
      let hasMatch = false;
      for (const right of rights) {
        const row = l.slice();
        for (const { first, width } of this.places) for (let i = first; i < first + width; i++) row[i] = right.row[i];
        if (spend(x, STEP_US)) yield new Slice();
        if (!passes(this.on, row, x)) continue;
        hasMatch = true;
        right.hasMet = true;
        yield row;
      }
      if (!hasMatch) yield l;
    }
    for (const { row, hasMet } of rights) if (!hasMet) yield row;
  }
}

/** Adds an item of FROM to the scope. */
export function addFrom(a: Analyzer, item: FromItem, scope: Scope): Source {
  switch (item.k) {
    case 'table':
      return addTable(a, item, scope);
    case 'subquery':
      return addSubquery(a, item, scope);
    case 'function':
      return addFunction(a, item, scope);
    case 'join':
      return addJoin(a, item, scope);
  }
}

function addRel(
  scope: Scope,
  alias: string,
  columns: readonly { name: string; type: Type; mod?: ScopeColumn['mod'] }[],
  table: Table | null,
): { rel: Rel; place: Place } {
  if (scope.rels.some((one) => one.alias === alias))
    throw new PgError('42712', `table name "${alias}" specified more than once`);
  const first = scope.width;
  const leaf = scope.rels.length;
  const made = columns.map(({ name, type, mod = null }, i): ScopeColumn => ({ name, type, mod, slot: first + i }));
  scope.width += columns.length + (table ? 1 : 0);
  const rel: Rel = { alias, columns: made, leaf, table, tupleSlot: table ? first + columns.length : -1 };
  scope.rels.push(rel);
  return { rel, place: { id: rel, first, width: columns.length + (table ? 1 : 0) } };
}

const renamed = (
  columns: readonly { name: string; type: Type; mod?: ScopeColumn['mod'] }[],
  names: readonly string[] | null,
  alias: string,
  at: number,
) => {
  if (names && names.length > columns.length)
    throw new PgError(
      '42P10',
      `table "${alias}" has ${columns.length} columns available but ${names.length} columns specified`,
    ).at(at);
  return names ? columns.map((one, i) => ({ ...one, name: names[i] ?? one.name })) : columns;
};

function addTable(a: Analyzer, item: FromItem & { k: 'table' }, scope: Scope): Source {
  const { session } = a;
  const name = item.name.at(-1)!;
  const cte = item.name.length === 1 ? (scope.findCte(name) as CteDef | undefined) : undefined;
  const alias = item.alias ?? name;
  if (cte) {
    cte.check?.(item.at);
    const { rel, place } = addRel(scope, alias, renamed(cte.columns, item.cols, alias, item.at), null);
    return leafSource(
      rel,
      place,
      0,
      (filter) =>
        new CteScan(
          place,
          cte,
          cte.open,
          filter,
          explained(`CTE Scan on ${name}${alias === name ? '' : ` ${alias}`}`, [], { rows: 100 }),
        ),
      () => 100,
    );
  }
  const found = session.database.findRelation(item.name, session);
  if (!found) {
    const system = session.database.systemTable(item.name, session);
    if (!system) throw undefinedTable(item.name.join('.'), item.at);
    const { rel, place } = addRel(scope, alias, renamed(system.columns, item.cols, alias, item.at), null);
    return leafSource(
      rel,
      place,
      0,
      (filter) =>
        new FunctionScan(place, (_, x) => system.rows(x), filter, explained(`Seq Scan on ${name}`, [], { rows: 100 })),
      () => 100,
    );
  }
  if (found.kind === 'view') {
    const query: Select = found.query;
    const own = new Scope(null);
    const plan = planSelect(a, query, own);
    const columns = plan.columns.map((one, i) => ({
      ...one,
      type: one.type === T.UNKNOWN ? T.TEXT : one.type,
      name: found.cols?.[i] ?? one.name,
    }));
    const { rel, place } = addRel(scope, alias, renamed(columns, item.cols, alias, item.at), null);
    return leafSource(
      rel,
      place,
      0,
      (filter) => new SubqueryScan(place, plan.node, true, filter, plan.node.explain),
      () => plan.node.explain.rows,
    );
  }
  if (found.kind === 'sequence') {
    const columns = [
      { name: 'last_value', type: T.INT8 },
      { name: 'log_cnt', type: T.INT8 },
      { name: 'is_called', type: T.BOOL },
    ];
    const { rel, place } = addRel(scope, alias, columns, null);
    return leafSource(
      rel,
      place,
      0,
      (filter) =>
        new FunctionScan(
          place,
          () => [[found.last, BigInt(found.logged), found.isCalled]],
          filter,
          explained(`Seq Scan on ${name}`),
        ),
      () => 1,
    );
  }
  a.use(found.oid, ACCESS_SHARE);
  return tableSource(a, found, alias, item.cols, scope, item.at).source;
}

const SYSTEM_COLUMNS: readonly { name: string; type: Type; read: (x: any) => Datum }[] = [
  { name: 'ctid', type: T.TID, read: (t) => t.ctid },
  { name: 'xmin', type: T.XID, read: (t) => t.xmin.xid },
  { name: 'xmax', type: T.XID, read: (t) => t.xmax?.xid ?? 0 },
  { name: 'tableoid', type: T.OID, read: () => 0 },
];
export const systemColumn = (name: string) => SYSTEM_COLUMNS.find((one) => one.name === name);

export function tableSource(
  _a: Analyzer,
  table: Table,
  alias: string,
  cols: readonly string[] | null,
  scope: Scope,
  at: number,
): { source: Source; rel: Rel; place: TablePlace } {
  const live = table.columns;
  const names = cols
    ? renamed(
        live.filter((one) => !one.isDropped),
        cols,
        alias,
        at,
      )
    : null;
  let n = 0;
  const columns = live.map((one) =>
    one.isDropped ? { ...one, name: '' } : names ? { ...one, name: names[n++]!.name } : one,
  );
  const { rel, place } = addRel(scope, alias, columns, table);
  for (const column of rel.columns) if (column.name === '') column.isHidden = true;
  const tablePlace: TablePlace = { ...place, table, tupleSlot: rel.tupleSlot };
  const rows = () => Math.max(1, table.heap.tuples.length - table.heap.dead);
  const source: Source = {
    mask: maskOf(rel.leaf),
    places: [place],
    needs: 0,
    parts: null,
    estimate: (quals, available) => accessPath(table, rel, quals, available)?.rows ?? rows() * selectivity(quals),
    plan(quals, available, order) {
      const all = quals.map(({ ex }) => ex.fn);
      const shown = `${table.name}${alias === table.name ? '' : ` ${alias}`}`;
      const path = accessPath(table, rel, quals, available, order);
      const width = Math.max(4, Math.round(table.heap.bytes / Math.max(1, table.heap.tuples.length)) - 28);
      if (path) {
        const { index, rest } = path;
        const explain = explained(
          `Index Scan${path.backwards ? ' Backward' : ''} using ${index.shape.name} on ${shown}`,
          [],
          {
            ...{ startCost: 0.15, cost: 0.15 + 8 + path.rows * 0.02, rows: Math.max(1, Math.round(path.rows)), width },
            details: [
              ...(path.used.length ? [`Index Cond: ${conditionText(path.used)}`] : []),
              ...(rest.length ? [`Filter: ${conditionText(rest)}`] : []),
            ],
          },
        );
        const scan = new IndexScan(tablePlace, index, path.condition, path.backwards, all, explain);
        return Object.assign(scan, { isOrdered: path.isOrdered });
      }
      const total = rows();
      const explain = explained(`Seq Scan on ${shown}`, [], {
        ...{
          cost: table.heap.pages + total * 0.01 + total * quals.length * 0.0025,
          rows: Math.max(1, Math.round(total * selectivity(quals))),
          width,
        },
        details: quals.length ? [`Filter: ${conditionText(quals)}`] : [],
      });
      return new SeqScan(tablePlace, all, explain);
    },
  };
  return { source, rel, place: tablePlace };
}

const selectivity = (quals: readonly Qual[]) =>
  quals.reduce((s, { ex }) => s * (ex.compares?.op === '=' ? 0.005 : 0.33), 1);

interface Path {
  readonly index: Index;
  readonly condition: IndexCondition;
  readonly used: Qual[];
  readonly rest: Qual[];
  readonly rows: number;
  readonly backwards: boolean;
  readonly isOrdered: boolean;
}

const FLIP: Readonly<Record<string, string>> = { '=': '=', '<': '>', '>': '<', '<=': '>=', '>=': '<=' };

/** The best index for the conditions, or for the order that is wanted; null when a sequential scan is better. */
function accessPath(
  table: Table,
  rel: Rel,
  quals: readonly Qual[],
  available: number,
  order?: readonly WantedOrder[],
): Path | null {
  const own = maskOf(rel.leaf);
  let best: Path | null = null;
  const total = Math.max(1, table.heap.tuples.length - table.heap.dead);
  for (const index of table.indexes) {
    const { shape } = index;
    if (shape.exclude || shape.method !== 'btree') continue;
    if (shape.where && !conjuncts(shape.where).every((one) => quals.some(({ key }) => key === astKey(one)))) continue;
    const equals: { fn: Fn; isAny: boolean }[] = [];
    const used: Qual[] = [];
    let lo: { fn: Fn; inclusive: boolean } | null = null;
    let hi: { fn: Fn; inclusive: boolean } | null = null;
    let rows = total;
    let i = 0;
    for (; i < shape.items.length; i++) {
      const item = shape.items[i]!;
      const type = index.types[i]!;
      const matches = quals.flatMap((qual) => {
        const c = qual.ex.compares;
        if (!c || !(c.op in FLIP)) return [];
        const sides: [Ex, Ex, string][] = c.isAny
          ? [[c.l, c.r, c.op]]
          : [
              [c.l, c.r, c.op],
              [c.r, c.l, FLIP[c.op]!],
            ];
        for (const [column, value, op] of sides) {
          if ((value.uses & own) !== 0 || (value.uses & ~available) !== 0 || value.isVolatile) continue;
          const isItem =
            item.col !== null ? column.column?.leaf === rel.leaf && column.column.index === item.col : false;
          if (!isItem) continue;
          const both = c.both && (column === c.l ? c.both[1] : c.both[0]);
          const fn = keyFn(type, value, both ?? null, c.isAny ?? false);
          if (fn) return [{ qual, op, fn, isAny: c.isAny ?? false }];
        }
        return [];
      });
      const equal = matches.find(({ op, isAny }) => op === '=' && !isAny) ?? matches.find(({ op }) => op === '=');
      if (equal) {
        equals.push(equal);
        used.push(equal.qual);
        rows = Math.max(1, rows / 50) * (equal.isAny ? 3 : 1);
        continue;
      }
      for (const one of matches) {
        if (one.op[0] === '>' && !lo) {
          lo = { fn: one.fn, inclusive: one.op === '>=' };
          used.push(one.qual);
        } else if (one.op[0] === '<' && !hi) {
          hi = { fn: one.fn, inclusive: one.op === '<=' };
          used.push(one.qual);
        }
      }
      break;
    }
    if (lo || hi) rows = Math.max(1, rows / (lo && hi ? 10 : 3));
    if (shape.unique && equals.length === shape.items.length && !equals.some(({ isAny }) => isAny)) rows = 1;
    const sorted = order && !equals.some(({ isAny }) => isAny) ? orderedBy(index, equals.length, order, rel) : null;
    if (equals.length === 0 && !lo && !hi && !sorted) continue;
    const path: Path = {
      ...{ index, condition: { equals, lo, hi }, used, rest: quals.filter((one) => !used.includes(one)), rows },
      ...{ backwards: sorted === 'backwards', isOrdered: sorted !== null },
    };
    const score = (one: Path) => one.rows - (one.isOrdered ? 0.5 : 0) + (one.used.length === 0 ? total : 0);
    if (!best || score(path) < score(best)) best = path;
  }
  return best;
}

/** Whether the index gives this order after its first columns are fixed. */
function orderedBy(
  index: Index,
  fixed: number,
  order: readonly WantedOrder[],
  rel: Rel,
): 'forwards' | 'backwards' | null {
  let way: 'forwards' | 'backwards' | null = null;
  let i = fixed;
  for (const { ex, desc, nullsFirst } of order) {
    const col = ex.column?.leaf === rel.leaf ? ex.column.index : -1;
    if (col < 0) return null;
    // A column that is fixed anyway orders nothing.
    if (index.shape.items.slice(0, fixed).some((item) => item.col === col)) continue;
    const item = index.shape.items[i++];
    if (!item || item.col !== col) return null;
    const same = item.desc === desc && item.nullsFirst === nullsFirst;
    const reverse = item.desc !== desc && item.nullsFirst !== nullsFirst;
    if (!same && !reverse) return null;
    const next = same ? 'forwards' : 'backwards';
    if (way && way !== next) return null;
    way = next;
  }
  return way ?? 'forwards';
}

const INTS = [T.INT2, T.INT4, T.INT8];
const TEXTS = [T.TEXT, T.VARCHAR, T.NAME];

/** The value as the index keeps it; null when the comparison is in another type. */
function keyFn(type: Type, value: Ex, both: Ex | null, isAny: boolean): Fn | null {
  const from = isAny ? value.type.elem : value.type;
  if (!from) return null;
  if (from === type || (TEXTS.includes(from) && TEXTS.includes(type))) return value.fn;
  if (INTS.includes(from) && INTS.includes(type)) {
    const convert = type === T.INT8 ? (v: Datum) => BigInt(v) : (v: Datum) => Number(v);
    if (isAny)
      return (row, x) => {
        const list = value.fn(row, x);
        return list === null ? null : { items: list.items.map((v: Datum) => (v === null ? null : convert(v))) };
      };
    return (row, x) => {
      const v = value.fn(row, x);
      return v === null ? null : convert(v);
    };
  }
  if (!isAny && both && (both.type === type || (both.type === T.TEXT && TEXTS.includes(type)))) return both.fn;
  return null;
}

function leafSource(
  rel: Rel,
  place: Place,
  needs: number,
  make: (filter: Fn[]) => PlanNode,
  rows: () => number,
): Source {
  return {
    ...{ mask: maskOf(rel.leaf), places: [place], needs, parts: null },
    estimate: (quals) => rows() * selectivity(quals),
    plan: (quals) => {
      const node = make(quals.map(({ ex }) => ex.fn));
      if (quals.length)
        (node as { explain: Explained }).explain = {
          ...node.explain,
          details: [...node.explain.details, `Filter: ${conditionText(quals)}`],
        };
      return node;
    },
  };
}

function addSubquery(a: Analyzer, item: FromItem & { k: 'subquery' }, scope: Scope): Source {
  // Without LATERAL it does not see its neighbours, but the queries around.
  const visible = item.lateral ? scope : hidden(scope);
  const before = scope.uses;
  scope.uses = 0;
  const own = new Scope(visible);
  const plan = planSelect(a, item.query, own);
  const needs = item.lateral ? scope.uses : 0;
  scope.uses = before;
  const alias = item.alias ?? '';
  const columns = plan.columns.map((one) => (one.type === T.UNKNOWN ? { ...one, type: T.TEXT } : one));
  const { rel, place } = addRel(scope, alias, renamed(columns, item.cols, alias, item.at), null);
  const node = { ...plan.node.explain };
  return leafSource(
    rel,
    place,
    needs,
    (filter) =>
      new SubqueryScan(
        place,
        plan.node,
        needs === 0,
        filter,
        explained(`Subquery Scan on ${alias}`, [plan.node], { rows: node.rows, cost: node.cost, width: node.width }),
      ),
    () => node.rows,
  );
}

/** The scope with no tables of its own: depths stay as they are. */
function hidden(scope: Scope): Scope {
  const made = new Scope(scope.parent);
  for (const [name, cte] of scope.ctes) made.ctes.set(name, cte);
  made.clause = scope.clause;
  Object.defineProperty(made, 'isCorrelated', {
    get: () => scope.isCorrelated,
    set: (value) => {
      scope.isCorrelated = value;
    },
  });
  return made;
}

function addFunction(a: Analyzer, item: FromItem & { k: 'function' }, scope: Scope): Source {
  const { call } = item;
  const before = scope.uses;
  scope.uses = 0;
  scope.clause = null;
  const alias = item.alias ?? call.name;
  // A scope of its own, so that the arguments of the row around are read as columns here.
  let run: (base: Row, x: Exec) => Iterable<Row>;
  let columns: { name: string; type: Type }[];
  if (call.name === 'coalesce') throw unsupported('COALESCE in FROM', item.at);
  if (call.name === 'unnest' && call.args.length > 1) {
    const arrays = call.args.map((one) => a.ex(one, scope));
    columns = arrays.map(({ type }) => ({ name: 'unnest', type: type.elem ?? T.TEXT }));
    run = (base, x) => {
      const lists = arrays.map(({ fn }) => fn(base, x)?.items ?? []);
      return Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, i) =>
        lists.map((list) => list[i] ?? null),
      );
    };
  } else {
    const { cast, found, args } = resolveCall(a, call, scope);
    const def: FunctionDef | null = found?.def ?? null;
    const fns = args.map(({ fn }) => fn);
    const types = args.map(({ type }) => type);
    if (cast || !def) {
      columns = [{ name: alias, type: cast!.type }];
      run = (base, x) => [[cast!.fn(base, x)]];
    } else if (def.columns || item.defs) {
      columns = item.defs
        ? item.defs.map(({ name, type }) => ({ name, type: a.type(type).type }))
        : def.columns!.map(([name, type]) => ({
            name,
            type: type === 'elem' ? (types[0]?.elem ?? T.TEXT) : T.typeByName(type)!,
          }));
      const shape = columns;
      run = (base, x) => {
        const values = fns.map((fn) => fn(base, x));
        if (def.isStrict && values.includes(null)) return [];
        return def.run(values, { ...x, rowShape: shape } as Exec, types) as Row[];
      };
    } else {
      if (def.wait) throw unsupported(`${call.name} in FROM`, item.at);
      columns = [{ name: alias, type: found!.result }];
      run = (base, x) => {
        const values = fns.map((fn) => fn(base, x));
        if (def.isStrict && values.includes(null)) return def.isSet ? [] : [[null]];
        const result = def.run(values, x, types);
        return def.isSet
          ? (result as Datum[]).map((v) => [v])
          : [result instanceof PgRecord ? result.values.slice() : [result]];
      };
    }
  }
  const needs = scope.uses;
  scope.uses = before;
  if (item.ordinality) {
    columns = [...columns, { name: 'ordinality', type: T.INT8 }];
    const plain = run;
    run = (base, x) => [...plain(base, x)].map((row, i) => [...row, BigInt(i + 1)]);
  }
  const { rel, place } = addRel(scope, alias, renamed(columns, item.cols, alias, item.at), null);
  return leafSource(
    rel,
    place,
    needs,
    (filter) =>
      new FunctionScan(
        place,
        run,
        filter,
        explained(`Function Scan on ${call.name}${alias === call.name ? '' : ` ${alias}`}`, [], { rows: 100, cost: 1 }),
      ),
    () => 100,
  );
}

function addJoin(a: Analyzer, item: FromItem & { k: 'join' }, scope: Scope): Source {
  const before = scope.rels.length;
  const l = addFrom(a, item.l, scope);
  const middle = scope.rels.length;
  const r = addFrom(a, item.r, scope);
  const lefts = scope.rels.slice(before, middle);
  const rights = scope.rels.slice(middle);
  let quals: Qual[] = [];
  const visible = (rels: readonly Rel[], name: string) =>
    rels.flatMap((rel) => rel.columns.filter((c) => c.name === name && !c.isHidden).map((c) => ({ c, rel })));
  let { using } = item;
  if (item.natural)
    using = lefts
      .flatMap((rel) => rel.columns.filter((c) => !c.isHidden).map(({ name }) => name))
      .filter((name) => visible(rights, name).length > 0);
  if (using) {
    for (const name of using) {
      const [left] = visible(lefts, name);
      const [right] = visible(rights, name);
      if (!left) throw new PgError('42703', `column "${name}" specified in USING clause does not exist in left table`);
      if (!right)
        throw new PgError('42703', `column "${name}" specified in USING clause does not exist in right table`);
      const ex = (one: { c: ScopeColumn; rel: Rel }): Ex => ({
        ...{ type: one.c.type, at: item.at, uses: maskOf(one.rel.leaf), fn: (row) => row[one.c.slot] ?? null },
        column: {
          leaf: one.rel.leaf,
          index: one.rel.table ? one.rel.columns.indexOf(one.c) : -1,
          table: one.rel.table,
          slot: one.c.slot,
          name,
        },
      });
      const le = ex(left);
      const re = ex(right);
      const [cl, cr] = compared(a, le, re, '=', item.at);
      const { compare } = cl.type;
      quals.push({
        key: '',
        text: `${left.rel.alias}.${name} = ${right.rel.alias}.${name}`,
        ex: {
          ...{ type: T.BOOL, at: item.at, uses: le.uses | re.uses },
          compares: {
            op: '=',
            l: le,
            r: re,
            both: [
              { ...cl, uses: le.uses },
              { ...cr, uses: re.uses },
            ],
          },
          fn(row, x) {
            const v = cl.fn(row, x);
            const w = cr.fn(row, x);
            return v === null || w === null ? null : compare(v, w) === 0;
          },
        },
      });
      // The name means the left column, or the right one where that side is the one that is kept.
      (item.type === 'right' ? left : right).c.isHidden = true;
      if (item.type === 'full') throw unsupported('FULL JOIN … USING', item.at);
    }
  } else if (item.on) quals = qualsOf(a, item.on, scope, 'JOIN/ON');
  const mask = l.mask | r.mask;
  const places = [...l.places, ...r.places];
  const needs = (l.needs | r.needs) & ~mask;
  if (item.type === 'inner' || item.type === 'cross')
    return {
      mask,
      places,
      needs,
      estimate: () => 1000,
      parts: { sources: [l, r], quals },
      plan: (more, available) => joinAll([l, r], [...quals, ...more], available, scope.width),
    };
  const [kept, other] = item.type === 'right' ? [r, l] : [l, r];
  return {
    ...{ mask, places, needs, parts: null },
    estimate: (more, available) =>
      kept.estimate(
        more.filter(({ ex }) => (ex.uses & other.mask) === 0),
        available,
      ),
    plan(more, available) {
      const { width } = scope;
      if (item.type === 'full') {
        const join = new FullJoin(
          joinAll([l], [], available, width),
          joinAll([r], [], available, width),
          quals.map(({ ex }) => ex.fn),
          r.places,
        );
        return filtered(join, more);
      }
      // Conditions on the kept side alone may come before the join; those on the other only after.
      const early = more.filter(({ ex }) => (ex.uses & other.mask) === 0);
      const late = more.filter((one) => !early.includes(one));
      const left = joinAll([kept], early, available, width);
      const right = asInner(other.parts ? grouped(other, width) : other, quals, available | kept.mask, width);
      return filtered(new NestedLoop(left, right, 'Nested Loop Left Join'), late);
    },
  };
}

/** An inner join as one source, for the right side of an outer join. */
function grouped(source: Source, width: number): Source {
  return { ...source, parts: null, plan: (quals, available) => joinAll([source], quals, available, width) };
}

/** An expression in short, for EXPLAIN. */
export function exprText(e: Expr): string {
  switch (e.k) {
    case 'const':
      return e.type === 'str' ? `'${e.v}'::text` : e.type === 'null' ? 'NULL' : e.v;
    case 'col':
      return e.path.at(-1)!;
    case 'param':
      return `$${e.n}`;
    case 'op':
      return e.l ? `${exprText(e.l)} ${e.op} ${exprText(e.r)}` : `${e.op} ${exprText(e.r)}`;
    case 'is':
      return `${exprText(e.e)} IS ${e.not ? 'NOT ' : ''}${e.test.toUpperCase()}`;
    case 'fn':
      return `${e.name}(${e.args.map(exprText).join(', ')})`;
    case 'cast':
      return `(${exprText(e.e)})::${e.type.name.at(-1)}`;
    case 'and':
    case 'or':
      return e.args.map((one) => `(${exprText(one)})`).join(` ${e.k.toUpperCase()} `);
    case 'not':
      return `NOT ${exprText(e.e)}`;
    case 'in':
      return `${exprText(e.e)} = ANY ('{${e.list.map(exprText).join(',')}}')`;
    case 'quantified':
      return `${exprText(e.l)} ${e.op} ${e.all ? 'ALL' : 'ANY'} (${e.r ? exprText(e.r) : 'SubPlan'})`;
    default:
      return '…';
  }
}
