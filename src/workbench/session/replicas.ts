/** The processes of a run: one replica each, with its last sampled figures. */
import type { Endpoint, ProcessEvent, ProcessState, SampleEvent } from '../../lab/core/events.ts';

export interface Replica {
  readonly endpoint: Endpoint;
  readonly service: string;
  state: ProcessState;
  exitCode: number | null;
  signal: string;
  reason: string;
  sinceMs: number;
  /** Times its process was started; more than one means it was restarted. */
  starts: number;
  /** When its process was started last; NaN before. */
  startedMs: number;
  /** Busy share of its CPU over the last sampling interval, 0 to 1. */
  cpu: number;
  /** Callbacks waiting for the CPU. */
  queued: number;
  connections: number;
  inFlight: number;
  /** What a database, cache or broker says of itself: keys, connections, messages in each queue. */
  figures: Readonly<Record<string, number>>;
  /** How fast those changed over the last whole second of samples. */
  perSecond: Readonly<Record<string, number>>;
  /** From where `perSecond` is counted. */
  figuresBase: { readonly atMs: number; readonly figures: Readonly<Record<string, number>> } | null;
}

const NONE: Readonly<Record<string, number>> = {};

export class Replicas {
  readonly all = new Map<Endpoint, Replica>();

  process(event: ProcessEvent): Replica {
    const replica = this.get(event.endpoint);
    if (event.state === 'starting') {
      replica.starts++;
      replica.startedMs = event.atMs;
    }
    replica.state = event.state;
    replica.sinceMs = event.atMs;
    replica.reason = event.reason ?? '';
    replica.exitCode = event.exitCode ?? null;
    replica.signal = event.signal ?? '';
    if (event.state === 'exited' || event.state === 'starting') {
      replica.cpu = 0;
      replica.queued = 0;
      replica.connections = 0;
      replica.inFlight = 0;
      replica.figures = NONE;
      replica.perSecond = NONE;
      replica.figuresBase = null;
    }
    return replica;
  }

  sample(event: SampleEvent): void {
    const replica = this.get(event.endpoint);
    replica.cpu = event.cpu;
    replica.queued = event.queued;
    replica.connections = event.connections;
    replica.inFlight = event.inFlight;
    if (event.figures !== undefined) this.keepFigures(replica, event.figures, event.atMs);
  }

  private keepFigures(replica: Replica, figures: Readonly<Record<string, number>>, atMs: number): void {
    replica.figures = figures;
    const base = replica.figuresBase;
    if (base !== null && atMs - base.atMs < 1000) return;
    if (base !== null) {
      const seconds = (atMs - base.atMs) / 1000;
      const rates: Record<string, number> = {};
      for (const [name, value] of Object.entries(figures)) rates[name] = (value - (base.figures[name] ?? 0)) / seconds;
      replica.perSecond = rates;
    }
    replica.figuresBase = { atMs, figures };
  }

  of(service: string): readonly Replica[] {
    return [...this.all.values()]
      .filter((replica) => replica.service === service)
      .sort((a, b) => replicaIndex(a.endpoint) - replicaIndex(b.endpoint));
  }

  copy(): Replicas {
    const copy = new Replicas();
    for (const [endpoint, replica] of this.all) copy.all.set(endpoint, { ...replica });
    return copy;
  }

  private get(endpoint: Endpoint): Replica {
    let replica = this.all.get(endpoint);
    if (replica === undefined) {
      replica = {
        endpoint,
        service: serviceOf(endpoint),
        state: 'created',
        exitCode: null,
        signal: '',
        reason: '',
        sinceMs: 0,
        starts: 0,
        startedMs: Number.NaN,
        cpu: 0,
        queued: 0,
        connections: 0,
        inFlight: 0,
        figures: NONE,
        perSecond: NONE,
        figuresBase: null,
      };
      this.all.set(endpoint, replica);
    }
    return replica;
  }
}

/** `catalog-2` → `catalog`, as Docker Compose names containers; `client` and plain service names stay. */
export function serviceOf(endpoint: Endpoint): string {
  return endpoint.replace(/-\d+$/, '');
}

export function replicaIndex(endpoint: Endpoint): number {
  return Number(/-(\d+)$/.exec(endpoint)?.[1] ?? 0);
}

/** Answers requests, as far as one can see from outside. */
export function isUp(state: ProcessState): boolean {
  return state === 'running' || state === 'healthy' || state === 'unhealthy';
}
