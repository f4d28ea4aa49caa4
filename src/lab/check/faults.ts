/**
 * How checks break things: `link(a, b).latency('2s').for('30s')`, `service('catalog').replica(2).kill()`. A fault
 * starts when the method is called; `.for(d)` ends it after `d` and can be awaited until then.
 */
import type { FaultSpec } from '../core/events.ts';
import { type Duration, toMs } from './duration.ts';
import type { CheckHost, SystemHost } from './host.ts';

/** A fault that is on. Awaiting it waits for its end if `for` gave it one, and for nothing otherwise. */
export interface FaultHandle extends PromiseLike<void> {
  /** Virtual ms at which it began. */
  readonly fromMs: number;
  /** Virtual ms at which it ended or is to end; Infinity while nobody said. */
  readonly toMs: number;
  for(duration: Duration): FaultHandle;
  /** Ends it now. */
  heal(): void;
}

export interface LinkFaults {
  latency(delay: Duration, options?: { readonly jitter?: Duration }): FaultHandle;
  /** Share of packets lost, 0 to 1. */
  loss(probability: number): FaultHandle;
  partition(options?: { readonly oneWay?: boolean }): FaultHandle;
  /** Established connections are reset, and later packets with the given probability (1). */
  reset(options?: { readonly probability?: number }): FaultHandle;
}

export interface ServiceFaults {
  /** SIGKILL. */
  kill(): FaultHandle;
  restart(): FaultHandle;
  /** SIGSTOP until healed: peers see silence. */
  pause(): FaultHandle;
  /** New connections are refused until healed. */
  refuse(): FaultHandle;
  /** Each HTTP request costs that much CPU. */
  cpu(perRequest: Duration): FaultHandle;
}

export interface ServiceHandle extends ServiceFaults {
  /** The i-th replica, from 1, as Docker Compose numbers containers. */
  replica(i: number): ServiceFaults;
}

export class Faults {
  private readonly host: CheckHost;
  private readonly system: SystemHost;
  private readonly on = new Set<Fault>();

  constructor(host: CheckHost, system: SystemHost) {
    this.host = host;
    this.system = system;
  }

  link(from: string, to: string): LinkFaults {
    return {
      latency: (delay, { jitter } = {}) =>
        this.start({
          kind: 'latency',
          from,
          to,
          latencyMs: toMs(delay, 'latency'),
          ...(jitter !== undefined && { jitterMs: toMs(jitter, 'jitter') }),
        }),
      loss: (probability) => this.start({ kind: 'loss', from, to, probability: share(probability) }),
      partition: ({ oneWay } = {}) => this.start({ kind: 'partition', from, to, ...(oneWay && { oneWay }) }),
      reset: ({ probability } = {}) =>
        this.start({ kind: 'reset', from, to, ...(probability !== undefined && { probability: share(probability) }) }),
    };
  }

  service(name: string): ServiceHandle {
    const known = this.system.services.find((service) => service.name === name);
    if (known === undefined) {
      const names = this.system.services.map((service) => service.name).join(', ');
      throw new Error(`service('${name}'): there is no such service; the compose file has ${names}`);
    }
    return {
      ...this.faultsOf(name),
      replica: (i) => {
        if (!Number.isInteger(i) || i < 1 || i > known.replicas) {
          throw new Error(`replica(${i}) of ${name}: it has ${known.replicas}, numbered from 1`);
        }
        return this.faultsOf(`${name}-${i}`);
      },
    };
  }

  healAll(): void {
    for (const fault of [...this.on]) fault.heal();
  }

  private faultsOf(service: string): ServiceFaults {
    return {
      kill: () => this.start({ kind: 'kill', service }),
      restart: () => this.start({ kind: 'restart', service }),
      pause: () => this.start({ kind: 'pause', service }),
      refuse: () => this.start({ kind: 'refuse', service }),
      cpu: (perRequest) => this.start({ kind: 'cpu', service, perRequestMs: toMs(perRequest, 'cpu') }),
    };
  }

  private start(spec: FaultSpec): FaultHandle {
    const fault = new Fault(this.host, this.system, spec, (ended) => this.on.delete(ended));
    this.on.add(fault);
    return fault;
  }
}

class Fault implements FaultHandle {
  readonly fromMs: number;
  toMs = Number.POSITIVE_INFINITY;
  private readonly id: number;
  private readonly host: CheckHost;
  private readonly system: SystemHost;
  private readonly onEnd: (fault: Fault) => void;
  private ended: Promise<void> | null = null;
  private resolveEnded: (() => void) | null = null;
  private isOn = true;

  constructor(host: CheckHost, system: SystemHost, spec: FaultSpec, onEnd: (fault: Fault) => void) {
    this.host = host;
    this.system = system;
    this.onEnd = onEnd;
    this.fromMs = host.scheduler.nowUs / 1000;
    this.id = system.inject(spec);
  }

  for(duration: Duration): FaultHandle {
    if (this.ended !== null) throw new Error('for() was already called on this fault');
    const durationMs = toMs(duration, 'for');
    this.toMs = this.fromMs + durationMs;
    this.ended = new this.host.Promise<void>((resolve) => {
      this.resolveEnded = resolve;
    });
    this.host.scheduler.at(this.toMs * 1000, () => this.heal());
    return this;
  }

  heal(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.toMs = this.host.scheduler.nowUs / 1000;
    this.system.heal(this.id);
    this.onEnd(this);
    this.host.enter(() => this.resolveEnded?.());
  }

  then<A = void, B = never>(
    onFulfilled?: ((value: void) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return (this.ended ?? this.host.Promise.resolve()).then(onFulfilled, onRejected);
  }
}

function share(probability: number): number {
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`probability: expected 0 to 1, found ${probability}`);
  return probability;
}
