/** Notices that the other side no longer answers. */

/** Real ms between two looks. */
const LOOK_MS = 250;

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

  /** Any message is a sign of life. */
  heard(): void {
    this.askedMs = null;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    // The page itself stood still (a long task, a laptop asleep): the other side may have answered into our own silence.
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
