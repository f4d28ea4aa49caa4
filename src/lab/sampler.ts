/** Figures of every replica at fixed virtual intervals, into the trace. */
import type { ScheduledEvent } from './core/scheduler.ts';
import type { World } from './core/world.ts';
import type { RunningContainer } from './system.ts';

/** Often enough for a picture that moves, rare enough to be one event in a thousand. */
const INTERVAL_US = 250_000;

export class Sampler {
  private readonly world: World;
  private readonly containers: () => Iterable<RunningContainer>;
  private readonly cpuUsedUs = new Map<object, number>();
  private event: ScheduledEvent | null = null;

  constructor(world: World, containers: () => Iterable<RunningContainer>) {
    this.world = world;
    this.containers = containers;
  }

  start(): void {
    this.event ??= this.world.scheduler.after(INTERVAL_US, () => {
      this.event = null;
      this.sample();
      this.start();
    });
  }

  stop(): void {
    if (this.event !== null) this.world.scheduler.cancel(this.event);
    this.event = null;
  }

  private sample(): void {
    for (const { spec, host, main } of this.containers()) {
      if (main === null) continue;
      const usedUs = main.cpuUsedUs - (this.cpuUsedUs.get(main) ?? 0);
      this.cpuUsedUs.set(main, main.cpuUsedUs);
      this.world.trace.record({
        kind: 'sample',
        atMs: this.world.nowMs,
        endpoint: spec.endpoint,
        // A callback may run past the end of the interval; it is counted where it began.
        cpu: Math.min(1, usedUs / INTERVAL_US),
        queued: main.queued,
        connections: host.openConnections,
        inFlight: main.inFlight,
        ...(main.figures ? { figures: main.figures } : {}),
      });
    }
  }
}
