/**
 * Notices that a worker no longer answers. Loop guards inside the lab end most runs first, with file and line; this is
 * for what they cannot see: a regular expression that backtracks for ever, a sort of a huge array, a fault of the lab.
 */

/** Real ms between two looks. */
const LOOK_MS = 250;
/** Real ms without an answer after which a running worker is given up. With one look more it is still under 2 s. */
export const SILENCE_MS_MAX = 1600;
/**
 * While a worker starts, and while it compiles everything for the first time, a slow machine needs longer; the guards
 * inside have ended an endless loop by then.
 */
export const STARTING_SILENCE_MS_MAX = 10_000;
/** While workers grade side by side, which begin cold and share the cores with each other and with a running system. */
export const GRADING_SILENCE_MS_MAX = 30_000;

export interface Watched {
  ping(): void;
  /** Called once. */
  onSilence(): void;
}

export class Watchdog {
  private readonly watched: Watched;
  private readonly silenceMsMax: number;
  private readonly timer: ReturnType<typeof setInterval>;
  private askedMs: number | null = null;
  private lookedMs = performance.now();

  constructor(watched: Watched, silenceMsMax: number) {
    this.watched = watched;
    this.silenceMsMax = silenceMsMax;
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  /** Any message of the worker is a sign of life. */
  heard(): void {
    this.askedMs = null;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    // The page itself stood still (a long task, a laptop asleep): the worker may have answered into our own silence.
    if (now - this.lookedMs > 3 * LOOK_MS && this.askedMs !== null) this.askedMs = now;
    this.lookedMs = now;
    if (this.askedMs === null) {
      this.askedMs = now;
      this.watched.ping();
    } else if (now - this.askedMs > this.silenceMsMax) {
      this.stop();
      this.watched.onSilence();
    }
  }
}
