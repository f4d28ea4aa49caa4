/** The key/value store: plain writes, check-and-set, locks, transactions. */
import { quote } from '../go/duration.ts';
import { compareText } from '../go/json.ts';
import type { KeyOperation, KeyRow } from './rows.ts';
import type { Outcome, Store } from './store.ts';

/** Results in the order of the operations, or what was wrong with which. */
export type TxnResult =
  | { readonly results: readonly KeyRow[]; readonly errors: null }
  | { readonly results: null; readonly errors: readonly { readonly OpIndex: number; readonly What: string }[] };

/** What one operation came to: `isDone` as PUT and DELETE answer, rows as a transaction gives them back. */
type Step = { readonly isDone: boolean; readonly rows?: readonly KeyRow[] } | { readonly error: string };

export class Keys {
  readonly rows = new Map<string, KeyRow>();
  /** Deleted keys and when: so that the index of a prefix does not go back. */
  readonly tombstones = new Map<string, number>();
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  get(key: string): KeyRow | undefined {
    return this.rows.get(key);
  }

  get index(): number {
    return this.store.maxIndex('kvs', 'tombstones');
  }

  under(prefix: string): readonly KeyRow[] {
    return [...this.rows.values()]
      .filter(({ Key }) => Key.startsWith(prefix))
      .sort((a, b) => compareText(a.Key, b.Key));
  }

  /** What a query of a prefix compares. */
  indexUnder(prefix: string, rows: readonly KeyRow[]): number {
    if (prefix === '') return this.index;
    let max = rows.reduce((highest, { ModifyIndex }) => Math.max(highest, ModifyIndex), 0);
    for (const [key, index] of this.tombstones) if (key.startsWith(prefix)) max = Math.max(max, index);
    return max === 0 ? this.index : max;
  }

  apply(index: number, operation: KeyOperation): Outcome {
    const step = this.step(index, operation);
    return 'error' in step ? step : { ok: step.isDone };
  }

  transaction(index: number, operations: readonly KeyOperation[]): Outcome {
    const before = {
      rows: new Map(this.rows),
      tombstones: new Map(this.tombstones),
      indexes: new Map(this.store.indexes),
    };
    const results: KeyRow[] = [];
    const errors: { OpIndex: number; What: string }[] = [];
    operations.forEach((operation, OpIndex) => {
      const step = this.step(index, operation);
      if ('error' in step) errors.push({ OpIndex, What: step.error });
      else if (!step.isDone) errors.push({ OpIndex, What: refusal(operation) });
      else results.push(...(step.rows ?? []));
    });
    if (errors.length === 0) return { ok: true, txn: { results, errors: null } };
    restore(this.rows, before.rows);
    restore(this.tombstones, before.tombstones);
    restore(this.store.indexes, before.indexes);
    return { ok: false, txn: { results: null, errors } };
  }

  /** Deletes or frees what a session has locked; gives back the keys. */
  leave(index: number, session: string, willDelete: boolean): readonly string[] {
    const held = [...this.rows.values()].filter((row) => row.Session === session);
    for (const row of held) {
      if (willDelete) this.remove(index, row.Key);
      else this.put(index, { ...row, Session: '', ModifyIndex: index });
    }
    return held.map(({ Key }) => Key);
  }

