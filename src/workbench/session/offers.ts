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
  ];
}

/** Kill and restart happen once and cannot be healed or timed. */
export function isMoment(kind: FaultSpec['kind']): boolean {
  return kind === 'kill' || kind === 'restart';
}
