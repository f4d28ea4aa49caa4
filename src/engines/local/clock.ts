/**
 * The scheduler on real time: the same queue of events, run when their moment has come. What the lab's load generator,
 * supervisor and faults plan, happens here on the machine's own clock.
 */
import { performance } from 'node:perf_hooks';
import { type ScheduledEvent, Scheduler, type TimeUs } from '../../lab/core/scheduler.ts';

/** setTimeout comes up to a millisecond late; the rest of the way is gone in turns of the event loop. */
const COARSE_US = 1500;
/** So that sockets get their turn when a load falls behind. */
const EVENTS_PER_TURN = 256;

export class RealClock extends Scheduler {
  private timer: NodeJS.Timeout | null = null;
  private immediate: NodeJS.Immediate | null = null;
  private armedUs = Number.POSITIVE_INFINITY;
  private isPumping = false;
  private isStopped = false;

  constructor() {
    super();
    const startMs = performance.now();
    // The lab's events set the clock; here nothing can.
    Object.defineProperty(this, 'nowUs', {
      get: () => Math.round((performance.now() - startMs) * 1000),
      set: () => {},
    });
  }

  override at(timeUs: TimeUs, run: () => void): ScheduledEvent {
    const event = super.at(timeUs, run);
    if (!this.isPumping) this.arm(event.timeUs);
    return event;
  }

  /** Nothing planned happens any more. */
  stop(): void {
    this.isStopped = true;
    this.disarm();
  }

  private arm(dueUs: TimeUs): void {
    if (dueUs >= this.armedUs || this.isStopped) return;
    this.disarm();
    this.armedUs = dueUs;
    const waitUs = dueUs - this.nowUs;
    if (waitUs <= COARSE_US) this.immediate = setImmediate(() => this.pump());
    // A timer of more than 2^31 ms would fire at once.
    else this.timer = setTimeout(() => this.pump(), Math.min((waitUs - COARSE_US) / 1000, 1e9));
  }

  private disarm(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.immediate !== null) clearImmediate(this.immediate);
    this.timer = null;
    this.immediate = null;
    this.armedUs = Number.POSITIVE_INFINITY;
  }

  private pump(): void {
    this.disarm();
    this.isPumping = true;
    try {
      for (let i = 0; i < EVENTS_PER_TURN && !this.isStopped && this.step(this.nowUs); i++);
    } finally {
      this.isPumping = false;
      const { nextUs } = this;
      if (nextUs < Number.POSITIVE_INFINITY) this.arm(nextUs);
    }
  }
}
