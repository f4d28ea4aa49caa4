/** What can be broken about a service or a link, with the values a person would try first. */
import type { FaultSpec } from '../../engines/engine.ts';

export interface Offer {
  readonly kind: FaultSpec['kind'];
  /** One fault for each value worth a button. */
  readonly faults: readonly FaultSpec[];
}

/** `target`: a service, or one replica of it (`catalog-2`). */
export function offersForService(target: string): readonly Offer[] {
  return [
    { kind: 'kill', faults: [{ kind: 'kill', service: target }] },
    { kind: 'restart', faults: [{ kind: 'restart', service: target }] },
    { kind: 'pause', faults: [{ kind: 'pause', service: target }] },
    { kind: 'refuse', faults: [{ kind: 'refuse', service: target }] },
    // 5 ms halves a 200/s service; 20 ms is 50/s at most; 100 ms is an outage at any rate worth the name.
    { kind: 'cpu', faults: [5, 20, 100].map((perRequestMs) => ({ kind: 'cpu', service: target, perRequestMs })) },
    // Half a CPU, and a container that its owner gave "a little".
    { kind: 'cpu-throttle', faults: [0.5, 0.1].map((share) => ({ kind: 'cpu-throttle', service: target, share })) },
    // Node alone takes 60 MiB; 4 MiB more are some 200 requests in flight, 64 MiB some thousands.
    {
      kind: 'memory-limit',
      faults: [64, 128].map((mib) => ({ kind: 'memory-limit', service: target, bytes: mib * 1024 * 1024 })),
    },
    { kind: 'crash-at-io', faults: [1, 2, 10].map((nth) => ({ kind: 'crash-at-io', service: target, nth })) },
    { kind: 'disk-full', faults: [{ kind: 'disk-full', service: target }] },
    { kind: 'slow-disk', faults: [20, 200].map((delayMs) => ({ kind: 'slow-disk', service: target, delayMs })) },
    // A minute is what tokens allow; 10 min is none of the usual tolerances.
    {
      kind: 'clock-skew',
      faults: [60_000, -60_000, 600_000].map((offsetMs) => ({ kind: 'clock-skew', service: target, offsetMs })),
    },
    {
      kind: 'clock-jump',
      faults: [3_600_000, -3_600_000].map((byMs) => ({ kind: 'clock-jump', service: target, byMs })),
    },
  ];
}

export function offersForLink(from: string, to: string): readonly Offer[] {
  return [
    {
      kind: 'latency',
      // A neighbouring region, a bad day, an incident.
      faults: [
        { kind: 'latency', from, to, latencyMs: 100, jitterMs: 20 },
        { kind: 'latency', from, to, latencyMs: 500, jitterMs: 100 },
        { kind: 'latency', from, to, latencyMs: 2000, jitterMs: 200 },
      ],
    },
    { kind: 'loss', faults: [0.01, 0.05, 0.3].map((probability) => ({ kind: 'loss', from, to, probability })) },
    {
      kind: 'partition',
      faults: [
        { kind: 'partition', from, to },
        { kind: 'partition', from, to, oneWay: true },
      ],
    },
    { kind: 'reset', faults: [1, 0.1].map((probability) => ({ kind: 'reset', from, to, probability })) },
    {
      kind: 'bandwidth',
      // A bad mobile line, and one that a page of 20 KB feels.
      faults: [10_000, 100_000].map((bytesPerSecond) => ({ kind: 'bandwidth', from, to, bytesPerSecond })),
    },
    { kind: 'timeout', faults: [{ kind: 'timeout', from, to }] },
    { kind: 'slow-close', faults: [1000, 10_000].map((delayMs) => ({ kind: 'slow-close', from, to, delayMs })) },
    { kind: 'drop-reply', faults: [1, 10].map((nth) => ({ kind: 'drop-reply', from, to, nth })) },
    {
      kind: 'dns-failure',
      faults: (['ENOTFOUND', 'EAI_AGAIN'] as const).map((error) => ({ kind: 'dns-failure', from, to, error })),
    },
    // What a lookup costs when the first of two servers is dead.
    { kind: 'dns-delay', faults: [500, 5000].map((delayMs) => ({ kind: 'dns-delay', from, to, delayMs })) },
    { kind: 'dns-cache', faults: [30_000, 600_000].map((ttlMs) => ({ kind: 'dns-cache', from, to, ttlMs })) },
  ];
}

/** Those that one meets first; the others stand behind "more". */
export function isCommon(kind: FaultSpec['kind']): boolean {
  return COMMON.has(kind);
}

const COMMON: ReadonlySet<FaultSpec['kind']> = new Set<FaultSpec['kind']>([
  'kill',
  'restart',
  'pause',
  'refuse',
  'cpu',
  'latency',
  'loss',
  'partition',
  'reset',
]);

/** They happen once and cannot be healed or timed. */
export function isMoment(kind: FaultSpec['kind']): boolean {
  return kind === 'kill' || kind === 'restart' || kind === 'clock-jump';
}
