/**
 * What the network saw: requests between services, read from the trace and never asked of a service. A query is a
 * selection that can be counted, put on a time axis, grouped by the user request that caused it.
 */
import type { Outcome, TraceEvent } from '../core/events.ts';
import { type Duration, toMs } from './duration.ts';

/** One HTTP request on the wire. */
export interface TapRequest {
  readonly id: number;
  /** The request that the sender was handling; 0 when there was none. */
  readonly cause: number;
  /** The user's request at the start of the chain; its own id for a root. */
  readonly root: number;
  /** Replicas, as `gateway-1`, and their services. */
  readonly from: string;
  readonly to: string;
  readonly fromService: string;
  readonly toService: string;
  readonly method: string;
  readonly path: string;
  readonly atMs: number;
  readonly connection: number;
  /** null while no reply came. */
  endMs: number | null;
  /** 0 when no reply arrived. */
  status: number;
  outcome: Outcome | null;
}

export interface TapQuery {
  /** Service or replica; `client` is the world outside. */
  readonly from?: string;
  readonly to?: string;
  readonly method?: string;
  /** Exact path (with query string), or a pattern. */
  readonly path?: string | RegExp;
  /** From, up to: virtual ms as `now()` gives them. */
  readonly between?: readonly [Duration, Duration];
}

/** One statement, command or message that a server image handled. */
export interface TapOperation {
  /** Replica, as `db-1`. */
  readonly endpoint: string;
  /** `SELECT`, `GET`, `basic.publish` */
  readonly name: string;
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly error?: string;
}

/** Reads the trace; one for each running system. */
export class Tap {
  readonly all: TapRequest[] = [];
  /** What databases, caches and brokers did for their clients, in the order of its end. */
  readonly operations: TapOperation[] = [];
  readonly logs: { readonly atMs: number; readonly endpoint: string; readonly text: string }[] = [];
  private readonly byId = new Map<number, TapRequest>();
  /** Connections as they were begun, in the shape of a request without method and path. */
  private readonly attempts: TapRequest[] = [];
  private readonly byConnection = new Map<number, TapRequest[]>();
  private readonly open = new Map<number, { readonly from: string; readonly to: string; readonly atMs: number }>();
  private readonly sockets: SocketSpan[] = [];
  private readonly onQuery: (found: TapRequests, query: TapQuery) => void;

  constructor(onQuery: (found: TapRequests, query: TapQuery) => void = () => {}) {
    this.onQuery = onQuery;
  }

  listen(event: TraceEvent): void {
    if (event.kind === 'request') this.add(event);
    else if (event.kind === 'response') {
      const request = this.byId.get(event.id);
      if (request === undefined || request.endMs !== null) return;
      request.endMs = event.atMs;
      request.status = event.status;
      request.outcome = event.outcome;
    } else if (event.kind === 'log') this.logs.push({ atMs: event.atMs, endpoint: event.endpoint, text: event.text });
    else if (event.kind === 'connection') this.listenConnection(event);
    else if (event.kind === 'operation' && event.connection !== 0) {
      const { endpoint, name, text, startMs, atMs, error } = event;
      this.operations.push({ endpoint, name, text, startMs, endMs: atMs, ...(error === undefined ? {} : { error }) });
    }
  }

