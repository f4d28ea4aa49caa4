/**
 * Drives virtual time against real time: in slices short enough that messages of the page get in between, at a chosen
 * speed, with pause and step. Knows nothing of workers; time and waiting are passed in.
 */

/** What is driven: the lab's clock and queue. */
export interface Steerable {
  readonly nowUs: number;
  /** Time of the next event, Infinity when there is none. */
  readonly nextUs: number;
  /** Runs the next event at or before `untilUs`; false when there is none. */
  step(untilUs: number): boolean;
  /** Sets the clock forward to `us`, where no event is due before. */
  advanceTo(us: number): void;
}

export interface PacerHost {
  /** Real monotonic time, ms. */
  nowMs(): number;
  /** Runs `run` as soon as waiting messages were taken. */
  soon(run: () => void): void;
  /** Runs `run` after real ms; returns the function that prevents it. */
  later(delayMs: number, run: () => void): () => void;
  /** Called after each slice: send what has gathered. `isDue` when nothing may be held back any longer. */
  afterSlice(isDue: boolean): void;
  /** Whether the run cannot go on. Asked after each event. */
  hasEnded(): boolean;
  /** Whether virtual time may run ahead, as while the system boots: nobody wants to wait for health checks. */
  isHurried(): boolean;
}

/** A slice takes at most this much real time, ms: the worker answers the page's pings and requests in between. */
const SLICE_MS = 8;
/** Looking at the real clock costs as much as a small event; after this many is often enough. */
const EVENTS_PER_LOOK = 8;
/** The page is told at least this often, real ms, that time goes on. */
const REST_MS_MAX = 40;
/** A machine that falls behind by more than this does not have to catch up: the speed is then what it can do. */
const LAG_MS_MAX = 100;

export class Pacer {
  state: 'playing' | 'paused' = 'paused';
  speed = 1;
  private readonly target: Steerable;
  private readonly host: PacerHost;
  /** Where real and virtual time were last set equal. */
  private anchorMs = 0;
  private anchorUs = 0;
  private cancelRest: (() => void) | null = null;
  private isSliceWaiting = false;

  constructor(target: Steerable, host: PacerHost) {
    this.target = target;
    this.host = host;
  }

  play(speed: number): void {
    this.speed = speed;
    this.state = 'playing';
    this.anchor();
    this.wake();
  }

  pause(): void {
    this.state = 'paused';
    this.cancelRest?.();
    this.cancelRest = null;
    this.host.afterSlice(true);
  }

  /** Runs until `isThere` says so after an event, in slices; then stays paused. */
  stepUntil(isThere: () => boolean): void {
    this.pause();
    const run = () => {
      if (this.state !== 'paused' || this.host.hasEnded()) return;
      const deadline = this.host.nowMs() + SLICE_MS;
      do {
        if (!this.target.step(Number.POSITIVE_INFINITY) || isThere() || this.host.hasEnded()) {
          this.host.afterSlice(true);
          return;
        }
      } while (this.host.nowMs() < deadline);
      this.host.afterSlice(false);
      this.host.soon(run);
    };
    run();
  }

  /** Something new may be due earlier than the pacer planned to look, as a request of the page. */
  wake(): void {
    if (this.state !== 'playing') return;
    this.cancelRest?.();
    this.cancelRest = null;
    if (this.isSliceWaiting) return;
    this.isSliceWaiting = true;
    this.host.soon(() => {
      this.isSliceWaiting = false;
      this.slice();
    });
  }

  private slice(): void {
    if (this.state !== 'playing' || this.host.hasEnded()) return;
    const { target, host } = this;
    const deadline = host.nowMs() + SLICE_MS;
    let isCaughtUp = false;
    for (let events = 0; ; events++) {
      if (events % EVENTS_PER_LOOK === 0 && host.nowMs() >= deadline) break;
      if (host.isHurried()) {
        if (target.step(Number.POSITIVE_INFINITY)) this.anchor();
        else isCaughtUp = true;
      } else {
        const goalUs = this.goalUs();
        if (!target.step(goalUs)) {
          if (goalUs !== Number.POSITIVE_INFINITY) target.advanceTo(goalUs);
          isCaughtUp = true;
        }
      }
      if (isCaughtUp || host.hasEnded()) break;
    }
    if (!isCaughtUp && this.lagMs() > LAG_MS_MAX) this.anchor();
    host.afterSlice(host.hasEnded());
    if (host.hasEnded()) return;
    if (isCaughtUp) this.rest();
    else this.wake();
  }

  /** Sleeps until the next event is due, or until the page wants to see the clock move. */
  private rest(): void {
    const dueMs = (this.target.nextUs - this.target.nowUs) / 1000 / this.speed;
    this.cancelRest = this.host.later(Math.max(1, Math.min(REST_MS_MAX, dueMs)), () => {
      this.cancelRest = null;
      this.slice();
    });
  }

  private goalUs(): number {
    if (this.speed === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return this.anchorUs + Math.floor((this.host.nowMs() - this.anchorMs) * 1000 * this.speed);
  }

  private lagMs(): number {
    if (this.speed === Number.POSITIVE_INFINITY) return 0;
    return (this.goalUs() - this.target.nowUs) / 1000 / this.speed;
  }

  private anchor(): void {
    this.anchorMs = this.host.nowMs();
    this.anchorUs = this.target.nowUs;
  }
}
