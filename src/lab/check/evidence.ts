/**
 * What a check looked at: the values it read from loads and tap since its start. The verdict draws those series, and
 * points at the request behind the value that was compared.
 */
import type { LoadResult } from '../load/result.ts';
import type { TapQuery, TapRequests } from './tap.ts';
import type { Traffic } from './traffic.ts';
import type { Measurement } from './verdict.ts';

export type Series =
  | { readonly traffic: Traffic; readonly kind: 'latency' | 'errors' }
  | { readonly query: TapQuery; readonly title: string; readonly kind: 'rate' };

export class Evidence {
  private readonly seen: Series[] = [];
  private pointer: Measurement['pointer'] = undefined;
  private readonly requestOn: (connection: number, fromMs: number, toMs: number) => number;

  constructor(requestOn: (connection: number, fromMs: number, toMs: number) => number) {
    this.requestOn = requestOn;
  }

  read(series: Series, result: LoadResult | null): void {
    this.add(series);
    this.pointer = result === null ? undefined : { atMs: result.dueMs, ...this.idOf(result) };
  }

  readTap(tapped: TapRequests, query: TapQuery): void {
    this.add({ query, title: tapped.title, kind: 'rate' });
    const first = tapped.list[0];
    this.pointer = first === undefined ? undefined : { atMs: first.atMs, requestId: first.id };
  }

  /** The series read since the last call; a new check begins. */
  take(): readonly Series[] {
    this.pointer = undefined;
    return this.seen.splice(0);
  }

  takePointer(): Measurement['pointer'] {
    const { pointer } = this;
    this.pointer = undefined;
    return pointer;
  }

  private add(series: Series): void {
    if (!this.seen.some((known) => isSame(known, series))) this.seen.push(series);
  }

  private idOf(result: LoadResult): { requestId?: number } {
    const requestId = this.requestOn(result.connection, result.dueMs, result.endMs);
    return requestId === 0 ? {} : { requestId };
  }
}

function isSame(a: Series, b: Series): boolean {
  if (a.kind !== b.kind) return false;
  if ('traffic' in a && 'traffic' in b) return a.traffic === b.traffic;
  return 'query' in a && 'query' in b && a.title === b.title;
}
