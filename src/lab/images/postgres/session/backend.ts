/** One connection: reads messages one after another and answers them. */

import { civilTime, two } from '../../civil-time.ts';
import type { ServerSocket } from '../../server.ts';
import { CONNECT_US, MESSAGE_US } from '../cost.ts';
import { PgError } from '../errors.ts';
import type { Task } from '../run/exec.ts';
import type { OutputColumn } from '../run/targets.ts';
import type { Parsed } from '../sql/ast.ts';
import { parse } from '../sql/parse.ts';
import { decodeText, fromBinary } from '../types/binary.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import type { Datum, Row } from '../types/values.ts';
import type { Cluster } from './cluster.ts';
import { Fields, type Message, type MessageReader, MessageWriter, ProtocolViolation } from './messages.ts';
import { isOptimizable, open, type Portal, type Prepared, planOf, pull, tagOf } from './portal.ts';
import { Runner } from './runner.ts';
import type { Session } from './session.ts';
import { REPORTED } from './settings.ts';
import { endsTransaction, execute, resultColumns, type Sink } from './statements.ts';

export interface BackendHooks {
  onClose(): void;
  onFatal(error: PgError): void;
}

export class Backend {
  readonly session: Session;
  readonly secret: number;
  private readonly cluster: Cluster;
  private readonly socket: ServerSocket;
  private readonly reader: MessageReader;
  private readonly out = new MessageWriter();
  private readonly runner: Runner;
  private readonly hooks: BackendHooks;
  /** After an error in the extended protocol all is skipped up to Sync. */
  private isSkipping = false;
  private isClosed = false;
  private isGone = false;
  private dying: PgError | null = null;
  private stopStatement: (() => void) | null = null;
  private stopIdle: (() => void) | null = null;
  private notices: (() => void)[] = [];
  private sql = '';

  constructor(
    cluster: Cluster,
    session: Session,
    secret: number,
    socket: ServerSocket,
    reader: MessageReader,
    hooks: BackendHooks,
  ) {
    this.cluster = cluster;
    this.session = session;
    this.secret = secret;
    this.socket = socket;
    this.reader = reader;
    this.hooks = hooks;
    this.runner = new Runner(session);
    session.onNotice = (notice) => {
      if (notice.severity === 'NOTICE' && ['warning', 'error'].includes(session.get('client_min_messages'))) return;
      this.out.notice(notice);
    };
    session.onParameter = (name, value) => {
      const shown = REPORTED[name];
      if (shown) this.out.parameter(shown, value);
    };
    session.onNotify = (pid, channel, payload) => {
      if (session.isBlock || (this.runner.isBusy && session.pid !== pid))
        this.notices.push(() => this.out.notification(pid, channel, payload));
      else if (session.pid === pid) this.notices.push(() => this.out.notification(pid, channel, payload));
      else {
        this.out.notification(pid, channel, payload);
        this.flush();
      }
    };
    session.onSignal = (kind) => (kind === 'cancel' ? this.cancel() : this.terminate());
    socket.onData = (chunk) => {
      reader.push(chunk);
      this.pump();
    };
    socket.onEnd = () => {
      this.isGone = true;
      if (!this.runner.isBusy) this.close();
    };
    socket.onClose = () => {
      this.isGone = true;
      // What waits for a lock goes on waiting, as PostgreSQL's backend does not look at its socket meanwhile.
      if (!this.runner.isBusy) this.close();
    };
  }

  start(): void {
    this.reader.isInSession = true;
    this.cluster.machine.burn(CONNECT_US);
    this.out.auth(0);
    for (const name of Object.keys(REPORTED)) this.out.parameter(REPORTED[name]!, this.session.get(name));
    this.out.keyData(this.session.pid, this.secret);
    this.ready();
    this.pump();
  }

  cancel(): void {
    this.runner.throwIn(new PgError('57014', 'canceling statement due to user request'));
  }

  terminate(
    error = new PgError('57P01', 'terminating connection due to administrator command', { severity: 'FATAL' }),
  ): void {
    if (this.isClosed) return;
    this.dying = error;
    if (this.runner.isBusy) this.runner.throwIn(error);
    else this.die(error);
  }

  private die(error: PgError): void {
    this.out.error(error, undefined);
    this.flush();
    this.hooks.onFatal(error);
    this.close();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopTimers();
    this.runner.stop();
    this.session.close();
    this.socket.end();
    this.hooks.onClose();
  }

  /** The server stops at once: no word to anybody. */
  drop(): void {
    this.isClosed = true;
    this.stopTimers();
    this.runner.stop();
  }

