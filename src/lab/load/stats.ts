/** What a load measured, in the units people read: ms, requests per second, shares from 0 to 1. */
import { Histogram } from './histogram.ts';
import type { LoadResult } from './result.ts';

export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly min: number;
  readonly mean: number;
}

/** The requests that were due in one second. */
export interface SecondStats {
  readonly atMs: number;
  readonly count: number;
  readonly errors: number;
  readonly errorRate: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export class LoadStats {
  /** Sorted by the moment at which they were due. */
  readonly results: readonly LoadResult[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  readonly ok: number;
  readonly errors: number;
  /** 0 to 1; 0 when nothing was sent. */
  readonly errorRate: number;
  /** Successes per second of the window. */
  readonly throughput: number;
  /** Counts by status, or by error code where no reply came: `{ '200': 2990, TIMEOUT: 10 }`. */
  readonly byStatus: Readonly<Record<string, number>>;
  private latencyOf: Latency | null = null;

  constructor(results: readonly LoadResult[], fromMs: number, toMs: number) {
    this.results = isSorted(results) ? results : [...results].sort((a, b) => a.dueMs - b.dueMs || a.id - b.id);
    this.fromMs = fromMs;
    this.toMs = toMs;
    let ok = 0;
    const byStatus: Record<string, number> = {};
    for (const result of results) {
      if (result.isOk) ok++;
      const key = result.error ?? String(result.status);
      byStatus[key] = (byStatus[key] ?? 0) + 1;
    }
    this.count = results.length;
    this.ok = ok;
    this.errors = this.count - ok;
    this.errorRate = this.count === 0 ? 0 : this.errors / this.count;
    this.throughput = toMs > fromMs ? (ok * 1000) / (toMs - fromMs) : 0;
    this.byStatus = byStatus;
  }

  /** Of all requests, errors included, ms. Percentiles at most 0.1 % above the true value. */
  get latency(): Latency {
    if (this.latencyOf !== null) return this.latencyOf;
    const histogram = new Histogram();
    for (const result of this.results) histogram.record(result.latencyUs);
    this.latencyOf = latencyFrom(histogram);
    return this.latencyOf;
  }

  /** The same for the requests that were due from `fromMs` up to `toMs` (virtual ms since boot). */
  window(fromMs: number, toMs: number): LoadStats {
    return new LoadStats(
      this.results.filter(({ dueMs }) => dueMs >= fromMs && dueMs < toMs),
      fromMs,
      toMs,
    );
  }

  /** The same for those results that `keep` keeps. */
  where(keep: (result: LoadResult) => boolean): LoadStats {
    return new LoadStats(this.results.filter(keep), this.fromMs, this.toMs);
  }

  /** One entry per second from the start, also for seconds without requests. */
  get series(): readonly SecondStats[] {
    const seconds: SecondStats[] = [];
    const histogram = new Histogram();
    let i = 0;
    for (let atMs = this.fromMs; atMs < this.toMs; atMs += 1000) {
      histogram.reset();
      let errors = 0;
      for (; i < this.results.length && this.results[i]!.dueMs < atMs + 1000; i++) {
        histogram.record(this.results[i]!.latencyUs);
        if (!this.results[i]!.isOk) errors++;
      }
      const { count } = histogram;
      const { p50, p95, p99 } = latencyFrom(histogram);
      seconds.push({ atMs, count, errors, errorRate: count === 0 ? 0 : errors / count, p50, p95, p99 });
    }
    return seconds;
  }
}

function latencyFrom(histogram: Histogram): Latency {
  const ms = (percent: number) => histogram.percentile(percent) / 1000;
  return {
    p50: ms(50),
    p90: ms(90),
    p95: ms(95),
    p99: ms(99),
    p999: ms(99.9),
    max: histogram.max / 1000,
    min: histogram.min / 1000,
    mean: histogram.mean / 1000,
  };
}

function isSorted(results: readonly LoadResult[]): boolean {
  for (let i = 1; i < results.length; i++) {
    const a = results[i - 1]!;
    const b = results[i]!;
    if (a.dueMs > b.dueMs || (a.dueMs === b.dueMs && a.id > b.id)) return false;
  }
  return true;
}
