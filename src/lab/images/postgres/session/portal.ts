/** Statements that were prepared, and those that run: what the extended protocol, PREPARE and cursors share. */
import { PARSE_US, PARSE_US_PER_CHARACTER, PLAN_US } from '../cost.ts';
import { PgError } from '../errors.ts';
import { Analyzer, type UsedTable } from '../run/analyzer.ts';
import { type Exec, type Explained, isWait, type Rows, type Task } from '../run/exec.ts';
import { readCte } from '../run/leaf.ts';
import { type ChangePlan, planChange } from '../run/modify.ts';
import { Scope } from '../run/scope.ts';
import { addWith, type CteDef, planSelect } from '../run/select.ts';
import type { OutputColumn } from '../run/targets.ts';
import type { Delete, Insert, Select, Statement, Update } from '../sql/ast.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import type { Datum, Row } from '../types/values.ts';
import type { Session } from './session.ts';

export type Optimizable = Select | Insert | Update | Delete;

export const isOptimizable = (s: Statement): s is Optimizable =>
  s.k === 'select' || s.k === 'insert' || s.k === 'update' || s.k === 'delete';

export interface Planned {
  readonly statement: Optimizable;
  readonly columns: readonly OutputColumn[];
  readonly params: readonly Type[];
  readonly used: readonly UsedTable[];
  readonly explain: Explained;
  readonly isWriting: boolean;
  readonly version: number;
  /** Rows, counting those that were changed. */
  run(x: Exec, count: { n: number }): Rows;
}

export interface Prepared {
  readonly name: string;
  readonly text: string;
  /** Null for an empty query. */
  readonly statement: Statement | null;
  /** As the client gave them; null where it left them open. */
  readonly given: readonly (Type | null)[];
  params: readonly Type[];
  plan: Planned | null;
}

export interface Portal {
  readonly name: string;
  readonly prepared: Prepared;
  readonly params: readonly Datum[];
  readonly formats: readonly number[];
  /** Running, when it was suspended. */
  rows: Rows | null;
  x: Exec | null;
  count: { n: number };
  sent: number;
  isDone: boolean;
  columns: readonly OutputColumn[] | null;
  /** Result rows of a utility statement such as SHOW, made at once. */
}

/** Analyzes and plans. Cost is put on the session's account. */
export function plan(
  session: Session,
  statement: Optimizable,
  given: readonly (Type | null)[] | null,
  length = 60,
): Planned {
  session.spendUs(PARSE_US + length * PARSE_US_PER_CHARACTER + PLAN_US);
  const a = new Analyzer(session, given ?? []);
  a.isClosed = given === null;
  const scope = new Scope(null);
  const version = session.database.version;
  if (statement.k === 'select') {
    // WITH queries that change something run in any case, so the top level must know them.
    const ctes: CteDef[] = statement.with ? addWith(a, statement.with, scope) : [];
    const { node, columns } = planSelect(a, statement.with ? { ...statement, with: null } : statement, scope);
    const changing = ctes.filter(({ isChange }) => isChange);
    const isWriting = changing.length > 0 || a.isChange;
    return {
      ...{
        statement,
        columns,
        params: a.params.map((type) => type ?? T.TEXT),
        used: a.used,
        explain: node.explain,
        isWriting,
        version,
      },
      *run(x) {
        yield* node.run(x, []);
        yield* drain(x, changing);
      },
    };
  }
  const change: ChangePlan = planChange(a, statement, scope);
  const changing = change.ctes.filter(({ isChange }) => isChange);
  return {
    ...{
      statement,
      columns: change.columns,
      params: a.params.map((type) => type ?? T.TEXT),
      used: a.used,
      explain: change.explain,
      isWriting: true,
      version,
    },
    *run(x, count) {
      yield* change.run(x, count);
      yield* drain(x, changing);
    },
  };
}

function* drain(x: Exec, ctes: readonly CteDef[]): Rows {
  for (const cte of ctes) for (const item of readCte(x, cte, cte.open)) if (isWait(item)) yield item;
}

/** The plan of a prepared statement, made anew when the catalog has changed. */
export function planOf(session: Session, prepared: Prepared): Planned {
  const statement = prepared.statement as Optimizable;
  if (prepared.plan && prepared.plan.version === session.database.version) return prepared.plan;
  const old = prepared.plan;
  const made = plan(session, statement, prepared.plan ? prepared.params : prepared.given, prepared.text.length);
  if (
    old &&
    (old.columns.length !== made.columns.length ||
      old.columns.some((one, i) => one.type !== made.columns[i]!.type || one.name !== made.columns[i]!.name))
  )
    throw new PgError('0A000', 'cached plan must not change result type');
  prepared.plan = made;
  prepared.params = made.params;
  return made;
}

/** Locks the tables, then starts to run; the plan is made anew when it had to wait and the catalog changed. */
export function* open(
  session: Session,
  make: () => Planned,
  params: readonly Datum[],
): Task<{ planned: Planned; x: Exec; rows: Rows; count: { n: number } }> {
  for (;;) {
    const planned = make();
    yield* session.lockTables(planned.used);
    if (planned.version !== session.database.version) continue;
    if (planned.isWriting && session.isReadOnly) session.checkWritable(commandOf(planned.statement));
    const x = session.execFor(params);
    session.follow(x.statement);
    const count = { n: 0 };
    return { planned, x, rows: planned.run(x, count), count };
  }
}

const commandOf = (s: Optimizable) =>
  s.k === 'select'
    ? s.locks.length
      ? `SELECT FOR ${s.locks[0]!.strength.toUpperCase()}`
      : 'SELECT'
    : s.k.toUpperCase();

/** Up to `max` rows to the sink; true when there are no more. */
export function* pull(rows: Rows, max: number, onRow: (row: Row) => void): Task<boolean> {
  let n = 0;
  for (;;) {
    if (n >= max) return false;
    const { value, done } = rows.next();
    if (done) return true;
    if (isWait(value)) {
      try {
        yield value;
      } catch (error) {
        // The error belongs where the wait came from: the plan gives back what it holds.
        const after = rows.throw(error);
        if (after.done) return true;
        if (isWait(after.value)) yield after.value;
      }
    } else {
      onRow(value);
      n++;
    }
  }
}

export function tagOf(statement: Optimizable, rows: number, changed: number): string {
  switch (statement.k) {
    case 'select':
      return `SELECT ${rows}`;
    case 'insert':
      return `INSERT 0 ${changed}`;
    case 'update':
      return `UPDATE ${changed}`;
    case 'delete':
      return `DELETE ${changed}`;
  }
}
