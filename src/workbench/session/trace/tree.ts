/**
 * One request with everything that it caused, as a tree over time: calls, attempts of the same call, commands of
 * databases and brokers. Made from what the network saw; no service has to be instrumented for it.
 */
import type {
  ConnectionEvent,
  Endpoint,
  OperationEvent,
  Outcome,
  RequestEvent,
  TraceEvent,
} from '../../../lab/core/events.ts';
import { codeOf, outcomeOfCode } from '../attempts.ts';
import type { RunRecord } from '../record/record.ts';
import { serviceOf } from '../replicas.ts';

export interface Span {
  /** `connection`: one that never opened, or was torn down with a statement under way, so that no request was ever sent. */
  readonly kind: 'request' | 'operation' | 'connection';
  /** The request's id; of all else a number of its own, below 0. */
  readonly id: number;
  /** 0 for the root. */
  readonly parent: number;
  readonly depth: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** `GET /products`, `SELECT`; of a connection its port. */
  readonly name: string;
  /** The statement, the key; empty for a request. */
  readonly text: string;
  readonly startMs: number;
  /** null while it is under way at the moment that is shown. */
  readonly endMs: number | null;
  /** null without an answer so far. */
  readonly outcome: Outcome | null;
  readonly status: number;
  readonly bytes: number;
  /** The server's words, of an operation that failed; the code of a connection, '' when its opener gave it up. */
  readonly error: string;
  /** Which attempt of the same call by the same caller, from 1, and of how many. */
  readonly attempt: number;
  readonly attempts: number;
  readonly connection: number;
  /** When the connection was being opened for this request; null when it went over one that was there. */
  readonly connect: { readonly fromMs: number; readonly toMs: number } | null;
  /** As the caller sent it; null when it sent none. */
  readonly traceparent: string | null;
}

export interface TraceTree {
  readonly root: number;
  /** Depth first, siblings by time. */
  readonly spans: readonly Span[];
  readonly startMs: number;
  /** The last end; the moment shown while something is under way. */
  readonly endMs: number;
  readonly isOver: boolean;
}

/** Keeps the numbers of connections apart from those of operations. */
const CONNECTIONS = 1e6;
/** A request that is under way for longer is shown as far as that. */
const EVENTS_MAX = 200_000;

interface Draft {
  readonly event: RequestEvent | OperationEvent | ConnectionEvent;
  readonly id: number;
  readonly parent: number;
  readonly from: Endpoint;
  endMs: number | null;
  outcome: Outcome | null;
  status: number;
  bytes: number;
  connect: Span['connect'];
  error: string;
}

/**
 * The tree as it was before event number `index`; null when the record no longer has the request. A connection of
 * users that never opened has no request: it is its number below 0, and `begin` the event from which to look for it.
 */
export function traceTree(
  record: RunRecord,
  root: number,
  index: number,
  nowMs: number,
  begin = record.partOf(root),
): TraceTree | null {
  if (begin === null) return null;
  const drafts = new Map<number, Draft>();
  const connections = new Map<number, { from: Endpoint; fromMs: number; toMs: number | null }>();
  /** Connections whose requests are in the tree. */
  const carrying = new Set<number>();
  let operations = 0;
  let open = 0;

  const onRequest = (event: RequestEvent) => {
    const connection = connections.get(event.connection);
    connections.delete(event.connection);
    if (record.world.requests.rootIdOf(event.id) !== root) return;
    drafts.set(event.id, {
      event,
      id: event.id,
      parent: event.id === root ? 0 : drafts.has(event.cause) ? event.cause : root,
      from: event.from,
      endMs: null,
      outcome: null,
      status: 0,
      bytes: 0,
      connect: connection?.toMs == null ? null : { fromMs: connection.fromMs, toMs: connection.toMs },
      error: '',
    });
    carrying.add(event.connection);
    open++;
  };
  const onOperation = (event: OperationEvent) => {
    const cause = (event as { readonly cause?: number }).cause ?? 0;
    if (!drafts.has(cause)) return;
    const id = -++operations;
    const caller = drafts.get(cause)!.event as RequestEvent;
    drafts.set(id, {
      event,
      id,
      parent: cause,
      from: caller.to,
      endMs: event.atMs,
      outcome: event.error === undefined ? 'ok' : 'server-error',
      status: 0,
      bytes: 0,
      connect: null,
      error: event.error ?? '',
    });
  };
  const onConnection = (event: ConnectionEvent) => {
    const { id, state, from, to, atMs, cause = 0 } = event;
    const key = id === 0 ? -++operations : -id * CONNECTIONS;
    const isOwn = -id === root;
    const begin = (endMs: number | null): Draft | null => {
      if (from === to || !(isOwn || drafts.has(cause))) return null;
      const [outcome, error] = endMs === null ? [null, ''] : [outcomeOfCode(codeOf(event)), codeOf(event)];
      const parent = isOwn ? 0 : cause;
      const draft = {
        event,
        id: isOwn ? root : key,
        parent,
        from,
        endMs,
        outcome,
        status: 0,
        bytes: 0,
        connect: null,
        error,
      };
      drafts.set(draft.id, draft);
      return draft;
    };
    const draft = drafts.get(isOwn ? root : key);
    if (state === 'connecting') {
      connections.set(id, { from, fromMs: atMs, toMs: null });
      if (begin(null) !== null) open++;
      return;
    }
    if (state === 'unresolved') {
      begin(atMs);
      return;
    }
    if (draft !== undefined && draft.endMs === null) open--;
    if (state === 'open') {
      const connection = connections.get(id);
      if (connection !== undefined) connection.toMs = atMs;
      // The request that it was opened for tells of it from here on.
      drafts.delete(key);
      return;
    }
    connections.delete(id);
    if (draft !== undefined) {
      Object.assign(draft, { endMs: atMs, error: codeOf(event), outcome: outcomeOfCode(codeOf(event)) });
    } else if (state === 'reset' && !carrying.has(id) && drafts.get(cause)?.endMs === null) begin(atMs);
  };
  const take = (event: TraceEvent): boolean => {
    if (event.kind === 'request') onRequest(event);
    else if (event.kind === 'operation') onOperation(event);
    else if (event.kind === 'connection') onConnection(event);
    else if (event.kind === 'response') {
      const draft = drafts.get(event.id);
      if (draft === undefined || draft.endMs !== null) return true;
      Object.assign(draft, {
        endMs: event.atMs,
        outcome: event.outcome,
        status: event.status,
        bytes: event.bytes,
      });
      open--;
    }
    return true;
  };
  // After the last answer a caller may still do something with it: the record is read on to the end of its part.
  let overAt = Number.POSITIVE_INFINITY;
  record.read(begin, Math.min(index, begin + EVENTS_MAX), (event, at) => {
    take(event);
    if (drafts.has(root) && open === 0) overAt = Math.min(overAt, at);
    else overAt = Number.POSITIVE_INFINITY;
    return at < overAt + LINGER_EVENTS;
  });
  if (!drafts.has(root)) return null;
  return treeOf(root, [...drafts.values()], nowMs);
}

