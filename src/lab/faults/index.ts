/**
 * Faults: what breaks in production, where it breaks. One file a kind; on the network a fault is a small decision about
 * one packet (pass, delay, drop, reset), on a process a signal or a figure.
 *
 * - fault.ts   what a fault is and may touch
 * - holds.ts   overlapping faults of one kind on the same replica
 * - schedule.ts  random faults at random times from a seed
 * - this file  chooses, checks the names, keeps time (`afterMs`, `forMs`, `everyMs`) and writes the trace
 */
import type { FaultKind, FaultSpec } from '../core/events.ts';
import type { ScheduledEvent } from '../core/scheduler.ts';
import { bandwidth } from './bandwidth.ts';
import { clockJump } from './clock-jump.ts';
import { clockSkew } from './clock-skew.ts';
import { cpu } from './cpu.ts';
import { cpuThrottle } from './cpu-throttle.ts';
import { crashAtIo } from './crash-at-io.ts';
import { diskFull } from './disk-full.ts';
import { dnsCache } from './dns-cache.ts';
import { dnsDelay } from './dns-delay.ts';
import { dnsFailure } from './dns-failure.ts';
import { dropReply } from './drop-reply.ts';
import { type FaultDefinition, type FaultTarget, mustBe, mustBeMs } from './fault.ts';
import { kill } from './kill.ts';
import { latency } from './latency.ts';
import { loss } from './loss.ts';
import { memoryLimit } from './memory-limit.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { refuse } from './refuse.ts';
import { reset } from './reset.ts';
import { restart } from './restart.ts';
import { slowClose } from './slow-close.ts';
import { slowDisk } from './slow-disk.ts';
import { timeout } from './timeout.ts';

export type { FaultTarget, FaultyProcess } from './fault.ts';
export { FAULT_KINDS, randomSchedule, type ScheduleOptions } from './schedule.ts';

const definitions: { readonly [K in FaultKind]: FaultDefinition<K> } = {
  kill,
  restart,
  pause,
  latency,
  loss,
  partition,
  refuse,
  reset,
  cpu,
  bandwidth,
  timeout,
  'slow-close': slowClose,
  'drop-reply': dropReply,
  'dns-failure': dnsFailure,
  'dns-delay': dnsDelay,
  'dns-cache': dnsCache,
  'crash-at-io': crashAtIo,
  'clock-skew': clockSkew,
  'clock-jump': clockJump,
  'disk-full': diskFull,
  'slow-disk': slowDisk,
  'memory-limit': memoryLimit,
  'cpu-throttle': cpuThrottle,
};

export interface ActiveFault {
  readonly id: number;
  readonly text: string;
  /** Ends it, or prevents it when it has not begun. Nothing happens when it is over. */
  heal(): void;
}

/**
 * Starts a fault, now or after `afterMs`, until healed or for `forMs`. Throws an Error with a sentence for an unknown
 * service, kind or value; nothing has happened then.
 */
export function applyFault(spec: FaultSpec, target: FaultTarget): ActiveFault {
  if (!Object.hasOwn(definitions, spec.kind))
    throw new Error(
      `There is no fault "${String(spec.kind)}". There are ${Object.keys(definitions).sort().join(', ')}.`,
    );
  const definition = definitions[spec.kind] as FaultDefinition<FaultKind>;
  definition.validate(spec);
  checkNames(spec, target);
  for (const key of ['afterMs', 'forMs'] as const) if (spec[key] !== undefined) mustBeMs(key, spec[key]);
  const { everyMs, forMs = 0 } = spec;
  mustBe(everyMs === undefined || (everyMs > 0 && everyMs > forMs), 'everyMs', everyMs, 'more than 0 and than forMs');
  return new Fault(spec, definition, target);
}

class Fault implements ActiveFault {
  readonly id: number;
  readonly text: string;
  private readonly spec: FaultSpec;
  private readonly definition: FaultDefinition<FaultKind>;
  private readonly target: FaultTarget;
  private timer: ScheduledEvent | null = null;
  private nextTimer: ScheduledEvent | null = null;
  private end: (() => void) | null = null;

  constructor(spec: FaultSpec, definition: FaultDefinition<FaultKind>, target: FaultTarget) {
    this.spec = spec;
    this.definition = definition;
    this.target = target;
    this.id = target.newId();
    this.text = definition.describe(spec);
    const { afterMs = 0 } = spec;
    if (afterMs === 0) this.begin();
    else this.timer = target.scheduler.after(afterMs * 1000, () => this.beginLate());
  }

  heal(): void {
    this.nextTimer = this.disarm(this.nextTimer);
    this.finish();
  }

  /** What is on ends; it may come again. */
  private finish(): void {
    this.timer = this.disarm(this.timer);
    if (this.end === null) return;
    this.end();
    this.end = null;
    this.record('off');
  }

  private disarm(event: ScheduledEvent | null): null {
    if (event !== null) this.target.scheduler.cancel(event);
    return null;
  }

  private beginLate(): void {
    const { spec, target } = this;
    this.timer = null;
    // An edit may have removed the replica since the fault was planned. A link may be without traffic.
    if (!('service' in spec) || exists(spec.service, target)) this.begin();
    else this.planNext();
  }

  private planNext(): void {
    const { everyMs } = this.spec;
    if (everyMs === undefined) return;
    this.nextTimer = this.target.scheduler.after(everyMs * 1000, () => {
      this.nextTimer = null;
      // Without forMs it is still on; what it did in the meantime is over.
      this.finish();
      this.beginLate();
    });
  }

  private begin(): void {
    this.timer = null;
    this.planNext();
    this.record('on');
    this.end = this.definition.start(this.spec, this.target, this.target.random(this.id), () => this.finish());
    if (this.end === null) {
      this.record('off');
      return;
    }
    const { forMs } = this.spec;
    if (forMs !== undefined) this.timer = this.target.scheduler.after(forMs * 1000, () => this.finish());
  }

  private record(state: 'on' | 'off'): void {
    const { trace, scheduler } = this.target;
    trace.record({
      kind: 'fault',
      atMs: scheduler.nowUs / 1000,
      id: this.id,
      state,
      text: this.text,
      fault: this.spec,
    });
  }
}

function checkNames(spec: FaultSpec, target: FaultTarget): void {
  if ('service' in spec) {
    if (spec.service === 'client') throw new Error('"client" is the world outside and no service: it has no process.');
    checkName(spec.service, target);
    return;
  }
  checkName(spec.from, target);
  checkName(spec.to, target);
  if (spec.from === spec.to) throw new Error(`A link has two ends, but both are "${spec.from}".`);
}

function checkName(name: string, target: FaultTarget): void {
  if (name === 'client') return;
  if (target.services.some((service) => name === service || name.startsWith(`${service}-`))) {
    target.endpointsOf(name);
    return;
  }
  throw new Error(`There is no service "${name}". There are ${[...target.services].sort().join(', ')} and client.`);
}

/** A replica that is shutting down for good still has a host, but can no longer be broken. */
function exists(name: string, target: FaultTarget): boolean {
  try {
    return target.endpointsOf(name).length > 0;
  } catch {
    return false;
  }
}
