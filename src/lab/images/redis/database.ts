/** One of the 16 keyspaces: keys with their values and times to live, and what they take of memory. */
import { Dict } from './dict.ts';
import type { Value } from './values.ts';

export interface Entry {
  value: Value;
  /** Wall clock, ms; -1: never. */
  expiresAtMs: number;
  /** As last accounted for. */
  bytes: number;
  /** Monotonic, ms. */
  usedAtMs: number;
  /** The logarithmic counter of LFU, 0–255, and when it was last lowered (minutes, monotonic). */
  frequency: number;
  decayedAtMinute: number;
}

/** An entry of the keyspace's table, the object and the key's string. */
const KEY_BYTES = 24 + 8 + 9;
const EXPIRE_BYTES = 32;
/** As `LFU_INIT_VAL`. */
const FREQUENCY_INITIAL = 5;

export class Database {
  readonly index: number;
  readonly keys = new Dict<Entry>();
  /** Keys that have a time to live, with it. */
  readonly volatile = new Dict<number>();
  /** Of all keys and values. */
  bytes = 0;

  constructor(index: number) {
    this.index = index;
  }

  get size(): number {
    return this.keys.size;
  }

  entry(key: string): Entry | undefined {
    return this.keys.get(key);
  }

  /** Puts the value, in place of what was there and of its time to live unless that is kept. */
  put(key: string, value: Value, nowMs: number, keepsTtl = false): void {
    const old = this.keys.get(key);
    if (old) {
      old.value = value;
      old.usedAtMs = nowMs;
      if (!keepsTtl && old.expiresAtMs >= 0) this.setExpiry(key, old, -1);
      this.account(key, old);
      return;
    }
    const entry = {
      value,
      expiresAtMs: -1,
      bytes: 0,
      usedAtMs: nowMs,
      frequency: FREQUENCY_INITIAL,
      decayedAtMinute: Math.floor(nowMs / 60_000),
    };
    this.keys.set(key, entry);
    this.account(key, entry);
  }

  remove(key: string): boolean {
    const entry = this.keys.get(key);
    if (!entry) return false;
    this.bytes -= entry.bytes;
    if (entry.expiresAtMs >= 0) this.volatile.delete(key);
    return this.keys.delete(key);
  }

  setExpiry(key: string, entry: Entry, expiresAtMs: number): void {
    entry.expiresAtMs = expiresAtMs;
    if (expiresAtMs >= 0) this.volatile.set(key, expiresAtMs);
    else this.volatile.delete(key);
    this.account(key, entry);
  }

  /** After the value has changed. */
  account(key: string, entry: Entry): void {
    const bytes = KEY_BYTES + key.length + entry.value.bytes + (entry.expiresAtMs >= 0 ? EXPIRE_BYTES : 0);
    this.bytes += bytes - entry.bytes;
    entry.bytes = bytes;
  }

  clear(): void {
    this.keys.clear();
    this.volatile.clear();
    this.bytes = 0;
  }

  /** SWAPDB: everything but the index. */
  swapWith(other: Database): void {
    const { keys, volatile, bytes } = this;
    Object.assign(this, { keys: other.keys, volatile: other.volatile, bytes: other.bytes });
    Object.assign(other, { keys, volatile, bytes });
  }
}
