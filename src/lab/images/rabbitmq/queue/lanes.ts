/** The order in which a queue's ready messages leave it: by priority in classic queues, two lanes in quorum queues. */
import { Deque } from './deque.ts';
import type { Entry } from './entry.ts';

export interface Lanes {
  readonly length: number;
  /** The next to leave. */
  peek(): Entry | undefined;
  shift(): Entry | undefined;
  /** A new one. */
  push(entry: Entry): void;
  /** One that was out and comes back. */
  back(entry: Entry): void;
  /** The heads of all lanes: what may expire. */
  heads(): readonly Entry[];
  /** Takes one of the heads. */
  drop(head: Entry): void;
  [Symbol.iterator](): Iterator<Entry>;
  clear(): void;
}

/** A queue of its own for each priority, the highest first; without `x-max-priority` there is one. */
export class ClassicLanes implements Lanes {
  private readonly lanes: readonly Deque<Entry>[];
  length = 0;

  constructor(priorityMax: number) {
    this.lanes = Array.from({ length: priorityMax + 1 }, () => new Deque<Entry>());
  }

  private laneOf(entry: Entry): Deque<Entry> {
    const last = this.lanes.length - 1;
    return this.lanes[last === 0 ? 0 : last - Math.min(last, entry.message.priority)]!;
  }

  private first(): Deque<Entry> | undefined {
    return this.lanes.length === 1 ? this.lanes[0] : this.lanes.find((lane) => lane.length > 0);
  }

  peek(): Entry | undefined {
    return this.first()?.peek();
  }
  shift(): Entry | undefined {
    const entry = this.first()?.shift();
    if (entry) this.length--;
    return entry;
  }
  push(entry: Entry): void {
    this.length++;
    this.laneOf(entry).push(entry);
  }
  back(entry: Entry): void {
    this.length++;
    this.laneOf(entry).insert(entry);
  }
  heads(): readonly Entry[] {
    return this.lanes.map((lane) => lane.peek()).filter((entry) => entry !== undefined);
  }
  drop(head: Entry): void {
    if (this.laneOf(head).remove(head)) this.length--;
  }
  *[Symbol.iterator](): Generator<Entry> {
    for (const lane of this.lanes) yield* lane;
  }
  clear(): void {
    for (const lane of this.lanes) lane.clear();
    this.length = 0;
  }
}

/** After so many of high priority, one of normal priority has its turn (rabbit_fifo_q.erl, WEIGHT). */
const WEIGHT = 2;

/** What came back leaves first; then two lanes, priority above 4 and all others, two to one. */
export class QuorumLanes implements Lanes {
  private readonly returned = new Deque<Entry>();
  private readonly high = new Deque<Entry>();
  private readonly normal = new Deque<Entry>();
  private count = 0;
  private order = 0;

  get length(): number {
    return this.returned.length + this.high.length + this.normal.length;
  }

  private first(): Deque<Entry> {
    if (this.returned.length > 0) return this.returned;
    const [high, normal] = [this.high.peek(), this.normal.peek()];
    if (high === undefined) return this.normal;
    if (normal === undefined || this.count !== WEIGHT || high.position < normal.position) return this.high;
    return this.normal;
  }

  peek(): Entry | undefined {
    return this.first().peek();
  }
  shift(): Entry | undefined {
    const lane = this.first();
    if (lane !== this.returned && lane.length > 0) this.count = this.count === WEIGHT ? 0 : this.count + 1;
    return lane.shift();
  }
  push(entry: Entry): void {
    (entry.message.priority > 4 ? this.high : this.normal).push(entry);
  }
  back(entry: Entry): void {
    // Behind what came back before, whatever its place was.
    entry.returnedAs = ++this.order;
    this.returned.push(entry);
  }
  heads(): readonly Entry[] {
    return [this.returned, this.high, this.normal].map((lane) => lane.peek()).filter((entry) => entry !== undefined);
  }
  drop(head: Entry): void {
    for (const lane of [this.returned, this.high, this.normal]) if (lane.remove(head)) return;
  }
  *[Symbol.iterator](): Generator<Entry> {
    yield* this.returned;
    yield* this.high;
    yield* this.normal;
  }
  clear(): void {
    for (const lane of [this.returned, this.high, this.normal]) lane.clear();
  }
}
