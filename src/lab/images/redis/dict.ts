/**
 * A map that can also be drawn from at random and scanned with a cursor while it changes. Entries keep the order in
 * which they were added, so everything is the same in every run.
 */

interface Slot<V> {
  readonly key: string;
  value: V;
  /** Where it stands in `slots`. */
  at: number;
}

/** Holes that are not worth a compaction. */
const HOLES_MIN = 32;

export class Dict<V> {
  private readonly map = new Map<string, Slot<V>>();
  private slots: (Slot<V> | undefined)[] = [];
  /** For each slot, also an empty one, the number of the addition that made it: ascending, from 1. */
  private seqs: number[] = [];
  private additions = 0;

  get size(): number {
    return this.map.size;
  }

  has(key: string): boolean {
    return this.map.has(key);
  }

  get(key: string): V | undefined {
    return this.map.get(key)?.value;
  }

  /** True when the key is new. */
  set(key: string, value: V): boolean {
    const slot = this.map.get(key);
    if (slot) {
      slot.value = value;
      return false;
    }
    const added = { key, value, at: this.slots.length };
    this.map.set(key, added);
    this.slots.push(added);
    this.seqs.push(++this.additions);
    return true;
  }

  delete(key: string): boolean {
    const slot = this.map.get(key);
    if (!slot) return false;
    this.map.delete(key);
    this.slots[slot.at] = undefined;
    const holes = this.slots.length - this.map.size;
    if (holes > HOLES_MIN && holes > this.map.size) this.compact();
    return true;
  }

  clear(): void {
    this.map.clear();
    this.slots = [];
    this.seqs = [];
  }

  *keys(): Generator<string> {
    yield* this.map.keys();
  }

  *entries(): Generator<[string, V]> {
    for (const slot of this.map.values()) yield [slot.key, slot.value];
  }

  *values(): Generator<V> {
    for (const slot of this.map.values()) yield slot.value;
  }

  /** Each entry is as likely as any other; null when there is none. `random` is uniform in [0, 1). */
  randomKey(random: () => number): string | null {
    if (this.map.size === 0) return null;
    for (;;) {
      const slot = this.slots[Math.floor(random() * this.slots.length)];
      if (slot) return slot.key;
    }
  }

  /**
   * Visits up to `count` entries and returns the cursor to go on from, 0 at the end. From the newest entry to the oldest:
   * what is there from the first call to the last is visited, and what is added meanwhile cannot keep the scan going.
   */
  scan(cursor: number, count: number, visit: (key: string, value: V) => void): number {
    let at = cursor === 0 ? this.slots.length - 1 : this.lastUpTo(cursor);
    for (let visited = 0; at >= 0; at--) {
      const slot = this.slots[at];
      if (!slot) continue;
      if (visited === count) return this.seqs[at]!;
      visited++;
      visit(slot.key, slot.value);
    }
    return 0;
  }

  private lastUpTo(seq: number): number {
    let low = 0;
    let high = this.seqs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.seqs[middle]! <= seq) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private compact(): void {
    const seqs: number[] = [];
    const slots: Slot<V>[] = [];
    this.slots.forEach((slot, i) => {
      if (!slot) return;
      slot.at = slots.length;
      slots.push(slot);
      seqs.push(this.seqs[i]!);
    });
    this.slots = slots;
    this.seqs = seqs;
  }
}
