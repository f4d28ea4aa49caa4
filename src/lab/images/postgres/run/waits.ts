/** Waiting for locks, for another transaction, for time to pass. */
import type { Session } from '../session/session.ts';
import { EXCLUSIVE, type LockTag, SHARE, type Waiter } from '../storage/locks.ts';
import type { Xact } from '../storage/xact.ts';
import type { Task, Wait } from './exec.ts';

export class LockWait implements Wait {
  readonly isWait = true;
  readonly type = 'Lock';
  readonly isInterruptible = true;
  readonly waiter: Waiter;
  /** What the CONTEXT of an error says that ends the wait. */
  readonly context: string;
  private readonly session: Session;
  constructor(session: Session, waiter: Waiter, context: string) {
    this.session = session;
    this.waiter = waiter;
    this.context = context;
  }
  get event(): string {
    return this.waiter.lock.tag.type;
  }
  start(wake: () => void): void {
    if (this.waiter.isGranted) wake();
    else this.waiter.onGrant = wake;
  }
  cancel(): void {
    this.session.cluster.locks.cancel(this.waiter);
  }
}

export class TimeWait implements Wait {
  readonly isWait = true;
  readonly type = 'Timeout';
  readonly event = 'PgSleep';
  readonly isInterruptible = true;
  private readonly session: Session;
  private readonly ms: number;
  private stop = () => {};
  constructor(session: Session, ms: number) {
    this.session = session;
    this.ms = ms;
  }
  start(wake: () => void): void {
    this.stop = this.session.cluster.machine.after(this.ms, wake);
  }
  cancel(): void {
    this.stop();
  }
}

/** Takes a lock, waiting in its queue. `until` null: for the session. False when `isConditional` and refused. */
export function* takeLock(
  session: Session,
  tag: LockTag,
  mode: number,
  until: Xact | null,
  isConditional = false,
  context = '',
): Task<boolean> {
  const { locks, machine } = session.cluster;
  const waiter = locks.acquire(session, tag, mode, until, isConditional);
  if (waiter === 'refused') return false;
  if (waiter) {
    waiter.sinceMs = machine.wallMs();
    yield new LockWait(session, waiter, context);
  }
  return true;
}

export const relationTag = (session: Session, oid: number): LockTag => ({
  key: `r${oid}`,
  type: 'relation',
  text: `relation ${oid} of database ${session.database.oid}`,
  relation: oid,
});

export const xidTag = (xid: number): LockTag => ({
  key: `x${xid}`,
  type: 'transactionid',
  text: `transaction ${xid}`,
  xid,
});

/** Takes a lock on a table for the rest of the transaction. */
export function* lockRelation(session: Session, oid: number, mode: number, isConditional = false): Task<boolean> {
  const { key } = relationTag(session, oid);
  if (session.cluster.locks.isHeldBy(session, key, mode)) return true;
  return yield* takeLock(session, relationTag(session, oid), mode, session.xact, isConditional);
}

/** The transaction that writes now, with a number from here on. */
export function writer(session: Session): Xact {
  const xact = session.xact!;
  if (xact.xid === 0) assign(session, xact);
  return xact;
}

function assign(session: Session, xact: Xact): void {
  if (xact.parent && xact.parent.xid === 0) assign(session, xact.parent);
  xact.xid = session.cluster.nextXid++;
  session.cluster.locks.acquire(session, xidTag(xact.xid), EXCLUSIVE, xact);
}

/** XactLockTableWait: until that transaction is over. `where` becomes the CONTEXT of errors. */
export function* waitForXact(session: Session, xact: Xact, where: string): Task {
  const tag = xidTag(xact.xid);
  yield* takeLock(session, tag, SHARE, session.xact, false, where);
  session.cluster.locks.release(session, tag.key, SHARE, session.xact);
}