  private step(index: number, operation: KeyOperation): Step {
    const { verb, Key } = operation;
    const old = this.rows.get(Key);
    switch (verb) {
      case 'set':
        return { isDone: true, rows: [bare(this.write(index, operation, old?.Session ?? '', old))] };
      case 'cas': {
        const isStale = operation.index === 0 ? old !== undefined : old?.ModifyIndex !== operation.index;
        if (isStale) return { isDone: false };
        return { isDone: true, rows: [bare(this.write(index, operation, old?.Session ?? '', old))] };
      }
      case 'lock':
        return this.lock(index, operation, old);
      case 'unlock': {
        if (operation.Session === '') return { error: 'missing session' };
        if (old === undefined || old.Session !== operation.Session) return { isDone: false };
        return { isDone: true, rows: [bare(this.write(index, operation, '', old))] };
      }
      case 'delete':
        this.remove(index, Key);
        return { isDone: true };
      case 'delete-cas':
        if (old !== undefined && old.ModifyIndex !== operation.index) return { isDone: false };
        this.remove(index, Key);
        return { isDone: true };
      case 'delete-tree':
        for (const row of this.under(Key)) this.remove(index, row.Key);
        return { isDone: true };
      case 'get':
        return old === undefined ? { error: `key ${quote(Key)} doesn't exist` } : { isDone: true, rows: [old] };
      case 'get-or-empty':
        return { isDone: true, rows: [old ?? { ...empty(Key) }] };
      case 'get-tree':
        return { isDone: true, rows: this.under(Key) };
      case 'check-index':
        if (old === undefined) return { error: `failed to check index, key ${quote(Key)} doesn't exist` };
        if (old.ModifyIndex !== operation.index)
          return {
            error: `failed index check for key ${quote(Key)}, current modify index ${old.ModifyIndex} != ${operation.index}`,
          };
        return { isDone: true, rows: [bare(old)] };
      case 'check-session':
        if (old === undefined) return { error: `failed to check session, key ${quote(Key)} doesn't exist` };
        if (old.Session !== operation.Session)
          return {
            error: `failed session check for key ${quote(Key)}, current session ${quote(old.Session)} != ${quote(operation.Session)}`,
          };
        return { isDone: true, rows: [bare(old)] };
      case 'check-not-exists':
        return old === undefined ? { isDone: true } : { error: `key ${quote(Key)} exists` };
      default:
        return { error: `unknown KV verb ${quote(verb)}` };
    }
  }

  private lock(index: number, operation: KeyOperation, old: KeyRow | undefined): Step {
    const { Session } = operation;
    if (Session === '') return { error: 'missing session' };
    if (!this.store.sessions.rows.has(Session)) return { error: `invalid session ${quote(Session)}` };
    if (old !== undefined && old.Session !== '' && old.Session !== Session) return { isDone: false };
    const locks = (old?.LockIndex ?? 0) + (old?.Session === Session ? 0 : 1);
    return { isDone: true, rows: [bare(this.write(index, operation, Session, old, locks))] };
  }

  private write(
    index: number,
    { Key, Flags, Value }: KeyOperation,
    Session: string,
    old: KeyRow | undefined,
    LockIndex = old?.LockIndex ?? 0,
  ): KeyRow {
    // The same again is no change: who watches the key sleeps on.
    if (old?.Flags === Flags && old.Value === Value && old.Session === Session && old.LockIndex === LockIndex)
      return old;
    return this.put(index, {
      LockIndex,
      Key,
      Flags,
      Value,
      Session,
      CreateIndex: old?.CreateIndex ?? index,
      ModifyIndex: index,
    });
  }

  private put(index: number, row: KeyRow): KeyRow {
    this.rows.set(row.Key, row);
    this.store.touch('kvs', index);
    return row;
  }

  private remove(index: number, key: string): void {
    if (!this.rows.delete(key)) return;
    this.tombstones.set(key, index);
    this.store.touch('kvs', index);
    this.store.touch('tombstones', index);
  }

  get bytes(): number {
    let bytes = 0;
    for (const { Key, Value } of this.rows.values()) bytes += 300 + Key.length + (Value ?? '').length;
    return bytes;
  }
}

/** Why a transaction's operation was not done. */
function refusal({ verb, Key }: KeyOperation): string {
  if (verb === 'cas') return `failed to set key ${quote(Key)}, index is stale`;
  if (verb === 'delete-cas') return `failed to delete key ${quote(Key)}, index is stale`;
  if (verb === 'lock') return `failed to lock key ${quote(Key)}, lock is already held`;
  return `failed to unlock key ${quote(Key)}, lock isn't held, or is held by another session`;
}

const bare = (row: KeyRow): KeyRow => ({ ...row, Value: null });
const empty = (Key: string): KeyRow => ({
  LockIndex: 0,
  Key,
  Flags: '0',
  Value: null,
  Session: '',
  CreateIndex: 0,
  ModifyIndex: 0,
});

function restore<K, V>(map: Map<K, V>, before: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of before) map.set(key, value);
}
