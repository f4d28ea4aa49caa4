/** `shop.load(…)` and `shop.request(…)`: what checks write, turned into the load generator's plan, and its handle. */
import type { Random } from '../core/random.ts';
import type { LoadGenerator } from '../load/generator.ts';
import type { HttpReply } from '../load/http-client.ts';
import type { LoadPlan, LoadRequest } from '../load/index.ts';
import type { LoadResult } from '../load/result.ts';
import { constant, type Stage } from '../load/shape.ts';
import { LoadStats } from '../load/stats.ts';
import { type Duration, toMs } from './duration.ts';
import type { Evidence } from './evidence.ts';

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const;

/** One request: `{ get: url }`, `{ post: url, body: {…} }`, or `{ method, url }`. An object as body is sent as JSON. */
export type RequestShape = { readonly [M in (typeof METHODS)[number]]?: string } & {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

export interface LoadShape extends RequestShape {
  /** Requests per second; or stages, each with a rate (or `from` and `to`) and how long. */
  readonly rate: number | readonly RateStage[];
  /** Until `stop()` when absent. */
  readonly duration?: Duration;
  /** 10 s when absent. */
  readonly timeout?: Duration;
  readonly arrivals?: 'constant' | 'poisson';
  /** The i-th request, instead of one for all. */
  readonly requests?: (i: number, random: Random) => RequestShape;
  /** Draws each request from these by weight (1 when absent). */
  readonly mix?: readonly (RequestShape & { readonly weight?: number })[];
  /** Keep reply bodies in the results. Default true: checks look at content. */
  readonly keepBodies?: boolean;
  readonly each?: (result: LoadResult) => void;
  /** What counts as success; a status of 200 to 399 when absent. */
  readonly ok?: (result: LoadResult) => boolean;
}

export type RateStage = ({ readonly rate: number } | { readonly from: number; readonly to: number }) & {
  readonly for: Duration;
};

export type Inside = (run: () => void) => void;

/** `inside` enters the check process: callbacks of the check run there and nowhere else. */
export function planOf(shape: LoadShape, inside: Inside): LoadPlan {
  const { each, ok } = shape;
  return {
    stages: stagesOf(shape),
    arrivals: shape.arrivals ?? 'constant',
    timeoutMs: toMs(shape.timeout ?? '10s', 'timeout'),
    request: makerOf(shape, inside),
    keepBodies: shape.keepBodies ?? true,
    ...(each !== undefined && { each: (result: LoadResult) => inside(() => each(result)) }),
    ...(ok !== undefined && {
      isOk: (result: LoadResult) => {
        let isOk = false;
        inside(() => {
          isOk = ok(result) === true;
        });
        return isOk;
      },
    }),
  };
}

export function toRequest(shape: RequestShape): LoadRequest {
  const named = METHODS.filter((method) => shape[method] !== undefined);
  if (named.length + (shape.url === undefined ? 0 : 1) !== 1) {
    throw new TypeError(
      `a request needs one of { get: url }, { post: url }, … or { method, url }, found ${JSON.stringify(shape)}`,
    );
  }
  const method = (named[0] ?? shape.method ?? 'get').toUpperCase();
  const url = named[0] === undefined ? shape.url! : shape[named[0]]!;
  if (!/^http:\/\/[^/]+/.test(url))
    throw new TypeError(`a request needs an address as 'http://gateway:8080/products', found '${url}'`);
  const { body, headers } = shape;
  if (body === undefined) return { method, url, ...(headers && { headers }) };
  if (typeof body === 'string') return { method, url, body, ...(headers && { headers }) };
  return { method, url, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}

function stagesOf({ rate, duration }: LoadShape): readonly Stage[] {
  if (typeof rate !== 'number') {
    return rate.map((stage) => ({
      fromRate: 'rate' in stage ? stage.rate : stage.from,
      toRate: 'rate' in stage ? stage.rate : stage.to,
      durationMs: toMs(stage.for, 'for'),
    }));
  }
  if (!(rate > 0)) throw new RangeError(`rate: expected more than 0 requests per second, found ${rate}`);
  return constant(rate, duration === undefined ? Number.POSITIVE_INFINITY : toMs(duration));
}

function makerOf(shape: LoadShape, inside: Inside): LoadPlan['request'] {
  const { requests, mix } = shape;
  if (requests !== undefined) {
    return (i, random) => {
      let made: RequestShape | null = null;
      inside(() => {
        made = requests(i, random);
      });
      if (made === null) throw new Error('the function given as `requests` returned nothing');
      return toRequest(made);
    };
  }
  if (mix !== undefined) {
    const options = mix.map((entry) => ({ weight: entry.weight ?? 1, request: toRequest(entry) }));
    const total = options.reduce((sum, { weight }) => sum + weight, 0);
    return (_i, random) => {
      let draw = random.float() * total;
      for (const option of options) {
        draw -= option.weight;
        if (draw < 0) return option.request;
      }
      return options[options.length - 1]!.request;
    };
  }
  const request = toRequest(shape);
  return () => request;
}

/** Statistics that remember, for the verdict's plot and pointer, that the check has read them. */
export class TrafficStats {
  private readonly stats: LoadStats;
  private readonly evidence: Evidence;
  private readonly traffic: Traffic;

  constructor(stats: LoadStats, traffic: Traffic, evidence: Evidence) {
    this.stats = stats;
    this.traffic = traffic;
    this.evidence = evidence;
  }

  get count(): number {
    return this.stats.count;
  }
  get ok(): number {
    return this.stats.ok;
  }
  get errors(): number {
    this.readErrors();
    return this.stats.errors;
  }
  get errorRate(): number {
    this.readErrors();
    return this.stats.errorRate;
  }
  get throughput(): number {
    return this.stats.throughput;
  }
  get byStatus(): LoadStats['byStatus'] {
    this.readErrors();
    return this.stats.byStatus;
  }
  get latency(): LoadStats['latency'] {
    const worst = this.stats.results.reduce<LoadResult | null>(
      (found, result) => (found === null || result.latencyUs > found.latencyUs ? result : found),
      null,
    );
    this.evidence.read({ traffic: this.traffic, kind: 'latency' }, worst);
    return this.stats.latency;
  }
  get results(): readonly LoadResult[] {
    return this.stats.results;
  }
  get series(): LoadStats['series'] {
    return this.stats.series;
  }
  /** The requests that were due from `from` up to `to`. */
  window(from: Duration, to: Duration): TrafficStats {
    return new TrafficStats(this.stats.window(toMs(from, 'window'), toMs(to, 'window')), this.traffic, this.evidence);
  }
  /** The results that `keep` keeps. */
  where(keep: (result: LoadResult) => boolean): TrafficStats {
    return new TrafficStats(this.stats.where(keep), this.traffic, this.evidence);
  }
  /** Share of the results, 0 to 1, for which `holds` is true; NaN, which no bound accepts, when there are none. */
  share(holds: (result: LoadResult) => boolean): number {
    const { results } = this.stats;
    const count = results.filter((result) => holds(result)).length;
    this.evidence.read({ traffic: this.traffic, kind: 'errors' }, results.find((result) => !holds(result)) ?? null);
    return results.length === 0 ? Number.NaN : count / results.length;
  }

  private readErrors(): void {
    this.evidence.read({ traffic: this.traffic, kind: 'errors' }, this.stats.results.find(({ isOk }) => !isOk) ?? null);
  }
}

/** A running load. Awaiting it waits for the last reply and gives its statistics. */
export class Traffic implements PromiseLike<TrafficStats> {
  readonly title: string;
  private readonly evidence: Evidence;
  private readonly done: Promise<TrafficStats>;
  private generator!: LoadGenerator;
  private readonly nowMs: () => number;

  constructor(
    title: string,
    PromiseClass: PromiseConstructor,
    evidence: Evidence,
    nowMs: () => number,
    start: (onDone: () => void) => LoadGenerator,
  ) {
    this.title = title;
    this.evidence = evidence;
    this.nowMs = nowMs;
    this.done = new PromiseClass<TrafficStats>((resolve) => {
      this.generator = start(() => resolve(this.stats));
    });
  }

  get fromMs(): number {
    return this.generator.startUs / 1000;
  }

  /** When the last request was due; now while it runs. */
  get toMs(): number {
    return this.generator.stoppedUs === null ? this.nowMs() : this.generator.stoppedUs / 1000;
  }

  /** Of the requests answered (or given up) so far. */
  get stats(): TrafficStats {
    return new TrafficStats(this.measured, this, this.evidence);
  }

  /** As `stats`, without leaving evidence. */
  get measured(): LoadStats {
    return new LoadStats(this.generator.results, this.fromMs, this.toMs);
  }

  get inFlight(): number {
    return this.generator.inFlight;
  }

  window(from: Duration, to: Duration): TrafficStats {
    return this.stats.window(from, to);
  }

  /** No further requests. Await the handle for what is on its way. */
  stop(): Traffic {
    this.generator.stop();
    return this;
  }

  then<A = TrafficStats, B = never>(
    onFulfilled?: ((value: TrafficStats) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.done.then(onFulfilled, onRejected);
  }
}

/** The answer to `shop.request`. */
export class Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly error: string | null;
  readonly durationMs: number;

  constructor(reply: HttpReply, durationMs: number) {
    this.status = reply.status;
    this.headers = reply.headers;
    this.body = new TextDecoder().decode(reply.body);
    this.error = reply.error;
    this.durationMs = durationMs;
  }

  /** The body as JSON; undefined when it is none. */
  get json(): any {
    try {
      return JSON.parse(this.body);
    } catch {
      return undefined;
    }
  }
}
