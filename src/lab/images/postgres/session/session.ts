/** One session: its transaction, its settings, and what it has prepared. */
import type { Database } from '../catalog/database.ts';
import type { ForeignKey, Sequence, View } from '../catalog/objects.ts';
import { PgError } from '../errors.ts';
import { Analyzer } from '../run/analyzer.ts';
import type { Exec, StatementState, Task, Wait } from '../run/exec.ts';
import { runAfter } from '../run/foreign.ts';
import { Scope } from '../run/scope.ts';
import { planSelect } from '../run/select.ts';
import type { OutputColumn } from '../run/targets.ts';
import { lockRelation, writer } from '../run/waits.ts';
import type { TransactionModes } from '../sql/ast.ts';
import type { Held, LockOwner, Waiter } from '../storage/locks.ts';
import { commitRecord } from '../storage/records.ts';
import type { SerializableXact } from '../storage/ssi.ts';
import { vacuumIfDue } from '../storage/vacuum.ts';
import { type Snapshot, Xact } from '../storage/xact.ts';
import { wallToUs } from '../types/binary.ts';
import { clock } from '../types/clock.ts';
import type { Datum } from '../types/values.ts';
import type { Cluster } from './cluster.ts';
import type { Portal, Prepared } from './portal.ts';
import { checkSetting, durationMs, SETTINGS } from './settings.ts';

export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

export interface Notice {
  readonly severity: 'NOTICE' | 'WARNING' | 'INFO';
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
}

/** Of a wait for the disk: a commit is not interrupted. */
class SyncWait implements Wait {
  readonly isWait = true;
  readonly type = 'IO';
  readonly event = 'WALSync';
  readonly isInterruptible = false;
  private readonly cluster: Cluster;
  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }
  start(wake: () => void): void {
    this.cluster.wal!.sync(wake);
  }
  cancel(): void {}
}

export class Session implements LockOwner {
  readonly cluster: Cluster;
  readonly database: Database;
  readonly user: string;
  readonly pid: number;
  /** Of somebody who only watches: what it does costs the server nothing. */
  isFree = false;
  waiter: Waiter | null = null;
  readonly held: Held[] = [];

  /** Innermost running (sub)transaction. */
  xact: Xact | null = null;
  /** Between BEGIN and COMMIT. */
  isBlock = false;
  isFailed = false;
  isolation: Isolation = 'read committed';
  isReadOnly = false;
  isDeferrable = false;
  serializable: SerializableXact | null = null;
  private fixedSeq: number | null = null;
  /** Snapshot of the statement that runs, so that vacuum keeps what it sees. */
  private statementSeq: number | null = null;
  private command = 0;
  hasQueried = false;
  deferred: (() => Task)[] = [];
  private deferredAll: boolean | null = null;
  private readonly deferredNames = new Map<string, boolean>();

  nowUs = 0;
  statementUs = 0;
  xactStartMs = 0;
  queryStartMs = 0;
  stateSinceMs = 0;
  readonly startMs: number;
  query = '';
  state: 'active' | 'idle' | 'idle in transaction' | 'idle in transaction (aborted)' = 'idle';
  wait: Wait | null = null;
  clientAddress = '';
  clientPort = 0;

  readonly prepared = new Map<string, Prepared>();
  readonly portals = new Map<string, Portal>();
  private readonly settings = new Map<string, string>();
  private readonly localSettings = new Map<string, string | null>();
  readonly channels = new Set<string>();
  private listening: { channel: string | null; on: boolean }[] = [];
  private notifications: { channel: string; payload: string }[] = [];
  private readonly values = new Map<number, bigint>();
  private lastSequence: number | null = null;

  private pendingUs = 0;
  private current: StatementState | null = null;

  onNotice: (notice: Notice) => void = () => {};
  onParameter: (name: string, value: string) => void = () => {};
  onNotify: (pid: number, channel: string, payload: string) => void = () => {};
  /** Cancels what it runs, or ends it. */
  onSignal: (kind: 'cancel' | 'terminate') => void = () => {};

