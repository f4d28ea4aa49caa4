/** Runs one statement of any kind in a session; rows and tags go to a sink. */
import { SEND_US, TRANSACTION_US } from '../cost.ts';
import { PgError, unsupported } from '../errors.ts';
import { alter, alterEnum, alterSequence, dropObjects, truncate } from '../run/alter.ts';
import { Analyzer } from '../run/analyzer.ts';
import {
  createDomain,
  createEnum,
  createIndex,
  createSchema,
  createTable,
  createView,
  exists,
  makeSequence,
  newName,
} from '../run/define.ts';
import type { Task } from '../run/exec.ts';
import { explainText } from '../run/explain.ts';
import { Scope } from '../run/scope.ts';
import type { OutputColumn } from '../run/targets.ts';
import { lockRelation } from '../run/waits.ts';
import type { Parsed, Statement } from '../sql/ast.ts';
import { MODES } from '../storage/locks.ts';
import { vacuum } from '../storage/vacuum.ts';
import * as T from '../types/types.ts';
import type { Datum, Row } from '../types/values.ts';
import { isOptimizable, open, type Planned, type Portal, type Prepared, plan, planOf, pull, tagOf } from './portal.ts';
import type { Session } from './session.ts';
import { SETTINGS } from './settings.ts';

export interface Sink {
  columns(columns: readonly OutputColumn[]): void;
  row(row: Row): void;
  complete(tag: string): void;
}

/** A column of text, for SHOW and EXPLAIN. */
export const textColumn = (name: string): OutputColumn => ({ name, type: T.TEXT, mod: null, table: 0, number: 0 });

/** What a failed transaction still takes. */
export const endsTransaction = (s: Statement): boolean =>
  s.k === 'commit' || s.k === 'rollback' || s.k === 'rollback to';

/** Columns that a statement will return; null for none. */
export function resultColumns(session: Session, prepared: Prepared): readonly OutputColumn[] | null {
  const { statement } = prepared;
  if (!statement) return null;
  if (isOptimizable(statement)) {
    const { columns } = planOf(session, prepared);
    return statement.k === 'select' || statement.returning ? columns : null;
  }
  switch (statement.k) {
    case 'show':
      return statement.name === 'all'
        ? ['name', 'setting', 'description'].map(textColumn)
        : [textColumn(showName(statement.name))];
    case 'explain':
      return [textColumn('QUERY PLAN')];
    case 'execute': {
      const inner = session.prepared.get(statement.name);
      return inner ? resultColumns(session, inner) : null;
    }
    case 'fetch':
      return session.portals.get(statement.name)?.columns ?? null;
    default:
      return null;
  }
}

const SHOW_NAMES: Readonly<Record<string, string>> = {
  timezone: 'TimeZone',
  datestyle: 'DateStyle',
  intervalstyle: 'IntervalStyle',
};
const showName = (name: string) => SHOW_NAMES[name] ?? name;

/** `isInBlock`: other statements come with it, so that VACUUM and its kin are refused. */
export function* execute(
  session: Session,
  parsed: Parsed,
  text: string,
  sink: Sink,
  params: readonly Datum[] = [],
  prepared: Prepared | null = null,
): Task {
  const { statement } = parsed;
  if (isOptimizable(statement))
    return yield* runPlanned(
      session,
      () => (prepared ? planOf(session, prepared) : plan(session, statement, null, parsed.end - parsed.start)),
      params,
      sink,
      Infinity,
    );
  const tag = yield* utility(session, statement, text, sink);
  if (tag !== null) sink.complete(tag);
}

export function* runPlanned(
  session: Session,
  make: () => Planned,
  params: readonly Datum[],
  sink: Sink,
  max: number,
): Task {
  const { planned, x, rows, count } = yield* open(session, make, params);
  const { statement } = planned;
  const hasRows = statement.k === 'select' || statement.returning !== null;
  if (hasRows) sink.columns(planned.columns);
  let sent = 0;
  yield* pull(rows, max, (row) => {
    if (!hasRows) return;
    sent++;
    x.statement.costUs += SEND_US;
    sink.row(row);
  });
  yield* session.endStatement(x);
  session.follow(null);
  sink.complete(tagOf(statement, sent, count.n));
}

const WRITES = new Set([
  'create table',
  'create index',
  'create sequence',
  'alter sequence',
  'create enum',
  'alter enum',
  'create domain',
  'create view',
  'create schema',
  'alter table',
  'drop',
  'truncate',
  'vacuum',
  'reindex',
  'notify',
]);
const SHOWN: Readonly<Record<string, string>> = {
  'create enum': 'CREATE TYPE',
  'alter enum': 'ALTER TYPE',
  truncate: 'TRUNCATE TABLE',
};