/** Calls that a service makes after it has answered come soon. */
const LINGER_EVENTS = 2000;

function treeOf(root: number, drafts: readonly Draft[], nowMs: number): TraceTree {
  const children = new Map<number, Draft[]>();
  for (const draft of drafts) {
    const siblings = children.get(draft.parent);
    if (siblings === undefined) children.set(draft.parent, [draft]);
    else siblings.push(draft);
  }
  const spans: Span[] = [];
  const visit = (draft: Draft, depth: number) => {
    spans.push(spanOf(draft, depth, children.get(draft.parent)!));
    const below = children.get(draft.id) ?? [];
    below.sort((a, b) => startOf(a) - startOf(b));
    for (const child of below) visit(child, depth + 1);
  };
  for (const draft of children.get(0) ?? []) visit(draft, 0);
  const isOver = spans.every(({ endMs }) => endMs !== null);
  return {
    root,
    spans,
    startMs: Math.min(...spans.map(({ startMs, connect }) => connect?.fromMs ?? startMs)),
    endMs: Math.max(...spans.map(({ endMs }) => endMs ?? nowMs)),
    isOver,
  };
}

function spanOf(draft: Draft, depth: number, siblings: readonly Draft[]): Span {
  const { event, id, parent, from, endMs, outcome, status, bytes, connect } = draft;
  const same = siblings.filter((each) => callOf(each) === callOf(draft));
  // Another attempt begins when the one before has failed; the same call once more after a success is none.
  const before = same.filter((each) => startOf(each) < startOf(draft));
  const isRetried = same.some((each) => each.outcome !== 'ok' && each.outcome !== null);
  const common = { id, parent, depth, from, startMs: startOf(draft), endMs, outcome, status, bytes, connect };
  if (event.kind === 'operation') {
    return {
      ...common,
      kind: 'operation',
      to: event.endpoint,
      name: event.name,
      text: event.text,
      error: event.error ?? '',
      attempt: 1,
      attempts: 1,
      connection: event.connection,
      traceparent: null,
    };
  }
  const attempts = { attempt: isRetried ? before.length + 1 : 1, attempts: isRetried ? same.length : 1 };
  if (event.kind === 'connection') {
    return {
      ...common,
      ...attempts,
      kind: 'connection',
      to: event.to,
      name: event.port === 0 ? '' : String(event.port),
      text: '',
      error: draft.error,
      connection: event.id,
      traceparent: null,
    };
  }
  return {
    ...common,
    ...attempts,
    kind: 'request',
    to: event.to,
    name: `${event.method} ${event.path}`,
    text: '',
    error: '',
    connection: event.connection,
    traceparent: (event as { readonly traceparent?: string }).traceparent ?? null,
  };
}

function startOf({ event }: Draft): number {
  if (event.kind === 'operation') return event.startMs;
  return event.kind === 'connection' ? (event.startMs ?? event.atMs) : event.atMs;
}

/** The replica does not count: a retry may reach another one. */
function callOf({ event, from }: Draft): string {
  if (event.kind === 'connection') return `${from} ${serviceOf(event.to)}`;
  return event.kind === 'operation'
    ? `${from} ${event.endpoint} ${event.name} ${event.text}`
    : `${from} ${serviceOf(event.to)} ${event.method} ${event.path}`;
}