  /** The id of the request seen on a connection in that time; 0 for none. */
  requestOn(connection: number, fromMs: number, toMs: number): number {
    const found = this.byConnection.get(connection)?.find(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    return found?.id ?? 0;
  }

  /** Requests between different hosts that match; a health check inside a container is none. */
  requests(query: TapQuery = {}): TapRequests {
    const found = this.select(query);
    this.onQuery(found, query);
    return found;
  }

  /** As `requests`, without leaving evidence. */
  select(query: TapQuery): TapRequests {
    const [fromMs, toMs] = windowOf(query);
    const found = this.all.filter((request) => {
      if (request.atMs < fromMs || request.atMs >= toMs || request.from === request.to) return false;
      if (!matchesEnd(query.from, request.from, request.fromService)) return false;
      if (!matchesEnd(query.to, request.to, request.toService)) return false;
      if (query.method !== undefined && query.method !== request.method) return false;
      if (query.path === undefined) return true;
      return typeof query.path === 'string' ? query.path === request.path : query.path.test(request.path);
    });
    return new TapRequests(found, describe(query), fromMs, toMs, (id) => this.byId.get(id));
  }

  /**
   * Every time `from` reached for `to`: requests, and connections tried that never carried one because they were
   * refused, timed out or given up before they opened. What a struggling service feels is both.
   */
  calls(query: Pick<TapQuery, 'from' | 'to' | 'between'>): TapRequests {
    const [fromMs, endMs] = windowOf(query);
    const requests = this.select(query).list;
    const attempts = this.attempts.filter(
      ({ atMs, connection, from, to, fromService, toService }) =>
        atMs >= fromMs &&
        atMs < endMs &&
        from !== to &&
        !this.byConnection.has(connection) &&
        matchesEnd(query.from, from, fromService) &&
        matchesEnd(query.to, to, toService),
    );
    const list = [...requests, ...attempts].sort((a, b) => a.atMs - b.atMs || a.connection - b.connection);
    const title = describe(query).replace('requests', 'calls');
    const found = new TapRequests(list, title, fromMs, endMs, (id) => this.byId.get(id));
    this.onQuery(found, query);
    return found;
  }

  /** Calls to `to` for each request that came in from outside in the same window: 1 is no retry and no fan-out. */
  amplification(query: Pick<TapQuery, 'from' | 'to' | 'between'>): number {
    const calls = this.calls(query).count;
    const roots = this.select({ from: 'client', ...(query.between && { between: query.between }) }).count;
    return roots === 0 ? 0 : calls / roots;
  }

  /** The greatest number of TCP connections between two ends that were open at one moment of the window. */
  openSocketsMax(query: Omit<TapQuery, 'method' | 'path'>): number {
    const [fromMs, toMs] = windowOf(query);
    const edges: { readonly atMs: number; readonly step: 1 | -1 }[] = [];
    const spans = [
      ...this.sockets,
      ...[...this.open.values()].map((span) => ({ ...span, toMs: Number.POSITIVE_INFINITY })),
    ];
    for (const span of spans) {
      if (span.atMs >= toMs || span.toMs < fromMs) continue;
      if (!matchesEnd(query.from, span.from, serviceOf(span.from))) continue;
      if (!matchesEnd(query.to, span.to, serviceOf(span.to))) continue;
      edges.push({ atMs: span.atMs, step: 1 }, { atMs: span.toMs, step: -1 });
    }
    edges.sort((a, b) => a.atMs - b.atMs || a.step - b.step);
    let now = 0;
    let max = 0;
    for (const edge of edges) {
      now += edge.step;
      if (edge.atMs < toMs && now > max) max = now;
    }
    return max;
  }

  private add(event: Extract<TraceEvent, { kind: 'request' }>): void {
    const parent = event.cause === 0 ? undefined : this.byId.get(event.cause);
    const request: TapRequest = {
      id: event.id,
      cause: event.cause,
      root: parent === undefined ? event.id : parent.root,
      from: event.from,
      to: event.to,
      fromService: serviceOf(event.from),
      toService: serviceOf(event.to),
      method: event.method,
      path: event.path,
      atMs: event.atMs,
      connection: event.connection,
      endMs: null,
      status: 0,
      outcome: null,
    };
    this.all.push(request);
    this.byId.set(event.id, request);
    const onConnection = this.byConnection.get(event.connection);
    if (onConnection === undefined) this.byConnection.set(event.connection, [request]);
    else onConnection.push(request);
  }

  private listenConnection(event: Extract<TraceEvent, { kind: 'connection' }>): void {
    const { id, atMs, from, to } = event;
    if (event.state === 'connecting') {
      this.open.set(id, { from, to, atMs });
      this.attempts.push(attemptOf(id, from, to, atMs));
    } else if (event.state === 'open') {
      if (!this.open.has(id)) this.open.set(id, { from, to, atMs });
    } else {
      const span = this.open.get(id);
      if (span === undefined) return;
      this.open.delete(id);
      this.sockets.push({ ...span, toMs: atMs });
    }
  }
}

interface SocketSpan {
  readonly from: string;
  readonly to: string;
  readonly atMs: number;
  readonly toMs: number;
}

/** A selection of requests, in the order in which they were seen. */
export class TapRequests {
  readonly list: readonly TapRequest[];
  readonly title: string;
  readonly fromMs: number;
  readonly toMs: number;
  private readonly find: (id: number) => TapRequest | undefined;

  constructor(
    list: readonly TapRequest[],
    title: string,
    fromMs: number,
    toMs: number,
    find: (id: number) => TapRequest | undefined,
  ) {
    this.list = list;
    this.title = title;
    this.fromMs = fromMs;
    this.toMs = toMs;
    this.find = find;
  }

  get count(): number {
    return this.list.length;
  }

  /** The mean over the window, which must have an end: requests per second. */
  get rate(): number {
    return this.toMs > this.fromMs && this.toMs < Number.POSITIVE_INFINITY
      ? (this.count * 1000) / (this.toMs - this.fromMs)
      : 0;
  }

  /** Requests in each second from the window's start to its end (to the last request where it has none). */
  get perSecond(): readonly number[] {
    return this.bins(1000);
  }

