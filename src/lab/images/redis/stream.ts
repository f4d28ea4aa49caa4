/** Streams: entries by id, and consumer groups with what each consumer has been given and not acknowledged. */
import { Dict } from './dict.ts';

/** `<ms>-<seq>` as one number: ms · 2^64 + seq. */
export type StreamId = bigint;

export const ID_MIN: StreamId = 0n;
export const ID_MAX: StreamId = (1n << 128n) - 1n;
const LOW = (1n << 64n) - 1n;

export const idOf = (ms: bigint, seq: bigint): StreamId => (ms << 64n) | seq;
export const msOf = (id: StreamId): bigint => id >> 64n;
export const seqOf = (id: StreamId): bigint => id & LOW;
export const formatId = (id: StreamId): string => `${id >> 64n}-${id & LOW}`;

const PART = /^(?:0|[1-9]\d{0,19})$/;

/** `ms` or `ms-seq`; without seq it is `missingSeq`. Null when it is no id. */
export function parseId(text: string, missingSeq: bigint): StreamId | null {
  const dash = text.indexOf('-');
  const ms = parsePart(dash < 0 ? text : text.slice(0, dash));
  const seq = dash < 0 ? missingSeq : parsePart(text.slice(dash + 1));
  return ms === null || seq === null ? null : idOf(ms, seq);
}

function parsePart(text: string): bigint | null {
  if (!PART.test(text)) return null;
  const value = BigInt(text);
  return value > LOW ? null : value;
}

export interface StreamEntry {
  readonly id: StreamId;
  /** Field, value, field, value. */
  readonly fields: readonly string[];
  /** Number of the node of Redis's radix tree that would hold it: approximate trimming takes whole nodes. */
  readonly node: number;
}

export interface Pending {
  consumer: Consumer;
  deliveredAtMs: number;
  deliveries: number;
}

export class Consumer {
  readonly name: string;
  seenAtMs: number;
  /** How many entries of the group are pending with it. */
  pendingCount = 0;
  constructor(name: string, seenAtMs: number) {
    this.name = name;
    this.seenAtMs = seenAtMs;
  }
}

export class Group {
  lastId: StreamId;
  /** How many entries of the stream the group has read; null when it cannot be known. */
  entriesRead: bigint | null;
  readonly consumers = new Map<string, Consumer>();
  readonly pending = new PendingList();
  constructor(lastId: StreamId, entriesRead: bigint | null) {
    this.lastId = lastId;
    this.entriesRead = entriesRead;
  }

  deliver(id: StreamId, consumer: Consumer, deliveredAtMs: number, deliveries: number): void {
    const old = this.pending.get(id);
    if (old) {
      old.consumer.pendingCount--;
      old.consumer = consumer;
      old.deliveredAtMs = deliveredAtMs;
      old.deliveries = deliveries;
    } else this.pending.add(id, { consumer, deliveredAtMs, deliveries });
    consumer.pendingCount++;
  }

  acknowledge(id: StreamId): boolean {
    const old = this.pending.get(id);
    if (!old) return false;
    old.consumer.pendingCount--;
    this.pending.remove(id);
    return true;
  }
}

/** Entries by ascending id. */
export class PendingList {
  private readonly byId = new Map<StreamId, Pending>();
  private ids: StreamId[] = [];

  get size(): number {
    return this.ids.length;
  }
  get(id: StreamId): Pending | undefined {
    return this.byId.get(id);
  }
  add(id: StreamId, pending: Pending): void {
    this.byId.set(id, pending);
    const last = this.ids.at(-1);
    if (last === undefined || last < id) this.ids.push(id);
    else this.ids.splice(lowerBound(this.ids, id), 0, id);
  }
  remove(id: StreamId): void {
    if (!this.byId.delete(id)) return;
    if (this.ids[0] === id) this.ids.shift();
    else this.ids.splice(lowerBound(this.ids, id), 1);
  }
  *from(id: StreamId): Generator<[StreamId, Pending]> {
    // A copy: who goes through it may acknowledge meanwhile.
    for (const one of this.ids.slice(lowerBound(this.ids, id))) {
      const pending = this.byId.get(one);
      if (pending) yield [one, pending];
    }
  }
  get first(): StreamId | undefined {
    return this.ids[0];
  }
  get last(): StreamId | undefined {
    return this.ids.at(-1);
  }
}

