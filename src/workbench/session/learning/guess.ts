/** A guess about the system that runs: what the worst second will be from now on, made before one breaks something. */
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Second } from '../series.ts';
import { readDuration, readPercent } from './prediction.ts';

export interface Guess {
  readonly p99Ms: number | null;
  /** 0 to 100. */
  readonly errorPercent: number | null;
}

export interface Commitment extends Guess {
  /** It speaks of the seconds after this moment, virtual ms. */
  readonly sinceMs: number;
}

export class Guesses {
  /** Whether one is being made: the chart then takes it, too. */
  readonly isDrafting: Signal<boolean> = signal(false);
  /** As typed. */
  readonly p99: Signal<string> = signal('');
  readonly errors: Signal<string> = signal('');
  readonly draft: ReadonlySignal<Guess> = computed(() => ({
    p99Ms: readDuration(this.p99.value),
    errorPercent: readPercent(this.errors.value),
  }));
  readonly committed: Signal<Commitment | null> = signal(null);

  commit(sinceMs: number): void {
    const guess = this.draft.value;
    if (guess.p99Ms === null && guess.errorPercent === null) return;
    batch(() => {
      this.committed.value = { ...guess, sinceMs };
      this.isDrafting.value = false;
    });
  }

  /** Another guess, or another run. */
  clear(): void {
    batch(() => {
      this.committed.value = null;
      this.p99.value = '';
      this.errors.value = '';
    });
  }
}

/** What came so far; null where there were no requests. */
export function worstSince(seconds: readonly Second[], sinceMs: number): Guess {
  const worst = (values: readonly number[]) => {
    const known = values.filter(Number.isFinite);
    return known.length === 0 ? null : Math.max(...known);
  };
  // A second is known at its end; the one in which the guess was made is half before it.
  const after = seconds.filter(({ atMs }) => atMs - 1000 >= sinceMs);
  return {
    p99Ms: worst(after.map(({ p99Ms }) => p99Ms)),
    errorPercent: worst(after.map(({ count, failed }) => (count === 0 ? Number.NaN : (100 * failed) / count))),
  };
}
