/** The small plots of a verdict: what a check looked at, over time, with the faults. */
import type { Series } from './evidence.ts';
import type { System } from './system.ts';
import type { Measurement, Plot } from './verdict.ts';

const PLOTS_MAX = 3;

/** Plots of the series a check has read; of all its system's loads when it read none. */
export function plotsOf(read: readonly Series[], system: System | null, measurements: readonly Measurement[]): Plot[] {
  if (system === null) return [];
  const series: readonly Series[] =
    read.length > 0 ? read : system.traffics.flatMap((traffic) => [{ traffic, kind: 'latency' as const }]);
  return series.slice(0, PLOTS_MAX).map((one) => plotOf(one, system, measurements));
}

function plotOf(series: Series, system: System, measurements: readonly Measurement[]): Plot {
  const unit = series.kind === 'latency' ? 'ms' : series.kind === 'errors' ? '%' : '/s';
  const { title, points } = 'query' in series ? tapped(series, system) : measured(series);
  const fromMs = points[0]?.[0] ?? 0;
  const toMs = (points[points.length - 1]?.[0] ?? 0) + 1000;
  const bound = upperBound(measurements, unit);
  return {
    title,
    unit,
    points,
    faults: system.faultWindows
      .map((fault) => ({ ...fault, fromMs: Math.max(fault.fromMs, fromMs), toMs: Math.min(fault.toMs, toMs) }))
      .filter((fault) => fault.fromMs < toMs && fault.toMs >= fault.fromMs),
    ...(bound !== undefined && { bound }),
  };
}

function measured({ traffic, kind }: Extract<Series, { traffic: unknown }>): Pick<Plot, 'title' | 'points'> {
  const seconds = traffic.measured.series.filter(({ count }) => count > 0);
  if (kind === 'latency') {
    return { title: `p99 of ${traffic.title}`, points: seconds.map(({ atMs, p99 }) => [atMs, rounded(p99)] as const) };
  }
  return {
    title: `errors of ${traffic.title}`,
    points: seconds.map(({ atMs, errorRate }) => [atMs, rounded(errorRate * 100)] as const),
  };
}

/** The whole run, not only the window that was asked for: the contrast is what one wants to see. */
function tapped({ query, title }: Extract<Series, { kind: 'rate' }>, system: System): Pick<Plot, 'title' | 'points'> {
  const { between: _, ...everywhere } = query;
  const first = system.traffics[0];
  const fromMs = first?.fromMs ?? 0;
  const toMs = Math.max(fromMs + 1000, ...system.traffics.map((traffic) => traffic.toMs));
  const seconds = system.tap.select({ ...everywhere, between: [fromMs, toMs] }).perSecond;
  return { title, points: seconds.map((count, i) => [fromMs + i * 1000, count] as const) };
}

function upperBound(measurements: readonly Measurement[], unit: Plot['unit']): number | undefined {
  const found = measurements.find(
    (one) => one.unit === unit && typeof one.bound === 'number' && (one.comparator === '<' || one.comparator === '≤'),
  );
  return found?.bound as number | undefined;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
