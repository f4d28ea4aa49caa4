/**
 * Requests on the wire: who sent what to whom, caused by which request from outside, and what became of it. Everything
 * here comes from the network tap, so a service needs no instrumentation to be seen.
 */
import type { Endpoint, Outcome, RequestEvent, ResponseEvent } from '../../lab/core/events.ts';

export interface LiveRequest {
  readonly id: number;
  /** The request from outside that caused it; its own id when it is one. Gives it shape and tint in every panel. */
  readonly root: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly method: string;
  readonly path: string;
  readonly startMs: number;
}

export interface EndedRequest extends LiveRequest {
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly status: number;
  readonly bytes: number;
}

/** Ids to a page of `Roots`, as a power of two. */
const PAGE_BITS = 14;
/** 64 KiB a page: a million requests are 4 MiB. */
const PAGES_KEPT = 64;

/**
 * Which request from outside caused which request. It never changes once it is known, so all views of one run, now and
 * past, share it; the oldest are forgotten after a million.
 */
export class Roots {
  private readonly pages = new Map<number, Uint32Array>();

  set(id: number, root: number): void {
    const key = Math.floor(id / 2 ** PAGE_BITS);
    let page = this.pages.get(key);
    if (page === undefined) {
      page = new Uint32Array(2 ** PAGE_BITS);
      this.pages.set(key, page);
      // A Map keeps insertion order, so its first key is the oldest.
      if (this.pages.size > PAGES_KEPT) this.pages.delete(this.pages.keys().next().value!);
    }
    page[id % 2 ** PAGE_BITS] = root;
  }

  get(id: number): number | undefined {
    return this.pages.get(Math.floor(id / 2 ** PAGE_BITS))?.[id % 2 ** PAGE_BITS] || undefined;
  }
}

export class Requests {
  readonly live = new Map<number, LiveRequest>();
  /** In flight by endpoint that received them: what waits there. */
  readonly liveAt = new Map<Endpoint, number>();
  /** In flight from outside. */
  rootsLive = 0;
  private readonly roots: Roots;
  private readonly openByRoot = new Map<number, number>();

  constructor(roots = new Roots()) {
    this.roots = roots;
  }

  /** `isAbandoned`: the request from outside that caused it had already ended. */
  start(event: RequestEvent): { readonly request: LiveRequest; readonly isAbandoned: boolean } {
    const root = event.cause === 0 ? event.id : this.rootIdOf(event.cause);
    const request: LiveRequest = {
      id: event.id,
      root,
      from: event.from,
      to: event.to,
      method: event.method,
      path: event.path,
      startMs: event.atMs,
    };
    this.live.set(event.id, request);
    this.roots.set(event.id, root);
    bump(this.liveAt, event.to, 1);
    const isRoot = root === event.id;
    if (isRoot) this.rootsLive++;
    else bump(this.openByRoot, root, 1);
    return { request, isAbandoned: !isRoot && !this.live.has(root) };
  }

  /** null for a response without a known request. `abandoned`: descendants still in flight when a root ended. */
  end(event: ResponseEvent): { readonly request: EndedRequest; readonly abandoned: number } | null {
    const request = this.live.get(event.id);
    if (request === undefined) return null;
    this.live.delete(event.id);
    bump(this.liveAt, request.to, -1);
    let abandoned = 0;
    if (request.root === request.id) {
      this.rootsLive--;
      abandoned = this.openByRoot.get(request.id) ?? 0;
    } else bump(this.openByRoot, request.root, -1);
    const durationMs = event.atMs - request.startMs;
    return {
      request: { ...request, durationMs, outcome: event.outcome, status: event.status, bytes: event.bytes },
      abandoned,
    };
  }

  /** The request from outside that caused request `id`; itself when that is long forgotten. */
  rootIdOf(id: number): number {
    return this.roots.get(id) ?? id;
  }

  copy(): Requests {
    const copy = new Requests(this.roots);
    for (const [id, request] of this.live) copy.live.set(id, request);
    for (const [endpoint, count] of this.liveAt) copy.liveAt.set(endpoint, count);
    for (const [root, count] of this.openByRoot) copy.openByRoot.set(root, count);
    copy.rootsLive = this.rootsLive;
    return copy;
  }
}

/** Failures are what the caller did not get: 5xx and everything without a reply. 404 and its like are answers. */
export function isFailure(outcome: Outcome): boolean {
  return outcome !== 'ok' && outcome !== 'client-error';
}

/**
 * Slow enough to be drawn ringed: half a second always is; below that, four times what is usual on the link, but never
 * under 50 ms, which no person notices.
 */
export function isSlow(durationMs: number, usualMs: number): boolean {
  return durationMs > 500 || (durationMs > 50 && durationMs > 4 * usualMs);
}

function bump<K>(map: Map<K, number>, key: K, by: number): void {
  const next = (map.get(key) ?? 0) + by;
  if (next <= 0) map.delete(key);
  else map.set(key, next);
}
