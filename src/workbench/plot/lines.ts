/** From the session's series to the lines that charts and figures draw. */
import type { FaultWindow } from '../session/faults.ts';
import type { Link } from '../session/links.ts';
import type { Second } from '../session/series.ts';
import { type FaultTexts, faultText } from '../ui/fault-text.ts';
import type { PlotLine, PlotWindow } from './Plot.tsx';

export function latencyLines(seconds: readonly Second[]): readonly PlotLine[] {
  return [
    { name: 'p99', tone: 'ink', points: seconds.map((each) => [each.atMs, each.p99Ms]) },
    { name: 'p95', tone: 'mid', points: seconds.map((each) => [each.atMs, each.p95Ms]) },
    { name: 'p50', tone: 'quiet', points: seconds.map((each) => [each.atMs, each.p50Ms]) },
  ];
}

export function rateLines(seconds: readonly Second[], names: { ok: string; failed: string }): readonly PlotLine[] {
  return [
    { name: names.ok, tone: 'accent', points: seconds.map((each) => [each.atMs, each.count - each.failed]) },
    { name: names.failed, tone: 'hot', isArea: true, points: seconds.map((each) => [each.atMs, each.failed]) },
  ];
}

export function inFlightLines(seconds: readonly Second[], name: string): readonly PlotLine[] {
  return [{ name, tone: 'ink', isArea: true, points: seconds.map((each) => [each.atMs, each.inFlight]) }];
}

export function callLines(link: Link | undefined, name: string): readonly PlotLine[] {
  return [
    { name, tone: 'ink', isArea: true, points: (link?.callsPerSecond ?? []).map((each) => [each.atMs, each.count]) },
  ];
}

export function plotWindows(windows: readonly FaultWindow[], texts: FaultTexts): readonly PlotWindow[] {
  return windows.map((each) => ({ fromMs: each.fromMs, toMs: each.toMs, text: faultText(each.fault, texts) }));
}

/**
 * The last `spanMs`, or from 0 while the run is younger: the axis does not grow with each second, so nothing shifts
 * until it scrolls.
 */
export function timeDomain(nowMs: number, spanMs: number): readonly [number, number] {
  const end = Math.max(spanMs, Math.ceil(nowMs / 1000) * 1000);
  return [end - spanMs, end];
}
