/**
 * When the requests of an open load are due: the rate over time, and from it the moment of the n-th request.
 * Whatever the system does, request n is due at that moment: users do not wait for each other.
 */

/** For `durationMs` the rate goes in a straight line from `fromRate` to `toRate` requests per second. */
export interface Stage {
  readonly fromRate: number;
  readonly toRate: number;
  /** Infinity: until stopped; then both rates are equal. */
  readonly durationMs: number;
}

export function constant(ratePerSecond: number, durationMs = Number.POSITIVE_INFINITY): readonly Stage[] {
  return [{ fromRate: ratePerSecond, toRate: ratePerSecond, durationMs }];
}

export function ramp(fromRate: number, toRate: number, durationMs: number): readonly Stage[] {
  return [{ fromRate, toRate, durationMs }];
}

export function steps(...rates: readonly { readonly rate: number; readonly durationMs: number }[]): readonly Stage[] {
  return rates.map(({ rate, durationMs }) => ({ fromRate: rate, toRate: rate, durationMs }));
}

/** `baseRate`, and for the first `burstMs` of every `everyMs` the `burstRate`; `times` periods. */
export function bursts(
  baseRate: number,
  burstRate: number,
  everyMs: number,
  burstMs: number,
  times: number,
): readonly Stage[] {
  const stages: Stage[] = [];
  for (let i = 0; i < times; i++) {
    stages.push({ fromRate: burstRate, toRate: burstRate, durationMs: burstMs });
    stages.push({ fromRate: baseRate, toRate: baseRate, durationMs: everyMs - burstMs });
  }
  return stages;
}

/**
 * The moment (µs after the start) at which the expected number of requests reaches `count`; Infinity when the stages
 * end before. With counts 0, 1, 2, … that is a constant rate; with counts that grow by exponential draws of mean 1 it
 * is a Poisson process of the same rate (time rescaling).
 */
export function timeOf(stages: readonly Stage[], count: number): number {
  let left = count;
  let startUs = 0;
  for (const { fromRate, toRate, durationMs } of stages) {
    const durationUs = durationMs * 1000;
    const r0 = fromRate / 1e6;
    const r1 = toRate / 1e6;
    const total = durationMs === Number.POSITIVE_INFINITY ? left + 1 : ((r0 + r1) / 2) * durationUs;
    // Strictly below: the request due at a stage's end is the next stage's first.
    if (left < total - 1e-9) {
      if (left <= 0) return startUs;
      if (r0 === r1) return startUs + left / r0;
      // left = r0·t + (r1−r0)/(2d)·t², solved for t in the form that is stable for small slopes.
      const slope = (r1 - r0) / durationUs;
      return startUs + (2 * left) / (r0 + Math.sqrt(Math.max(0, r0 * r0 + 2 * slope * left)));
    }
    left -= total;
    if (left < 0) left = 0;
    startUs += durationUs;
  }
  return Number.POSITIVE_INFINITY;
}
