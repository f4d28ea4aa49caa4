/** Tells from the trace whether a system is still coming up. Until it is, virtual time may run ahead of real time. */
import type { ProcessState } from '../../lab/core/events.ts';
import type { Topology, TraceEvent } from '../engine.ts';

/** Virtual ms after which a system that is still not up is shown as it is. */
const BOOT_MS_MAX = 60_000;
/** It will not come up by itself, or not soon. */
const HAS_FAILED: ReadonlySet<ProcessState> = new Set(['exited', 'unhealthy', 'paused']);

export class BootWatch {
  isBooting = true;
  private isUpTold = false;
  private readonly replicas: number;
  private readonly states = new Map<string, ProcessState>();

  constructor(topology: Topology) {
    this.replicas = topology.services.reduce((sum, service) => sum + service.replicas, 0);
  }

  /** True once, when booting is over. */
  takeUp(): boolean {
    if (this.isBooting || this.isUpTold) return false;
    this.isUpTold = true;
    return true;
  }

  see(event: TraceEvent): void {
    if (!this.isBooting) return;
    if (event.atMs > BOOT_MS_MAX) this.isBooting = false;
    if (event.kind !== 'process') return;
    this.states.set(event.endpoint, event.state);
    const states = [...this.states.values()];
    // Something went wrong: from here on people want to watch.
    const hasFailed = states.some((state) => HAS_FAILED.has(state));
    const up = states.filter((state) => state === 'running' || state === 'healthy').length;
    if (hasFailed || up >= this.replicas) this.isBooting = false;
  }
}
