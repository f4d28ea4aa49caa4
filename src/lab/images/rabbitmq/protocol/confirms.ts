/** Publisher confirms of a channel: numbers in order of publishing, told once every queue has the message. */
import type { PublishOutcome } from '../queue/queue.ts';

export class Confirms {
  isOn = false;
  private next = 1;
  /** Published and not yet told, in order. */
  private readonly waiting = new Set<number>();
  private confirmed: number[] = [];
  private rejected: number[] = [];

  get count(): number {
    return this.waiting.size;
  }

  get isIdle(): boolean {
    return this.waiting.size === 0;
  }

  /** For a message that goes to `queues` queues; `changed` is called when the channel has something to tell. */
  publish(queues: number, changed: () => void): PublishOutcome {
    const number = this.next++;
    let left = queues;
    let isRejected = false;
    this.waiting.add(number);
    const done = () => {
      if (!this.waiting.delete(number)) return;
      (isRejected ? this.rejected : this.confirmed).push(number);
      changed();
    };
    const one = () => {
      left--;
      if (left <= 0) done();
    };
    const outcome: PublishOutcome = {
      confirmed: one,
      rejected: () => {
        isRejected = true;
        one();
      },
    };
    if (queues === 0) done();
    return outcome;
  }

  /**
   * What to tell now: `multiple` covers all numbers up to its own, and is used as far as nothing before is open or
   * refused (rabbit_channel.erl, coalesce_and_send).
   */
  take(): readonly { readonly kind: 'ack' | 'nack'; readonly number: number; readonly isMultiple: boolean }[] {
    const [acks, nacks] = [this.confirmed.sort((a, b) => a - b), this.rejected.sort((a, b) => a - b)];
    this.confirmed = [];
    this.rejected = [];
    return [...this.coalesce('ack', acks, nacks), ...this.coalesce('nack', nacks, acks)];
  }

  private coalesce(kind: 'ack' | 'nack', numbers: readonly number[], others: readonly number[]) {
    if (numbers.length === 0) return [];
    if (kind === 'ack' && numbers.length === 1) return [{ kind, number: numbers[0]!, isMultiple: false }];
    let oldest = numbers.at(-1)! + 1;
    for (const number of this.waiting) {
      oldest = number;
      break;
    }
    const cutoff = Math.min(oldest, ...others.slice(0, 1));
    const below = numbers.filter((number) => number < cutoff);
    const above = numbers.filter((number) => number >= cutoff);
    return [
      ...(below.length > 0 ? [{ kind, number: below.at(-1)!, isMultiple: true }] : []),
      ...above.map((number) => ({ kind, number, isMultiple: false })),
    ];
  }
}