  constructor(cluster: Cluster, database: Database, user: string, pid: number) {
    this.cluster = cluster;
    this.database = database;
    this.user = user;
    this.pid = pid;
    this.startMs = cluster.machine.wallMs();
    this.stateSinceMs = this.startMs;
  }

  notice(message: string, severity: Notice['severity'] = 'NOTICE', code = '00000', detail?: string): void {
    this.onNotice({ severity, code, message, ...(detail ? { detail } : {}) });
  }

  // Settings

  get(name: string): string {
    if (name === 'transaction_isolation') return this.xact ? this.isolation : this.get('default_transaction_isolation');
    if (name === 'transaction_read_only') return this.isReadOnly ? 'on' : 'off';
    if (name === 'session_authorization') return this.user;
    const value = this.settings.get(name) ?? this.cluster.settings.get(name) ?? SETTINGS[name]?.value;
    if (value === undefined) throw new PgError('42704', `unrecognized configuration parameter "${name}"`);
    return value;
  }

  /** Undone when the transaction is; `local` at its end in any case. */
  set(name: string, value: string | null, local: boolean): void {
    const text = value === null ? null : checkSetting(name, value);
    if (value === null && !Object.hasOwn(SETTINGS, name) && !name.includes('.')) checkSetting(name, '');
    const old = this.settings.get(name) ?? null;
    const put = (v: string | null) => {
      if (v === null) this.settings.delete(name);
      else this.settings.set(name, v);
      if (SETTINGS[name]?.isReported) this.onParameter(name, this.get(name));
      if (name === 'search_path') this.pathCache = null;
    };
    put(text);
    if (!this.xact) return;
    this.xact.undo.push(() => put(old));
    if (local && !this.localSettings.has(name)) this.localSettings.set(name, old);
  }

  /** From the startup message. */
  setAtStart(name: string, value: string): void {
    this.settings.set(name, checkSetting(name, value));
  }

  resetAll(): void {
    for (const name of [...this.settings.keys()]) this.set(name, null, false);
  }

  timeoutMs(name: string): number {
    return durationMs(this.get(name));
  }

  private pathCache: string[] | null = null;

  /** Schemas in which names without one are looked for. */
  get searchPath(): readonly string[] {
    this.pathCache ??= this.get('search_path')
      .split(',')
      .map((one) => one.trim().replace(/^"(.*)"$/, '$1'))
      .map((one) => (one === '$user' ? this.user : one))
      .filter(Boolean);
    return this.pathCache;
  }

  /** Where new objects go. */
  get currentSchema(): string | null {
    const names = this.database.schemaNames(this);
    return this.searchPath.find((one) => names.includes(one)) ?? null;
  }

  // Time and cost

  clockUs(x: Exec | null): number {
    return wallToUs(this.cluster.machine.wallMs()) + Math.round((x?.statement.costUs ?? 0) + this.pendingUs);
  }

  spendUs(us: number): void {
    this.pendingUs += us;
  }

  /** What has been worked since it was asked last, µs. */
  takeCost(): number {
    if (this.isFree) return 0;
    const us = this.pendingUs + (this.current?.costUs ?? 0);
    this.pendingUs = 0;
    if (this.current) this.current.costUs = 0;
    return us;
  }

  /** Before each turn: the types know the time from here. */
  enter(): void {
    clock.nowUs = this.xact ? this.nowUs : wallToUs(this.cluster.machine.wallMs());
  }

  // Transactions

  get xid(): number {
    return this.xact?.top.xid ?? 0;
  }

  get heldSnapshot(): number | null {
    return this.fixedSeq ?? this.statementSeq;
  }

  /** Starts the transaction that a statement runs in, if there is none. */
  ensureXact(): Xact {
    if (this.xact) return this.xact;
    this.xact = new Xact(this);
    this.nowUs = wallToUs(this.cluster.machine.wallMs());
    this.xactStartMs = this.cluster.machine.wallMs();
    clock.nowUs = this.nowUs;
    this.command = 0;
    this.hasQueried = false;
    const level = this.get('default_transaction_isolation');
    this.isolation = level === 'read uncommitted' ? 'read committed' : (level as Isolation);
    this.isReadOnly = this.get('default_transaction_read_only') === 'on';
    this.isDeferrable = this.get('default_transaction_deferrable') === 'on';
    return this.xact;
  }

