/** A machine's wall clock: what Date says. Timers and performance.now() go by the monotonic clock, which never errs. */

export interface Skew {
  readonly offsetMs: number;
  /** Parts per million by which it also runs fast (or slow, below 0). A bad quartz has 100. */
  readonly driftPpm: number;
}

export class HostClock {
  private readonly nowMs: () => number;
  private jumpedMs = 0;
  private skew: (Skew & { readonly sinceMs: number }) | null = null;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** How far it is ahead of the true time, ms. */
  skewMs(): number {
    const { skew } = this;
    if (skew === null) return this.jumpedMs;
    return this.jumpedMs + skew.offsetMs + ((this.nowMs() - skew.sinceMs) * skew.driftPpm) / 1e6;
  }

  /** Null sets it right again, as NTP would. */
  set(skew: Skew | null): void {
    this.skew = skew === null ? null : { ...skew, sinceMs: this.nowMs() };
  }

  /** For good: what it showed, it never shows again, or shows twice. */
  jump(ms: number): void {
    this.jumpedMs += ms;
  }
}
