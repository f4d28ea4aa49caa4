/**
 * Ends a callback that does not return. Loops and the microtask queue count down; when the count runs out the budget
 * looks at the work done so far. Two bounds: a count, the same on every machine, and the host's real clock, for
 * iterations that are slow in themselves. Either way the run ends with a sentence; nothing else depends on them.
 */

/** Iterations, or microtasks, between two looks at the real clock: 30 µs of an empty loop, 50 ms of one that throws. */
export const STRIDE = 1 << 14;
/** An empty loop does this many in about half a second; honest work for one callback is thousands of times less. */
const ITERATIONS_MAX = 1 << 28;
/** Real time for one callback: with the page's own watchdog at twice this, an endless loop is over within 2 s. */
const REAL_MS_MAX = 1000;

/** Thrown into the loop; services may catch it, but the next iteration throws again. */
export class LoopLimit extends Error {
  readonly line: number;
  constructor(line: number) {
    super('This callback does not return');
    this.name = 'LoopLimit';
    this.line = line;
  }
}

export class Budget {
  left = STRIDE;
  private spent = 0;
  private startedMs = 0;
  private readonly realNowMs: (() => number) | null;
  private readonly onExceeded: (line: number) => void;

  constructor(realNowMs: (() => number) | null, onExceeded: (line: number) => void) {
    this.realNowMs = realNowMs;
    this.onExceeded = onExceeded;
  }

  /** A new callback starts: what earlier ones used does not count against it. */
  refill(): void {
    if (this.spent === 0) return;
    this.spent = 0;
    this.left = STRIDE;
  }

  /** Called by lowered loops when `left` is used up. */
  over(line: number): void {
    this.left = STRIDE;
    if (!this.isSpent()) return;
    this.left = 0;
    this.onExceeded(line);
    throw new LoopLimit(line);
  }

  /** Counts a stride; whether this callback has had all it gets. */
  isSpent(): boolean {
    const now = this.realNowMs?.() ?? 0;
    if (this.spent === 0) this.startedMs = now;
    this.spent += STRIDE;
    return this.spent >= ITERATIONS_MAX || now - this.startedMs >= REAL_MS_MAX;
  }
}