function* utility(session: Session, s: Statement, text: string, sink: Sink): Task<string | null> {
  if (session.isReadOnly && WRITES.has(s.k))
    session.checkWritable(
      SHOWN[s.k] ??
        (s.k === 'drop' || s.k === 'alter table'
          ? `${s.k === 'drop' ? 'DROP' : 'ALTER'} ${s.kind.toUpperCase()}`
          : s.k.toUpperCase()),
    );
  switch (s.k) {
    case 'begin':
      session.spendUs(TRANSACTION_US);
      if (session.isBlock) session.notice('there is already a transaction in progress', 'WARNING', '25001');
      session.ensureXact();
      session.isBlock = true;
      session.setModes(s.modes);
      return 'BEGIN';
    case 'commit': {
      session.spendUs(TRANSACTION_US);
      if (!session.isBlock) session.notice('there is no transaction in progress', 'WARNING', '25P01');
      if (session.isFailed) {
        session.abort();
        return 'ROLLBACK';
      }
      const modes = chained(session);
      // Whatever becomes of it, the block is over.
      session.isBlock = false;
      yield* session.commit();
      if (s.chain) chainOn(session, modes);
      return 'COMMIT';
    }
    case 'rollback': {
      if (!session.isBlock) session.notice('there is no transaction in progress', 'WARNING', '25P01');
      const modes = chained(session);
      session.abort();
      if (s.chain) chainOn(session, modes);
      return 'ROLLBACK';
    }
    case 'savepoint':
      if (!session.isBlock) throw new PgError('25P01', 'SAVEPOINT can only be used in transaction blocks');
      session.savepoint(s.name);
      return 'SAVEPOINT';
    case 'release':
      if (!session.isBlock) throw new PgError('25P01', 'RELEASE SAVEPOINT can only be used in transaction blocks');
      session.release(s.name);
      return 'RELEASE';
    case 'rollback to':
      if (!session.isBlock) throw new PgError('25P01', 'ROLLBACK TO SAVEPOINT can only be used in transaction blocks');
      session.rollbackTo(s.name);
      return 'ROLLBACK';
    case 'set transaction':
      if (s.session) {
        if (s.modes.isolation) session.set('default_transaction_isolation', s.modes.isolation, false);
        if (s.modes.readOnly !== undefined)
          session.set('default_transaction_read_only', s.modes.readOnly ? 'on' : 'off', false);
      } else {
        if (!session.isBlock)
          session.notice('SET TRANSACTION can only be used in transaction blocks', 'WARNING', '25P01');
        session.setModes(s.modes);
      }
      return 'SET';
    case 'set':
      set(session, s.name, s.value, s.local);
      return 'SET';
    case 'reset':
      if (s.name === 'all') session.resetAll();
      else session.set(s.name, null, false);
      return 'RESET';
    case 'show':
      if (s.name === 'all') {
        sink.columns(['name', 'setting', 'description'].map(textColumn));
        for (const name of Object.keys(SETTINGS).sort()) sink.row([showName(name), session.get(name), '']);
      } else {
        const value = session.get(s.name);
        sink.columns([textColumn(showName(s.name))]);
        sink.row([value]);
      }
      return 'SHOW';
    case 'set constraints':
      yield* session.setConstraints(s.names, s.deferred);
      return 'SET CONSTRAINTS';
    case 'create table':
      return yield* createTable(session, s);
    case 'create index':
      return yield* createIndex(session, s.def);
    case 'create sequence': {
      const [schema, name] = newName(session, s.name);
      if (exists(session, schema, name)) {
        if (!s.ifNotExists) throw new PgError('42P07', `relation "${name}" already exists`);
        session.notice(`relation "${name}" already exists, skipping`, 'NOTICE', '42P07');
      } else makeSequence(session, schema, name, s.options);
      return 'CREATE SEQUENCE';
    }
    case 'alter sequence':
      return alterSequence(session, s);
    case 'create enum':
      return createEnum(session, s);
    case 'alter enum':
      return alterEnum(session, s);
    case 'create domain':
      return createDomain(session, s);
    case 'create view':
      return createView(session, s);
    case 'create schema':
      return createSchema(session, s);
    case 'create extension':
      if (
        ![
          'pgcrypto',
          'uuid-ossp',
          'btree_gist',
          'citext',
          'plpgsql',
          'pg_trgm',
          'unaccent',
          'pg_stat_statements',
        ].includes(s.name)
      )
        throw new PgError('0A000', `extension "${s.name}" is not available`, {
          detail: `Could not open extension control file "/usr/share/postgresql/15/extension/${s.name}.control": No such file or directory.`,
          hint: 'The extension must first be installed on the system where PostgreSQL is running.',
        });
      if (['citext', 'pg_trgm', 'pg_stat_statements'].includes(s.name)) throw unsupported(`the extension ${s.name}`);
      return 'CREATE EXTENSION';
    case 'create database': {
      if (session.isBlock) throw new PgError('25001', 'CREATE DATABASE cannot run inside a transaction block');
      const { cluster } = session;
      if (cluster.databases.has(s.name)) throw new PgError('42P04', `database "${s.name}" already exists`);
      cluster.createDatabase(s.name);
      session.ensureXact().changes.push({ k: 'database', name: s.name });
      return 'CREATE DATABASE';
    }
    case 'create role': {
      const { roles } = session.cluster;
      if (roles.has(s.name)) throw new PgError('42710', `role "${s.name}" already exists`);
      roles.set(s.name, roles.get(session.user) ?? null);
      return 'CREATE ROLE';
    }
    case 'alter table':
      return yield* alter(session, s);
    case 'drop':
      return yield* dropObjects(session, s);
    case 'truncate':
      return yield* truncate(session, s);
    case 'lock table': {
      if (!session.isBlock) throw new PgError('25P01', 'LOCK TABLE can only be used in transaction blocks');
      const mode = MODES.indexOf(
        `${s.mode.replace(/(^| )(\w)/g, (_, _s, c: string) => c.toUpperCase())}Lock` as (typeof MODES)[number],
      );
      if (mode < 1) throw new PgError('42601', `syntax error at or near "${s.mode}"`);
      for (const path of s.names) {
        const table = session.database.table(path, session);
        if (!(yield* lockRelation(session, table.oid, mode, s.nowait)))
          throw new PgError('55P03', `could not obtain lock on relation "${table.name}"`);
      }
      return 'LOCK TABLE';
    }
    case 'comment':
      return 'COMMENT';
    case 'grant':
      return 'GRANT';
    case 'vacuum': {
      if (!s.analyze && session.isBlock) throw new PgError('25001', 'VACUUM cannot run inside a transaction block');
      for (const table of s.names.length
        ? s.names.map((path) => session.database.table(path, session))
        : session.database.tables(session)) {
        if (!s.analyze) vacuum(session.cluster, table);
        table.analyzedRows = table.heap.tuples.length;
      }
      return s.analyze ? 'ANALYZE' : 'VACUUM';
    }
    case 'reindex':
      return 'REINDEX';
    case 'explain':
      return yield* explain(session, s, sink);
    case 'listen':
      session.ensureXact();
      session.listen(s.channel, true);
      return 'LISTEN';
    case 'unlisten':
      session.ensureXact();
      session.listen(s.channel, false);
      return 'UNLISTEN';
    case 'notify':
      session.notify(s.channel, s.payload);
      return 'NOTIFY';
    case 'prepare': {
      if (session.prepared.has(s.name)) throw new PgError('42P05', `prepared statement "${s.name}" already exists`);
      const given = s.types.map((name) => session.database.type(name, session).type);
      const made: Prepared = { name: s.name, text, statement: s.statement, given, params: [], plan: null };
      planOf(session, made);
      session.prepared.set(s.name, made);
      return 'PREPARE';
    }
    case 'execute': {
      const found = session.prepared.get(s.name);
      if (!found) throw new PgError('26000', `prepared statement "${s.name}" does not exist`);
      if (found.statement && !isOptimizable(found.statement))
        return yield* utility(session, found.statement, text, sink);
      const planned = planOf(session, found);
      if (s.args.length !== planned.params.length)
        throw new PgError('42601', `wrong number of parameters for prepared statement "${s.name}"`, {
          detail: `Expected ${planned.params.length} parameters but got ${s.args.length}.`,
        });
      const a = new Analyzer(session);
      const x = session.execFor([]);
      const values = s.args.map((e, i) => {
        const ex = a.coerce(a.ex(e, new Scope(null)), planned.params[i]!, 'assignment');
        if (!ex)
          throw new PgError(
            '42804',
            `parameter $${i + 1} of type ${a.ex(e, new Scope(null)).type.name} cannot be coerced to the expected type ${planned.params[i]!.name}`,
            { hint: 'You will need to rewrite or cast the expression.' },
          ).at(e.at);
        return ex.fn([], x);
      });
      yield* runPlanned(session, () => planOf(session, found), values, sink, Infinity);
      return null;
    }
    case 'deallocate':
      if (s.name === null) session.prepared.clear();
      else if (!session.prepared.delete(s.name))
        throw new PgError('26000', `prepared statement "${s.name}" does not exist`);
      return s.name === null ? 'DEALLOCATE ALL' : 'DEALLOCATE';
    case 'declare': {
      if (!session.isBlock && !s.hold)
        throw new PgError('25P01', 'DECLARE CURSOR can only be used in transaction blocks');
      if (s.hold) throw unsupported('a cursor WITH HOLD');
      if (session.portals.has(s.name)) throw new PgError('42P03', `cursor "${s.name}" already exists`);
      const prepared: Prepared = { name: '', text, statement: s.query, given: [], params: [], plan: null };
      const { planned, x, rows, count } = yield* open(session, () => planOf(session, prepared), []);
      session.portals.set(s.name, {
        name: s.name,
        prepared,
        params: [],
        formats: [],
        rows,
        x,
        count,
        sent: 0,
        isDone: false,
        columns: planned.columns,
      });
      return 'DECLARE CURSOR';
    }
    case 'fetch': {
      const portal = session.portals.get(s.name);
      if (!portal) throw new PgError('34000', `cursor "${s.name}" does not exist`);
      return yield* fetch(portal, s.count, s.move, sink);
    }
    case 'close':
      if (s.name === null) session.portals.clear();
      else if (!session.portals.delete(s.name)) throw new PgError('34000', `cursor "${s.name}" does not exist`);
      return s.name === null ? 'CLOSE CURSOR ALL' : 'CLOSE CURSOR';
    case 'discard':
      if (s.what === 'all') {
        if (session.isBlock) throw new PgError('25001', 'DISCARD ALL cannot run inside a transaction block');
        session.portals.clear();
        session.prepared.clear();
        session.resetAll();
        session.channels.clear();
        session.cluster.locks.releaseWhere(
          session,
          ({ until, lock }) => until === null && lock.tag.type === 'advisory',
        );
      }
      return `DISCARD ${s.what.toUpperCase()}`;
    case 'checkpoint':
      yield {
        ...{ isWait: true, type: 'IPC', event: 'CheckpointDone', isInterruptible: true },
        start: (wake) => session.cluster.requestCheckpoint(wake),
        cancel() {},
      };
      return 'CHECKPOINT';
    default:
      throw unsupported(`the statement ${(s as Statement).k.toUpperCase()}`);
  }
}

