/**
 * The run as a list of facts in order: what the picture shows, for those who read rather than look. Single requests
 * are far too many to read; each second's failures on a link become one fact.
 */
import type { FaultSpec, Outcome, ProcessState } from '../../lab/core/events.ts';

export type Moment = { readonly seq: number; readonly atMs: number } & (
  | { readonly kind: 'process'; readonly endpoint: string; readonly state: ProcessState; readonly reason: string }
  | { readonly kind: 'fault'; readonly on: boolean; readonly text: string; readonly fault: FaultSpec }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'probe'; readonly endpoint: string; readonly passed: boolean; readonly text: string }
  | {
      readonly kind: 'failures';
      readonly from: string;
      readonly to: string;
      readonly failed: number;
      readonly count: number;
      readonly outcome: Outcome;
      /** Of connections that failed, as their opener saw it; '' else. */
      readonly code: string;
    }
  | { readonly kind: 'recovered'; readonly from: string; readonly to: string }
  /** In the second in which it begins, and once none was lost for some seconds. */
  | {
      readonly kind: 'lost';
      readonly from: string;
      readonly to: string;
      readonly lost: number;
      readonly resent: number;
    }
  | { readonly kind: 'arriving'; readonly from: string; readonly to: string }
);

/** Distributes over the union, which Omit does not. */
type WithoutSeq<T> = T extends unknown ? Omit<T, 'seq'> : never;
export type NewMoment = WithoutSeq<Moment>;

const KEPT = 1000;

export class Moments {
  list: Moment[] = [];
  private seq = 0;

  add(moment: NewMoment): void {
    this.list.push({ ...moment, seq: ++this.seq } as Moment);
    if (this.list.length > KEPT + 200) this.list = this.list.slice(-KEPT);
  }

  copy(): Moments {
    const copy = new Moments();
    copy.list = this.list.slice();
    copy.seq = this.seq;
    return copy;
  }
}

/** Moments worth a mark on the time axis. */
export function isBookmark(moment: Moment): boolean {
  return moment.kind === 'fault' || moment.kind === 'note' || (moment.kind === 'process' && moment.state === 'exited');
}
