/**
 * The log of a cluster of one server: who wants to change the state proposes a command, and is told what it came to once
 * the command is durable. In development mode nothing is written. Commands that arrive while the disk is busy share its
 * next fsync.
 *
 * On disk: `raft/log`, a command a line with its index, and `raft/snapshot`, which replaces the log's beginning. A line
 * that a crash or a full disk cut short was never acknowledged, and is passed over.
 */

import type { ServerMachine } from '../server.ts';
import { fromUtf8, utf8 } from './bytes.ts';
import { SECOND } from './go/duration.ts';
import type { Command, Tables } from './state/rows.ts';
import { type Outcome, Store } from './state/store.ts';

/** raft_snapshot_threshold */
const SNAPSHOT_ENTRIES = 16_384;
/** How long requests wait for a leader: rpc_hold_timeout. */
const HOLD_MS = 7000;
/** Without contact to a leader for so long, and up to twice as long, a server stands for election; with raft_multiplier 5, and in development mode. */
const ELECTION_MS = 5000;
const ELECTION_DEV_MS = 40;

export const NO_LEADER = 'No cluster leader';
export const NO_SERVERS = 'No known Consul servers';
const NOT_COMMITTED = 'leadership lost while committing log';

interface Entry {
  readonly index: number;
  readonly command: Command;
  readonly onDone: (outcome: Outcome) => void;
}

interface Snapshot {
  readonly index: number;
  readonly tables: Tables;
}

export interface RaftOptions {
  readonly machine: ServerMachine;
  /** Null in development mode. */
  readonly folder: string | null;
  /** A client agent without servers never has a leader. */
  readonly isServer: boolean;
  readonly onLeader: () => void;
  /** After one or more commands. */
  readonly onApplied: () => void;
}

export class Raft {
  readonly store: Store;
  isLeader = false;
  /** Of the last command that was applied. */
  index = 0;
  private readonly options: RaftOptions;
  private readonly delayedKeys = new Map<string, number>();
  private logIndex = 0;
  private entriesInLog = 0;
  private isTailTorn = false;
  private isSyncing = false;
  private waiting: Entry[] = [];
  private held: { readonly run: () => void; readonly fail: (error: string) => void; readonly stop: () => void }[] = [];

  constructor(options: RaftOptions) {
    this.options = options;
    this.store = new Store((key, ns) => this.delayedKeys.set(key, options.machine.nowMs() + (ns / SECOND) * 1000));
    if (options.folder !== null) this.recover(options.folder);
  }

  /** Stands for election; alone it wins. */
  start() {
    const { machine, folder, isServer } = this.options;
    if (!isServer) return;
    const atLeastMs = folder === null ? ELECTION_DEV_MS : ELECTION_MS;
    machine.after(atLeastMs * (1 + machine.random()), () => {
      this.propose({ op: 'noop' }, () => {
        this.isLeader = true;
        this.options.onLeader();
        const { held } = this;
        this.held = [];
        for (const { run, stop } of held) {
          stop();
          run();
        }
      });
    });
  }

  /** Runs it now, or once there is a leader; `fail` when that takes too long. */
  whenLeader(run: () => void, fail: (error: string) => void) {
    if (this.isLeader) return run();
    if (!this.options.isServer) return fail(NO_SERVERS);
    const entry = {
      run,
      fail,
      stop: this.options.machine.after(HOLD_MS, () => {
        this.held = this.held.filter((other) => other !== entry);
        fail(NO_LEADER);
      }),
    };
    this.held.push(entry);
  }