  /** Requests in each `width` from the window's start. */
  bins(width: Duration): readonly number[] {
    const widthMs = toMs(width, 'bin width');
    const first = this.list[0]?.atMs ?? 0;
    const last = this.list[this.list.length - 1]?.atMs ?? first;
    const fromMs = this.fromMs > 0 ? this.fromMs : first;
    const endMs = this.toMs < Number.POSITIVE_INFINITY ? this.toMs : last + 1;
    const bins = new Array<number>(Math.max(0, Math.ceil((endMs - fromMs) / widthMs))).fill(0);
    for (const { atMs } of this.list) {
      const bin = Math.floor((atMs - fromMs) / widthMs);
      if (bin >= 0 && bin < bins.length) bins[bin]!++;
    }
    return bins;
  }

  /** The most requests in any sliding window of `width`, wherever it begins. */
  maxIn(width: Duration): number {
    return this.busiest(toMs(width, 'window')).count;
  }

  get maxPerSecond(): number {
    return this.maxIn(1000);
  }

  /** Where the most crowded sliding window begins. */
  busiest(widthMs: number): { readonly count: number; readonly atMs: number; readonly requestId: number } {
    let best = { count: 0, atMs: 0, requestId: 0 };
    let from = 0;
    for (let to = 0; to < this.list.length; to++) {
      // A window is half open: requests exactly one width apart are not in one window.
      while (this.list[to]!.atMs - this.list[from]!.atMs >= widthMs) from++;
      const count = to - from + 1;
      if (count > best.count) best = { count, atMs: this.list[from]!.atMs, requestId: this.list[from]!.id };
    }
    return best;
  }

  /** Milliseconds between each request and the one before. */
  get gapsMs(): readonly number[] {
    return this.list.slice(1).map((request, i) => request.atMs - this.list[i]!.atMs);
  }

  /** How many of them each user request caused: counts by root id, only roots with at least one. */
  get perRoot(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const { root } of this.list) counts.set(root, (counts.get(root) ?? 0) + 1);
    return counts;
  }

  /** The requests of each user request, in order. */
  byRoot(): readonly (readonly TapRequest[])[] {
    const groups = new Map<number, TapRequest[]>();
    for (const request of this.list) {
      const group = groups.get(request.root);
      if (group === undefined) groups.set(request.root, [request]);
      else group.push(request);
    }
    return [...groups.values()];
  }

  get maxPerRoot(): number {
    let max = 0;
    for (const count of this.perRoot.values()) if (count > max) max = count;
    return max;
  }

  /** Those that are not the first of their kind (sender, method, path) for their cause: retries, seen from outside. */
  get repeats(): TapRequests {
    const seen = new Set<string>();
    const repeats = this.list.filter((request) => {
      if (request.cause === 0) return false;
      const key = `${request.cause} ${request.fromService} ${request.toService} ${request.method} ${request.path}`;
      if (seen.has(key)) return true;
      seen.add(key);
      return false;
    });
    return new TapRequests(repeats, `repeated ${this.title}`, this.fromMs, this.toMs, this.find);
  }

  /** Of those answered: milliseconds from request to reply, in order. */
  get durationsMs(): readonly number[] {
    return this.list.flatMap(({ atMs, endMs, status }) => (endMs === null || status === 0 ? [] : [endMs - atMs]));
  }

  get byOutcome(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { outcome } of this.list) {
      const key = outcome ?? 'pending';
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  where(keep: (request: TapRequest) => boolean): TapRequests {
    return new TapRequests(this.list.filter(keep), this.title, this.fromMs, this.toMs, this.find);
  }

  /** The request that caused the given one, if the tap saw it. */
  causeOf(request: TapRequest): TapRequest | undefined {
    return request.cause === 0 ? undefined : this.find(request.cause);
  }
}

/** `catalog-2` → `catalog`; `client` stays. */
export function serviceOf(endpoint: string): string {
  return /^(.+)-\d+$/.exec(endpoint)?.[1] ?? endpoint;
}

function attemptOf(connection: number, from: string, to: string, atMs: number): TapRequest {
  return {
    id: 0,
    cause: 0,
    root: 0,
    from,
    to,
    fromService: serviceOf(from),
    toService: serviceOf(to),
    method: '',
    path: '',
    atMs,
    connection,
    endMs: null,
    status: 0,
    outcome: null,
  };
}

function matchesEnd(wanted: string | undefined, endpoint: string, service: string): boolean {
  return wanted === undefined || wanted === service || wanted === endpoint;
}

function windowOf(query: Pick<TapQuery, 'between'>): [number, number] {
  if (query.between === undefined) return [0, Number.POSITIVE_INFINITY];
  return [toMs(query.between[0], 'between'), toMs(query.between[1], 'between')];
}

function describe({ from, to, method, path }: TapQuery): string {
  const what = [method, path === undefined ? undefined : String(path)].filter((part) => part !== undefined).join(' ');
  return `${what === '' ? 'requests' : what} ${from ?? 'anyone'} → ${to ?? 'anyone'}`;
}
