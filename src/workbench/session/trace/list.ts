/**
 * The requests from outside (and those that a service began by itself) in the last part of a record, each with what it
 * caused in a line. Read from the record only while somebody looks; goes on from where it stood.
 */
import type { ConnectionEvent, Endpoint, Outcome, TraceEvent } from '../../../lab/core/events.ts';
import { Attempts } from '../attempts.ts';
import type { RunRecord } from '../record/record.ts';
import { isUp, serviceOf } from '../replicas.ts';
import { isFailure } from '../requests.ts';
import { OUTSIDE } from '../world.ts';

export interface TraceSummary {
  /** Below 0 for a connection of users that never opened: no request was sent over it. */
  readonly root: number;
  /** The number of its first event. */
  readonly index: number;
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
  private attempts = new Attempts();
  /** Services that were up once: before, no user would knock. */
  private readonly up = new Set<string>();

  /** Lists what had happened before event number `index`. */
  sync(record: RunRecord, index: number): void {
    if (record !== this.record || index < this.to || index - this.to > this.windowEvents) {
      this.record = record;
      this.from = Math.max(record.first, index - this.windowEvents);
      this.to = this.from;
      this.traces.clear();
      this.open.clear();
      this.attempts = new Attempts();
      this.up.clear();
    }
    record.read(this.to, index, (event, at) => {
      this.take(event, at);
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

  private take(event: TraceEvent, at: number): void {
    if (event.kind === 'request') {
      if (event.from === event.to) return;
      const root = this.record!.world.requests.rootIdOf(event.id);
      this.open.set(event.id, { root });
      if (root === event.id) {
        this.add(event.id, at, event);
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
    } else if (event.kind === 'connection') this.connection(event, at);
    else if (event.kind === 'process' && isUp(event.state)) this.up.add(serviceOf(event.endpoint));
  }

  private connection(event: ConnectionEvent, at: number): void {
    const failed = this.attempts.take(event);
    if (failed === null || failed.wasOpen) return;
    const { from, to, startMs, endMs, cause, outcome, code } = failed;
    const trace = this.traces.get(this.record!.world.requests.rootIdOf(cause));
    if (trace !== undefined) {
      trace.calls++;
      trace.failedCalls++;
      trace.services.add(serviceOf(to));
    } else if (from === OUTSIDE && failed.connection > 0 && (this.from > 0 || this.up.has(serviceOf(to)))) {
      // Looked for from the beginning of what is listed: when it was begun is some events before.
      this.add(-failed.connection, Math.max(this.from, at - WINDOW_EVENTS), {
        from,
        to,
        method: '',
        path: code,
        atMs: startMs,
      });
      Object.assign(this.traces.get(-failed.connection)!, { endMs, outcome });
    }
  }

  private add(
    root: number,
    index: number,
    event: Pick<Extract<TraceEvent, { kind: 'request' }>, 'from' | 'to' | 'method' | 'path' | 'atMs'>,
  ): void {
    const { from, to, method, path, atMs } = event;
    this.traces.set(root, {
      root,
      index,
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
