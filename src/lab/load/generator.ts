/**
 * An open-model load: users arrive at a given rate whether or not the system keeps up. Request i is sent at its due
 * moment and its latency counts from there, so a slow system cannot hide behind its own slowness (coordinated
 * omission). A request without reply within the timeout is an error with the timeout as its latency.
 */
import type { Random } from '../core/random.ts';
import type { ScheduledEvent, Scheduler } from '../core/scheduler.ts';
import type { HttpClient, HttpReply, PendingRequest } from './http-client.ts';
import { LoadResult } from './result.ts';
import { type Stage, timeOf } from './shape.ts';

export interface LoadRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadPlan {
  readonly stages: readonly Stage[];
  readonly arrivals: 'constant' | 'poisson';
  readonly timeoutMs: number;
  /** The i-th request; may draw from `random`, a generator of this load's own. */
  readonly request: (i: number, random: Random) => LoadRequest;
  /** Called for each result as it comes; the body is not kept after that unless `keepBodies`. */
  readonly each?: (result: LoadResult, body: Uint8Array) => void;
  readonly keepBodies?: boolean;
  /** Whether `results` is filled; off for a load that runs as long as somebody watches. Default true. */
  readonly keepResults?: boolean;
  /** What counts as success; by default a status of 200 to 399. */
  readonly isOk?: (result: LoadResult) => boolean;
}

export interface LoadCallbacks {
  /** The last reply has come and no more requests are due. */
  readonly onDone?: () => void;
}

const decoder = new TextDecoder();

export class LoadGenerator {
  /** In the order in which the replies came. */
  readonly results: LoadResult[] = [];
  readonly startUs: number;
  /** When the last request was due or `stop` was called; null while it runs. */
  stoppedUs: number | null = null;
  sent = 0;
  private readonly plan: LoadPlan;
  private readonly client: HttpClient;
  private readonly scheduler: Scheduler;
  private readonly arrivalRandom: Random;
  private readonly requestRandom: Random;
  private readonly onDone: () => void;
  private readonly waiting = new Set<PendingRequest>();
  private next: ScheduledEvent | null = null;
  private expected = 0;
  private isDone = false;

  constructor(
    plan: LoadPlan,
    client: HttpClient,
    scheduler: Scheduler,
    randoms: { readonly arrivals: Random; readonly requests: Random },
    callbacks: LoadCallbacks = {},
  ) {
    this.plan = plan;
    this.client = client;
    this.scheduler = scheduler;
    this.arrivalRandom = randoms.arrivals;
    this.requestRandom = randoms.requests;
    this.onDone = callbacks.onDone ?? (() => {});
    this.startUs = scheduler.nowUs;
    // The first user of a Poisson process does not come at the very start.
    if (plan.arrivals === 'poisson') this.expected = this.arrivalRandom.exponential(1);
    this.scheduleNext();
  }

  get isRunning(): boolean {
    return this.stoppedUs === null;
  }

  get inFlight(): number {
    return this.waiting.size;
  }

  /** No further requests; those on their way are still waited for. */
  stop(): void {
    if (this.stoppedUs !== null) return;
    if (this.next !== null) this.scheduler.cancel(this.next);
    this.next = null;
    this.stoppedUs = this.scheduler.nowUs;
    // Asynchronous like every other end, so that `onDone` never comes before the constructor or `stop` returned.
    this.scheduler.after(0, () => this.finishIfQuiet());
  }

  /** Stops and forgets what is on its way. */
  abort(): void {
    this.stop();
    for (const request of this.waiting) request.abort();
    this.waiting.clear();
  }

  private scheduleNext(): void {
    const offsetUs = timeOf(this.plan.stages, this.expected);
    if (offsetUs === Number.POSITIVE_INFINITY) {
      const endUs = this.startUs + this.plan.stages.reduce((sum, stage) => sum + stage.durationMs * 1000, 0);
      this.next = this.scheduler.at(endUs, () => this.stop());
      return;
    }
    const dueUs = this.startUs + Math.round(offsetUs);
    this.next = this.scheduler.at(dueUs, () => {
      this.send(dueUs);
      this.expected += this.plan.arrivals === 'poisson' ? this.arrivalRandom.exponential(1) : 1;
      if (this.stoppedUs === null) this.scheduleNext();
    });
  }

  private send(dueUs: number): void {
    const id = this.sent++;
    const request = this.plan.request(id, this.requestRandom);
    const pending = this.client.request({ ...request, timeoutMs: this.plan.timeoutMs }, (reply) => {
      this.waiting.delete(pending);
      this.record(id, request, dueUs, reply);
      this.finishIfQuiet();
    });
    this.waiting.add(pending);
  }

  private record(id: number, request: LoadRequest, dueUs: number, reply: HttpReply): void {
    const { plan } = this;
    const latencyUs = this.scheduler.nowUs - dueUs;
    const result = new LoadResult({
      id,
      method: request.method,
      url: request.url,
      dueUs,
      latencyUs,
      status: reply.status,
      error: reply.error,
      headers: plan.keepBodies ? reply.headers : {},
      body: plan.keepBodies ? decoder.decode(reply.body) : null,
      connection: reply.connection,
    });
    if (plan.isOk !== undefined) result.isOk = plan.isOk(result);
    if (plan.keepResults !== false) this.results.push(result);
    plan.each?.(result, reply.body);
  }

  private finishIfQuiet(): void {
    if (this.isDone || this.stoppedUs === null || this.waiting.size > 0) return;
    this.isDone = true;
    this.onDone();
  }
}
