/**
 * How checks break things: `link(a, b).latency('2s').for('30s')`, `service('catalog').replica(2).kill()`. A fault
 * starts when the method is called, or later: `link(a, b).after('10s').latency('2s')`. `.for(d)` ends it after `d` and
 * can be awaited until then; `.every(d)` lets it come again. `chaos` draws faults from the run's seed.
 */
import type { FaultKind, FaultSpec } from '../core/events.ts';
import { Random } from '../core/random.ts';
import { randomSchedule } from '../faults/schedule.ts';
import { type Duration, toMs, toSignedMs } from './duration.ts';
import type { CheckHost, SystemHost } from './host.ts';
import { type Size, toBytes } from './size.ts';

/** A fault that is on, or will be. Awaiting it waits for its end if `for` gave it one, and for nothing otherwise. */
export interface FaultHandle extends PromiseLike<void> {
  /** Virtual ms at which it began or is to begin. */
  readonly fromMs: number;
  /** Virtual ms at which it ended or is to end; Infinity while nobody said. */
  readonly toMs: number;
  for(duration: Duration): FaultHandle;
  /** It begins again every so often, counted from its first beginning, until `heal`; that is what awaiting it waits for. */
  every(period: Duration): FaultHandle;
  /** Ends it now. */
  heal(): void;
}

export interface LinkFaults {
  /** The same faults, so much later. */
  after(delay: Duration): LinkFaults;
  latency(delay: Duration, options?: { readonly jitter?: Duration }): FaultHandle;
  /** Share of packets lost, 0 to 1. */
  loss(probability: number): FaultHandle;
  partition(options?: { readonly oneWay?: boolean }): FaultHandle;
  /** Established connections are reset, and later packets with the given probability (1). */
  reset(options?: { readonly probability?: number }): FaultHandle;
  /** Bytes in a second, each way: `'100kB'`. */
  bandwidth(perSecond: Size): FaultHandle;
  /** What the first sends to the second is acknowledged and vanishes; connections stay open. */
  timeout(): FaultHandle;
  /** The end of a connection is noticed so much later. */
  slowClose(delay: Duration): FaultHandle;
  /** The n-th reply (1) of the second to the first vanishes after it was written. */
  dropReply(nth?: number): FaultHandle;
  /** The first cannot resolve the second's name. */
  dnsFailure(error?: 'ENOTFOUND' | 'EAI_AGAIN'): FaultHandle;
  /** The first resolves the second's name so much slower. */
  dnsDelay(delay: Duration): FaultHandle;
  /** The first keeps addresses of the second for so long, whatever becomes of the replicas. */
  dnsCache(ttl: Duration): FaultHandle;
}

export interface ServiceFaults {
  /** The same faults, so much later. */
  after(delay: Duration): ServiceFaults;
  /** SIGKILL. */
  kill(): FaultHandle;
  restart(): FaultHandle;
  /** SIGSTOP until healed: peers see silence. */
  pause(): FaultHandle;
  /** New connections are refused until healed. */
  refuse(): FaultHandle;
  /** Each HTTP request costs that much CPU. */
  cpu(perRequest: Duration): FaultHandle;
  /** It runs for this share of each 100 ms, above 0 and below 1. */
  cpuThrottle(share: number): FaultHandle;
  /** Above it the OOM killer ends the process with 137: `'64MiB'`. */
  memoryLimit(size: Size): FaultHandle;
  /** It dies just before its n-th change of a file or write to a socket. */
  crashAtIo(nth: number): FaultHandle;
  /** Writes fail with ENOSPC once `free` (0) more is written. */
  diskFull(options?: { readonly free?: Size }): FaultHandle;
  slowDisk(delay: Duration, options?: { readonly jitter?: Duration }): FaultHandle;
  /** Its wall clock is so much ahead, or behind: `'-5s'`. */
  clockSkew(offset: Duration, options?: { readonly driftPpm?: number }): FaultHandle;
  /** Its wall clock is set by so much, for good. */
  clockJump(by: Duration): FaultHandle;
}

export interface ServiceHandle extends ServiceFaults {
  /** The i-th replica, from 1, as Docker Compose numbers containers. */
  replica(i: number): ServiceFaults;
}

export interface ChaosOptions {
  /** All faults begin and end within this time. */
  readonly duration: Duration;
  /** How many; default 5. */
  readonly faults?: number;
  /** Kinds to draw from; default all. */
  readonly kinds?: readonly FaultKind[];
  /** Services that may be hit, and whose links; default all. */
  readonly services?: readonly string[];
  /** A schedule of an earlier run, or a part of it, instead of drawing one. */
  readonly schedule?: readonly FaultSpec[];
}