function lowerBound(ids: readonly StreamId[], id: StreamId): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ids[middle]! < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class StreamValue {
  readonly kind = 'stream';
  lastId: StreamId = ID_MIN;
  /** The highest id ever deleted. */
  maxDeletedId: StreamId = ID_MIN;
  entriesAdded = 0n;
  readonly groups = new Dict<Group>();
  private entries: (StreamEntry | null)[] = [];
  /** First index that can hold an entry; before it all are trimmed. */
  private head = 0;
  private count = 0;
  private entryBytes = 0;
  /** Of the last node: its number, entries ever added and bytes. */
  private node = { number: 0, entries: 0, bytes: 0 };
  private readonly liveInNode = new Map<number, number>();

  get size(): number {
    return this.count;
  }
  get bytes(): number {
    let pending = 0;
    for (const group of this.groups.values()) pending += group.pending.size + group.consumers.size;
    return 16 + 104 + this.entryBytes + pending * 96;
  }
  encoding(): string {
    return 'stream';
  }
  /** Nodes of the radix tree that hold entries. */
  get nodes(): number {
    return this.liveInNode.size;
  }
  get firstId(): StreamId {
    return this.entriesFrom(ID_MIN).next().value?.id ?? ID_MIN;
  }

  /** The id must be above the last. A node is full at so many entries or bytes. */
  add(id: StreamId, fields: readonly string[], nodeEntriesMax: number, nodeBytesMax: number): void {
    const bytes = sizeOf(fields);
    const { node } = this;
    if (
      (nodeBytesMax > 0 && node.bytes + bytes >= nodeBytesMax) ||
      (nodeEntriesMax > 0 && node.entries >= nodeEntriesMax)
    )
      this.node = { number: node.number + 1, entries: 0, bytes: 0 };
    this.node.entries++;
    this.node.bytes += bytes;
    this.entries.push({ id, fields, node: this.node.number });
    this.liveInNode.set(this.node.number, (this.liveInNode.get(this.node.number) ?? 0) + 1);
    this.lastId = id;
    this.entriesAdded++;
    this.count++;
    this.entryBytes += bytes;
  }

  get(id: StreamId): StreamEntry | null {
    const entry = this.entries[this.indexOf(id)];
    return entry && entry.id === id ? entry : null;
  }

  delete(id: StreamId): boolean {
    // A deleted entry leaves a hole that the search must step over, so holes are closed at once.
    const at = this.indexOf(id);
    const entry = this.entries[at];
    if (!entry || entry.id !== id) return false;
    if (at === this.head) this.dropFirst();
    else {
      this.entries.splice(at, 1);
      this.forget(entry);
    }
    if (id > this.maxDeletedId) this.maxDeletedId = id;
    return true;
  }

  *entriesFrom(id: StreamId): Generator<StreamEntry, undefined> {
    for (let at = this.indexOf(id); at < this.entries.length; at++) yield this.entries[at]!;
    return undefined;
  }

  *entriesDownFrom(id: StreamId): Generator<StreamEntry, undefined> {
    let at = this.indexOf(id);
    if (this.entries[at]?.id !== id) at--;
    for (; at >= this.head; at--) yield this.entries[at]!;
    return undefined;
  }

  /**
   * The oldest entries go, while `isToGo` says so of an entry and of how many would be left with it. Approximately: only
   * whole nodes, and at most `limit` entries (0: any number). Returns how many went.
   */
  trim(isToGo: (entry: StreamEntry, left: number) => boolean, isApproximate: boolean, limit: number): number {
    let trimmed = 0;
    while (this.count > 0) {
      const step = isApproximate ? this.liveInNode.get(this.entries[this.head]!.node)! : 1;
      if (limit > 0 && trimmed + step > limit) break;
      // Entries ascend, so when the last of a node is to go, all of it is.
      const last = this.entries[this.head + step - 1]!;
      if (!isToGo(last, this.count - step + 1)) break;
      for (let i = 0; i < step; i++) this.dropFirst();
      trimmed += step;
    }
    return trimmed;
  }

  private dropFirst(): void {
    const first = this.entries[this.head]!;
    this.entries[this.head++] = null;
    this.forget(first);
    if (this.head > 1_024 && this.head > this.entries.length / 2) {
      this.entries = this.entries.slice(this.head);
      this.head = 0;
    }
  }

  private forget({ fields, node }: StreamEntry): void {
    this.count--;
    this.entryBytes -= sizeOf(fields);
    const live = this.liveInNode.get(node)! - 1;
    if (live > 0) this.liveInNode.set(node, live);
    else {
      this.liveInNode.delete(node);
      // An emptied node is gone, also the last one.
      if (node === this.node.number) this.node = { number: node + 1, entries: 0, bytes: 0 };
    }
  }

  private indexOf(id: StreamId): number {
    let low = this.head;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle]!.id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function sizeOf(fields: readonly string[]): number {
  let bytes = 20;
  for (const field of fields) bytes += field.length + 3;
  return bytes;
}