  private stopTimers(): void {
    this.stopStatement?.();
    this.stopIdle?.();
    this.stopStatement = null;
    this.stopIdle = null;
  }

  private flush(): void {
    if (this.out.length && !this.isGone) this.socket.write(this.out.take());
    else this.out.take();
  }

  private setState(state: Session['state']): void {
    const { session } = this;
    session.state = state;
    session.stateSinceMs = this.cluster.machine.wallMs();
  }

  /** Takes messages as long as nothing waits. */
  private pump() {
    while (!this.isClosed && !this.runner.isBusy) {
      const message = this.reader.next();
      if (message === null) break;
      // PostgreSQL says it to its log only.
      if (message === 'bad') return this.close();
      this.cluster.machine.burn(MESSAGE_US);
      this.handle(message);
    }
    if (this.isGone && !this.isClosed && !this.runner.isBusy) this.close();
  }

  private handle(message: Message) {
    const { type, body } = message;
    if (this.isSkipping && type !== 'S' && type !== 'X') {
      if (!'PBEDCHdcfFQ'.includes(type)) this.die(invalidType(type));
      return;
    }
    this.stopIdle?.();
    this.stopIdle = null;
    const fields = new Fields(body);
    switch (type) {
      case 'Q':
        return this.guard(() => {
          const sql = decodeText(fields.text());
          fields.end();
          this.begin(sql);
          this.runner.run(this.simple(sql), (error) => this.finished(error, true));
        }, true);
      case 'P':
        return this.extended(() => this.parse(fields));
      case 'B':
        return this.extended(() => this.bind(fields));
      case 'D':
        return this.extended(() => this.describe(fields));
      case 'E':
        return this.extended(() => this.executePortal(fields));
      case 'C':
        return this.extended(() => this.closeOne(fields));
      case 'H':
        return this.extended(() => {
          fields.end();
          this.flush();
          return null;
        });
      case 'S':
        this.isSkipping = false;
        if (fields.left) return this.finished(new ProtocolViolation('invalid message format'), true);
        this.runner.run(this.sync(), (error) => this.finished(error, true));
        return;
      case 'X':
        return this.close();
      case 'd':
      case 'c':
      case 'f':
        return;
      case 'F':
        return this.guard(() => {
          const oid = fields.int32() >>> 0;
          // The lab's functions have no numbers.
          throw new PgError('42883', `function with OID ${oid} does not exist`);
        }, true);
      default:
        return this.die(invalidType(type));
    }
  }

  /** The beginning of a statement: its timeout runs from here. */
  private begin(sql: string): void {
    const { session, cluster } = this;
    this.sql = sql;
    session.query = sql.slice(0, 1023);
    session.queryStartMs = cluster.machine.wallMs();
    session.statementUs = Math.round((cluster.machine.wallMs() - 946_684_800_000) * 1000);
    if (session.state !== 'active') this.setState('active');
    if (!this.stopStatement) {
      const ms = session.timeoutMs('statement_timeout');
      if (ms > 0)
        this.stopStatement = cluster.machine.after(ms, () =>
          this.runner.throwIn(new PgError('57014', 'canceling statement due to statement timeout')),
        );
    }
    this.startedMs = cluster.machine.nowMs();
  }

  private startedMs = 0;

  /** Runs what cannot wait; its errors are the client's. */
  private guard(run: () => void, isSimple: boolean): void {
    try {
      run();
    } catch (error) {
      this.finished(error, isSimple);
    }
  }

  private extended(make: () => Task | null): void {
    let task: Task | null;
    try {
      task = make();
    } catch (error) {
      this.failExtended(error);
      return;
    }
    if (!task) return;
    this.runner.run(task, (error) => {
      if (error !== null) this.failExtended(error);
      if (this.dying) return;
      // What was read meanwhile.
      this.pump();
    });
  }

  private failExtended(error: unknown): void {
    this.fail(error);
    this.isSkipping = true;
  }

  /** The end of a simple query, or of Sync. */
  private finished(error: unknown, isReady: boolean): void {
    if (error !== null) this.fail(error);
    if (this.isClosed) return;
    this.stopStatement?.();
    this.stopStatement = null;
    if (isReady) this.ready();
    this.pump();
  }

