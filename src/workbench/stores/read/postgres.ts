import { type Fields, fieldsOf, listOf, numberOf, textOf } from '../../session/shape.ts';
import type { Exec } from '../watch.ts';

export interface PgTable {
  readonly name: string;
  readonly rows: number;
}

export interface PgSession {
  readonly pid: number;
  readonly user: string;
  /** `idle`, `active`, `idle in transaction`, … */
  readonly state: string;
  readonly query: string;
  /** `Lock: transactionid`, `Client: ClientRead`; '' for none. */
  readonly wait: string;
  readonly isWaitingForLock: boolean;
  readonly blockedBy: readonly number[];
  /** Seconds since its transaction began; NaN outside of one. */
  readonly transactionS: number;
  readonly queryS: number;
}

export interface PgLock {
  readonly pid: number;
  /** What is locked: a relation's name, else the kind of thing. */
  readonly on: string;
  readonly mode: string;
  readonly isGranted: boolean;
}

export interface PgSnapshot {
  readonly tables: readonly PgTable[];
  readonly sessions: readonly PgSession[];
  readonly locks: readonly PgLock[];
}

const TABLES = `SELECT schemaname, relname, n_live_tup FROM pg_stat_user_tables ORDER BY 1, 2`;
/** The question's own session is none of the system's. */
const SESSIONS = `SELECT pid, usename, state, query, wait_event_type, wait_event, pg_blocking_pids(pid) AS blocked_by,
  extract(epoch FROM now() - xact_start) AS transaction_s, extract(epoch FROM now() - query_start) AS query_s
  FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid`;
const LOCKS = `SELECT pid, locktype, relation::regclass::text AS relation, mode, granted FROM pg_locks
  WHERE pid <> pg_backend_pid() AND locktype <> 'virtualxid' ORDER BY granted, pid, relation`;

export async function readPostgres(exec: Exec): Promise<PgSnapshot> {
  const rows = async (sql: string): Promise<readonly Fields[]> =>
    listOf((await exec('lab-psql', '-q', '-c', sql)).value).map(fieldsOf);
  const [tables, sessions, locks] = [await rows(TABLES), await rows(SESSIONS), await rows(LOCKS)];
  return {
    tables: tables.map(({ schemaname, relname, n_live_tup }) => ({
      name: schemaname === 'public' ? textOf(relname) : `${textOf(schemaname)}.${textOf(relname)}`,
      rows: numberOf(n_live_tup),
    })),
    sessions: sessions.map((row) => ({
      pid: numberOf(row.pid),
      user: textOf(row.usename),
      state: textOf(row.state),
      query: textOf(row.query).replace(/\s+/g, ' ').trim(),
      wait: row.wait_event_type ? `${textOf(row.wait_event_type)}: ${textOf(row.wait_event)}` : '',
      isWaitingForLock: row.wait_event_type === 'Lock',
      blockedBy: listOf(row.blocked_by).map(numberOf),
      transactionS: row.transaction_s === null ? Number.NaN : numberOf(row.transaction_s),
      queryS: row.query_s === null ? Number.NaN : numberOf(row.query_s),
    })),
    locks: locks.map((row) => ({
      pid: numberOf(row.pid),
      on: textOf(row.relation) || textOf(row.locktype),
      mode: textOf(row.mode).replace(/Lock$/, ''),
      isGranted: row.granted === true,
    })),
  };
}

export interface PgResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** `INSERT 0 1`; '' with rows. */
  readonly tag: string;
}

const ROWS_SHOWN = 200;

/** One statement, as `psql -c` runs it, in a session and transaction of its own. Throws with the server's words. */
export async function query(exec: Exec, sql: string): Promise<PgResult> {
  const { value, stdout } = await exec('psql', '-c', sql);
  const rows = listOf(value).slice(0, ROWS_SHOWN).map(fieldsOf);
  const columns = Object.keys(rows[0] ?? {});
  return {
    columns,
    rows: rows.map((row) => columns.map((column) => (row[column] === null ? 'NULL' : textOf(row[column])))),
    // Without rows psql's own words say most: "INSERT 0 1", "(0 rows)".
    tag: columns.length > 0 ? '' : stdout.trim(),
  };
}
