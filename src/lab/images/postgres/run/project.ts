/** Calls that return sets, in the list of targets. */
import type { Datum, Row } from '../types/values.ts';
import type { BlockingCall, Fn } from './ex.ts';
import { type Exec, isWait, type Rows, type Task } from './exec.ts';

export interface SetCall {
  readonly slot: { value: Datum };
  values(row: Row, x: Exec): Datum[];
}

/** Computes the calls that wait, before the expressions that use them. */
export function* callBlocking(calls: readonly BlockingCall[], row: Row, x: Exec): Task {
  for (const call of calls) call.slot.value = yield* call.run(row, x);
}

/** One row for each of the longest set; shorter ones end in nulls. */
export function* project(
  source: Rows,
  targets: readonly Fn[],
  sets: readonly SetCall[],
  blocking: readonly BlockingCall[],
  x: Exec,
): Rows {
  for (const item of source) {
    if (isWait(item)) {
      yield item;
      continue;
    }
    if (blocking.length) yield* callBlocking(blocking, item, x);
    if (sets.length === 0) {
      yield targets.map((fn) => fn(item, x));
      continue;
    }
    const lists = sets.map((set) => set.values(item, x));
    const n = Math.max(...lists.map(({ length }) => length));
    for (let i = 0; i < n; i++) {
      for (const [s, { slot }] of sets.entries()) slot.value = lists[s]![i] ?? null;
      yield targets.map((fn) => fn(item, x));
    }
  }
}
