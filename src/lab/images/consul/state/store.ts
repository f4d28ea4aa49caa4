/**
 * The state that the log's commands build: catalog, keys, sessions. Every command has an index, its place in the log, and
 * each table, service and key knows the index of its last change: what blocking queries compare.
 *
 * Source of the rules: agent/consul/state of hashicorp/consul.
 */
import { Catalog } from './catalog.ts';
import { Keys, type TxnResult } from './keys.ts';
import type { Command, SessionRow, Tables } from './rows.ts';
import { Sessions } from './sessions.ts';

/** What a command came to; an error is the command's, and changed nothing. */
export type Outcome = { readonly ok: boolean; readonly txn?: TxnResult } | { readonly error: string };

export class Store {
  readonly indexes = new Map<string, number>();
  readonly catalog: Catalog;
  readonly keys: Keys;
  readonly sessions: Sessions;

  /** @param lockDelay is told of keys that may not be locked for a time */
  constructor(lockDelay: (key: string, ns: number) => void) {
    this.sessions = new Sessions(this, lockDelay);
    this.catalog = new Catalog(this);
    this.keys = new Keys(this);
  }

  apply(index: number, command: Command): Outcome {
    switch (command.op) {
      case 'register':
        return this.catalog.register(index, command);
      case 'deregister':
        this.catalog.deregister(index, command);
        return { ok: true };
      case 'kv':
        return this.keys.apply(index, command.operation);
      case 'txn':
        return this.keys.transaction(index, command.operations);
      case 'session-create':
        return this.sessions.create(index, command.session);
      case 'session-destroy':
        this.sessions.destroy(index, command.id);
        return { ok: true };
      case 'noop':
        return { ok: true };
    }
  }

  touch(table: string, index: number): void {
    this.indexes.set(table, index);
  }

  /** The highest index of these tables. */
  maxIndex(...tables: readonly string[]): number {
    return tables.reduce((max, table) => Math.max(max, this.indexes.get(table) ?? 0), 0);
  }

  /** Sessions that one of these checks or this node held up. */
  sessionsOf(matches: (session: SessionRow) => boolean): readonly SessionRow[] {
    return [...this.sessions.rows.values()].filter(matches);
  }

  dump(): Tables {
    return {
      ...this.catalog.dump(),
      keys: [...this.keys.rows.values()],
      sessions: [...this.sessions.rows.values()],
      tombstones: [...this.keys.tombstones],
      indexes: [...this.indexes],
    };
  }

  load(tables: Tables): void {
    this.catalog.load(tables);
    for (const row of tables.keys) this.keys.rows.set(row.Key, row);
    for (const row of tables.sessions) this.sessions.rows.set(row.ID, row);
    for (const [key, index] of tables.tombstones) this.keys.tombstones.set(key, index);
    for (const [name, index] of tables.indexes) this.indexes.set(name, index);
  }

  /** Memory that it takes, bytes: an estimate from counts and lengths. */
  get bytes(): number {
    return this.catalog.bytes + this.keys.bytes + this.sessions.rows.size * 600;
  }
}
