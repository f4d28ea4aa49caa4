/** Messages in order of their position, cheap at both ends; one that comes back is put where it was. */

export interface Placed {
  readonly position: number;
}

export class Deque<T extends Placed> {
  private items: (T | undefined)[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  peek(): T | undefined {
    return this.items[this.head];
  }

  push(item: T): void {
    this.items.push(item);
  }

  shift(): T | undefined {
    const item = this.items[this.head];
    if (item === undefined) return undefined;
    this.items[this.head++] = undefined;
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  /** In order of `position`. */
  insert(item: T): void {
    let [low, high] = [this.head, this.items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.items[middle]!.position < item.position) low = middle + 1;
      else high = middle;
    }
    if (low === this.head && this.head > 0) this.items[--this.head] = item;
    else this.items.splice(low, 0, item);
  }

  remove(item: T): boolean {
    const at = this.items.indexOf(item, this.head);
    if (at < 0) return false;
    this.items.splice(at, 1);
    return true;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let at = this.head; at < this.items.length; at++) yield this.items[at]!;
  }

  clear(): void {
    this.items = [];
    this.head = 0;
  }
}
