/** Window functions: partitions, order, frames. */
import { PgError } from '../errors.ts';
import type { Frame } from '../sql/ast.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import type { Datum, Row } from '../types/values.ts';
import { type AggregateCall, Aggregation } from './aggregates.ts';
import type { Analyzer } from './analyzer.ts';
import type { Ex, Fn } from './ex.ts';
import type { Exec } from './exec.ts';
import { operate } from './expression.ts';
import type { Scope } from './scope.ts';
import { compareBy, type Ordering } from './sort.ts';

export interface WindowFrame {
  readonly mode: Frame['mode'];
  readonly start: Frame['start']['kind'];
  readonly end: Frame['end']['kind'];
  readonly startOffset: Fn | null;
  readonly endOffset: Fn | null;
  /** For RANGE with an offset: order value − and + offset. */
  readonly shift: { less: (v: Datum, by: Datum) => Datum; more: (v: Datum, by: Datum) => Datum } | null;
}

export interface Partition {
  readonly rows: readonly Row[];
  /** Index of the first peer and of the one after the last, by row. */
  readonly peerStart: readonly number[];
  readonly peerEnd: readonly number[];
  readonly x: Exec;
}

type RunWindow = (p: Partition, i: number, args: readonly Fn[], frame: [number, number]) => Datum;

export interface WindowCall {
  readonly slot: { index: number };
  readonly partition: readonly Ex[];
  readonly order: readonly Ordering[];
  readonly frame: WindowFrame;
  readonly aggregate: AggregateCall | null;
  readonly window: RunWindow | null;
  readonly args: readonly Fn[];
  readonly result: Type;
}

const FUNCTIONS: Readonly<Record<string, { result: Type | 'first'; run: RunWindow; args?: Type[] }>> = {
  row_number: { result: T.INT8, run: (_, i) => BigInt(i + 1) },
  rank: { result: T.INT8, run: (p, i) => BigInt(p.peerStart[i]! + 1) },
  dense_rank: { result: T.INT8, run: (p, i) => BigInt(new Set(p.peerStart.slice(0, i + 1)).size) },
  percent_rank: { result: T.FLOAT8, run: (p, i) => (p.rows.length > 1 ? p.peerStart[i]! / (p.rows.length - 1) : 0) },
  cume_dist: { result: T.FLOAT8, run: (p, i) => p.peerEnd[i]! / p.rows.length },
  ntile: {
    result: T.INT4,
    run(p, i, [n]) {
      const buckets = n!(p.rows[i]!, p.x);
      if (buckets === null) return null;
      if (buckets <= 0) throw new PgError('22014', 'argument of ntile must be greater than zero');
      const size = Math.floor(p.rows.length / buckets);
      const larger = p.rows.length % buckets;
      return i < larger * (size + 1)
        ? Math.floor(i / (size + 1)) + 1
        : larger + Math.floor((i - larger * (size + 1)) / Math.max(1, size)) + 1;
    },
  },
  lag: { result: 'first', run: (p, i, args) => shifted(p, i, args, -1) },
  lead: { result: 'first', run: (p, i, args) => shifted(p, i, args, 1) },
  first_value: { result: 'first', run: (p, _, [v], [from, to]) => (from < to ? v!(p.rows[from]!, p.x) : null) },
  last_value: { result: 'first', run: (p, _, [v], [from, to]) => (from < to ? v!(p.rows[to - 1]!, p.x) : null) },
  nth_value: {
    result: 'first',
    run(p, i, [v, n], [from, to]) {
      const at = n!(p.rows[i]!, p.x);
      return at !== null && from + at <= to ? v!(p.rows[from + at - 1]!, p.x) : null;
    },
  },
};

function shifted(p: Partition, i: number, [v, offset, otherwise]: readonly Fn[], sign: number): Datum {
  const by = offset ? offset(p.rows[i]!, p.x) : 1;
  if (by === null) return null;
  const row = p.rows[i + sign * by];
  return row ? v!(row, p.x) : otherwise ? otherwise(p.rows[i]!, p.x) : null;
}

export const isWindowFunction = (name: string): boolean => Object.hasOwn(FUNCTIONS, name);

export function findWindowFunction(
  name: string,
  types: readonly Type[],
): { run: RunWindow; result: Type; args: Type[] } | null {
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]! : null;
  if (!found) return null;
  const first = types[0] ?? T.TEXT;
  return {
    run: found.run,
    result: found.result === 'first' ? first : found.result,
    args: name === 'ntile' ? [T.INT4] : [first, T.INT4, first],
  };
}

