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

/** Ended requests whose root is still remembered, for children that start after their parent ended. */
const REMEMBERED = 20_000;

export class Requests {
  readonly live = new Map<number, LiveRequest>();
  /** In flight by endpoint that received them: what waits there. */
  readonly liveAt = new Map<Endpoint, number>();
  /** In flight from outside. */
  rootsLive = 0;
  private readonly rootOf = new Map<number, number>();
  private readonly openByRoot = new Map<number, number>();

  /** `isAbandoned`: the request from outside that caused it had already ended. */
  start(event: RequestEvent): { readonly request: LiveRequest; readonly isAbandoned: boolean } {
    const root = event.cause === 0 ? event.id : (this.rootOf.get(event.cause) ?? event.cause);
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
    this.remember(event.id, root);
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
    return this.rootOf.get(id) ?? id;
  }

  private remember(id: number, root: number): void {
    this.rootOf.set(id, root);
    if (this.rootOf.size <= REMEMBERED) return;
    // A Map keeps insertion order, so its first key is the oldest.
    const oldest = this.rootOf.keys().next().value;
    if (oldest !== undefined) this.rootOf.delete(oldest);
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
