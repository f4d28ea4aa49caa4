/**
 * Who is next: of the consumers that can take a message, the one of highest priority that has waited longest. One that
 * cannot take leaves the round and joins its end when it can again (rabbit_queue_consumers.erl).
 */
import type { Consumer, ConsumerChannel } from './consumer.ts';
import type { QueueSettings } from './settings.ts';

export class Consumers {
  /** The single active consumer, or the exclusive one. */
  active: Consumer | null = null;
  hadAny = false;
  private round: Consumer[] = [];
  private blocked: Consumer[] = [];
  private readonly isSingleActive: boolean;
  private readonly isQuorum: boolean;

  constructor(settings: QueueSettings) {
    this.isSingleActive = settings.isSingleActive;
    this.isQuorum = settings.type === 'quorum';
  }

  get count(): number {
    return this.round.length + this.blocked.length;
  }

  get all(): readonly Consumer[] {
    return [...this.round, ...this.blocked];
  }

  isActive(consumer: Consumer): boolean {
    return !this.isSingleActive || this.active === consumer;
  }

  /** False when the queue is in exclusive use, or the consumer would be alone and is not. */
  add(consumer: Consumer): boolean {
    if (this.isSingleActive) {
      if (consumer.isExclusive) return false;
    } else if (this.active !== null || (consumer.isExclusive && this.count > 0)) return false;
    this.round.push(consumer);
    this.hadAny = true;
    if (this.isSingleActive ? this.active === null : consumer.isExclusive) this.active = consumer;
    return true;
  }

  remove(consumer: Consumer): void {
    this.round = this.round.filter((one) => one !== consumer);
    this.blocked = this.blocked.filter((one) => one !== consumer);
    if (this.active === consumer) this.active = this.isSingleActive ? this.best() : null;
  }

  removeAll(): readonly Consumer[] {
    const all = this.all;
    this.round = [];
    this.blocked = [];
    this.active = null;
    return all;
  }

  /** The next one, already moved to the end of the round; null when nobody takes. */
  pick(): Consumer | null {
    if (this.isSingleActive) return this.pickActive();
    for (;;) {
      const best = this.best();
      if (best === null) return null;
      this.round.splice(this.round.indexOf(best), 1);
      if (takes(best)) {
        this.round.push(best);
        return best;
      }
      this.blocked.push(best);
    }
  }

  /** Lets those of a channel that can take again join the round. True when there were some. */
  unblock(channel: ConsumerChannel): boolean {
    if (this.blocked.length === 0) return false;
    const free = this.blocked.filter((consumer) => consumer.channel === channel && takes(consumer));
    if (free.length === 0) return false;
    this.blocked = this.blocked.filter((consumer) => !free.includes(consumer));
    this.round.push(...free);
    return true;
  }

  private pickActive(): Consumer | null {
    this.handOver();
    const { active } = this;
    if (active === null || this.blocked.includes(active)) return null;
    if (takes(active)) return active;
    this.round = this.round.filter((one) => one !== active);
    this.blocked.push(active);
    return null;
  }

  /** In quorum queues a waiting consumer of higher priority takes over once what the active one holds is settled. */
  private handOver(): void {
    const best = this.isQuorum ? this.best() : null;
    if (best === null || this.active === null || best.priority <= this.active.priority) return;
    if (this.active.inFlight === 0) this.active = best;
  }

  private best(): Consumer | null {
    let best: Consumer | null = null;
    for (const consumer of this.round) if (best === null || consumer.priority > best.priority) best = consumer;
    return best;
  }
}

function takes(consumer: Consumer): boolean {
  const isFull = !consumer.isAutoAck && consumer.prefetch > 0 && consumer.inFlight >= consumer.prefetch;
  return !isFull && consumer.channel.takes(consumer);
}
