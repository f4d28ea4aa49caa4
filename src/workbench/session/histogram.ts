/**
 * Durations counted in buckets that grow with the value, as HdrHistogram's do: 32 buckets to each power of two of
 * microseconds, so a percentile is at most 3 % above the true value whatever its size. Constant memory, so a drill at
 * full speed (tens of thousands of requests a real second) costs no more than an idle one.
 */
const SUB_BITS = 5;
const SUB = 1 << SUB_BITS;
/** Up to 2^31 µs, 36 minutes; longer counts as that. */
const BUCKETS = (31 - SUB_BITS + 1) * SUB;

export interface PackedHistogram {
  readonly buckets: Uint16Array;
  readonly counts: Uint32Array;
}

export class Histogram {
  count = 0;
  private readonly counts = new Uint32Array(BUCKETS);

  record(ms: number): void {
    this.counts[bucketOf(ms)]!++;
    this.count++;
  }

  clear(): void {
    if (this.count === 0) return;
    this.counts.fill(0);
    this.count = 0;
  }

  /** The same values in a tenth of the memory, never to change: what is kept of a second that is over. */
  packed(): PackedHistogram {
    const used: number[] = [];
    for (let i = 0; i < BUCKETS; i++) if (this.counts[i]! > 0) used.push(i);
    return { buckets: Uint16Array.from(used), counts: Uint32Array.from(used, (bucket) => this.counts[bucket]!) };
  }

  addPacked({ buckets, counts }: PackedHistogram): void {
    for (let i = 0; i < buckets.length; i++) {
      this.counts[buckets[i]!]! += counts[i]!;
      this.count += counts[i]!;
    }
  }

  /** Milliseconds that `share` (0 to 1) of the values do not exceed; NaN when there are none. */
  percentile(share: number): number {
    if (this.count === 0) return Number.NaN;
    let left = Math.max(1, Math.ceil(this.count * share));
    for (let i = 0; i < BUCKETS; i++) {
      left -= this.counts[i]!;
      if (left <= 0) return upperBoundMs(i);
    }
    return upperBoundMs(BUCKETS - 1);
  }
}

function bucketOf(ms: number): number {
  const us = Math.min(0x7fffffff, Math.max(0, Math.round(ms * 1000)));
  if (us < SUB) return us;
  const exponent = 31 - Math.clz32(us);
  return (exponent - SUB_BITS + 1) * SUB + ((us >>> (exponent - SUB_BITS)) & (SUB - 1));
}

function upperBoundMs(bucket: number): number {
  if (bucket < SUB) return bucket / 1000;
  const shift = (bucket >>> SUB_BITS) - 1;
  return (((bucket & (SUB - 1)) + SUB + 1) * 2 ** shift - 1) / 1000;
}
