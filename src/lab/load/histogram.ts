/**
 * Latencies in whole microseconds, counted in buckets that grow with the value: below 2048 µs exact, above 1024
 * buckets for each power of two, so a percentile is at most 0.1 % above the true one. After HdrHistogram (Gil Tene)
 * with 3 significant digits. Only integer arithmetic and powers of two: the same on every machine.
 */

const EXACT = 2048;
const PER_OCTAVE = 1024;

export class Histogram {
  /** A plain array: its methods are the only ones that no graded program can replace, see check/harden.ts. */
  private readonly counts: number[] = [];
  private minUs = Number.POSITIVE_INFINITY;
  private maxUs = 0;
  private sumUs = 0;
  count = 0;

  record(valueUs: number, times = 1): void {
    const value = valueUs > 0 ? Math.floor(valueUs) : 0;
    const index = indexOf(value);
    if (index >= this.counts.length) this.grow(index);
    this.counts[index]! += times;
    this.count += times;
    this.sumUs += value * times;
    if (value < this.minUs) this.minUs = value;
    if (value > this.maxUs) this.maxUs = value;
  }

  /** The smallest recorded value for which at least `percent` % of all values are not greater; 0 when empty. µs. */
  percentile(percent: number): number {
    if (this.count === 0) return 0;
    // 99.9 / 100 * 1000 is 999.0000000000001; without the correction the rank would be one too high.
    const exact = (percent * this.count) / 100;
    const rank = Math.max(1, Math.ceil(exact - 1e-9 * exact));
    let seen = 0;
    for (let i = 0; i < this.counts.length; i++) {
      seen += this.counts[i]!;
      if (seen >= rank) return Math.min(highestOf(i), this.maxUs);
    }
    return this.maxUs;
  }

  /** µs; 0 when empty. */
  get mean(): number {
    return this.count === 0 ? 0 : this.sumUs / this.count;
  }

  get min(): number {
    return this.count === 0 ? 0 : this.minUs;
  }

  get max(): number {
    return this.maxUs;
  }

  merge(other: Histogram): void {
    if (other.counts.length > this.counts.length) this.grow(other.counts.length - 1);
    for (let i = 0; i < other.counts.length; i++) this.counts[i]! += other.counts[i]!;
    this.count += other.count;
    this.sumUs += other.sumUs;
    if (other.minUs < this.minUs) this.minUs = other.minUs;
    if (other.maxUs > this.maxUs) this.maxUs = other.maxUs;
  }

  reset(): void {
    this.counts.length = 0;
    this.count = 0;
    this.sumUs = 0;
    this.minUs = Number.POSITIVE_INFINITY;
    this.maxUs = 0;
  }

  private grow(index: number): void {
    while (this.counts.length <= index) this.counts.push(0);
  }
}

function bitsOf(value: number): number {
  return value < 0x1_0000_0000 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 0x1_0000_0000));
}

/** 2^0 to 2^53 by doubling: engines may differ in the last bit of a power. */
const POWERS: readonly number[] = Array.from({ length: 54 }).reduce<number[]>(
  (powers) => [...powers, powers.length === 0 ? 1 : powers[powers.length - 1]! * 2],
  [],
);

function indexOf(value: number): number {
  if (value < EXACT) return value;
  // Scaled to [1024, 2048): the octave's number says by how much.
  const octave = bitsOf(value) - 11;
  return octave * PER_OCTAVE + Math.floor(value / POWERS[octave]!);
}

function highestOf(index: number): number {
  if (index < EXACT) return index;
  const octave = Math.floor(index / PER_OCTAVE) - 1;
  return (index - octave * PER_OCTAVE + 1) * POWERS[octave]! - 1;
}
