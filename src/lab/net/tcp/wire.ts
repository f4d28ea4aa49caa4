import type { ConnectionEvent } from '../../core/events.ts';
import type { LabHost } from '../host.ts';
import type { ConnectionTap } from '../http-tap.ts';
import type { Lan } from '../lan.ts';
import type { TcpEnd } from './end.ts';

/** What the two ends of a connection share. */
export class Wire {
  readonly id: number;
  /** Set when the connection opens. */
  observer: ConnectionTap | null = null;
  private readonly lan: Lan;
  private readonly from: string;
  private readonly to: string;
  private readonly port: number;
  private readonly cause: number;
  private isFinished = false;

  constructor(lan: Lan, id: number, from: string, to: string, port: number, cause: number) {
    this.lan = lan;
    this.id = id;
    this.from = from;
    this.to = to;
    this.port = port;
    this.cause = cause;
  }

  watch(client: LabHost, server: LabHost, serverEnd: TcpEnd): void {
    this.observer = this.lan.tap.watch(this.id, client, server, () => serverEnd.bytesRead);
  }

  /** `error`: how it failed, where somebody hears of it. */
  record(state: ConnectionEvent['state'], error?: string): void {
    const atMs = this.lan.scheduler.nowUs / 1000;
    // An end that nobody chose concerns whoever wrote last.
    const cause = state === 'connecting' ? this.cause : state === 'reset' ? (this.observer?.cause ?? 0) : 0;
    this.lan.trace.record({
      kind: 'connection',
      atMs,
      id: this.id,
      state,
      from: this.from,
      to: this.to,
      port: this.port,
      ...(cause > 0 && { cause }),
      ...(error !== undefined && { error }),
    });
  }

  /** The first end to finish says how. */
  finish(state: ConnectionEvent['state'], error?: string): void {
    if (this.isFinished) return;
    this.isFinished = true;
    this.record(state, error);
  }

  /** The requester's side is over: what is unanswered stays so. */
  fail(outcome: 'reset' | 'timeout' | 'aborted'): void {
    this.observer?.fail(outcome);
  }

  /** Both sides are over. */
  forget(): void {
    this.lan.tap.forget(this.id);
  }
}
