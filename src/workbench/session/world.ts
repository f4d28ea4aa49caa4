/**
 * Everything that panels know about a running system, derived from the trace and from nothing else. Plain mutable data:
 * thousands of events arrive each second, panels look a few times a second. run.ts says when there is something new.
 */
import type { ConnectionEvent, OperationEvent, Outcome, PacketEvent, TraceEvent } from '../../lab/core/events.ts';
import { Attempts } from './attempts.ts';
import { Faults } from './faults.ts';
import { Link, linkKey } from './links.ts';
import { Logs } from './logs.ts';
import { Moments } from './moments.ts';
import { isMoment } from './offers.ts';
import { Operations } from './operations.ts';
import { type Replica, Replicas, serviceOf } from './replicas.ts';
import { type EndedRequest, isFailure, isSlow, type LiveRequest, Requests } from './requests.ts';
import { Series } from './series.ts';

/** For the picture in motion: what just happened on a link. Listeners get them in trace order. */
export type Movement =
  | { readonly kind: 'sent'; readonly atMs: number; readonly link: Link; readonly request: LiveRequest }
  | {
      readonly kind: 'answered';
      readonly atMs: number;
      readonly link: Link;
      readonly request: EndedRequest;
      readonly isFailure: boolean;
      readonly isSlow: boolean;
    }
  /** A message that a broker sent by itself, against the link's direction. */
  | { readonly kind: 'pushed'; readonly atMs: number; readonly link: Link; readonly request: LiveRequest }
  | { readonly kind: 'dropped' | 'resent'; readonly atMs: number; readonly link: Link; readonly isReply: boolean }
  /** A connection that never opened, or was torn down. `root`: 0 when it was for no request. */
  | {
      readonly kind: 'unconnected';
      readonly atMs: number;
      readonly link: Link;
      readonly root: number;
      readonly how: 'refused' | 'unanswered' | 'unresolved' | 'reset';
    };

interface Tally {
  failed: number;
  count: number;
  outcome: Outcome;
  code: string;
}

/** Packets of one link in the second that runs; `lastMs`: the end of the last second with a loss. */
interface Loss {
  lost: number;
  resent: number;
  lastMs: number;
}

/** So long without a loss is its end: at one in a hundred there are seconds without any. */
const LOSSLESS_MS = 5000;

export const OUTSIDE = 'client';

export class World {
  nowMs = 0;
  readonly replicas: Replicas;
  readonly requests: Requests;
  readonly operations: Operations;
  readonly attempts: Attempts;
  readonly links = new Map<string, Link>();
  readonly faults: Faults;
  readonly logs: Logs;
  readonly moments: Moments;
  /** Requests from outside: what users get. */
  readonly outside: Series;
  private readonly failing = new Map<string, Tally>();
  private readonly sick = new Set<string>();
  private readonly losses = new Map<string, Loss>();
  private secondEndMs = 1000;

  /** A new run's, or one that goes on from where `origin` stands; what can no longer change is shared between the two. */
  constructor(origin?: World) {
    this.replicas = origin?.replicas.copy() ?? new Replicas();
    this.requests = origin?.requests.copy() ?? new Requests();
    this.operations = origin?.operations.copy() ?? new Operations();
    this.attempts = origin?.attempts.copy() ?? new Attempts();
    this.faults = origin?.faults.copy() ?? new Faults();
    this.logs = origin?.logs.copy() ?? new Logs();
    this.moments = origin?.moments.copy() ?? new Moments();
    this.outside = origin?.outside.copy() ?? new Series();
    if (origin === undefined) return;
    this.nowMs = origin.nowMs;
    for (const [key, link] of origin.links) this.links.set(key, link.copy());
    for (const [key, tally] of origin.failing) this.failing.set(key, { ...tally });
    for (const key of origin.sick) this.sick.add(key);
    for (const [key, loss] of origin.losses) this.losses.set(key, { ...loss });
    this.secondEndMs = origin.secondEndMs;
  }

  /** Applies events in order; `onMovement` is told what to draw. */
  apply(events: readonly TraceEvent[], onMovement?: (movement: Movement) => void): void {
    for (const event of events) this.applyOne(event, onMovement);
  }

  /** Virtual time went on to `nowMs`, perhaps without events. */
  advance(nowMs: number): void {
    if (nowMs < this.nowMs) return;
    this.nowMs = nowMs;
    this.outside.advance(nowMs, this.requests.rootsLive);
    for (const link of this.links.values()) link.advance(nowMs);
    // At the second's end, whenever it is noticed: the same run tells the same however it is cut into batches.
    while (nowMs >= this.secondEndMs) {
      this.tellFailures(this.secondEndMs);
      this.tellLosses(this.secondEndMs);
      const isQuiet = this.losses.size === 0;
      this.secondEndMs = isQuiet ? Math.floor(nowMs / 1000) * 1000 + 1000 : this.secondEndMs + 1000;
    }
  }

