/**
 * One direction of one connection through a proxy. What the rules say of a packet is done to a chunk of the stream:
 * delayed, cut off with its connection, swallowed; a lost one stalls the stream as TCP's retransmission would, because
 * the kernel's TCP in between cannot be made to lose anything.
 */
import type { Scheduler } from '../../../lab/core/scheduler.ts';
import { DROP, PASS, RESET, SWALLOW } from '../../../lab/net/network.ts';
import type { Route } from './route.ts';

/** Linux: TCP_RTO_MIN, doubled each time up to TCP_RTO_MAX. */
const RTO_US = 200_000;
const RTO_US_MAX = 120_000_000;
/** Above it the sender is not read any more. */
export const QUEUE_BYTES_MAX = 256 * 1024;
/** On a slow line bytes arrive as they come, not in lumps. */
const SLOW_CHUNK_BYTES = 4096;

export interface WayOwner {
  /** In order. */
  deliver(bytes: Uint8Array): void;
  /** The sender's FIN has arrived. */
  deliverEnd(): void;
  /** Both ends get an RST. */
  reset(): void;
  /** The queue has become short again. */
  onDrain(): void;
}

interface Segment {
  /** Null for the FIN. */
  readonly bytes: Uint8Array | null;
  /** When it arrives; null while it is lost. */
  dueUs: number | null;
  tries: number;
}

export class Way {
  queuedBytes = 0;
  private readonly queue: Segment[] = [];
  private readonly route: Route;
  private readonly connection: number;
  private readonly scheduler: Scheduler;
  private readonly owner: WayOwner;
  private isHoled = false;
  private isOver = false;
  private isWaiting = false;

  constructor(route: Route, connection: number, scheduler: Scheduler, owner: WayOwner) {
    this.route = route;
    this.connection = connection;
    this.scheduler = scheduler;
    this.owner = owner;
  }

  push(bytes: Uint8Array): void {
    if (this.isOver || this.isHoled) return;
    if (this.queue.length === 0 && !this.route.hasRules) {
      this.owner.deliver(bytes);
      return;
    }
    const isSlow = this.route.bytesPerSecond < Number.POSITIVE_INFINITY;
    const step = isSlow ? SLOW_CHUNK_BYTES : bytes.length;
    for (let at = 0; at < bytes.length && !this.isOver && !this.isHoled; at += step)
      this.add(bytes.subarray(at, at + step));
  }

  end(): void {
    // As in the lab, the end passes a hole in the stream.
    if (this.isOver) return;
    this.add(null);
  }

  /** The connection is gone; nothing more arrives. */
  stop(): void {
    this.isOver = true;
    this.queue.length = 0;
  }

  private add(bytes: Uint8Array | null): void {
    const segment: Segment = { bytes, dueUs: null, tries: 0 };
    this.queue.push(segment);
    this.queuedBytes += bytes?.length ?? 0;
    this.send(segment);
    this.next();
  }

  private send(segment: Segment): void {
    const { bytes } = segment;
    const decision = this.route.decide(bytes === null ? 'fin' : 'data', this.connection, bytes?.length ?? 0);
    segment.tries++;
    if (decision === RESET) {
      this.owner.reset();
    } else if (decision === SWALLOW) {
      this.isHoled = true;
      this.queue.splice(this.queue.indexOf(segment));
      this.queuedBytes -= bytes?.length ?? 0;
    } else if (decision !== DROP) {
      segment.dueUs = this.route.occupy(this.scheduler.nowUs, bytes?.length ?? 0) + Math.max(PASS, decision);
    }
  }

  /** Delivers what has arrived, and waits for what comes next. */
  private next(): void {
    if (this.isWaiting) return;
    const { nowUs } = this.scheduler;
    for (let head = this.queue[0]; head !== undefined && !this.isOver; head = this.queue[0]) {
      if (head.dueUs === null) {
        this.retryLater(head);
        return;
      }
      if (head.dueUs > nowUs) {
        this.wait(head.dueUs, () => this.next());
        return;
      }
      this.queue.shift();
      const wasFull = this.queuedBytes > QUEUE_BYTES_MAX;
      this.queuedBytes -= head.bytes?.length ?? 0;
      if (head.bytes === null) this.owner.deliverEnd();
      else this.owner.deliver(head.bytes);
      if (wasFull && this.queuedBytes <= QUEUE_BYTES_MAX) this.owner.onDrain();
    }
  }

  /** The first that is lost is sent again after its timeout; once it is through, so are those behind it. */
  private retryLater(head: Segment): void {
    const rtoUs = Math.min(RTO_US * 2 ** (head.tries - 1), RTO_US_MAX);
    this.wait(this.scheduler.nowUs + rtoUs, () => {
      this.send(head);
      if (head.dueUs !== null)
        for (const segment of this.queue) if (segment.dueUs === null && !this.isOver) this.send(segment);
      this.next();
    });
  }

  private wait(untilUs: number, run: () => void): void {
    this.isWaiting = true;
    this.scheduler.at(untilUs, () => {
      this.isWaiting = false;
      if (!this.isOver) run();
    });
  }
}