  setModes(modes: TransactionModes): void {
    const { isolation, readOnly, deferrable } = modes;
    if (isolation !== undefined) {
      const level = isolation === 'read uncommitted' ? 'read committed' : isolation;
      if (level !== this.isolation && this.hasQueried)
        throw new PgError('25001', 'SET TRANSACTION ISOLATION LEVEL must be called before any query');
      if (level !== this.isolation && this.xact?.parent)
        throw new PgError('25001', 'SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction');
      this.isolation = level;
    }
    if (readOnly !== undefined) {
      if (!readOnly && this.isReadOnly && this.hasQueried)
        throw new PgError('25001', 'transaction read-write mode must be set before any query');
      this.isReadOnly = readOnly;
    }
    if (deferrable !== undefined) this.isDeferrable = deferrable;
  }

  /** The snapshot that a new statement reads with. */
  snapshot(isLatest = false): Snapshot {
    const { commitSeq } = this.cluster;
    const xact = this.ensureXact().top;
    this.hasQueried = true;
    if (this.isolation !== 'read committed' && this.fixedSeq === null) {
      this.fixedSeq = commitSeq;
      if (this.isolation === 'serializable') this.serializable = this.cluster.ssi.begin(xact, this.isReadOnly);
    }
    const seq = isLatest ? commitSeq : (this.fixedSeq ?? commitSeq);
    this.statementSeq ??= seq;
    return { commitSeq: seq, xact, command: this.command };
  }

  /** What a statement runs with; its writes are seen by later commands only. */
  execFor(params: readonly Datum[], isLatest = false): Exec {
    this.command++;
    const statement: StatementState = { ctes: new Map(), costUs: 0, command: this.command, after: [] };
    const snapshot = this.snapshot(isLatest);
    return { session: this, snapshot, params, outer: null, parent: null, statement, recheck: null, cache: new Map() };
  }

  follow(statement: StatementState | null): void {
    if (this.current) this.pendingUs += this.current.costUs;
    if (this.current) this.current.costUs = 0;
    this.current = statement;
    if (!statement) this.statementSeq = null;
  }

  *endStatement(x: Exec): Task {
    yield* runAfter(x);
  }

  savepoint(name: string): void {
    this.xact = new Xact(this, this.xact!, name);
  }

  private findSavepoint(name: string): Xact {
    for (let one = this.xact; one?.parent; one = one.parent) if (one.name === name) return one;
    throw new PgError('3B001', `savepoint "${name}" does not exist`);
  }

  /** RELEASE: what was done becomes the outer transaction's. */
  release(name: string): void {
    const to = this.findSavepoint(name);
    for (;;) {
      const one = this.xact!;
      this.merge(one);
      if (one === to) return;
    }
  }

  private merge(one: Xact): void {
    const parent = one.parent!;
    parent.changes.push(...one.changes);
    parent.undo.push(...one.undo);
    one.changes = [];
    one.undo = [];
    for (const held of this.held) if (held.until === one) held.until = parent;
    this.xact = parent;
  }

  /** ROLLBACK TO: undone, and the savepoint begins anew. */
  rollbackTo(name: string): void {
    const to = this.findSavepoint(name);
    while (this.xact !== to) this.abortSub();
    this.abortSub();
    this.isFailed = false;
    this.savepoint(name);
  }

  private abortSub(): void {
    const one = this.xact!;
    one.setState('aborted', 0);
    for (const undo of one.undo.reverse()) undo();
    this.xact = one.parent;
    this.cluster.locks.releaseWhere(this, ({ until }) => until === one);
  }

