/**
 * What survives a reload, in IndexedDB: edits, attempts, revealed hints, settings. Private windows and full disks
 * refuse; then everything goes on in memory and `state` says so, so that the page can.
 *
 * A page that goes has no time left for IndexedDB, whose answers come in a later turn: what is not yet written then is
 * left in localStorage (`leave`), which answers at once, and taken from there by the next page (`takeLeft`).
 */
import { type Signal, signal } from '@preact/signals';

export type StorageState = 'ok' | 'blocked' | 'full';

const DATABASE = 'loadbearing';
const STORE = 'workbench';
/** In localStorage. */
const LEFT = 'loadbearing:left:';

export class Storage {
  readonly state: Signal<StorageState> = signal('ok');
  private readonly memory = new Map<string, unknown>();
  private readonly left = new Map<string, string>();
  private database: Promise<IDBDatabase | null> | null = null;
  private tabs: BroadcastChannel | null = null;

  async read<T>(key: string): Promise<T | undefined> {
    const database = await this.open();
    if (database === null) return this.memory.get(key) as T | undefined;
    try {
      return (await done(database.transaction(STORE, 'readonly').objectStore(STORE).get(key))) as T | undefined;
    } catch {
      this.state.value = 'blocked';
      return this.memory.get(key) as T | undefined;
    }
  }

  async write(key: string, value: unknown): Promise<void> {
    this.memory.set(key, value);
    const database = await this.open();
    if (database === null) return;
    try {
      const transaction = database.transaction(STORE, 'readwrite', { durability: 'relaxed' });
      transaction.objectStore(STORE).put(value, key);
      await finished(transaction);
      this.state.value = 'ok';
    } catch (error) {
      this.state.value = isQuota(error) ? 'full' : 'blocked';
    }
  }

  /**
   * Reads, decides and writes without anybody between, in this tab or another. `change` gives what is to be written, or
   * null to leave all as it is; false then, and when nothing could be stored.
   */
  async update<T>(key: string, change: (current: T | undefined) => T | null): Promise<boolean> {
    const database = await this.open();
    if (database === null) {
      const next = change(this.memory.get(key) as T | undefined);
      if (next !== null) this.memory.set(key, next);
      return next !== null;
    }
    try {
      const transaction = database.transaction(STORE, 'readwrite', { durability: 'relaxed' });
      const store = transaction.objectStore(STORE);
      let isWritten = false;
      const reading = store.get(key);
      // In the request's own turn: a transaction is over as soon as nobody asks it for more.
      reading.onsuccess = () => {
        const next = change(reading.result as T | undefined);
        if (next === null) return;
        isWritten = true;
        this.memory.set(key, next);
        store.put(next, key);
      };
      await finished(transaction);
      this.state.value = 'ok';
      if (isWritten) this.channel()?.postMessage(key);
      return isWritten;
    } catch (error) {
      this.state.value = isQuota(error) ? 'full' : 'blocked';
      return false;
    }
  }

  /** Keeps a value at once, for the next page; for what is not yet written when this one goes. */
  leave(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.left.set(key, text);
    try {
      localStorage.setItem(LEFT + key, text);
    } catch {
      // Blocked or full: `state` has said so, or will.
    }
  }

  /** What was left under the key, once; undefined when there is nothing. */
  takeLeft(key: string): unknown {
    let text = this.left.get(key) ?? null;
    this.left.delete(key);
    try {
      text = localStorage.getItem(LEFT + key) ?? text;
      localStorage.removeItem(LEFT + key);
    } catch {
      // As above.
    }
    try {
      return text === null ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  /** Calls `listener` when another tab has written `key`; returns the function that ends it. */
  onOtherTab(key: string, listener: () => void): () => void {
    const channel = this.channel();
    const hear = (event: MessageEvent) => {
      if (event.data === key) listener();
    };
    channel?.addEventListener('message', hear);
    return () => channel?.removeEventListener('message', hear);
  }

  /** Other workbenches of this browser; null where there is no such thing. */
  private channel(): BroadcastChannel | null {
    if (this.database === null || typeof BroadcastChannel !== 'function') return null;
    this.tabs ??= new BroadcastChannel(DATABASE);
    return this.tabs;
  }

  /** Lets the page go. */
  close(): void {
    this.tabs?.close();
    this.tabs = null;
  }

  private open(): Promise<IDBDatabase | null> {
    this.database ??= new Promise((resolve) => {
      const refuse = () => {
        this.state.value = 'blocked';
        resolve(null);
      };
      try {
        const request = indexedDB.open(DATABASE, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        request.onsuccess = () => {
          // Another tab with a newer version of the site asks for an upgrade: let it.
          request.result.onversionchange = () => request.result.close();
          resolve(request.result);
        };
        request.onerror = refuse;
        request.onblocked = refuse;
      } catch {
        refuse();
      }
    });
    return this.database;
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}

function isQuota(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}
