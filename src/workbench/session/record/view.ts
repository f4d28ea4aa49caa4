/** A place in a record from which panels look: it can be moved to any kept moment, forward or back. */
import type { TraceEvent } from '../../../lab/core/events.ts';
import { type Movement, World } from '../world.ts';
import { EventReader } from './encoding.ts';
import type { Chunk, RunRecord } from './record.ts';

export type StepUnit = 'event' | 'request';

/** States that are kept on the way through a chunk, so that a short way back is short. */
const STOP_EVENTS = 4096;

interface Place {
  readonly index: number;
  readonly world: World;
  readonly reader: EventReader;
}

export class RecordView {
  /** As it was. Not the live one: nothing that happens now changes it. */
  world = new World();
  /** Events before this moment, of the whole run. */
  index = 0;
  private readonly record: RunRecord;
  private chunk: Chunk | null = null;
  private reader = new EventReader(() => new Uint8Array());
  private pending: TraceEvent | null = null;
  private stops: Place[] = [];

  constructor(record: RunRecord) {
    this.record = record;
  }

  get atMs(): number {
    return this.world.nowMs;
  }

  /** Goes to a moment: all events up to and at it have happened. `onMovement` is told of those passed on the way forward. */
  toTime(atMs: number, onMovement?: (movement: Movement) => void): void {
    const { record } = this;
    const goalMs = Math.max(record.startMs, Math.min(atMs, record.endMs));
    const isAhead = this.chunk !== null && goalMs >= this.world.nowMs && record.has(this.chunk);
    const chunk = record.chunkAt(goalMs);
    if (chunk === undefined) {
      this.world = new World(record.world);
      return;
    }
    // From where it stands when that is the shorter way, or when the way is what is asked for.
    if (!isAhead || (chunk !== this.chunk && onMovement === undefined)) {
      this.enter(chunk, (place) => place.world.nowMs <= goalMs);
    }
    this.forward((event) => event.atMs <= goalMs, onMovement);
    this.world.advance(goalMs);
  }

  /** Goes to just after the event with number `index - 1`. */
  toIndex(index: number): void {
    const goal = Math.max(this.record.first, Math.min(index, this.record.count));
    const chunk = this.record.chunkAt(Number.POSITIVE_INFINITY, Math.max(this.record.first, goal - 1));
    if (chunk === undefined) return;
    if (chunk !== this.chunk || goal < this.index || !this.record.has(chunk)) {
      this.enter(chunk, (place) => place.index <= goal);
    }
    this.forward(() => this.index < goal);
  }

  /** To the next event or request; false at the end. */
  forwardBy(unit: StepUnit, onMovement?: (movement: Movement) => void): boolean {
    let isThere = false;
    this.forward((event) => {
      if (isThere) return false;
      isThere = unit === 'event' || event.kind === 'request';
      return true;
    }, onMovement);
    return isThere;
  }

  /** To just after the event, or request, before the one that happened last; false at the beginning. */
  backBy(unit: StepUnit): boolean {
    const { record } = this;
    const goal = unit === 'event' ? this.index - 1 : this.requestBefore(this.index - 1) + 1;
    if (goal < record.first || (unit === 'request' && goal === 0)) return false;
    this.toIndex(goal);
    return true;
  }

  /** The number of the last request before event `index`; -1 when there is none. */
  private requestBefore(index: number): number {
    for (let to = index; to > this.record.first; ) {
      const from = this.record.chunkAt(Number.POSITIVE_INFINITY, to - 1)!.first;
      let found = -1;
      this.record.read(from, to, (event, at) => {
        if (event.kind === 'request') found = at;
        return true;
      });
      if (found >= 0) return found;
      to = from;
    }
    return -1;
  }

  private enter(chunk: Chunk, isBefore: (place: Place) => boolean): void {
    if (chunk !== this.chunk) this.stops = [];
    this.chunk = chunk;
    const stop = this.stops.findLast(isBefore);
    this.world = new World(stop?.world ?? chunk.start);
    this.reader = stop?.reader.copy() ?? new EventReader(() => chunk.bytes());
    this.index = stop?.index ?? chunk.first;
    this.pending = null;
  }

  private forward(isWanted: (event: TraceEvent) => boolean, onMovement?: (movement: Movement) => void): void {
    for (;;) {
      this.pending ??= this.next();
      if (this.pending === null || !isWanted(this.pending)) return;
      this.world.apply([this.pending], onMovement);
      this.pending = null;
      this.index++;
      this.stop();
    }
  }

  private next(): TraceEvent | null {
    if (this.chunk === null) return null;
    const event = this.reader.next();
    if (event !== null) return event;
    const after = this.record.chunkAfter(this.chunk);
    if (after === undefined || !this.record.has(this.chunk)) return null;
    this.chunk = after;
    this.stops = [];
    this.reader = new EventReader(() => after.bytes());
    return this.reader.next();
  }

  private stop(): void {
    const done = this.index - this.chunk!.first;
    if (done % STOP_EVENTS !== 0 || this.stops.some(({ index }) => index === this.index)) return;
    this.stops.push({ index: this.index, world: new World(this.world), reader: this.reader.copy() });
    this.stops.sort((a, b) => a.index - b.index);
  }
}
