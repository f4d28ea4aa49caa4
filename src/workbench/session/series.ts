/**
 * What happened in each virtual second: the points of every chart. A second is closed when the first event of a later
 * one arrives; only closed seconds are shown, so a line never moves after it was drawn.
 */
import { Histogram, type PackedHistogram } from './histogram.ts';

export interface Second {
  /** End of the second, virtual ms. */
  readonly atMs: number;
  readonly count: number;
  readonly failed: number;
  /** NaN when nothing was answered in the second. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Requests from outside that were sent and not yet answered at the second's end. */
  readonly inFlight: number;
  readonly abandoned: number;
}

export interface Summary {
  readonly seconds: number;
  readonly ratePerSecond: number;
  /** 0 to 1; NaN when there were no requests. */
  readonly errorRate: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly abandoned: number;
}

/** Seconds kept; an exercise's run is a minute or two, a lecture's demonstration perhaps ten. */
const KEPT = 900;
/** Seconds that percentiles of "now" look back. */
const RECENT = 10;

export class Series {
  seconds: Second[] = [];
  private open = new Histogram();
  private recent: PackedHistogram[] = [];
  private openCount = 0;
  private openFailed = 0;
  private openAbandoned = 0;
  private endMs = 1000;

  record(durationMs: number, failed: boolean): void {
    this.openCount++;
    if (failed) this.openFailed++;
    this.open.record(durationMs);
  }

  recordAbandoned(count: number): void {
    this.openAbandoned += count;
  }

  /** Closes all seconds that ended at or before `nowMs`. */
  advance(nowMs: number, inFlight: number): void {
    while (nowMs >= this.endMs) {
      this.close(inFlight);
      // After a jump (a breakpoint of hours) empty seconds would fill memory and say nothing.
      if (nowMs - this.endMs > KEPT * 1000) this.endMs = Math.floor(nowMs / 1000) * 1000;
    }
  }

  /** Over the last `seconds` closed seconds, at most 10 for percentiles. */
  summary(seconds = RECENT): Summary {
    const last = this.seconds.slice(-seconds);
    const merged = new Histogram();
    for (const histogram of this.recent.slice(-seconds)) merged.addPacked(histogram);
    let count = 0;
    let failed = 0;
    let abandoned = 0;
    for (const second of last) {
      count += second.count;
      failed += second.failed;
      abandoned += second.abandoned;
    }
    return {
      seconds: last.length,
      ratePerSecond: last.length === 0 ? 0 : count / last.length,
      errorRate: count === 0 ? Number.NaN : failed / count,
      p50Ms: merged.percentile(0.5),
      p95Ms: merged.percentile(0.95),
      p99Ms: merged.percentile(0.99),
      abandoned,
    };
  }

  /** One that goes its own way from here; what is over is shared. */
  copy(): Series {
    const copy = new Series();
    copy.seconds = this.seconds.slice();
    copy.open.addPacked(this.open.packed());
    copy.recent = this.recent.slice();
    copy.openCount = this.openCount;
    copy.openFailed = this.openFailed;
    copy.openAbandoned = this.openAbandoned;
    copy.endMs = this.endMs;
    return copy;
  }

  private close(inFlight: number): void {
    this.seconds.push({
      atMs: this.endMs,
      count: this.openCount,
      failed: this.openFailed,
      p50Ms: this.open.percentile(0.5),
      p95Ms: this.open.percentile(0.95),
      p99Ms: this.open.percentile(0.99),
      inFlight,
      abandoned: this.openAbandoned,
    });
    if (this.seconds.length > KEPT) this.seconds.splice(0, this.seconds.length - KEPT);
    this.recent.push(this.open.packed());
    if (this.recent.length > RECENT) this.recent.shift();
    this.open.clear();
    this.openCount = 0;
    this.openFailed = 0;
    this.openAbandoned = 0;
    this.endMs += 1000;
  }
}
