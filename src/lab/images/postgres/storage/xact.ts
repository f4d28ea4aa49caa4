/**
 * Transactions and what they see. A commit takes the next number of a sequence; a snapshot is the number of the last
 * commit it includes, which says the same as PostgreSQL's list of running transactions, because turns are atomic.
 */
import type { Session } from '../session/session.ts';
import type { Change } from './changes.ts';

export type XactState = 'running' | 'committed' | 'aborted';

/** A transaction or a subtransaction (savepoint). */
export class Xact {
  /** 0 until it writes. */
  xid = 0;
  state: XactState = 'running';
  /** Position in the order of commits. */
  commitSeq = 0;
  readonly parent: Xact | null;
  readonly top: Xact;
  readonly session: Session | null;
  /** Savepoint's name. */
  readonly name: string;
  /** Undoes changes of the catalog, last first. */
  undo: (() => void)[] = [];
  /** What the WAL will say if it commits. */
  changes: Change[] = [];
  children: Xact[] = [];
  /** Its commit is in the WAL, though perhaps not yet on the disk. */
  isLogged = false;

  constructor(session: Session | null, parent: Xact | null = null, name = '') {
    this.session = session;
    this.parent = parent;
    this.top = parent ? parent.top : this;
    this.name = name;
    parent?.children.push(this);
  }

  setState(state: XactState, commitSeq: number): void {
    if (this.state !== 'running') return;
    this.state = state;
    this.commitSeq = commitSeq;
    for (const child of this.children) child.setState(state, commitSeq);
  }
}

/** Of rows older than everything: loaded at start, or frozen by vacuum. */
export const FROZEN = new Xact(null);
FROZEN.xid = 2;
FROZEN.state = 'committed';

export interface Snapshot {
  /** Commits up to this one are seen. */
  readonly commitSeq: number;
  /** Its own writes are seen, if made by commands before `command`. */
  readonly xact: Xact | null;
  readonly command: number;
}

export interface Versioned {
  xmin: Xact;
  cmin: number;
  xmax: Xact | null;
  cmax: number;
}

const includes = (snapshot: Snapshot, xact: Xact, command: number): boolean =>
  xact.state === 'committed'
    ? xact.commitSeq <= snapshot.commitSeq
    : xact.state === 'running' && xact.top === snapshot.xact && command < snapshot.command;

export const isVisible = (t: Versioned, snapshot: Snapshot): boolean =>
  includes(snapshot, t.xmin, t.cmin) && (t.xmax === null || !includes(snapshot, t.xmax, t.cmax));
