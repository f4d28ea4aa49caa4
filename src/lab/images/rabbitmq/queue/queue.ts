/**
 * A queue: ready messages, consumers, what is out and not settled. Classic and quorum queues differ in their lanes, in
 * when a message counts as safe, in delivery limits and in what a requeue does to a message's place. One node shows no
 * replication: a quorum queue's quorum is this node's disk.
 */
import type { DeathReason, Message } from '../broker/message.ts';
import { COST } from '../cost.ts';
import type { Table } from '../wire/fields.ts';
import type { Consumer, ConsumerChannel } from './consumer.ts';
import { Consumers } from './consumers.ts';
import { Entry } from './entry.ts';
import { ClassicLanes, type Lanes, QuorumLanes } from './lanes.ts';
import type { QueueSettings } from './settings.ts';

/** What a queue needs of the broker. */
export interface QueueHost {
  readonly wallMs: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly burn: (us: number) => void;
  readonly store: {
    enqueued(queue: Queue, entry: Entry): void;
    acked(queue: Queue, entry: Entry): void;
    taken(queue: Queue, entry: Entry): void;
    afterSync(run: () => void): void;
  };
  deadLetter(queue: Queue, message: Message, reason: DeathReason): void;
  deleteQueue(queue: Queue, why: string): void;
  /** Memory taken (or freed, when negative), bytes. */
  held(bytes: number): void;
}

/** Told what became of a publish in each queue that it went to; absent when nobody asked. */
export interface PublishOutcome {
  confirmed(): void;
  rejected(): void;
}

export interface QueueSpec {
  readonly name: string;
  readonly isDurable: boolean;
  readonly isAutoDelete: boolean;
  /** The connection that owns an exclusive queue. */
  readonly owner: object | null;
  readonly args: Table;
  readonly settings: QueueSettings;
}

export class Queue implements QueueSpec {
  readonly name: string;
  readonly vhost: string;
  readonly isDurable: boolean;
  readonly isAutoDelete: boolean;
  readonly owner: object | null;
  readonly args: Table;
  readonly settings: QueueSettings;
  readonly consumers: Consumers;
  /** Names it in the log. */
  readonly id: number;
  isGone = false;
  /** Delivered and not settled, by anyone. */
  readonly unacked = new Set<Entry>();
  readyBytes = 0;
  unackedBytes = 0;
  published = 0;
  delivered = 0;
  acked = 0;
  redelivered = 0;
  private readonly lanes: Lanes;
  private readonly host: QueueHost;
  private position = 0;
  private mayExpire: boolean;
  private isRejecting = false;
  private isRunning = false;
  private stopExpiry: (() => void) | null = null;
  private expiryAtMs = Infinity;
  private stopIdle: (() => void) | null = null;

  constructor(host: QueueHost, id: number, vhost: string, spec: QueueSpec) {
    this.host = host;
    this.id = id;
    this.vhost = vhost;
    this.name = spec.name;
    this.isDurable = spec.isDurable;
    this.isAutoDelete = spec.isAutoDelete;
    this.owner = spec.owner;
    this.args = spec.args;
    this.settings = spec.settings;
    this.consumers = new Consumers(spec.settings);
    this.lanes = this.isQuorum ? new QuorumLanes() : new ClassicLanes(spec.settings.priorityMax);
    this.mayExpire = spec.settings.ttlMs !== undefined;
    this.used();
  }

  get isQuorum(): boolean {
    return this.settings.type === 'quorum';
  }

  get ready(): number {
    return this.lanes.length;
  }

  /** Ready and unacknowledged, in no particular order. */
  get entries(): readonly Entry[] {
    return [...this.lanes, ...this.unacked];
  }

  // --- in

  publish(message: Message, outcome: PublishOutcome | null): void {
    if (this.refuses(message)) {
      if (this.settings.overflow === 'reject-publish-dlx') this.host.deadLetter(this, message, 'maxlen');
      outcome?.rejected();
      return;
    }
    this.published++;
    const isStored = this.isDurable && (this.isQuorum || message.isPersistent);
    const entry = new Entry(message, ++this.position, this.deadAtMs(message), isStored);
    if (entry.expiresMs !== Infinity) this.mayExpire = true;
    this.admit(entry);
    this.lanes.push(entry);
    if (isStored) {
      this.host.burn(COST.storeUs);
      this.host.store.enqueued(this, entry);
      if (this.isQuorum) {
        entry.isSettledOnDisk = false;
        this.host.store.afterSync(() => {
          entry.isSettledOnDisk = true;
          this.run();
        });
      }
      if (outcome) this.host.store.afterSync(() => outcome.confirmed());
    } else outcome?.confirmed();
    // Alone, it goes to a consumer that waits before it can be too old: a time to live of 0 means just that.
    this.run(this.ready > 1);
    this.dropOverflow();
    this.dropExpired();
  }

