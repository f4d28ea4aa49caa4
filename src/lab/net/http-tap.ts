/**
 * A passive observer of every connection: it frames HTTP/1.1 both ways and puts requests and responses into the
 * trace. Services do not know of it and cannot disturb it; a stream that is no HTTP is left alone.
 *
 * A request is seen when its head is complete at the sender, whether or not its packets get anywhere. A response is
 * seen when its last byte is in the requester's kernel. A request whose connection never opened is never written, so
 * it is not seen here.
 */

import type { Outcome } from '../core/events.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { type BodyKind, Framer, type FramerSink } from './http-framing.ts';
import type { Host, RequestCounts, Tap, TraceSink } from './network.ts';

export class HttpTap implements Tap {
  readonly scheduler: Scheduler;
  readonly trace: TraceSink;
  private requests = 0;
  private readonly open = new Map<number, ConnectionTap>();
  private readonly byPair = new Map<string, MutableCounts>();

  constructor(scheduler: Scheduler, trace: TraceSink) {
    this.scheduler = scheduler;
    this.trace = trace;
  }

  /** Watches a new connection; `serverBytesRead` tells how far the server's process has read. */
  watch(connection: number, client: Host, server: Host, serverBytesRead: () => number): ConnectionTap {
    const counts = this.countsOf(client.service, server.service);
    const observer = new ConnectionTap(this, connection, client, server, counts, serverBytesRead);
    this.open.set(connection, observer);
    return observer;
  }

  forget(connection: number): void {
    this.open.delete(connection);
  }

  /** Connections under observation. */
  get watched(): number {
    return this.open.size;
  }

  nextRequestId(): number {
    return ++this.requests;
  }

  requestIdOf(connectionId: number): number {
    return this.open.get(connectionId)?.handledId() ?? 0;
  }

  lastRequestIdOf(connectionId: number): number {
    return this.open.get(connectionId)?.lastId ?? 0;
  }

  causeOf(connectionId: number): number {
    return this.open.get(connectionId)?.cause ?? 0;
  }

  between(fromService: string, toService: string): RequestCounts {
    return this.countsOf(fromService, toService);
  }

  get counts(): readonly RequestCounts[] {
    return [...this.byPair.values()];
  }

  private countsOf(from: string, to: string): MutableCounts {
    const key = `${from}>${to}`;
    let counts = this.byPair.get(key);
    if (counts === undefined) {
      counts = { from, to, requests: 0, ok: 0, clientErrors: 0, serverErrors: 0, failed: 0 };
      this.byPair.set(key, counts);
    }
    return counts;
  }
}

type MutableCounts = { -readonly [K in keyof RequestCounts]: RequestCounts[K] };

interface Exchange {
  readonly id: number;
  readonly method: string;
  /** Bytes of the request stream up to the end of its head. */
  readonly headEnd: number;
}

/** What the tap knows of one connection. */
export class ConnectionTap {
  lastId = 0;
  /** See `Tap.causeOf`. */
  cause = 0;
  private readonly tap: HttpTap;
  private readonly connection: number;
  private readonly client: Host;
  private readonly server: Host;
  private readonly counts: MutableCounts;
  private readonly serverBytesRead: () => number;
  /** Requests without a whole response yet, in order. */
  private readonly waiting: Exchange[] = [];
  private hasFailed = false;
  private readonly requestFramer: Framer;
  private readonly responseFramer: Framer;

  constructor(
    tap: HttpTap,
    connection: number,
    client: Host,
    server: Host,
    counts: MutableCounts,
    serverBytesRead: () => number,
  ) {
    this.tap = tap;
    this.connection = connection;
    this.client = client;
    this.server = server;
    this.counts = counts;
    this.serverBytesRead = serverBytesRead;
    this.requestFramer = new Framer('request', { onHead: (framer) => this.onRequest(framer), onMessage: ignore });
    const responses: FramerSink = {
      onHead: (framer) => this.onResponseHead(framer.status),
      onMessage: (bytes) => this.onResponse(bytes),
    };
    this.responseFramer = new Framer('response', responses);
  }

  /** The client writes. */
  sent(bytes: Uint8Array, cause: number): void {
    this.cause = cause;
    this.requestFramer.push(bytes, cause);
  }

  /** The server's bytes are in the client's kernel. */
  received(bytes: Uint8Array): void {
    this.responseFramer.push(bytes, 0);
  }

  /** The server's FIN is in the client's kernel: nothing more will be answered. */
  serverEnded(): void {
    this.responseFramer.end();
    this.fail('reset');
  }

  /** Nothing more can be answered: a reset, a timeout, or the requester closed first. */
  fail(outcome: 'reset' | 'timeout' | 'aborted'): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.requestFramer.stop();
    this.responseFramer.stop();
    const atMs = this.tap.scheduler.nowUs / 1000;
    // They stay in the list: the server may yet work on what nobody waits for.
    for (const { id } of this.waiting) {
      this.counts.failed++;
      this.tap.trace.record({ kind: 'response', atMs, id, status: 0, bytes: 0, outcome });
    }
  }

  /** See `Tap.requestIdOf`. */
  handledId(): number {
    const waiting = this.waiting;
    if (waiting.length === 0) return 0;
    const read = this.serverBytesRead();
    for (let i = waiting.length - 1; i >= 0; i--) if (waiting[i]!.headEnd <= read) return waiting[i]!.id;
    return 0;
  }

  private onRequest(framer: Framer): BodyKind {
    const id = this.tap.nextRequestId();
    const { method } = framer;
    this.lastId = id;
    this.waiting.push({ id, method, headEnd: framer.headEnd });
    this.counts.requests++;
    this.tap.trace.record({
      kind: 'request',
      atMs: this.tap.scheduler.nowUs / 1000,
      id,
      cause: framer.tag,
      from: this.client.name,
      to: this.server.name,
      method,
      path: framer.path,
      connection: this.connection,
      ...(framer.traceparent && { traceparent: framer.traceparent }),
    });
    return 'framed';
  }

  private onResponseHead(status: number): BodyKind {
    const exchange = this.waiting[0];
    // An answer to nothing, as 408 on an idle connection.
    if (exchange === undefined) return 'stop';
    const isUpgrade = status === 101 || (exchange.method === 'CONNECT' && status < 300 && status >= 200);
    if (isUpgrade) {
      this.requestFramer.stop();
      this.responseFramer.stop();
      this.answer(status, 0);
      return 'stop';
    }
    return exchange.method === 'HEAD' || status < 200 || status === 204 || status === 304 ? 'none' : 'framed';
  }

  private onResponse(bytes: number): void {
    const { status } = this.responseFramer;
    // 100 and 103 announce; the answer is still to come.
    if (status >= 200) this.answer(status, bytes);
  }

  private answer(status: number, bytes: number): void {
    const { id } = this.waiting.shift()!;
    const outcome: Outcome = status < 400 ? 'ok' : status < 500 ? 'client-error' : 'server-error';
    if (outcome === 'ok') this.counts.ok++;
    else if (outcome === 'client-error') this.counts.clientErrors++;
    else this.counts.serverErrors++;
    this.tap.trace.record({ kind: 'response', atMs: this.tap.scheduler.nowUs / 1000, id, status, bytes, outcome });
  }
}

function ignore(): void {}
