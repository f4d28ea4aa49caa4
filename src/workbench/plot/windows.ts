/** Windows of time on an axis. */
export interface TimeWindow {
  readonly fromMs: number;
  /** null while it lasts. */
  readonly toMs: number | null;
}

/** The times in which at least one window is open: overlapping faults shade an axis once, or it would turn black. */
export function merged(windows: readonly TimeWindow[], nowMs: number): readonly (readonly [number, number])[] {
  const spans = windows
    .map(({ fromMs, toMs }): [number, number] => [fromMs, toMs ?? Math.max(nowMs, fromMs)])
    .filter(([from, to]) => to > from)
    .sort((a, b) => a[0] - b[0]);
  const result: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
