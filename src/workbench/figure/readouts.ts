/** A readout's number, from the trace. */
import { formatCount, formatMs, formatRate, formatShare } from '../session/format.ts';
import { linkKey } from '../session/links.ts';
import { OUTSIDE, type World } from '../session/world.ts';
import type { FigureReadout } from './props.ts';

/** NaN when there is nothing to measure yet. In ms, %, 1/s or plain counts. */
export function readoutValue(world: World, { figure, from, to, service }: FigureReadout): number {
  const link = from !== undefined && to !== undefined ? world.links.get(linkKey(from, to)) : undefined;
  const isLink = from !== undefined && to !== undefined;
  const summary = isLink ? link?.series.summary() : world.outside.summary();
  switch (figure) {
    case 'p50':
      return summary?.p50Ms ?? Number.NaN;
    case 'p95':
      return summary?.p95Ms ?? Number.NaN;
    case 'p99':
      return summary?.p99Ms ?? Number.NaN;
    case 'errors':
      return (summary?.errorRate ?? Number.NaN) * 100;
    case 'rate':
      return isLink ? (link?.callRate(10) ?? 0) : rootRate(world);
    case 'inFlight':
      return isLink ? (link?.inFlight ?? 0) : world.requests.rootsLive;
    case 'callsPerRequest':
      return (link?.callRate(10) ?? 0) / rootRate(world);
    case 'abandoned':
      return world.outside.summary().abandoned / Math.max(1, world.outside.summary().seconds);
    case 'cpu': {
      const replicas = service === undefined ? [] : world.replicas.of(service);
      return replicas.length === 0
        ? Number.NaN
        : (100 * replicas.reduce((sum, each) => sum + each.cpu, 0)) / replicas.length;
    }
  }
}

export function readoutText(figure: FigureReadout['figure'], value: number): string {
  if (!Number.isFinite(value)) return '–';
  switch (figure) {
    case 'p50':
    case 'p95':
    case 'p99':
      return formatMs(value);
    case 'errors':
    case 'cpu':
      return formatShare(value / 100);
    case 'rate':
    case 'abandoned':
      return formatRate(value);
    case 'callsPerRequest':
      return `×${value.toFixed(2)}`;
    case 'inFlight':
      return formatCount(value);
  }
}

/** Requests that start outside, per second. */
function rootRate(world: World): number {
  let rate = 0;
  for (const link of world.links.values()) if (link.from === OUTSIDE) rate += link.callRate(10);
  return rate;
}