/** Faults by chance. Awaiting it waits until the last is over. */
export interface Chaos extends PromiseLike<void> {
  /** What happens when, relative to its beginning; plain data, good for `chaos({ schedule })`. */
  readonly schedule: readonly FaultSpec[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Ends what is on and prevents the rest. */
  heal(): void;
}

export class Faults {
  private readonly host: CheckHost;
  private readonly system: SystemHost;
  private readonly on = new Set<{ heal(): void }>();
  private draws = 0;

  constructor(host: CheckHost, system: SystemHost) {
    this.host = host;
    this.system = system;
  }

  link(from: string, to: string, afterMs = 0): LinkFaults {
    const start = (spec: FaultSpec) => this.start(spec, afterMs);
    const ends = { from, to };
    return {
      after: (delay) => this.link(from, to, afterMs + toMs(delay, 'after')),
      latency: (delay, { jitter } = {}) =>
        start({
          kind: 'latency',
          ...ends,
          latencyMs: toMs(delay, 'latency'),
          ...(jitter !== undefined && { jitterMs: toMs(jitter, 'jitter') }),
        }),
      loss: (probability) => start({ kind: 'loss', ...ends, probability: share(probability) }),
      partition: ({ oneWay } = {}) => start({ kind: 'partition', ...ends, ...(oneWay && { oneWay }) }),
      reset: ({ probability } = {}) =>
        start({ kind: 'reset', ...ends, ...(probability !== undefined && { probability: share(probability) }) }),
      bandwidth: (size) => start({ kind: 'bandwidth', ...ends, bytesPerSecond: toBytes(size, 'bandwidth') }),
      timeout: () => start({ kind: 'timeout', ...ends }),
      slowClose: (delay) => start({ kind: 'slow-close', ...ends, delayMs: toMs(delay, 'slowClose') }),
      dropReply: (nth) => start({ kind: 'drop-reply', ...ends, ...(nth !== undefined && { nth }) }),
      dnsFailure: (error) => start({ kind: 'dns-failure', ...ends, ...(error !== undefined && { error }) }),
      dnsDelay: (delay) => start({ kind: 'dns-delay', ...ends, delayMs: toMs(delay, 'dnsDelay') }),
      dnsCache: (ttl) => start({ kind: 'dns-cache', ...ends, ttlMs: toMs(ttl, 'dnsCache') }),
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

  chaos({ duration, faults = 5, kinds, services, schedule }: ChaosOptions): Chaos {
    const isMeant = (name: string) => services === undefined || services.includes(name);
    const { seed, scheduler } = this.host;
    const planned =
      schedule ??
      randomSchedule(Random.derive(seed, `chaos ${++this.draws}`), {
        services: this.system.services.filter(({ name }) => isMeant(name)),
        links: this.system.links.filter(([from, to]) => isMeant(from) || isMeant(to)),
        durationMs: toMs(duration, 'duration'),
        count: faults,
        ...(kinds !== undefined && { kinds }),
      });
    const ids = planned.map((spec) => this.system.inject(spec));
    const fromMs = scheduler.nowUs / 1000;
    const lengthMs = Math.max(
      toMs(duration, 'duration'),
      ...planned.map((each) => (each.afterMs ?? 0) + (each.forMs ?? 0)),
    );
    let resolveEnded = () => {};
    let isOn = true;
    const ended = new this.host.Promise<void>((resolve) => {
      resolveEnded = resolve;
    });
    const chaos = {
      schedule: planned,
      fromMs,
      toMs: fromMs + lengthMs,
      heal: () => {
        if (!isOn) return;
        isOn = false;
        this.on.delete(chaos);
        for (const id of ids) this.system.heal(id);
        this.host.enter(() => resolveEnded());
      },
      then: ended.then.bind(ended) as PromiseLike<void>['then'],
    };
    this.on.add(chaos);
    scheduler.at((fromMs + lengthMs) * 1000, () => chaos.heal());
    return chaos;
  }

  healAll(): void {
    for (const fault of [...this.on]) fault.heal();
  }

  private faultsOf(service: string, afterMs = 0): ServiceFaults {
    const start = (spec: FaultSpec) => this.start(spec, afterMs);
    return {
      after: (delay) => this.faultsOf(service, afterMs + toMs(delay, 'after')),
      kill: () => start({ kind: 'kill', service }),
      restart: () => start({ kind: 'restart', service }),
      pause: () => start({ kind: 'pause', service }),
      refuse: () => start({ kind: 'refuse', service }),
      cpu: (perRequest) => start({ kind: 'cpu', service, perRequestMs: toMs(perRequest, 'cpu') }),
      cpuThrottle: (part) => start({ kind: 'cpu-throttle', service, share: part }),
      memoryLimit: (size) => start({ kind: 'memory-limit', service, bytes: toBytes(size, 'memoryLimit') }),
      crashAtIo: (nth) => start({ kind: 'crash-at-io', service, nth }),
      diskFull: ({ free } = {}) =>
        start({ kind: 'disk-full', service, ...(free !== undefined && { freeBytes: toBytes(free, 'free') }) }),
      slowDisk: (delay, { jitter } = {}) =>
        start({
          kind: 'slow-disk',
          service,
          delayMs: toMs(delay, 'slowDisk'),
          ...(jitter !== undefined && { jitterMs: toMs(jitter, 'jitter') }),
        }),
      clockSkew: (offset, { driftPpm } = {}) =>
        start({
          kind: 'clock-skew',
          service,
          offsetMs: toSignedMs(offset, 'clockSkew'),
          ...(driftPpm !== undefined && { driftPpm }),
        }),
      clockJump: (by) => start({ kind: 'clock-jump', service, byMs: toSignedMs(by, 'clockJump') }),
    };
  }

  private start(spec: FaultSpec, afterMs: number): FaultHandle {
    const fault = new Fault(this.host, this.system, spec, afterMs, (ended) => this.on.delete(ended));
    this.on.add(fault);
    return fault;
  }
}

class Fault implements FaultHandle {
  readonly fromMs: number;
  toMs = Number.POSITIVE_INFINITY;
  private id: number;
  private readonly host: CheckHost;
  private readonly system: SystemHost;
  private readonly spec: FaultSpec;
  private readonly onEnd: (fault: Fault) => void;
  private forMs: number | null = null;
  private everyMs: number | null = null;
  private ended: Promise<void> | null = null;
  private resolveEnded: (() => void) | null = null;
  private isOn = true;

  constructor(host: CheckHost, system: SystemHost, spec: FaultSpec, afterMs: number, onEnd: (fault: Fault) => void) {
    this.host = host;
    this.system = system;
    this.spec = spec;
    this.onEnd = onEnd;
    this.fromMs = host.scheduler.nowUs / 1000 + afterMs;
    this.id = system.inject(afterMs > 0 ? { ...spec, afterMs } : spec);
  }

  for(duration: Duration): FaultHandle {
    if (this.forMs !== null) throw new Error('for() was already called on this fault');
    this.forMs = toMs(duration, 'for');
    this.checkPeriod();
    if (this.everyMs === null) this.toMs = this.fromMs + this.forMs;
    this.waitForEnd();
    this.endAt(this.fromMs + this.forMs);
    return this;
  }

  every(period: Duration): FaultHandle {
    if (this.everyMs !== null) throw new Error('every() was already called on this fault');
    this.everyMs = toMs(period, 'every');
    this.checkPeriod();
    this.toMs = Number.POSITIVE_INFINITY;
    this.waitForEnd();
    this.beginAgainAt(this.fromMs + this.everyMs, this.everyMs);
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

  private checkPeriod(): void {
    const { everyMs, forMs } = this;
    if (everyMs !== null && !(everyMs > 0 && everyMs > (forMs ?? 0)))
      throw new RangeError(`every: expected more than 0 and than for, found ${everyMs} ms`);
  }

  private waitForEnd(): void {
    this.ended ??= new this.host.Promise<void>((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  private endAt(atMs: number): void {
    this.host.scheduler.at(atMs * 1000, () => {
      if (this.everyMs === null) this.heal();
      else if (this.isOn) this.system.heal(this.id);
    });
  }

  private beginAgainAt(atMs: number, everyMs: number): void {
    this.host.scheduler.at(atMs * 1000, () => {
      if (!this.isOn) return;
      this.system.heal(this.id);
      this.id = this.system.inject(this.spec);
      if (this.forMs !== null) this.endAt(atMs + this.forMs);
      this.beginAgainAt(atMs + everyMs, everyMs);
    });
  }
}

function share(probability: number): number {
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`probability: expected 0 to 1, found ${probability}`);
  return probability;
}