  private ready(): void {
    const { session } = this;
    if (!session.isBlock) {
      for (const tell of this.notices) tell();
      this.notices = [];
    }
    this.out.ready(session.isFailed ? 'E' : session.isBlock ? 'T' : 'I');
    this.setState(
      session.isFailed ? 'idle in transaction (aborted)' : session.isBlock ? 'idle in transaction' : 'idle',
    );
    this.flush();
    const name = session.isBlock ? 'idle_in_transaction_session_timeout' : 'idle_session_timeout';
    const ms = session.timeoutMs(name);
    if (ms > 0) {
      const error = session.isBlock
        ? new PgError('25P03', 'terminating connection due to idle-in-transaction timeout', { severity: 'FATAL' })
        : new PgError('57P05', 'terminating connection due to idle-session timeout', { severity: 'FATAL' });
      this.stopIdle = this.cluster.machine.after(ms, () => this.terminate(error));
    }
  }

  /** Tells the client, and undoes what must be undone. */
  private fail(thrown: unknown): void {
    const error = asPgError(thrown);
    const { session } = this;
    this.operation(error.code);
    this.log(error);
    session.follow(null);
    if (error.fields.severity === 'PANIC') {
      this.cluster.onPanic(error.message);
      return;
    }
    if (session.isBlock) {
      session.isFailed = true;
      if (session.xact) abortInner(session);
    } else session.abort();
    this.out.error(error, position(this.sql, error.fields.position));
    this.flush();
    if (error.fields.severity === 'FATAL') {
      this.flush();
      this.hooks.onFatal(error);
      this.close();
    }
  }

  private log(error: PgError): void {
    const { machine } = this.cluster;
    const stamp = logStamp(machine.wallMs(), this.session.pid);
    machine.log(
      `${stamp} ${error.fields.severity ?? 'ERROR'}:  ${error.message}${error.fields.position ? ` at character ${error.fields.position}` : ''}`,
      'stderr',
    );
    if (error.fields.detail) machine.log(`${stamp} DETAIL:  ${error.fields.detail}`, 'stderr');
    if (error.fields.hint) machine.log(`${stamp} HINT:  ${error.fields.hint}`, 'stderr');
    if (error.fields.where) machine.log(`${stamp} CONTEXT:  ${error.fields.where}`, 'stderr');
    if (this.sql) machine.log(`${stamp} STATEMENT:  ${this.sql}`, 'stderr');
  }

  private operation(error?: string): void {
    const name = /^\s*(\w+)/.exec(this.sql)?.[1]?.toUpperCase() ?? '';
    if (name)
      this.cluster.machine.operation({
        connection: this.socket.id,
        name,
        text: this.sql.slice(0, 200),
        startMs: this.startedMs,
        ...(error ? { error } : {}),
      });
  }

  // Simple query

  private *simple(sql: string): Task {
    const { session } = this;
    let parsed: Parsed[];
    try {
      parsed = parse(sql);
    } catch (error) {
      session.ensureXact();
      throw error;
    }
    if (parsed.length === 0) this.out.empty('I');
    const isMany = parsed.length > 1;
    for (const one of parsed) {
      const { statement } = one;
      if (session.isFailed && !endsTransaction(statement)) throw session.failedBlock();
      if (isMany && statement.k === 'vacuum' && !statement.analyze)
        throw new PgError('25001', 'VACUUM cannot run inside a transaction block');
      session.ensureXact();
      yield* execute(session, one, sql, this.sink([]));
      if (this.out.length > 8192) this.flush();
    }
    if (!session.isBlock) yield* session.commit();
    this.operation();
  }

  private sink(formats: readonly number[]): Sink {
    let columns: readonly OutputColumn[] = [];
    const text = (type: Type, v: Datum) => this.textOf(type, v);
    return {
      columns: (given) => {
        columns = given;
        this.out.columns(given, spread(formats, given.length));
      },
      row: (row) => {
        this.out.row(row, columns, spread(formats, columns.length), text);
        if (this.out.length > 65536) this.flush();
      },
      complete: (tag) => this.out.complete(tag),
    };
  }

  private textOf(type: Type, v: Datum): string {
    if (type === T.REGCLASS || type === T.REGTYPE || type === T.REGNAMESPACE || type === T.REGPROC)
      return this.session.database.regText(type, v, this.session);
    return type.text(v);
  }

  // Extended query