  /** Only a leader's. `onDone` comes when the command is durable and applied, in the order of proposals. */
  propose(command: Command, onDone: (outcome: Outcome) => void) {
    const { machine, folder } = this.options;
    const entry: Entry = { index: this.logIndex + 1, command, onDone };
    if (folder === null) {
      this.logIndex++;
      this.apply([entry]);
      return;
    }
    const line = `${JSON.stringify([entry.index, command])}\n`;
    try {
      machine.disk.append(`${folder}/raft/log`, utf8(this.isTailTorn ? `\n${line}` : line));
    } catch {
      this.isTailTorn = true;
      machine.log('[ERROR] agent.server.raft: failed to commit logs: error="no space left on device"');
      onDone({ error: NOT_COMMITTED });
      return;
    }
    this.isTailTorn = false;
    this.logIndex++;
    this.entriesInLog++;
    this.waiting.push(entry);
    this.sync();
  }

  /** When a key may be locked again, ms of the machine's clock; null when it may now. */
  lockDelayedUntil(key: string): number | null {
    const until = this.delayedKeys.get(key);
    if (until === undefined) return null;
    if (until > this.options.machine.nowMs()) return until;
    this.delayedKeys.delete(key);
    return null;
  }

  private sync() {
    if (this.isSyncing || this.waiting.length === 0) return;
    this.isSyncing = true;
    const batch = this.waiting;
    this.waiting = [];
    this.options.machine.disk.sync(() => {
      this.isSyncing = false;
      this.apply(batch);
      if (this.entriesInLog >= SNAPSHOT_ENTRIES && !this.isSyncing) this.snapshot();
      this.sync();
    });
  }

  private apply(entries: readonly Entry[]) {
    const outcomes = entries.map(({ index, command }) => {
      this.index = index;
      return this.store.apply(index, command);
    });
    for (const [i, { onDone }] of entries.entries()) onDone(outcomes[i]!);
    this.options.onApplied();
  }

  /** Beside the old one and renamed, so that there is a whole one at any time; then the log may go. */
  private snapshot() {
    const { machine, folder } = this.options;
    const snapshot: Snapshot = { index: this.index, tables: this.store.dump() };
    try {
      machine.disk.write(`${folder}/raft/snapshot.tmp`, utf8(JSON.stringify(snapshot)));
    } catch {
      // The disk is full: the log goes on.
      machine.disk.remove(`${folder}/raft/snapshot.tmp`);
      return;
    }
    this.isSyncing = true;
    machine.disk.sync(() => {
      machine.disk.rename(`${folder}/raft/snapshot.tmp`, `${folder}/raft/snapshot`);
      machine.disk.sync(() => {
        this.isSyncing = false;
        // What was proposed meanwhile is in the log's tail, and that is kept.
        const rest = this.waiting.map(({ index, command }) => `${JSON.stringify([index, command])}\n`).join('');
        try {
          machine.disk.write(`${folder}/raft/log.tmp`, utf8(rest));
          machine.disk.rename(`${folder}/raft/log.tmp`, `${folder}/raft/log`);
        } catch {
          machine.disk.remove(`${folder}/raft/log.tmp`);
        }
        // Tried again after as many more.
        this.entriesInLog = this.waiting.length;
        this.sync();
      });
    });
  }

  private recover(folder: string) {
    const { disk } = this.options.machine;
    const stored = disk.read(`${folder}/raft/snapshot`);
    if (stored !== null) {
      const { index, tables } = JSON.parse(fromUtf8(stored)) as Snapshot;
      this.store.load(tables);
      this.index = index;
    }
    const log = disk.read(`${folder}/raft/log`);
    const lines = log === null ? [] : fromUtf8(log).split('\n');
    this.isTailTorn = lines.length > 0 && lines.at(-1) !== '';
    for (const line of lines) {
      const entry = entryOf(line);
      if (entry === null) continue;
      this.entriesInLog++;
      if (entry[0] <= this.index) continue;
      this.index = entry[0];
      this.store.apply(entry[0], entry[1]);
    }
    this.logIndex = this.index;
    // No lock delay outlives a leader.
    this.delayedKeys.clear();
  }
}

function entryOf(line: string): [number, Command] | null {
  if (line === '') return null;
  try {
    return JSON.parse(line) as [number, Command];
  } catch {
    return null;
  }
}
