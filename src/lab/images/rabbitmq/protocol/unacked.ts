/** Deliveries of a channel that wait for their acknowledgement, by delivery tag, oldest first. */
import type { Unsettled } from './channel.ts';

export type SettleOp = 'ack' | 'requeue' | 'discard';

export class Unacked {
  private byTag = new Map<number, Unsettled>();
  /** Of those, how many went to consumers: what a limit of the channel counts. */
  delivered = 0;

  get size(): number {
    return this.byTag.size;
  }

  get oldest(): Unsettled | undefined {
    for (const unsettled of this.byTag.values()) return unsettled;
    return undefined;
  }

  add(tag: number, unsettled: Unsettled): void {
    this.byTag.set(tag, unsettled);
    if (unsettled.consumer) this.delivered++;
  }

  /** One, or all up to it; tag 0 with `isMultiple` means all. Null when the tag is not there: then nothing is taken. */
  take(tag: number, isMultiple: boolean): readonly (readonly [number, Unsettled])[] | null {
    if (isMultiple && tag === 0) return this.takeAll();
    const last = this.byTag.get(tag);
    if (!last) return null;
    if (!isMultiple) {
      this.remove(tag, last);
      return [[tag, last]];
    }
    const taken: [number, Unsettled][] = [];
    for (const [one, unsettled] of this.byTag) {
      taken.push([one, unsettled]);
      if (one === tag) break;
    }
    for (const [one, unsettled] of taken) this.remove(one, unsettled);
    return taken;
  }

  takeAll(): readonly (readonly [number, Unsettled])[] {
    const all = [...this.byTag];
    this.byTag.clear();
    this.delivered = 0;
    return all;
  }

  /** Back in their order, after a transaction was rolled back. */
  restore(taken: readonly (readonly [number, Unsettled])[]): void {
    if (taken.length === 0) return;
    const all = [...this.byTag, ...taken].sort(([a], [b]) => a - b);
    this.byTag = new Map(all);
    this.delivered = all.reduce((sum, [, { consumer }]) => sum + (consumer ? 1 : 0), 0);
  }

  private remove(tag: number, unsettled: Unsettled): void {
    this.byTag.delete(tag);
    if (unsettled.consumer) this.delivered--;
  }
}
