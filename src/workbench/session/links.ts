/** Traffic between two services: how much, how fast, how much of it failed. */

import type { EndedRequest, LiveRequest } from './requests.ts';
import { isFailure } from './requests.ts';
import { Series, type Summary } from './series.ts';

export interface LinkFigures extends Summary {
  readonly inFlight: number;
}

export class Link {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** Sent in the second that is running; calls are counted when they start, latencies when they end. */
  readonly series: Series;
  inFlight = 0;
  started = 0;
  /** Typical duration over the last seconds; what "slow" is measured by. */
  usualMs = Number.NaN;
  private startedInSecond = 0;
  private secondEndMs = 1000;
  /** Calls that started in each of the last seconds, and packets lost in it; newest last. */
  callsPerSecond: { readonly atMs: number; readonly count: number; readonly lost: number }[] = [];
  private lostInSecond = 0;

  constructor(from: string, to: string, series = new Series()) {
    this.series = series;
    this.key = linkKey(from, to);
    this.from = from;
    this.to = to;
  }

  start(_request: LiveRequest): void {
    this.inFlight++;
    this.started++;
    this.startedInSecond++;
  }

  end(request: EndedRequest): void {
    this.inFlight--;
    this.series.record(request.durationMs, isFailure(request.outcome));
  }

  /** A server's statement, command or message, or a connection that failed: told when it has ended. */
  operation(durationMs: number, isFailed: boolean): void {
    this.started++;
    this.startedInSecond++;
    this.series.record(durationMs, isFailed);
  }

  lose(): void {
    this.lostInSecond++;
  }

  advance(nowMs: number): void {
    while (nowMs >= this.secondEndMs) {
      this.callsPerSecond.push({ atMs: this.secondEndMs, count: this.startedInSecond, lost: this.lostInSecond });
      this.lostInSecond = 0;
      if (this.callsPerSecond.length > 900) this.callsPerSecond.shift();
      this.startedInSecond = 0;
      this.secondEndMs += 1000;
      if (nowMs - this.secondEndMs > 900_000) this.secondEndMs = Math.floor(nowMs / 1000) * 1000;
    }
    const closed = this.series.seconds.length;
    this.series.advance(nowMs, this.inFlight);
    if (this.series.seconds.length !== closed) this.usualMs = this.series.summary().p50Ms;
  }

  /** Calls started per virtual second, over the last `seconds` whole ones. */
  callRate(seconds: number): number {
    const last = this.callsPerSecond.slice(-seconds);
    let sum = 0;
    for (const second of last) sum += second.count;
    return last.length === 0 ? 0 : sum / last.length;
  }

  /** Packets lost per virtual second, over the last `seconds` whole ones. */
  lossRate(seconds: number): number {
    const last = this.callsPerSecond.slice(-seconds);
    return last.length === 0 ? 0 : last.reduce((sum, { lost }) => sum + lost, 0) / last.length;
  }

  copy(): Link {
    const copy = new Link(this.from, this.to, this.series.copy());
    copy.inFlight = this.inFlight;
    copy.started = this.started;
    copy.usualMs = this.usualMs;
    copy.startedInSecond = this.startedInSecond;
    copy.lostInSecond = this.lostInSecond;
    copy.secondEndMs = this.secondEndMs;
    copy.callsPerSecond = this.callsPerSecond.slice();
    return copy;
  }

  figures(seconds?: number): LinkFigures {
    return { ...this.series.summary(seconds), inFlight: this.inFlight };
  }
}

export function linkKey(from: string, to: string): string {
  return `${from}→${to}`;
}