  isDeferred(fk: ForeignKey): boolean {
    if (!fk.deferrable) return false;
    return this.deferredNames.get(fk.name) ?? this.deferredAll ?? fk.deferred;
  }

  *setConstraints(names: readonly string[] | null, deferred: boolean): Task {
    if (names === null) {
      this.deferredAll = deferred;
      this.deferredNames.clear();
    } else for (const name of names) this.deferredNames.set(name, deferred);
    if (!deferred) yield* this.runDeferred();
  }

  private *runDeferred(): Task {
    while (this.deferred.length) yield* this.deferred.shift()!();
  }

  /** COMMIT. Throws when the transaction cannot be committed; the caller then aborts. */
  *commit(): Task {
    const { cluster, xact } = this;
    if (!xact) return;
    yield* this.runDeferred();
    while (this.xact!.parent) this.merge(this.xact!);
    const top = this.xact!;
    if (this.serializable) cluster.ssi.prepare(this.serializable);
    const record = commitRecord(top);
    if (record && cluster.wal) {
      cluster.wal.append(record);
      top.isLogged = true;
      if (this.get('synchronous_commit') !== 'off') yield new SyncWait(cluster);
    }
    top.setState('committed', ++cluster.commitSeq);
    if (this.serializable) cluster.ssi.end(this.serializable, true);
    // What was dropped is gone for everybody.
    for (const change of top.changes)
      if (change.k === 'drop') {
        const { relations, types, schemas } = this.database;
        (change.kind === 'type' ? types : change.kind === 'schema' ? schemas : relations).delete(change.oid);
        this.database.changed();
      }
    const { notifications, listening } = this;
    this.finish(top);
    for (const { channel, on } of listening) {
      if (channel === null) this.channels.clear();
      else if (on) this.channels.add(channel);
      else this.channels.delete(channel);
    }
    if (notifications.length)
      for (const session of [...cluster.sessions])
        for (const { channel, payload } of notifications)
          if (session.channels.has(channel)) session.onNotify(this.pid, channel, payload);
    vacuumIfDue(cluster, top);
    if (record) cluster.onCheckpointDue();
  }

  /** After an error in a block: the innermost (sub)transaction is undone at once, and its locks go, as AbortCurrentTransaction does. */
  abortCurrent(): void {
    const one = this.xact;
    if (one?.state !== 'running') return;
    if (one.parent) {
      one.setState('aborted', 0);
      for (const undo of one.undo.reverse()) undo();
      one.undo = [];
      this.cluster.locks.releaseWhere(this, ({ until }) => until === one);
      return;
    }
    const undo = [...one.undo].reverse();
    one.undo = [];
    one.setState('aborted', 0);
    for (const run of undo) run();
    if (this.serializable) this.cluster.ssi.end(this.serializable, false);
    this.cluster.locks.releaseWhere(this, ({ until }) => until !== null);
    this.fixedSeq = null;
    this.statementSeq = null;
    this.portals.clear();
  }

  /** ROLLBACK of everything. */
  abort(): void {
    const top = this.xact?.top;
    if (!top) return;
    const undo: (() => void)[] = [];
    for (let one: Xact | null = this.xact; one; one = one.parent) undo.push(...[...one.undo].reverse());
    top.setState('aborted', 0);
    for (const one of undo) one();
    if (this.serializable) this.cluster.ssi.end(this.serializable, false);
    this.finish(top);
  }

  private finish(_top: Xact): void {
    this.xact = null;
    this.isBlock = false;
    this.isFailed = false;
    this.serializable = null;
    this.fixedSeq = null;
    this.statementSeq = null;
    this.isReadOnly = false;
    this.deferred = [];
    this.deferredAll = null;
    this.deferredNames.clear();
    this.notifications = [];
    this.listening = [];
    for (const [name, old] of this.localSettings) {
      if (old === null) this.settings.delete(name);
      else this.settings.set(name, old);
      if (SETTINGS[name]?.isReported) this.onParameter(name, this.get(name));
      if (name === 'search_path') this.pathCache = null;
    }
    this.localSettings.clear();
    this.current = null;
    this.portals.clear();
    this.cluster.locks.releaseWhere(this, ({ until }) => until !== null);
  }

