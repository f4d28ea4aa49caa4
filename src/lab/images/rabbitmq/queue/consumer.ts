import type { Table } from '../wire/fields.ts';
import type { Entry } from './entry.ts';
import type { Queue } from './queue.ts';

/** A subscription of a channel to a queue. */
export interface Consumer {
  readonly tag: string;
  readonly channel: ConsumerChannel;
  readonly queue: Queue;
  readonly isAutoAck: boolean;
  readonly isExclusive: boolean;
  /** 0 for no limit. */
  readonly prefetch: number;
  readonly priority: number;
  readonly args: Table;
  /** Delivered and not settled. */
  inFlight: number;
}

/** What a queue needs of the channel of a consumer. */
export interface ConsumerChannel {
  /** Its connection reads, and the limit of the whole channel leaves room. */
  takes(consumer: Consumer): boolean;
  deliver(consumer: Consumer, entry: Entry): void;
  /** The queue is gone. */
  cancelled(consumer: Consumer): void;
}
