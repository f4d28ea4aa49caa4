/** Statistics of a running load once per virtual second, for the workbench's charts. */
import type { World } from './core/world.ts';
import { type LoadResult, LoadStats } from './load/index.ts';

export interface LoadTickData {
  readonly atMs: number;
  readonly ratePerSecond: number;
  readonly errorRate: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Percentiles over this many seconds: 100 requests at 10 per second, so that p99 means something. */
const WINDOW_MS = 10_000;

export class LoadTicker {
  private recent: LoadResult[] = [];
  private lastSecond: LoadResult[] = [];
  private readonly world: World;
  private readonly onTick: (tick: LoadTickData) => void;
  private isStopped = false;

  constructor(world: World, onTick: (tick: LoadTickData) => void) {
    this.world = world;
    this.onTick = onTick;
    this.schedule();
  }

  add(result: LoadResult): void {
    this.lastSecond.push(result);
  }

  stop(): void {
    this.isStopped = true;
  }

  private schedule(): void {
    this.world.scheduler.after(1_000_000, () => {
      if (this.isStopped) return;
      this.tick();
      this.schedule();
    });
  }

  private tick(): void {
    const atMs = this.world.nowMs;
    this.recent = this.recent.filter((result) => result.endMs > atMs - WINDOW_MS);
    this.recent.push(...this.lastSecond);
    const second = new LoadStats(this.lastSecond, atMs - 1000, atMs);
    const { latency } = new LoadStats(this.recent, atMs - WINDOW_MS, atMs);
    this.lastSecond = [];
    this.onTick({
      atMs,
      ratePerSecond: second.count,
      errorRate: second.errorRate,
      p50Ms: latency.p50,
      p95Ms: latency.p95,
      p99Ms: latency.p99,
    });
  }
}
