/**
 * One execution of a command: what a handler works with. It looks keys up (which expires them), announces changes (which
 * wakes blocked clients, spoils WATCHes, counts for snapshots) and says what goes into the append-only file instead.
 */
import type { Client } from './client.ts';
import { ELEMENT_US } from './cost.ts';
import type { Database, Entry } from './database.ts';
import type { RedisServer } from './redis-server.ts';
import { NIL_ARRAY, type Reply, WRONG_TYPE } from './reply.ts';
import type { Kind, Value } from './values.ts';

/** Classes of keyspace events, by their letter in `notify-keyspace-events`. */
export type EventClass = 'g' | '$' | 'l' | 's' | 'h' | 'z' | 'x' | 'e' | 't' | 'd' | 'm' | 'n';

type ValueOf<K extends Kind> = Extract<Value, { kind: K }>;

export class Call {
  readonly server: RedisServer;
  readonly client: Client;
  readonly db: Database;
  /** Wall clock, the same for all of a transaction or script. */
  readonly nowMs: number;
  /** In a transaction or script nothing waits. */
  readonly canBlock: boolean;
  /** What is propagated in place of the command; null: the command as it came. */
  rewritten: (readonly string[])[] | null = null;
  /** CPU time beyond a simple command, µs. */
  extraUs = 0;

  constructor(server: RedisServer, client: Client, nowMs: number, canBlock: boolean) {
    this.server = server;
    this.client = client;
    this.db = server.databases[client.db]!;
    this.nowMs = nowMs;
    this.canBlock = canBlock;
  }

  get settings() {
    return this.server.settings;
  }

  /** For a command that looks: counts hits and misses. Throws when the key holds another kind. */
  read<K extends Kind>(key: string, kind: K): ValueOf<K> | null {
    return typed(this.readAny(key), kind);
  }

  readAny(key: string): Value | null {
    const entry = this.server.lookup(this.db, key);
    if (entry) this.server.stats.hits++;
    else this.miss(key);
    return entry?.value ?? null;
  }

  /** For a command that changes. */
  write<K extends Kind>(key: string, kind: K): ValueOf<K> | null {
    return typed(this.server.lookup(this.db, key)?.value ?? null, kind);
  }

  entry(key: string): Entry | null {
    return this.server.lookup(this.db, key);
  }

  /** A new value in place of any old one, without its time to live. */
  store(key: string, value: Value, keepsTtl = false): void {
    const isNew = !this.db.entry(key);
    this.db.put(key, value, this.server.machine.nowMs(), keepsTtl);
    if (isNew) this.server.notify('n', 'new', key, this.db.index);
  }

  /** After a change of a key's value: an emptied collection is gone. */
  changed(key: string, event: string, events: EventClass): void {
    const { db, server } = this;
    const entry = db.entry(key);
    if (entry) db.account(key, entry);
    server.touched(db, key);
    server.dirty++;
    server.notify(events, event, key, db.index);
    const { value } = entry ?? {};
    if (value && 'size' in value && value.size === 0 && value.kind !== 'stream') {
      db.remove(key);
      server.notify('g', 'del', key, db.index);
    }
  }

  /** False when there was none. */
  delete(key: string, event: string | null = 'del'): boolean {
    const { db, server } = this;
    if (!this.entry(key)) return false;
    db.remove(key);
    server.touched(db, key);
    server.dirty++;
    if (event !== null) server.notify('g', event, key, db.index);
    return true;
  }

  propagate(...args: string[]): void {
    this.rewritten ??= [];
    this.rewritten.push(args);
  }

  /** A change that leaves no trace in the append-only file. */
  propagateNothing(): void {
    this.rewritten ??= [];
  }

  visit(elements: number): void {
    this.extraUs += elements * ELEMENT_US;
  }

  /** Waits for one of the keys, or answers at once where nothing may wait. */
  block(
    keys: readonly string[],
    timeoutMs: number,
    attempt: (call: Call, key: string) => Reply,
    otherwise: Reply = NIL_ARRAY,
  ) {
    if (!this.canBlock) return otherwise;
    this.server.blocking.block(this.client, this.db.index, keys, timeoutMs, attempt, otherwise);
    return undefined;
  }

  private miss(key: string): void {
    this.server.stats.misses++;
    this.server.notify('m', 'keymiss', key, this.db.index);
  }
}

function typed<K extends Kind>(value: Value | null, kind: K): ValueOf<K> | null {
  if (value !== null && value.kind !== kind) throw WRONG_TYPE;
  return value as ValueOf<K> | null;
}
