import type { Message } from '../broker/message.ts';

/** A message in one queue. */
export class Entry {
  readonly message: Message;
  /** Rises with every message of the queue; its name in the log too. */
  readonly position: number;
  /** Wall clock at which it is dead, ms; Infinity when never. */
  readonly expiresMs: number;
  /** In the log: it outlives the process. */
  readonly isStored: boolean;
  /** Of quorum queues: the log has reached the disk, so it may be handed out. */
  isSettledOnDisk = true;
  isRedelivered = false;
  /** How often it came back, for `x-delivery-count` and the delivery limit of quorum queues. */
  returns = 0;
  returnedAs = 0;

  constructor(message: Message, position: number, expiresMs: number, isStored: boolean) {
    this.message = message;
    this.position = position;
    this.expiresMs = expiresMs;
    this.isStored = isStored;
  }
}