  link(from: string, to: string): Link {
    const key = linkKey(from, to);
    let link = this.links.get(key);
    if (link === undefined) {
      link = new Link(from, to);
      link.advance(this.nowMs);
      this.links.set(key, link);
    }
    return link;
  }

  private applyOne(event: TraceEvent, onMovement?: (movement: Movement) => void): void {
    if (event.atMs > this.nowMs) {
      // Seconds close on whole numbers, so figures need a look only when one was passed.
      if (Math.floor(event.atMs / 1000) !== Math.floor(this.nowMs / 1000)) this.advance(event.atMs);
      else this.nowMs = event.atMs;
    }
    // Moments are at the world's time: what a process did ahead of the clock, while it had the CPU, stands before them.
    switch (event.kind) {
      case 'request': {
        // A health check asks its own container: no user's request, and on no link.
        if (event.from === event.to) return;
        this.operations.request(event);
        const { request, isAbandoned } = this.requests.start(event);
        const link = this.link(serviceOf(event.from), serviceOf(event.to));
        link.start(request);
        if (isAbandoned) this.outside.recordAbandoned(1);
        onMovement?.({ kind: 'sent', atMs: event.atMs, link, request });
        return;
      }
      case 'response': {
        const ended = this.requests.end(event);
        if (ended === null) return;
        const { request } = ended;
        const link = this.link(serviceOf(request.from), serviceOf(request.to));
        const failed = isFailure(request.outcome);
        link.end(request);
        if (request.from === OUTSIDE) this.outside.record(request.durationMs, failed);
        if (ended.abandoned > 0) this.outside.recordAbandoned(ended.abandoned);
        this.countFailure(link, request.outcome, failed);
        onMovement?.({
          kind: 'answered',
          atMs: event.atMs,
          link,
          request,
          isFailure: failed,
          isSlow: isSlow(request.durationMs, link.usualMs),
        });
        return;
      }
      case 'packet': {
        if (event.fate !== 'delivered') this.packet(event, onMovement);
        return;
      }
      case 'process': {
        const replica = this.replicas.process(event);
        this.moments.add({
          kind: 'process',
          atMs: this.nowMs,
          endpoint: event.endpoint,
          state: event.state,
          reason: replica.reason,
        });
        return;
      }
      case 'sample':
        this.replicas.sample(event);
        return;
      case 'log':
        this.logs.apply(event, event.cause === 0 ? 0 : this.requests.rootIdOf(event.cause));
        return;
      case 'fault':
        this.faults.apply(event);
        // A kill is over when it has happened: nothing is healed by that.
        if (event.state === 'off' && isMoment(event.fault.kind)) return;
        this.moments.add({
          kind: 'fault',
          atMs: this.nowMs,
          on: event.state === 'on',
          text: event.text,
          fault: event.fault,
        });
        return;
      case 'note':
        this.moments.add({ kind: 'note', atMs: this.nowMs, text: event.text });
        return;
      case 'probe':
        // Passing probes are the normal case, one every few seconds and replica: silence says it better.
        if (!event.passed) {
          this.moments.add({
            kind: 'probe',
            atMs: this.nowMs,
            endpoint: event.endpoint,
            passed: false,
            text: event.text,
          });
        }
        return;
      case 'connection':
        this.operations.connection(event);
        this.connection(event, onMovement);
        return;
      case 'operation':
        this.operation(event, onMovement);
        return;
    }
  }

  private packet(event: PacketEvent, onMovement?: (movement: Movement) => void): void {
    const { connection, from, atMs } = event;
    // A lost reply is drawn on the beam of the call it answers.
    const ends = this.attempts.endsOf(connection) ?? this.operations.connectionOf(connection);
    const link = ends === undefined ? this.linkBetween(event) : this.link(serviceOf(ends.from), serviceOf(ends.to));
    if (link === undefined) return;
    const loss = this.losses.get(link.key) ?? { lost: 0, resent: 0, lastMs: Number.NaN };
    this.losses.set(link.key, loss);
    const isLost = event.fate === 'dropped';
    if (isLost) {
      loss.lost++;
      link.lose();
    } else loss.resent++;
    onMovement?.({ kind: isLost ? 'dropped' : 'resent', atMs, link, isReply: link.from !== serviceOf(from) });
  }

  private linkBetween({ from, to }: PacketEvent): Link | undefined {
    const [a, b] = [serviceOf(from), serviceOf(to)];
    return this.links.get(linkKey(a, b)) ?? this.links.get(linkKey(b, a));
  }

