/**
 * Random schedules: faults at random places and times, drawn from a seed. A schedule is plain data, so a run that fails
 * can be repeated with it, and with parts of it until what is left is the cause.
 */
import type { FaultKind, FaultSpec } from '../core/events.ts';
import type { Random } from '../core/random.ts';
import { mustBe } from './fault.ts';

export interface ScheduleOptions {
  /** Services that may be hit; each may be hit as a whole or in one replica. */
  readonly services: readonly { readonly name: string; readonly replicas: number }[];
  /** Pairs of names, caller first, between which the network may be broken. */
  readonly links: readonly (readonly [from: string, to: string])[];
  /** All faults begin and are over within this time, ms. */
  readonly durationMs: number;
  readonly count: number;
  /** Kinds to draw from; all when absent. */
  readonly kinds?: readonly FaultKind[];
}

/** `count` faults in the order in which they begin. Each lasts a tenth to half of the time; a crash comes back by restart. */
export function randomSchedule(random: Random, options: ScheduleOptions): readonly FaultSpec[] {
  const { services, links, durationMs, count } = options;
  const kinds = (options.kinds ?? FAULT_KINDS).filter((kind) =>
    LINK_KINDS.has(kind) ? links.length > 0 : services.length > 0,
  );
  mustBe(kinds.length > 0, 'kinds', JSON.stringify(options.kinds ?? []), 'kinds that services or links can have');
  const schedule = Array.from({ length: count }, () => {
    const kind = pick(random, kinds);
    const forMs = Math.round(random.between(durationMs / 10, durationMs / 2));
    const afterMs = Math.round(random.between(0, durationMs - forMs));
    return { ...draw(kind, random, options), afterMs, forMs };
  });
  return schedule.sort((a, b) => a.afterMs - b.afterMs);
}

function draw(kind: FaultKind, random: Random, { services, links }: ScheduleOptions): FaultSpec {
  const amounts = AMOUNTS[kind](random);
  if (LINK_KINDS.has(kind)) {
    const [from, to] = pick(random, links);
    return { kind, from, to, ...amounts } as FaultSpec;
  }
  const { name, replicas } = pick(random, services);
  const service = replicas > 1 && random.float() < 0.7 ? `${name}-${1 + random.below(replicas)}` : name;
  return { kind, service, ...amounts } as FaultSpec;
}

type Amounts = { readonly [K in FaultKind]: (random: Random) => object };

/** What each kind is drawn with: from hardly felt to an incident. Whole numbers, which people can read. */
const AMOUNTS: Amounts = {
  kill: () => ({}),
  restart: () => ({}),
  pause: () => ({}),
  refuse: () => ({}),
  cpu: (random) => ({ perRequestMs: whole(random, 1, 100) }),
  latency(random) {
    const latencyMs = whole(random, 1, 3000);
    return { latencyMs, jitterMs: whole(random, 0, latencyMs) };
  },
  loss: (random) => ({ probability: whole(random, 1, 60) / 100 }),
  partition: (random) => (random.float() < 0.5 ? {} : { oneWay: true }),
  reset: (random) => ({ probability: whole(random, 1, 100) / 100 }),
  bandwidth: (random) => ({ bytesPerSecond: whole(random, 1, 1000) * 1000 }),
  timeout: () => ({}),
  'slow-close': (random) => ({ delayMs: whole(random, 10, 5000) }),
  'drop-reply': (random) => ({ nth: whole(random, 1, 20) }),
  'dns-failure': (random) => ({ error: random.float() < 0.5 ? 'ENOTFOUND' : 'EAI_AGAIN' }),
  'dns-delay': (random) => ({ delayMs: whole(random, 10, 5000) }),
  'dns-cache': (random) => ({ ttlMs: whole(random, 1, 60) * 1000 }),
  'crash-at-io': (random) => ({ nth: whole(random, 1, 50) }),
  'clock-skew': (random) => ({ offsetMs: whole(random, -600_000, 600_000), driftPpm: whole(random, -1000, 1000) }),
  'clock-jump': (random) => ({ byMs: whole(random, -3_600_000, 3_600_000) }),
  'disk-full': (random) => ({ freeBytes: whole(random, 0, 1000) }),
  'slow-disk': (random) => ({ delayMs: whole(random, 1, 500) }),
  'memory-limit': (random) => ({ bytes: whole(random, 60, 80) * 1024 * 1024 }),
  'cpu-throttle': (random) => ({ share: whole(random, 5, 90) / 100 }),
};

const LINK_KINDS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'latency',
  'loss',
  'partition',
  'reset',
  'bandwidth',
  'timeout',
  'slow-close',
  'drop-reply',
  'dns-failure',
  'dns-delay',
  'dns-cache',
]);

export const FAULT_KINDS = Object.keys(AMOUNTS) as readonly FaultKind[];

function whole(random: Random, min: number, max: number): number {
  return min + random.below(max - min + 1);
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)]!;
}
