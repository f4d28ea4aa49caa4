/**
 * The lock manager, as lmgr does it: eight modes, queues in order, and a search for deadlocks over who waits for whom.
 * Tags: `relation`, `tuple`, `transaction`, `advisory`.
 */
import type { Xact } from './xact.ts';

export const MODES = [
  '',
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const;

export const ACCESS_SHARE = 1;
export const ROW_SHARE = 2;
export const ROW_EXCLUSIVE = 3;
export const SHARE_UPDATE_EXCLUSIVE = 4;
export const SHARE = 5;
export const SHARE_ROW_EXCLUSIVE = 6;
export const EXCLUSIVE = 7;
export const ACCESS_EXCLUSIVE = 8;

const bits = (...modes: number[]) => modes.reduce((sum, mode) => sum | (1 << mode), 0);
/** What each mode conflicts with; PostgreSQL's manual, table 13.2. */
const CONFLICTS = [
  0,
  bits(8),
  bits(7, 8),
  bits(5, 6, 7, 8),
  bits(4, 5, 6, 7, 8),
  bits(3, 4, 6, 7, 8),
  bits(3, 4, 5, 6, 7, 8),
  bits(2, 3, 4, 5, 6, 7, 8),
  bits(1, 2, 3, 4, 5, 6, 7, 8),
];

export interface LockTag {
  /** Unique. */
  readonly key: string;
  readonly type: 'relation' | 'tuple' | 'transactionid' | 'advisory' | 'virtualxid' | 'object';
  /** As the detail of a deadlock says it: `transaction 741`, `relation 16384 of database 5`. */
  readonly text: string;
  readonly relation?: number;
  readonly xid?: number;
  readonly classid?: number;
  readonly objid?: number;
  readonly objsubid?: number;
  readonly page?: number;
  readonly offset?: number;
}

/** Who holds and waits: a session. */
export interface LockOwner {
  readonly pid: number;
  waiter: Waiter | null;
  readonly held: Held[];
}

/** `until`: the (sub)transaction at whose end it goes, or null for the session's. */
export interface Held {
  readonly lock: Lock;
  readonly mode: number;
  until: Xact | null;
}

export class Lock {
  readonly tag: LockTag;
  readonly holders = new Map<LockOwner, number[]>();
  readonly queue: Waiter[] = [];
  constructor(tag: LockTag) {
    this.tag = tag;
  }
}

export class Waiter {
  readonly owner: LockOwner;
  readonly lock: Lock;
  readonly mode: number;
  readonly until: Xact | null;
  onGrant: () => void = () => {};
  isGranted = false;
  /** For pg_locks.waitstart, ms of the machine's clock. */
  sinceMs = 0;
  constructor(owner: LockOwner, lock: Lock, mode: number, until: Xact | null) {
    this.owner = owner;
    this.lock = lock;
    this.mode = mode;
    this.until = until;
  }
}

export interface Edge {
  readonly waiter: Waiter;
  readonly blocker: LockOwner;
}

export class LockManager {
  readonly locks = new Map<string, Lock>();

  /** Null when it was granted at once; with `isConditional`, 'refused' instead of a place in the queue. */
  acquire(
    owner: LockOwner,
    tag: LockTag,
    mode: number,
    until: Xact | null,
    isConditional = false,
  ): Waiter | 'refused' | null {
    let lock = this.locks.get(tag.key);
    if (!lock) {
      lock = new Lock(tag);
      this.locks.set(tag.key, lock);
    }
    // One that waits ahead with a conflicting request goes first, unless this owner holds the lock already.
    const holds = lock.holders.get(owner);
    const isBehind = lock.queue.some((one) => conflict(one.mode, mode));
    if ((!isBehind || (holds && hasMode(holds, mode))) && !this.isBlocked(lock, owner, mode)) {
      grant(lock, owner, mode, until);
      return null;
    }
    if (isConditional) {
      this.dropIfIdle(lock);
      return 'refused';
    }
    const waiter = new Waiter(owner, lock, mode, until);
    // Ahead of the first that waits for what this owner holds: otherwise both would wait for each other.
    const at = holds ? lock.queue.findIndex((one) => holds.some((n, held) => n > 0 && conflict(one.mode, held))) : -1;
    if (at >= 0) {
      if (!this.isBlocked(lock, owner, mode) && !lock.queue.slice(0, at).some((one) => conflict(one.mode, mode))) {
        grant(lock, owner, mode, until);
        return null;
      }
      lock.queue.splice(at, 0, waiter);
    } else lock.queue.push(waiter);
    owner.waiter = waiter;
    return waiter;
  }

  /** Gives one hold back. */
  release(owner: LockOwner, key: string, mode: number, until: Xact | null): boolean {
    const at = owner.held.findLastIndex((one) => one.lock.tag.key === key && one.mode === mode && one.until === until);
    if (at < 0) return false;
    const [held] = owner.held.splice(at, 1);
    this.letGo(owner, held!);
    return true;
  }

  /** Gives back all that the filter picks. */
  releaseWhere(owner: LockOwner, isOver: (held: Held) => boolean): void {
    const kept: Held[] = [];
    const over: Held[] = [];
    for (const held of owner.held) (isOver(held) ? over : kept).push(held);
    owner.held.length = 0;
    owner.held.push(...kept);
    for (const held of over) this.letGo(owner, held);
  }

  /** The waiter gives up. */
  cancel(waiter: Waiter): void {
    const { lock, owner } = waiter;
    if (owner.waiter === waiter) owner.waiter = null;
    const at = lock.queue.indexOf(waiter);
    if (at < 0) return;
    lock.queue.splice(at, 1);
    this.wake(lock);
    this.dropIfIdle(lock);
  }

  isHeldBy(owner: LockOwner, key: string, mode: number): boolean {
    return (this.locks.get(key)?.holders.get(owner)?.[mode] ?? 0) > 0;
  }

  /** The circle of waits through `owner`, from its own wait on; null when there is none. */
  findDeadlock(owner: LockOwner): Edge[] | null {
    const seen = new Set<LockOwner>();
    const search = (from: LockOwner, path: Edge[]): Edge[] | null => {
      const { waiter } = from;
      if (!waiter || waiter.isGranted) return null;
      for (const blocker of this.blockers(waiter)) {
        const edges = [...path, { waiter, blocker }];
        if (blocker === owner) return edges;
        if (seen.has(blocker)) continue;
        seen.add(blocker);
        const found = search(blocker, edges);
        if (found) return found;
      }
      return null;
    };
    return search(owner, []);
  }

  /** Those who hold what the waiter wants, then those who wait ahead of it. */
  blockers(waiter: Waiter): LockOwner[] {
    const { lock, mode, owner } = waiter;
    const found: LockOwner[] = [];
    for (const [holder, counts] of lock.holders)
      if (holder !== owner && counts.some((n, held) => n > 0 && conflict(mode, held))) found.push(holder);
    for (const ahead of lock.queue) {
      if (ahead === waiter) break;
      if (conflict(ahead.mode, mode) && ahead.owner !== owner && !found.includes(ahead.owner)) found.push(ahead.owner);
    }
    return found;
  }

  private isBlocked(lock: Lock, owner: LockOwner, mode: number): boolean {
    for (const [holder, counts] of lock.holders) {
      if (holder === owner) continue;
      for (let held = 1; held <= 8; held++) if (counts[held]! > 0 && conflict(mode, held)) return true;
    }
    return false;
  }

  private letGo(owner: LockOwner, { lock, mode }: Held): void {
    const counts = lock.holders.get(owner);
    if (!counts) return;
    counts[mode]!--;
    if (counts.every((n) => n === 0)) lock.holders.delete(owner);
    this.wake(lock);
    this.dropIfIdle(lock);
  }

  /** In order; nobody overtakes one whose request conflicts with theirs. */
  private wake(lock: Lock): void {
    const ahead: number[] = [];
    for (const waiter of [...lock.queue]) {
      if (!ahead.some((mode) => conflict(mode, waiter.mode)) && !this.isBlocked(lock, waiter.owner, waiter.mode)) {
        lock.queue.splice(lock.queue.indexOf(waiter), 1);
        grant(lock, waiter.owner, waiter.mode, waiter.until);
        waiter.isGranted = true;
        waiter.owner.waiter = null;
        waiter.onGrant();
      } else ahead.push(waiter.mode);
    }
  }

  private dropIfIdle(lock: Lock): void {
    if (lock.holders.size === 0 && lock.queue.length === 0) this.locks.delete(lock.tag.key);
  }
}

const conflict = (a: number, b: number) => (CONFLICTS[a]! & (1 << b)) !== 0;

/** Whether a mode at least as strong is held. */
const hasMode = (counts: number[], mode: number) =>
  counts.some((n, held) => n > 0 && (CONFLICTS[held]! & CONFLICTS[mode]!) === CONFLICTS[mode]!);

function grant(lock: Lock, owner: LockOwner, mode: number, until: Xact | null): void {
  let counts = lock.holders.get(owner);
  if (!counts) {
    counts = [0, 0, 0, 0, 0, 0, 0, 0, 0];
    lock.holders.set(owner, counts);
  }
  counts[mode]!++;
  owner.held.push({ lock, mode, until });
}