  /** The connection is over. */
  close(): void {
    this.abort();
    this.cluster.locks.releaseWhere(this, () => true);
    for (const one of [...this.database.relations.values()])
      if (one.kind === 'table' && one.temp === this) {
        this.database.relations.delete(one.oid);
        this.database.changed();
      }
    this.cluster.sessions.delete(this);
  }

  // Notifications

  listen(channel: string | null, on: boolean): void {
    this.listening.push({ channel, on });
  }

  notify(channel: string, payload: string): void {
    if (channel === '') throw new PgError('22023', 'channel name cannot be empty');
    if (new TextEncoder().encode(payload).length >= 8000) throw new PgError('22023', 'payload string too long');
    if (!this.notifications.some((one) => one.channel === channel && one.payload === payload))
      this.notifications.push({ channel, payload });
  }

  /** What a view shows. */
  columnsOf(view: View): OutputColumn[] {
    const { columns } = planSelect(new Analyzer(this), view.query, new Scope(null));
    return columns.map((one, i) => ({ ...one, name: view.cols?.[i] ?? one.name }));
  }

  // Sequences

  private sequence(oid: number): Sequence {
    const found = this.database.relations.get(oid);
    if (!found) throw new PgError('42P01', `relation with OID ${oid} does not exist`);
    if (found.kind !== 'sequence') throw new PgError('42809', `"${found.name}" is not a sequence`);
    return found;
  }

  /** Not undone by a rollback. The WAL allows 32 values ahead, so a crash leaves a gap, as in PostgreSQL. */
  nextValue(oid: number): bigint {
    const s = this.sequence(oid);
    if (this.isReadOnly) throw new PgError('25006', 'cannot execute nextval() in a read-only transaction');
    let next = s.isCalled ? s.last + s.increment : s.last;
    if (next > s.max || next < s.min) {
      if (!s.cycle)
        throw new PgError(
          '2200H',
          `nextval: reached ${next > s.max ? 'maximum' : 'minimum'} value of sequence "${s.name}" (${next > s.max ? s.max : s.min})`,
        );
      next = next > s.max ? s.min : s.max;
    }
    s.last = next;
    s.isCalled = true;
    if (s.logged <= 0) {
      s.logged = 32;
      writer(this).changes.push({ k: 'sequence', oid, last: next + s.increment * 32n, isCalled: true });
    } else s.logged--;
    this.values.set(oid, next);
    this.lastSequence = oid;
    return next;
  }

  currentValue(oid: number): bigint {
    const found = this.values.get(oid);
    if (found === undefined)
      throw new PgError('55000', `currval of sequence "${this.sequence(oid).name}" is not yet defined in this session`);
    return found;
  }

  lastValue(): bigint {
    if (this.lastSequence === null) throw new PgError('55000', 'lastval is not yet defined in this session');
    return this.values.get(this.lastSequence)!;
  }

  setValue(oid: number, value: bigint, isCalled: boolean): bigint {
    const s = this.sequence(oid);
    if (value < s.min || value > s.max)
      throw new PgError(
        '22003',
        `setval: value ${value} is out of bounds for sequence "${s.name}" (${s.min}..${s.max})`,
      );
    s.last = value;
    s.isCalled = isCalled;
    s.logged = 0;
    writer(this).changes.push({ k: 'sequence', oid, last: value, isCalled });
    if (isCalled) {
      this.values.set(oid, value);
      this.lastSequence = oid;
    }
    return value;
  }

  *lockTables(used: readonly { oid: number; mode: number }[]): Task {
    for (const { oid, mode } of used) yield* lockRelation(this, oid, mode);
  }

  checkWritable(command: string): void {
    if (this.isReadOnly) throw new PgError('25006', `cannot execute ${command} in a read-only transaction`);
  }

  failedBlock(): PgError {
    return new PgError('25P02', 'current transaction is aborted, commands ignored until end of transaction block');
  }
}
