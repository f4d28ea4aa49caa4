/** What a fault is, and what it may touch. Each kind has a file; index.ts chooses. */
import type { Condition } from '../condition/index.ts';
import type { FaultKind, FaultSpec, TraceEvent } from '../core/events.ts';
import type { Random } from '../core/random.ts';
import type { Scheduler } from '../core/scheduler.ts';
import type { Host, NameRule, Network, PacketRule } from '../net/network.ts';

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
  /** What its machine is like; outlives the container. */
  readonly condition: Condition;
  /** SIGKILL in the middle of a callback of the program; does not return to it. */
  crash(reason: string): never;
}

export type SpecOf<K extends FaultKind> = Extract<FaultSpec, { readonly kind: K }>;

export interface FaultDefinition<K extends FaultKind> {
  /** "latency 2 s ± 200 ms on gateway → inventory" */
  describe(spec: SpecOf<K>): string;
  /** Throws an Error with a sentence when a value makes no sense. */
  validate(spec: SpecOf<K>): void;
  /** Begins; returns what ends it. For a moment, as kill, null. `finish` is called by a fault that is over by itself. */
  start(spec: SpecOf<K>, target: FaultTarget, random: Random, finish: () => void): (() => void) | null;
}

/** Whether `name`, a service or an endpoint, means the host. */
export function isMeant(name: string, host: Host): boolean {
  return host.name === name || host.service === name;
}

/** A rule for packets that go from one to the other, or also back. `name`: under which the ledger books its losses. */
export function linkRule(
  { from, to }: { readonly from: string; readonly to: string },
  directions: 'forth' | 'both',
  decide: PacketRule['decide'],
  name?: string,
): PacketRule {
  const goes = (a: Host, b: Host) => isMeant(from, a) && isMeant(to, b);
  return { name, concerns: (a, b) => goes(a, b) || (directions === 'both' && goes(b, a)), decide };
}

/** A rule for the questions of `from` for `to`: the name itself, or for a service also its replicas' names. */
export function nameRule(
  { from, to }: { readonly from: string; readonly to: string },
  network: Network,
): Pick<NameRule, 'concerns'> {
  return {
    concerns: (asker, name) => isMeant(from, asker) && (name === to || network.host(name)?.service === to),
  };
}

export function mustBe(isRight: boolean, what: string, found: unknown, expected: string): void {
  if (!isRight) throw new Error(`${what} is ${String(found)}; expected ${expected}.`);
}

export function mustBeMs(what: string, found: number): void {
  mustBe(found >= 0 && found < Number.POSITIVE_INFINITY, what, found, 'milliseconds, 0 or more');
}

export function mustBeJitter(jitterMs: number | undefined, of: string, ms: number): void {
  mustBe(jitterMs === undefined || (jitterMs >= 0 && jitterMs <= ms), 'jitterMs', jitterMs, `0 to ${of}`);
}

/** 2000 → "2 s", 250 → "250 ms", 1908.15 → "1.91 s". */
export function formatMs(ms: number): string {
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms >= 1000 ? `${Math.round(ms / 10) / 100} s` : `${Math.round(ms * 10) / 10} ms`;
}

export function formatShare(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

/** "2 s ahead", "250 ms behind" */
export function formatSignedMs(ms: number): string {
  return ms < 0 ? `${formatMs(-ms)} behind` : `${formatMs(ms)} ahead`;
}

/** 65536 → "64 KiB" */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  return bytes < 1024 * 1024 ? `${round(bytes / 1024)} KiB` : `${round(bytes / 1024 / 1024)} MiB`;
}

/** 64000 → "64 kB/s", as data rates are counted */
export function formatRate(bytesPerSecond: number): string {
  if (bytesPerSecond < 1000) return `${Math.round(bytesPerSecond)} B/s`;
  return bytesPerSecond < 1e6 ? `${round(bytesPerSecond / 1000)} kB/s` : `${round(bytesPerSecond / 1e6)} MB/s`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
