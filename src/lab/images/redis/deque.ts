/** A ring of strings: both ends and any index in constant time, for lists. */
export class Deque {
  private ring: (string | undefined)[] = new Array(8);
  private head = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  /** Negative indexes count from the end. */
  at(index: number): string | undefined {
    if (index < 0) index += this.count;
    return index < 0 || index >= this.count ? undefined : this.ring[(this.head + index) & (this.ring.length - 1)];
  }

  set(index: number, value: string): void {
    this.ring[(this.head + index) & (this.ring.length - 1)] = value;
  }

  push(value: string): void {
    if (this.count === this.ring.length) this.grow();
    this.ring[(this.head + this.count++) & (this.ring.length - 1)] = value;
  }

  unshift(value: string): void {
    if (this.count === this.ring.length) this.grow();
    this.head = (this.head - 1) & (this.ring.length - 1);
    this.ring[this.head] = value;
    this.count++;
  }

  pop(): string | undefined {
    if (this.count === 0) return undefined;
    const at = (this.head + --this.count) & (this.ring.length - 1);
    const value = this.ring[at];
    this.ring[at] = undefined;
    return value;
  }

  shift(): string | undefined {
    if (this.count === 0) return undefined;
    const value = this.ring[this.head];
    this.ring[this.head] = undefined;
    this.head = (this.head + 1) & (this.ring.length - 1);
    this.count--;
    return value;
  }

  slice(from: number, to: number): string[] {
    const out: string[] = [];
    for (let i = from; i < to; i++) out.push(this.at(i)!);
    return out;
  }

  toArray(): string[] {
    return this.slice(0, this.count);
  }

  /** In place of all that is there: for LREM, LINSERT and LTRIM, which are linear anyway. */
  replace(values: readonly string[]): void {
    let size = 8;
    while (size < values.length) size *= 2;
    this.ring = new Array(size);
    for (let i = 0; i < values.length; i++) this.ring[i] = values[i];
    this.head = 0;
    this.count = values.length;
  }

  private grow(): void {
    const values = this.toArray();
    this.ring = new Array(values.length * 2);
    for (let i = 0; i < values.length; i++) this.ring[i] = values[i];
    this.head = 0;
  }
}