export function frameOf(a: Analyzer, frame: Frame | null, order: readonly Ordering[], scope: Scope): WindowFrame {
  if (!frame)
    return {
      mode: 'range',
      start: 'unbounded preceding',
      end: 'current',
      startOffset: null,
      endOffset: null,
      shift: null,
    };
  const offset = (e: Frame['start']['offset']) => (e ? a.ex(e, scope) : null);
  const start = offset(frame.start.offset);
  const end = offset(frame.end.offset);
  const base = { mode: frame.mode, start: frame.start.kind, end: frame.end.kind };
  if (frame.mode !== 'range' || (!start && !end))
    return { ...base, startOffset: start?.fn ?? null, endOffset: end?.fn ?? null, shift: null };
  if (order.length !== 1)
    throw new PgError('42P20', 'RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column');
  const [by] = order;
  const values = { type: by!.type, at: -1, uses: 0, fn: (row: Row) => row[0] } as Ex;
  const shiftBy = (op: string, ex: Ex) => {
    const typed = { ...ex, fn: (row: Row) => row[1] };
    const made = operate(
      a,
      op,
      values,
      ex.literal != null
        ? a.coerce(ex, T.INTERVAL, 'implicit')! && ({ ...typed, type: T.INTERVAL, literal: null } as Ex)
        : typed,
      ex.at,
    );
    return (v: Datum, w: Datum) => made.fn([v, w], null as never);
  };
  const some = (start ?? end)!;
  const sign = by!.desc ? ['+', '-'] : ['-', '+'];
  const value = (ex: Ex | null): Fn | null =>
    ex ? (ex.literal != null ? a.coerce(ex, T.INTERVAL, 'implicit')!.fn : ex.fn) : null;
  return {
    ...base,
    startOffset: value(start),
    endOffset: value(end),
    shift: { less: shiftBy(sign[0]!, some), more: shiftBy(sign[1]!, some) },
  };
}

/** Appends the value of the call to every row. Rows come back in the order of the window. */
export function runWindow(call: WindowCall, rows: Row[], x: Exec): Row[] {
  const { partition, order, slot } = call;
  const byPartition = partition.map((ex) => ({ type: ex.type, desc: false, nullsFirst: false }));
  const keyed = rows.map((row) => ({
    row,
    group: partition.map(({ fn }) => fn(row, x)),
    key: order.map(({ fn }) => fn(row, x)),
  }));
  keyed.sort((p, q) => compareBy(byPartition, p.group, q.group) || compareBy(order, p.key, q.key));
  for (let from = 0; from < keyed.length; ) {
    let to = from + 1;
    while (to < keyed.length && compareBy(byPartition, keyed[from]!.group, keyed[to]!.group) === 0) to++;
    const part = keyed.slice(from, to);
    const n = part.length;
    const peerStart: number[] = [];
    const peerEnd: number[] = new Array(n);
    for (let i = 0; i < n; i++)
      peerStart.push(i > 0 && compareBy(order, part[i - 1]!.key, part[i]!.key) === 0 ? peerStart[i - 1]! : i);
    for (let i = n - 1; i >= 0; i--)
      peerEnd[i] = i < n - 1 && peerStart[i + 1] === peerStart[i] ? peerEnd[i + 1]! : i + 1;
    const p: Partition = { rows: part.map(({ row }) => row), peerStart, peerEnd, x };
    const values: Datum[] = [];
    let running: { aggregation: Aggregation; to: number } | null = null;
    for (let i = 0; i < n; i++) {
      const frame = frameAt(
        call,
        p,
        part.map(({ key }) => key[0]),
        i,
      );
      if (call.window) values.push(call.window(p, i, call.args, frame));
      else {
        // A frame that only grows goes on with what it has.
        if (frame[0] !== 0 || !running || running.to > frame[1]) running = null;
        let aggregation: Aggregation = running?.aggregation ?? new Aggregation(call.aggregate!, x);
        if (running && call.aggregate!.isDistinct) aggregation = new Aggregation(call.aggregate!, x);
        for (let k = running && !call.aggregate!.isDistinct ? running.to : frame[0]; k < frame[1]; k++)
          aggregation.add(p.rows[k]!);
        values.push(aggregation.result());
        running =
          frame[0] === 0 && !call.aggregate!.order.length ? { aggregation, to: Math.max(frame[0], frame[1]) } : null;
      }
    }
    for (let i = 0; i < n; i++) p.rows[i]![slot.index] = values[i];
    from = to;
  }
  return keyed.map(({ row }) => row);
}

function frameAt(call: WindowCall, p: Partition, keys: readonly Datum[], i: number): [number, number] {
  const { frame, order } = call;
  const n = p.rows.length;
  const number = (fn: Fn | null): number => {
    const v = fn!(p.rows[i]!, p.x);
    if (v === null || v < 0) throw new PgError('22013', 'frame starting offset must not be negative');
    return Number(v);
  };
  const bound = (kind: WindowFrame['start'], offset: Fn | null, isEnd: boolean): number => {
    if (kind === 'unbounded preceding') return 0;
    if (kind === 'unbounded following') return n;
    if (kind === 'current')
      return frame.mode === 'rows' ? (isEnd ? i + 1 : i) : isEnd ? p.peerEnd[i]! : p.peerStart[i]!;
    const sign = kind === 'preceding' ? -1 : 1;
    if (frame.mode === 'rows') return Math.min(n, Math.max(0, i + sign * number(offset) + (isEnd ? 1 : 0)));
    if (frame.mode === 'groups') {
      const groups = [...new Set(p.peerStart)];
      const g = groups.indexOf(p.peerStart[i]!) + sign * number(offset) + (isEnd ? 1 : 0);
      return g < 0 ? 0 : (groups[g] ?? n);
    }
    const by = offset!(p.rows[i]!, p.x);
    const limit = sign < 0 ? frame.shift!.less(keys[i], by) : frame.shift!.more(keys[i], by);
    const { type, desc } = order[0]!;
    const compare = (v: Datum) => (v === null ? 1 : desc ? type.compare(limit, v) : type.compare(v, limit));
    let at = 0;
    while (at < n && (isEnd ? compare(keys[at]) <= 0 : compare(keys[at]) < 0)) at++;
    return at;
  };
  return [bound(frame.start, frame.startOffset, false), bound(frame.end, frame.endOffset, true)];
}
