/**
 * Histograms of node:perf_hooks: whole numbers counted in buckets of three significant digits, as HdrHistogram does,
 * and `monitorEventLoopDelay`, which counts the time between two wake-ups of a timer. Part of the full built-ins.
 */
import { codes } from './errors.ts';
import { validateInteger, validateNumber, validateObject } from './validators.ts';

/** Below it each number is a bucket; above it a bucket is 1/1024 of the power of two below the number. */
const EXACT = 2048;

export class Histogram {
  #counts = new Map<number, number>();
  #count = 0;
  #sum = 0;
  #sumOfSquares = 0;
  #min = 9223372036854776000;
  #max = 0;
  #exceeds = 0;

  get count() {
    return this.#count;
  }
  get countBigInt() {
    return BigInt(this.#count);
  }
  get min() {
    return lowest(this.#min);
  }
  get max() {
    return highest(lowest(this.#max));
  }
  get mean() {
    return this.#count === 0 ? Number.NaN : this.#sum / this.#count;
  }
  get stddev() {
    if (this.#count === 0) return Number.NaN;
    const { mean } = this;
    return Math.sqrt(Math.max(0, this.#sumOfSquares / this.#count - mean * mean));
  }
  get exceeds() {
    return this.#exceeds;
  }

  percentile(percentile: number): number {
    validateNumber(percentile, 'percentile');
    if (!(percentile > 0 && percentile <= 100)) {
      throw new codes.ERR_OUT_OF_RANGE('percentile', '> 0 && <= 100', percentile);
    }
    let left = Math.max(1, Math.floor((percentile / 100) * this.#count + 0.5));
    for (const [low, count] of this.#sorted()) {
      left -= count;
      if (left <= 0) return highest(low);
    }
    return 0;
  }

  get percentiles(): Map<number, number> {
    const result = new Map<number, number>();
    if (this.#count > 0)
      for (const p of [0, 50, 75, 87.5, 93.75, 96.875, 98.4375, 99.21875, 100]) {
        result.set(p, p === 0 ? this.#min : this.percentile(p));
      }
    return result;
  }

  reset(): void {
    this.#counts = new Map();
    this.#count = this.#sum = this.#sumOfSquares = this.#max = this.#exceeds = 0;
    this.#min = 9223372036854776000;
  }

  toJSON() {
    const { count, min, max, mean, exceeds, stddev, percentiles } = this;
    return { count, min, max, mean, exceeds, stddev, percentiles: Object.fromEntries(percentiles) };
  }

  _record(value: number, times = 1): void {
    const low = lowest(value);
    this.#counts.set(low, (this.#counts.get(low) ?? 0) + times);
    this.#count += times;
    this.#sum += value * times;
    this.#sumOfSquares += value * value * times;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  _addAll(other: Histogram): void {
    for (const [low, count] of other.#counts) this._record(low, count);
  }

  #sorted(): [number, number][] {
    return [...this.#counts].sort((a, b) => a[0] - b[0]);
  }
}

export class RecordableHistogram extends Histogram {
  #lastUs: number | null = null;

  record(value: number | bigint): void {
    if (typeof value !== 'bigint') validateInteger(value, 'val', 1);
    this._record(Number(value));
  }

  /** The time since the last call, ns. */
  recordDelta(): void {
    const nowUs = __kernel.nowUs();
    if (this.#lastUs !== null) this._record((nowUs - this.#lastUs) * 1000);
    this.#lastUs = nowUs;
  }

  add(other: Histogram): void {
    if (!(other instanceof Histogram)) throw new codes.ERR_INVALID_ARG_TYPE('other', 'RecordableHistogram', other);
    this._addAll(other);
  }
}

export class IntervalHistogram extends Histogram {
  readonly #resolutionMs: number;
  #timer = 0;

  constructor(resolutionMs: number) {
    super();
    this.#resolutionMs = resolutionMs;
  }

  enable(): boolean {
    if (this.#timer !== 0) return false;
    let lastUs = __kernel.loopUs();
    const wake = () => {
      const nowUs = __kernel.loopUs();
      this._record((nowUs - lastUs) * 1000);
      lastUs = nowUs;
      this.#timer = __kernel.setTimer(this.#resolutionMs, wake, false);
    };
    this.#timer = __kernel.setTimer(this.#resolutionMs, wake, false);
    return true;
  }

  disable(): boolean {
    if (this.#timer === 0) return false;
    __kernel.clearTimer(this.#timer);
    this.#timer = 0;
    return true;
  }
}

export function monitorEventLoopDelay(options: any = {}): IntervalHistogram {
  validateObject(options, 'options');
  const { resolution = 10 } = options;
  validateInteger(resolution, 'options.resolution', 1);
  return new IntervalHistogram(resolution);
}

export const createHistogram = () => new RecordableHistogram();

function unit(value: number): number {
  let size = 1;
  while (value / size >= EXACT) size *= 2;
  return size;
}
const lowest = (value: number) => Math.floor(value / unit(value)) * unit(value);
const highest = (low: number) => low + unit(low) - 1;