  /** A message that an earlier process left. Called in order of position. */
  recover(entry: Entry): void {
    this.position = Math.max(this.position, entry.position);
    if (entry.expiresMs !== Infinity) this.mayExpire = true;
    this.admit(entry);
    if (this.isQuorum && entry.returns > 0) this.lanes.back(entry);
    else this.lanes.push(entry);
  }

  // --- out

  /** The next message for `basic.get`, counted as unacknowledged unless `isAutoAck`. */
  take(isAutoAck: boolean): Entry | null {
    this.used();
    this.dropExpired();
    const entry = this.lanes.shift();
    if (!entry) return null;
    this.hand(entry, isAutoAck);
    this.dropExpired();
    return entry;
  }

  subscribe(consumer: Consumer): boolean {
    if (!this.consumers.add(consumer)) return false;
    this.stopIdle?.();
    this.stopIdle = null;
    return true;
  }

  /** Delivers while there is a message and somebody for it. */
  run(isOld = true): void {
    if (this.isRunning || this.isGone) return;
    this.isRunning = true;
    if (isOld) this.dropExpired();
    for (let entry = this.lanes.peek(); entry; entry = this.lanes.peek()) {
      if (!entry.isSettledOnDisk) break;
      const consumer = this.consumers.pick();
      if (consumer === null) break;
      this.lanes.shift();
      this.hand(entry, consumer.isAutoAck);
      if (!consumer.isAutoAck) consumer.inFlight++;
      this.host.burn(COST.deliverUs + entry.message.body.length * COST.byteUs);
      consumer.channel.deliver(consumer, entry);
      if (this.mayExpire) this.dropExpired();
    }
    this.isRunning = false;
  }

  // --- settled

  ack(entry: Entry): void {
    if (!this.release(entry)) return;
    this.acked++;
    this.forget(entry);
  }

  /** Rejected for good: to the dead letter exchange, where there is one. */
  discard(entry: Entry, reason: DeathReason): void {
    if (!this.release(entry)) return;
    this.host.deadLetter(this, entry.message, reason);
    this.forget(entry);
  }

  /**
   * Back to where they were; in quorum queues before all that is ready, until the delivery limit is reached, or behind it
   * all where there is no limit and a client sent them back, so that one bad message does not stop the queue.
   */
  requeue(entries: readonly Entry[], isByClient: boolean): void {
    for (const entry of entries) {
      if (this.isQuorum && entry.returns + 1 > this.settings.deliveryLimit) {
        this.discard(entry, 'delivery_limit');
        continue;
      }
      if (!this.release(entry)) continue;
      entry.isRedelivered = true;
      entry.returns++;
      this.readyBytes += entry.message.body.length;
      if (this.isQuorum && isByClient && this.settings.deliveryLimit === Infinity) this.lanes.push(entry);
      else this.lanes.back(entry);
    }
    if (this.isGone) return;
    this.dropOverflow();
    this.dropExpired();
  }

  /** A consumer of this channel can take again, maybe. */
  unblock(channel: ConsumerChannel): void {
    if (this.consumers.unblock(channel) || this.settings.isSingleActive) this.run();
  }

  cancel(consumer: Consumer): void {
    this.consumers.remove(consumer);
    this.used();
    this.deleteWhenUnused();
    this.run();
  }

  deleteWhenUnused(): void {
    if (this.isAutoDelete && this.consumers.hadAny && this.consumers.count === 0) {
      this.host.deleteQueue(this, 'last consumer gone');
    }
  }

  purge(): number {
    const all = [...this.lanes];
    this.lanes.clear();
    this.readyBytes = 0;
    for (const entry of all) this.forget(entry);
    this.schedule();
    return all.length;
  }