  private *parse(fields: Fields): Task {
    const { session } = this;
    const name = decodeText(fields.text());
    const sql = decodeText(fields.text());
    const oids = Array.from({ length: fields.int16() }, () => fields.int32());
    fields.end();
    // A type that does not exist matters only where it is used, and is then open.
    const given = oids.map((oid) => (oid === 0 || oid === 705 ? null : (session.database.typeByOid(oid) ?? null)));
    this.begin(sql);
    session.ensureXact();
    const parsed = parse(sql);
    if (parsed.length > 1) throw new PgError('42601', 'cannot insert multiple commands into a prepared statement');
    const statement = parsed[0]?.statement ?? null;
    if (session.isFailed && statement && !endsTransaction(statement)) throw session.failedBlock();
    if (name && session.prepared.has(name)) throw new PgError('42P05', `prepared statement "${name}" already exists`);
    const made: Prepared = {
      name,
      text: sql,
      statement,
      given,
      params: given.map((type) => type ?? T.TEXT),
      plan: null,
    };
    if (statement && isOptimizable(statement)) planOf(session, made);
    session.prepared.set(name, made);
    this.out.empty('1');
  }

  private statement(name: string): Prepared {
    const found = this.session.prepared.get(name);
    if (!found)
      throw new PgError(
        '26000',
        name ? `prepared statement "${name}" does not exist` : 'unnamed prepared statement does not exist',
      );
    return found;
  }

  private *bind(fields: Fields): Task {
    const { session } = this;
    const name = decodeText(fields.text());
    const prepared = this.statement(decodeText(fields.text()));
    if (prepared.text !== this.sql) this.begin(prepared.text);
    const formats = Array.from({ length: fields.int16() }, () => fields.int16());
    const count = fields.int16();
    const raw = Array.from({ length: count }, () => {
      const length = fields.int32();
      return length === -1 ? null : fields.take(length);
    });
    const results = Array.from({ length: fields.int16() }, () => fields.int16());
    fields.end();
    session.ensureXact();
    if (session.isFailed && prepared.statement && !endsTransaction(prepared.statement)) throw session.failedBlock();
    if (formats.length > 1 && formats.length !== count)
      throw new PgError('08P01', `bind message has ${formats.length} parameter formats but ${count} parameters`);
    const types =
      prepared.statement && isOptimizable(prepared.statement) ? planOf(session, prepared).params : prepared.params;
    if (types.length !== count)
      throw new PgError(
        '08P01',
        `bind message supplies ${count} parameters, but prepared statement "${prepared.name}" requires ${types.length}`,
      );
    if (name && session.portals.has(name)) throw new PgError('42P03', `cursor "${name}" already exists`);
    session.enter();
    const params = raw.map((bytes, i) => {
      if (bytes === null) return null;
      const format = formats.length === 1 ? formats[0]! : (formats[i] ?? 0);
      if (format > 1) throw new PgError('22023', `unsupported format code: ${format}`);
      try {
        return this.parameter(types[i]!, bytes, format);
      } catch (error) {
        if (error instanceof PgError && format === 0)
          error.fields = {
            ...error.fields,
            where: `${name ? `portal "${name}"` : 'unnamed portal'} parameter $${i + 1} = '...'`,
          };
        throw error;
      }
    });
    const columns = resultColumns(session, prepared);
    if (columns && results.length > 1 && results.length !== columns.length)
      throw new PgError(
        '08P01',
        `bind message has ${results.length} result formats but query has ${columns.length} columns`,
      );
    session.portals.set(name, {
      name,
      prepared,
      params,
      formats: results,
      rows: null,
      x: null,
      count: { n: 0 },
      sent: 0,
      isDone: false,
      columns,
    });
    this.out.empty('2');
  }

  private parameter(type: Type, bytes: Uint8Array, format: number): Datum {
    if (format === 1) return fromBinary(type, bytes);
    const text = decodeText(bytes);
    if (type === T.REGCLASS || type === T.REGTYPE || type === T.REGNAMESPACE)
      return this.session.database.resolveReg(type, text, this.session);
    return type.parse(text);
  }

  private describe(fields: Fields): null {
    const { session } = this;
    const kind = fields.byte();
    const name = decodeText(fields.text());
    fields.end();
    session.ensureXact();
    if (kind === 'S') {
      const prepared = this.statement(name);
      if (session.isFailed && prepared.statement && !endsTransaction(prepared.statement)) throw session.failedBlock();
      const columns = resultColumns(session, prepared);
      this.out.parameters(prepared.params);
      if (columns) this.out.columns(columns, []);
      else this.out.empty('n');
    } else if (kind === 'P') {
      const portal = this.portal(name);
      if (session.isFailed && portal.prepared.statement && !endsTransaction(portal.prepared.statement))
        throw session.failedBlock();
      if (portal.columns) this.out.columns(portal.columns, spread(portal.formats, portal.columns.length));
      else this.out.empty('n');
    } else throw new PgError('08P01', `invalid DESCRIBE message subtype ${kind.charCodeAt(0)}`);
    return null;
  }