  private connection(event: ConnectionEvent, onMovement?: (movement: Movement) => void): void {
    const failed = this.attempts.take(event);
    if (failed === null) return;
    const { from, to, cause, outcome, code, wasOpen, startMs, endMs } = failed;
    if (from === OUTSIDE && this.isComingUp(serviceOf(to))) return;
    const link = this.link(serviceOf(from), serviceOf(to));
    if (!wasOpen) {
      // What the caller did not get counts as a call, as checks count it.
      link.operation(endMs - startMs, true);
      this.countFailure(link, outcome, true, code);
      if (from === OUTSIDE) this.outside.record(endMs - startMs, true);
    }
    const root = cause === 0 ? 0 : this.requests.rootIdOf(cause);
    const how = wasOpen
      ? 'reset'
      : event.state === 'unresolved'
        ? 'unresolved'
        : outcome === 'refused' || outcome === 'reset'
          ? 'refused'
          : 'unanswered';
    onMovement?.({ kind: 'unconnected', atMs: endMs, link, root, how });
  }

  /** It has not been up yet: the load knocks from the first moment on, and no user would. */
  private isComingUp(service: string): boolean {
    const replicas = this.replicas.of(service);
    const isNew = ({ state, starts }: Replica) => starts <= 1 && (state === 'created' || state === 'starting');
    return replicas.length > 0 && replicas.every(isNew);
  }

  private operation(event: OperationEvent, onMovement?: (movement: Movement) => void): void {
    const told = this.operations.tell(event);
    if (told === null) return;
    const { id, from, to, isPush } = told;
    const { atMs, name: method, text: path } = event;
    const cause = 'cause' in event && typeof event.cause === 'number' ? event.cause : 0;
    const root = cause === 0 ? 0 : this.requests.rootIdOf(cause);
    const request: LiveRequest = { id, root, from, to, method, path, startMs: event.startMs };
    const link = this.link(serviceOf(from), serviceOf(to));
    const isFailed = event.error !== undefined;
    const durationMs = Math.max(0, atMs - event.startMs);
    link.operation(durationMs, isFailed);
    // Its errors are the statement's own; that it answers ends a time without connections.
    if (!isFailed && this.sick.has(link.key)) this.countFailure(link, 'ok', false);
    if (onMovement === undefined) return;
    if (isPush) {
      onMovement({ kind: 'pushed', atMs, link, request });
      return;
    }
    const outcome = isFailed ? 'server-error' : 'ok';
    onMovement({ kind: 'sent', atMs, link, request });
    onMovement({
      kind: 'answered',
      atMs,
      link,
      request: { ...request, durationMs, outcome, status: 0, bytes: 0 },
      isFailure: isFailed,
      isSlow: isSlow(durationMs, link.usualMs),
    });
  }

  private countFailure(link: Link, outcome: Outcome, failed: boolean, code = ''): void {
    let tally = this.failing.get(link.key);
    if (tally === undefined) {
      if (!failed && !this.sick.has(link.key)) return;
      tally = { failed: 0, count: 0, outcome, code };
      this.failing.set(link.key, tally);
    }
    tally.count++;
    if (!failed) return;
    tally.failed++;
    tally.outcome = outcome;
    tally.code = code;
  }

  /** Once a virtual second: which links had failures, which have none any more. */
  private tellFailures(atMs: number): void {
    for (const [key, tally] of this.failing) {
      const link = this.links.get(key)!;
      const { from, to } = link;
      if (tally.failed > 0) {
        // Said when it starts; while it lasts the figures say it, or the list would be nothing else.
        if (!this.sick.has(key)) {
          this.sick.add(key);
          const { failed, outcome, code } = tally;
          const count = Math.max(tally.count, link.series.seconds.at(-1)?.count ?? 0);
          this.moments.add({ kind: 'failures', atMs, from, to, failed, count, outcome, code });
        }
      } else if (tally.count > 0) {
        this.sick.delete(key);
        this.moments.add({ kind: 'recovered', atMs, from, to });
      }
    }
    this.failing.clear();
  }

  /** Once a virtual second: on which links packets are lost, on which none is any more. */
  private tellLosses(atMs: number): void {
    for (const [key, loss] of this.losses) {
      const { from, to } = this.links.get(key)!;
      const { lost, resent } = loss;
      if (lost > 0) {
        if (Number.isNaN(loss.lastMs)) this.moments.add({ kind: 'lost', atMs, from, to, lost, resent });
        loss.lastMs = atMs;
      } else if (Number.isNaN(loss.lastMs)) {
        // Sent again without a loss: its answer was late.
        this.losses.delete(key);
      } else if (atMs - loss.lastMs >= LOSSLESS_MS) {
        this.moments.add({ kind: 'arriving', atMs, from, to });
        this.losses.delete(key);
      }
      loss.lost = 0;
      loss.resent = 0;
    }
  }
}