const chained = (session: Session) => ({
  isolation: session.isolation,
  readOnly: session.isReadOnly,
  deferrable: session.isDeferrable,
});

function chainOn(session: Session, modes: ReturnType<typeof chained>): void {
  session.ensureXact();
  session.isBlock = true;
  session.setModes(modes);
}

function set(session: Session, name: string, value: string | null, local: boolean): void {
  if (name === 'transaction_isolation' && value !== null)
    session.setModes({ isolation: value.toLowerCase() as 'serializable' });
  else if (name === 'transaction_read_only' && value !== null)
    session.setModes({ readOnly: ['on', 'true', 'yes', '1'].includes(value) });
  else {
    if (local && !session.isBlock)
      session.notice('SET LOCAL can only be used in transaction blocks', 'WARNING', '25P01');
    if (name === 'client_encoding' && value !== null && !/^(utf-?8|unicode|sql_ascii)$/i.test(value))
      throw unsupported(`the client encoding "${value}"`);
    session.set(name, name === 'client_encoding' && value !== null ? 'UTF8' : value, local);
  }
}

function* fetch(portal: Portal, count: number, isMove: boolean, sink: Sink): Task<string> {
  if (!isMove) sink.columns(portal.columns!);
  let n = 0;
  if (!portal.isDone && count > 0)
    portal.isDone = yield* pull(portal.rows!, count, (row) => {
      n++;
      if (!isMove) sink.row(row);
    });
  return `${isMove ? 'MOVE' : 'FETCH'} ${n}`;
}

function* explain(session: Session, s: Statement & { k: 'explain' }, sink: Sink): Task<string> {
  if (!isOptimizable(s.statement)) throw unsupported('EXPLAIN of a utility statement');
  const inner = s.statement;
  let rows: number | null = null;
  const startUs = session.takeCost();
  let planned = plan(session, inner, null);
  let ranUs = 0;
  if (s.analyze) {
    const opened = yield* open(session, () => plan(session, inner, null), []);
    planned = opened.planned;
    let n = 0;
    yield* pull(opened.rows, Infinity, () => void n++);
    yield* session.endStatement(opened.x);
    ranUs = opened.x.statement.costUs;
    session.follow(null);
    rows = n;
  } else yield* session.lockTables(planned.used);
  session.spendUs(startUs);
  sink.columns([textColumn('QUERY PLAN')]);
  for (const line of explainText(planned.explain, s.costs, s.json, rows, ranUs)) sink.row([line]);
  return 'EXPLAIN';
}