  private portal(name: string): Portal {
    const found = this.session.portals.get(name);
    if (!found) throw new PgError('34000', `portal "${name}" does not exist`);
    return found;
  }

  private *executePortal(fields: Fields): Task {
    const { session, out } = this;
    const portal = this.portal(decodeText(fields.text()));
    const limit = fields.int32();
    const max = limit > 0 ? limit : Infinity;
    fields.end();
    const { prepared } = portal;
    const { statement } = prepared;
    this.begin(prepared.text);
    if (!statement) return out.empty('I');
    if (session.isFailed && !endsTransaction(statement)) throw session.failedBlock();
    session.ensureXact();
    if (portal.isDone) {
      out.complete(isOptimizable(statement) ? tagOf(statement, 0, 0) : '');
      return;
    }
    if (!isOptimizable(statement)) {
      portal.isDone = true;
      let columns: readonly OutputColumn[] = [];
      const sink: Sink = {
        columns: (given) => {
          columns = given;
        },
        row: (row) => out.row(row, columns, spread(portal.formats, columns.length), (type, v) => this.textOf(type, v)),
        complete: (tag) => out.complete(tag),
      };
      yield* execute(session, { statement, start: 0, end: prepared.text.length }, prepared.text, sink);
      this.operation();
      return;
    }
    if (!portal.rows) {
      const opened = yield* open(session, () => planOf(session, prepared), portal.params);
      Object.assign(portal, { rows: opened.rows, x: opened.x, count: opened.count });
    } else session.follow(portal.x!.statement);
    const columns = portal.columns;
    const formats = columns ? spread(portal.formats, columns.length) : [];
    let sent = 0;
    const isOver = yield* pull(portal.rows!, columns ? max : Infinity, (row: Row) => {
      if (!columns) return;
      sent++;
      out.row(row, columns, formats, (type, v) => this.textOf(type, v));
      if (out.length > 65536) this.flush();
    });
    portal.sent += sent;
    if (!isOver) {
      out.empty('s');
      session.follow(null);
      return;
    }
    portal.isDone = true;
    yield* session.endStatement(portal.x!);
    session.follow(null);
    out.complete(tagOf(statement, sent, portal.count.n));
    this.operation();
  }

  private closeOne(fields: Fields): null {
    const kind = fields.byte();
    const name = decodeText(fields.text());
    fields.end();
    if (kind === 'S') this.session.prepared.delete(name);
    else if (kind === 'P') this.session.portals.delete(name);
    else throw new PgError('08P01', `invalid CLOSE message subtype ${kind.charCodeAt(0)}`);
    this.out.empty('3');
    return null;
  }

  private *sync(): Task {
    const { session } = this;
    if (!session.isBlock) {
      if (session.isFailed) session.abort();
      else yield* session.commit();
    }
    session.portals.delete('');
  }
}

/** What the savepoints and the statement have done stays until the client says; locks go when it does. */
function abortInner(session: Session): void {
  session.abortCurrent();
}

const spread = (formats: readonly number[], n: number): readonly number[] =>
  formats.length === 1 ? new Array(n).fill(formats[0]) : formats;

const invalidType = (type: string) =>
  new PgError('08P01', `invalid frontend message type ${type.charCodeAt(0)}`, { severity: 'FATAL' });

/** Positions count characters, not UTF-16 units. */
function position(sql: string, at: number | undefined): number | undefined {
  if (at === undefined || !/[\ud800-\udbff]/.test(sql)) return at;
  return [...sql.slice(0, at - 1)].length + 1;
}

export function asPgError(thrown: unknown): PgError {
  if (thrown instanceof PgError) return thrown;
  if (thrown instanceof ProtocolViolation) return new PgError('08P01', thrown.message);
  if (thrown instanceof RangeError && /call stack|too much recursion/i.test(thrown.message))
    return new PgError('54001', 'stack depth limit exceeded', {
      hint: 'Increase the configuration parameter "max_stack_depth" (currently 2048kB), after ensuring the platform\'s stack depth limit is adequate.',
    });
  return new PgError(
    'XX000',
    `internal error of the lab's PostgreSQL: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
  );
}

/** `2026-01-01 10:00:00.000 UTC [pid]` */
export function logStamp(wallMs: number, pid: number): string {
  const { year, month, day, hour, minute, second, ms } = civilTime(wallMs);
  const millis = String(ms).padStart(3, '0');
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}.${millis} UTC [${pid}]`;
}
