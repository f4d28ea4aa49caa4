/** Axes: from values to pixels, and the round numbers worth a line. */

export interface Scale {
  readonly at: (value: number) => number;
  /** What stands at a pixel. */
  readonly value: (px: number) => number;
  readonly ticks: readonly number[];
}

export function linearScale(min: number, max: number, fromPx: number, toPx: number, ticksMax: number): Scale {
  const span = max > min ? max - min : 1;
  return {
    at: (value) => fromPx + ((value - min) / span) * (toPx - fromPx),
    value: (px) => min + ((px - fromPx) / (toPx - fromPx)) * span,
    ticks: linearTicks(min, min + span, ticksMax),
  };
}

/** For values over several powers of ten: a 20 ms page and the 20 s incident on one picture. */
export function logScale(min: number, max: number, fromPx: number, toPx: number): Scale {
  const low = Math.log10(min);
  const high = Math.max(low + 1, Math.log10(max));
  const ticks: number[] = [];
  for (let exponent = Math.ceil(low - 1e-9); exponent <= high + 1e-9; exponent++) ticks.push(10 ** exponent);
  return {
    at: (value) => fromPx + ((Math.log10(Math.max(value, min)) - low) / (high - low)) * (toPx - fromPx),
    value: (px) => 10 ** (low + ((px - fromPx) / (toPx - fromPx)) * (high - low)),
    ticks,
  };
}

/** Multiples of 1, 2 or 5 × 10ⁿ, at most `max` of them. */
export function linearTicks(min: number, max: number, count: number): readonly number[] {
  const step = niceStep((max - min) / Math.max(1, count));
  const ticks: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9) + 0; i * step <= max + step * 1e-9; i++) ticks.push(i * step);
  return ticks;
}

/** The smallest of 1, 2, 5 × 10ⁿ that is not below `value`. */
export function niceStep(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 2, 5]) if (factor * power >= value * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

/** Seconds and minutes do not come in fives and hundreds only: 1, 2, 5, 10, 15, 30 s, 1, 2, 5, 10 min. */
export function timeTicks(minMs: number, maxMs: number, count: number): readonly number[] {
  const steps = [100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 18e5, 36e5];
  const wanted = (maxMs - minMs) / Math.max(1, count);
  const step = steps.find((each) => each >= wanted) ?? niceStep(wanted);
  const ticks: number[] = [];
  for (let i = Math.ceil(minMs / step - 1e-9) + 0; i * step <= maxMs + 1e-6; i++) ticks.push(i * step);
  return ticks;
}
