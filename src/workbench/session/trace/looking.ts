/** Which requests are listed, and which one is looked at: other panels point here. */
import { type Signal, signal } from '@preact/signals';
import type { TraceFilter } from './list.ts';

export interface ShownTrace {
  /** The request from outside. */
  readonly root: number;
  /** The one among those it caused that was asked for. */
  readonly span: number;
}

export class TraceLooking {
  readonly filter: Signal<TraceFilter> = signal({ service: '', show: 'all', search: '', order: 'newest' });
  readonly shown: Signal<ShownTrace | null> = signal(null);

  narrow(change: Partial<TraceFilter>): void {
    this.filter.value = { ...this.filter.value, ...change };
  }
}
