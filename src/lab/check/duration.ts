/** `'10s'`, `'250ms'`, `'1.5m'`, or a number of milliseconds. */
export type Duration = string | number;

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** As `toMs`, with a minus sign before it: `'-5s'`, -5000. */
export function toSignedMs(duration: Duration, what: string): number {
  if (typeof duration === 'number') return duration < 0 ? -toMs(-duration, what) : toMs(duration, what);
  const text = String(duration).trim();
  return text.startsWith('-') ? -toMs(text.slice(1), what) : toMs(text, what);
}

/** Milliseconds; throws a TypeError with a sentence for anything else. */
export function toMs(duration: Duration, what = 'duration'): number {
  if (typeof duration === 'number' && Number.isFinite(duration) && duration >= 0) return duration;
  const match = typeof duration === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*(us|ms|s|m|h)\s*$/.exec(duration) : null;
  if (match === null) {
    throw new TypeError(
      `${what}: expected something like '10s', '250ms' or a number of ms, found ${JSON.stringify(duration)}`,
    );
  }
  return Number(match[1]) * UNITS[match[2]!]!;
}
