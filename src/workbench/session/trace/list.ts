/**
 * The requests from outside (and those that a service began by itself) in the last part of a record, each with what it
 * caused in a line. Read from the record only while somebody looks; goes on from where it stood.
 */
import type { Endpoint, Outcome, TraceEvent } from '../../../lab/core/events.ts';
import type { RunRecord } from '../record/record.ts';
import { serviceOf } from '../replicas.ts';
import { isFailure } from '../requests.ts';
import { OUTSIDE } from '../world.ts';

export interface TraceSummary {
  readonly root: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly method: string;
  readonly path: string;
  readonly startMs: number;
  /** null while it is under way. */
  endMs: number | null;
  outcome: Outcome | null;
  status: number;
  /** Requests that it caused, and those of them that failed. */
  calls: number;
  failedCalls: number;
  /** All services that took part. */
  readonly services: Set<string>;
}

/** Events that are read when one begins to look: some ten seconds at 200 requests a second, 30 ms of work. */
const WINDOW_EVENTS = 30_000;
/** Requests that stay listed. */
const KEPT = 2000;

export class TraceList {
  /** Oldest first. */
  readonly traces = new Map<number, TraceSummary>();
  private record: RunRecord | null = null;
  private from = 0;
  private to = 0;
  private windowEvents = WINDOW_EVENTS;
  /** Which request a response answers. */
  private readonly open = new Map<number, { readonly root: number }>();

  /** Lists what had happened before event number `index`. */
  sync(record: RunRecord, index: number): void {
    if (record !== this.record || index < this.to || index - this.to > this.windowEvents) {
      this.record = record;
      this.from = Math.max(record.first, index - this.windowEvents);
      this.to = this.from;
      this.traces.clear();
      this.open.clear();
    }
    record.read(this.to, index, (event) => {
      this.take(event);
      return true;
    });
    this.to = index;
  }

  /** Whether there are earlier requests that are not listed. */
  get hasEarlier(): boolean {
    return this.record !== null && this.from > this.record.first;
  }

  /** Reads four times as far back from now on. */
  lookFurther(): void {
    this.windowEvents *= 4;
    this.record = null;
  }

  private take(event: TraceEvent): void {
    if (event.kind === 'request') {
      if (event.from === event.to) return;
      const root = this.record!.world.requests.rootIdOf(event.id);
      this.open.set(event.id, { root });
      if (root === event.id) {
        this.add(event.id, event);
        return;
      }
      const trace = this.traces.get(root);
      if (trace === undefined) return;
      trace.calls++;
      trace.services.add(serviceOf(event.to));
    } else if (event.kind === 'response') {
      const request = this.open.get(event.id);
      if (request === undefined) return;
      this.open.delete(event.id);
      const trace = this.traces.get(request.root);
      if (trace === undefined) return;
      if (trace.root !== event.id) {
        if (isFailure(event.outcome)) trace.failedCalls++;
        return;
      }
      trace.endMs = event.atMs;
      trace.outcome = event.outcome;
      trace.status = event.status;
    }
  }

  private add(root: number, event: Extract<TraceEvent, { kind: 'request' }>): void {
    const { from, to, method, path, atMs } = event;
    this.traces.set(root, {
      root,
      from,
      to,
      method,
      path,
      startMs: atMs,
      endMs: null,
      outcome: null,
      status: 0,
      calls: 0,
      failedCalls: 0,
      services: new Set([serviceOf(from), serviceOf(to)].filter((service) => service !== OUTSIDE)),
    });
    if (this.traces.size > KEPT) this.traces.delete(this.traces.keys().next().value!);
  }
}

export interface TraceFilter {
  /** '' for all. */
  readonly service: string;
  readonly show: 'all' | 'slow' | 'failed';
  /** Part of method, path or status. */
  readonly search: string;
  readonly order: 'newest' | 'slowest';
}

/** From here on a request is slow, as on the beams: nobody calls half a second fast. */
const SLOW_MS = 500;

export function matchingTraces(
  traces: Iterable<TraceSummary>,
  { service, show, search, order }: TraceFilter,
  nowMs: number,
): readonly TraceSummary[] {
  const wanted = search.trim().toLowerCase();
  const length = (trace: TraceSummary) => (trace.endMs ?? nowMs) - trace.startMs;
  const found = [...traces].filter(
    (trace) =>
      (service === '' || trace.services.has(service)) &&
      (show !== 'slow' || length(trace) > SLOW_MS) &&
      (show !== 'failed' || trace.failedCalls > 0 || (trace.outcome !== null && isFailure(trace.outcome))) &&
      (wanted === '' || `${trace.method} ${trace.path} ${trace.status}`.toLowerCase().includes(wanted)),
  );
  return order === 'newest' ? found.reverse() : found.sort((a, b) => length(b) - length(a));
}