  /** Its timers end and its memory is free; the broker has removed it from everywhere. */
  close(): void {
    this.isGone = true;
    for (const entry of this.entries) this.host.held(-entry.message.sizeBytes);
    this.lanes.clear();
    this.unacked.clear();
    this.stopExpiry?.();
    this.stopIdle?.();
  }

  /** Declared, read or left: an unused queue's time begins anew. */
  used(): void {
    const { expiresMs } = this.settings;
    if (expiresMs === undefined || this.isGone) return;
    this.stopIdle?.();
    this.stopIdle = null;
    if (this.consumers.count > 0) return;
    this.stopIdle = this.host.after(expiresMs, () => this.host.deleteQueue(this, 'expired'));
  }

  // --- inside

  private admit(entry: Entry): void {
    this.readyBytes += entry.message.body.length;
    this.host.held(entry.message.sizeBytes);
  }

  private hand(entry: Entry, isAutoAck: boolean): void {
    const size = entry.message.body.length;
    this.readyBytes -= size;
    this.delivered++;
    if (entry.isRedelivered) this.redelivered++;
    if (isAutoAck) {
      this.forget(entry);
      return;
    }
    this.unacked.add(entry);
    this.unackedBytes += size;
    if (this.isQuorum && entry.isStored) this.host.store.taken(this, entry);
  }

  private release(entry: Entry): boolean {
    if (this.isGone || !this.unacked.delete(entry)) return false;
    this.unackedBytes -= entry.message.body.length;
    return true;
  }

  private forget(entry: Entry): void {
    this.host.held(-entry.message.sizeBytes);
    if (entry.isStored) this.host.store.acked(this, entry);
  }

  private deadAtMs(message: Message): number {
    const ttl = Math.min(this.settings.ttlMs ?? Infinity, message.ttlMs ?? Infinity);
    return ttl === Infinity ? Infinity : this.host.wallMs() + ttl;
  }

  private refuses(message: Message): boolean {
    const { lengthMax, bytesMax, overflow } = this.settings;
    if (overflow === 'drop-head' || (lengthMax === Infinity && bytesMax === Infinity)) return false;
    if (!this.isQuorum) {
      return this.ready + 1 > lengthMax || this.readyBytes + message.body.length > bytesMax;
    }
    // Its publishers hear of the limit after it was passed, and of room again below 80 % (rabbit_fifo.erl, LOW_LIMIT).
    if (this.ready > lengthMax || this.readyBytes > bytesMax) this.isRejecting = true;
    else if (this.ready <= Math.trunc(lengthMax * 0.8) && this.readyBytes <= Math.trunc(bytesMax * 0.8)) {
      this.isRejecting = false;
    }
    return this.isRejecting;
  }

  private dropOverflow(): void {
    const { lengthMax, bytesMax, overflow } = this.settings;
    if (overflow !== 'drop-head') return;
    while (this.ready > 0 && (this.ready > lengthMax || this.readyBytes > bytesMax)) {
      this.drop(this.lanes.shift()!, 'maxlen');
    }
  }

  /** Only at the head: a message behind one that lives longer waits for it, as in RabbitMQ. */
  private dropExpired(): void {
    if (!this.mayExpire || this.isGone) return;
    const nowMs = this.host.wallMs();
    for (;;) {
      const dead = this.lanes.heads().filter((entry) => entry.expiresMs <= nowMs);
      if (dead.length === 0) break;
      for (const entry of dead) {
        this.lanes.drop(entry);
        this.drop(entry, 'expired');
      }
    }
    this.schedule();
  }

  private drop(entry: Entry, reason: DeathReason): void {
    this.readyBytes -= entry.message.body.length;
    this.host.deadLetter(this, entry.message, reason);
    this.forget(entry);
  }

  private schedule(): void {
    if (!this.mayExpire) return;
    const at = this.lanes.heads().reduce((least, entry) => Math.min(least, entry.expiresMs), Infinity);
    if (at === this.expiryAtMs && this.stopExpiry !== null) return;
    this.stopExpiry?.();
    this.stopExpiry = null;
    this.expiryAtMs = at;
    if (at === Infinity) return;
    this.stopExpiry = this.host.after(Math.max(0, at - this.host.wallMs()), () => {
      this.stopExpiry = null;
      this.dropExpired();
      this.run();
    });
  }
}
