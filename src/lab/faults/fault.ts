/** What a fault is, and what it may touch. Each kind has a file; index.ts chooses. */
import type { FaultKind, FaultSpec, TraceEvent } from '../core/events.ts';
import type { Random } from '../core/random.ts';
import type { Scheduler } from '../core/scheduler.ts';
import type { Host, Network, PacketRule } from '../net/network.ts';

export interface FaultTarget {
  readonly network: Network;
  readonly scheduler: Scheduler;
  readonly trace: { record(event: TraceEvent): void };
  /** Names of all services, for messages. */
  readonly services: readonly string[];
  /** A number that no other fault of the run has. */
  newId(): number;
  /** A generator of the fault's own. */
  random(faultId: number): Random;
  /** Replicas that a service or endpoint name means now. Throws an Error with a sentence when there is none. */
  endpointsOf(name: string): readonly string[];
  process(endpoint: string): FaultyProcess;
}

export interface FaultyProcess {
  kill(signal: string): void;
  restart(): void;
  pause(): void;
  resume(): void;
  /** Null gives the declared cost back. */
  setRequestCost(us: number | null): void;
}

export type SpecOf<K extends FaultKind> = Extract<FaultSpec, { readonly kind: K }>;

export interface FaultDefinition<K extends FaultKind> {
  /** What it does, for people who choose one. */
  readonly help: string;
  /** "latency 2 s ± 200 ms on gateway → inventory" */
  describe(spec: SpecOf<K>): string;
  /** Throws an Error with a sentence when a value makes no sense. */
  validate(spec: SpecOf<K>): void;
  /** Begins; returns what ends it. For a moment, as kill, null. */
  start(spec: SpecOf<K>, target: FaultTarget, random: Random): (() => void) | null;
}

/** Whether `name`, a service or an endpoint, means the host. */
export function isMeant(name: string, host: Host): boolean {
  return host.name === name || host.service === name;
}

/** A rule for packets that go from one to the other, or also back. */
export function linkRule(
  { from, to }: { readonly from: string; readonly to: string },
  directions: 'forth' | 'both',
  decide: PacketRule['decide'],
): PacketRule {
  const goes = (a: Host, b: Host) => isMeant(from, a) && isMeant(to, b);
  return { concerns: (a, b) => goes(a, b) || (directions === 'both' && goes(b, a)), decide };
}

export function mustBe(isRight: boolean, what: string, found: unknown, expected: string): void {
  if (!isRight) throw new Error(`${what} is ${String(found)}; expected ${expected}.`);
}

/** 2000 → "2 s", 250 → "250 ms", 1908.15 → "1.91 s". */
export function formatMs(ms: number): string {
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms >= 1000 ? `${Math.round(ms / 10) / 100} s` : `${Math.round(ms * 10) / 10} ms`;
}

export function formatShare(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
