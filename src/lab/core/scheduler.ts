/**
 * Virtual time: a queue of events in (time, sequence) order and a plain loop. Nothing here waits; the host decides
 * how many events to run before it looks at the real world again.
 */

/** Virtual time is counted in whole microseconds so that sums are exact on every machine. */
export type TimeUs = number;

export class ScheduledEvent {
  readonly timeUs: TimeUs;
  readonly seq: number;
  run: (() => void) | null;
  constructor(timeUs: TimeUs, seq: number, run: () => void) {
    this.timeUs = timeUs;
    this.seq = seq;
    this.run = run;
  }
}

export class Scheduler {
  nowUs: TimeUs = 0;
  executed = 0;
  private seq = 0;
  private heap: ScheduledEvent[] = [];
  private cancelled = 0;

  /** Runs `run` at `timeUs`, or now when that is past; events of one instant run in the order they were scheduled. */
  at(timeUs: TimeUs, run: () => void): ScheduledEvent {
    // A fraction of a microsecond would make sums depend on their order.
    const due = timeUs > this.nowUs ? Math.round(timeUs) : this.nowUs;
    const event = new ScheduledEvent(due, this.seq++, run);
    this.push(event);
    return event;
  }

  after(delayUs: TimeUs, run: () => void): ScheduledEvent {
    return this.at(this.nowUs + delayUs, run);
  }

  cancel(event: ScheduledEvent): void {
    if (event.run === null) return;
    event.run = null;
    this.cancelled++;
    // Servers arm and disarm a timer for each request; dead events must not make the heap deep.
    if (this.cancelled > 1024 && this.cancelled > this.heap.length / 2) this.compact();
  }

  /** Time of the next live event; Infinity when there is none. */
  get nextUs(): TimeUs {
    this.dropCancelled();
    return this.heap[0]?.timeUs ?? Number.POSITIVE_INFINITY;
  }

  /** Runs the next event; false when there is none at or before `untilUs`. */
  step(untilUs: TimeUs = Number.POSITIVE_INFINITY): boolean {
    for (;;) {
      const top = this.heap[0];
      if (top === undefined || (top.timeUs > untilUs && top.run !== null)) return false;
      this.pop();
      const run = top.run;
      if (run === null) {
        this.cancelled--;
        continue;
      }
      top.run = null;
      this.nowUs = top.timeUs;
      this.executed++;
      run();
      return true;
    }
  }

  /** Runs everything up to and including `untilUs`, then sets the clock there. `shouldStop` is asked after each event. */
  runUntil(untilUs: TimeUs, shouldStop?: () => boolean): boolean {
    while (this.step(untilUs)) if (shouldStop?.()) return false;
    if (untilUs !== Number.POSITIVE_INFINITY && untilUs > this.nowUs) this.nowUs = untilUs;
    return true;
  }

  private dropCancelled(): void {
    while (this.heap.length > 0 && this.heap[0]!.run === null) {
      this.pop();
      this.cancelled--;
    }
  }

  private compact(): void {
    const live = this.heap.filter((event) => event.run !== null);
    live.sort(before);
    // A sorted array is a heap.
    this.heap = live;
    this.cancelled = 0;
  }

  private push(event: ScheduledEvent): void {
    const heap = this.heap;
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const other = heap[parent]!;
      if (before(other, event) < 0) break;
      heap[i] = other;
      i = parent;
    }
    heap[i] = event;
  }

  private pop(): void {
    const heap = this.heap;
    const last = heap.pop()!;
    const length = heap.length;
    if (length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      if (child + 1 < length && before(heap[child + 1]!, heap[child]!) < 0) child++;
      if (before(last, heap[child]!) < 0) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

function before(a: ScheduledEvent, b: ScheduledEvent): number {
  return a.timeUs - b.timeUs || a.seq - b.seq;
}
