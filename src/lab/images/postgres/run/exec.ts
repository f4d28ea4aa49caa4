/**
 * How plans run: a node is a generator of rows, and of waits, which it hands up to the session. The session starts the
 * wait and resumes the generator when it is over, or throws an error into it when the statement is cancelled.
 */
import type { Session } from '../session/session.ts';
import type { Snapshot } from '../storage/xact.ts';
import type { Datum, Row } from '../types/values.ts';

/** What a statement waits for. */
export interface Wait {
  readonly isWait: true;
  /** As pg_stat_activity says: `Lock`, `Timeout`, `IO`. */
  readonly type: string;
  readonly event: string;
  /** Whether a cancelled statement leaves it. */
  readonly isInterruptible: boolean;
  start(wake: () => void): void;
  cancel(): void;
}

export type Item = Row | Wait;
export type Rows = Generator<Item, void, void>;
export type Task<T = void> = Generator<Wait, T, void>;

export const isWait = (item: Item): item is Wait => !Array.isArray(item);

/** Runs without waiting; what would wait is an error of its own. */
export class WouldBlock extends Error {}

/** What all parts of one statement share. */
export interface StatementState {
  /** Rows of WITH queries, by their plan. */
  readonly ctes: Map<object, CteState>;
  /** Cost that has not been burnt yet, µs. */
  costUs: number;
  /** Number of this command in its transaction. */
  readonly command: number;
  /** Foreign keys to be checked at the end, as AFTER triggers are. */
  readonly after: (() => Task)[];
}

export interface CteState {
  rows: Row[];
  source: Rows | null;
}

export interface Exec {
  readonly session: Session;
  readonly snapshot: Snapshot;
  readonly params: readonly Datum[];
  /** Row of the query around. */
  readonly outer: Row | null;
  readonly parent: Exec | null;
  readonly statement: StatementState;
  /** Rows that stand in for whole scans while a changed row is checked anew (EvalPlanQual), by leaf. */
  readonly recheck: Map<object, Row | null> | null;
  /** Results that do not change while this runs, by the plan that made them. */
  readonly cache: Map<object, any>;
}

export interface PlanNode {
  run(x: Exec, base: Row): Rows;
  readonly explain: Explained;
}

/** For EXPLAIN. */
export interface Explained {
  name: string;
  details: string[];
  children: PlanNode[];
  startCost: number;
  cost: number;
  rows: number;
  width: number;
}

export const explained = (name: string, children: PlanNode[] = [], more: Partial<Explained> = {}): Explained => ({
  ...{ name, details: [], children, startCost: 0, cost: 0, rows: 1, width: 8 },
  ...more,
});

/** For a subquery of the row. */
export const inner = (x: Exec, outer: Row): Exec => ({ ...x, outer, parent: x, cache: new Map() });

/** Lets others run after a long piece of work. */
export class Slice implements Wait {
  readonly isWait = true;
  readonly type = '';
  readonly event = '';
  readonly isInterruptible = true;
  start(wake: () => void): void {
    wake();
  }
  cancel(): void {}
}

/** After so much work of one statement the others get their turn. */
const SLICE_US = 4000;

export const spend = (x: Exec, us: number): boolean => (x.statement.costUs += us) > SLICE_US;

/** All rows at once, where nothing may wait: a subquery in the middle of an expression. */
export function collectNow(rows: Rows): Row[] {
  const found: Row[] = [];
  for (const item of rows) {
    if (!isWait(item)) found.push(item);
    else if (!(item instanceof Slice)) {
      item.cancel();
      throw new WouldBlock();
    }
  }
  return found;
}

export function* collect(rows: Rows): Task<Row[]> {
  const found: Row[] = [];
  for (const item of rows) {
    if (isWait(item)) yield item;
    else found.push(item);
  }
  return found;
}
