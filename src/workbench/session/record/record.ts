/**
 * What a run did, kept so that one can look back: its events as bytes, cut into chunks, each with the state of the world
 * before its first event. Any moment is the nearest such state and the events from there. The memory is bounded; the
 * oldest events go first, and what they came to stays in the state that the oldest chunk begins with.
 */
import type { TraceEvent } from '../../../lab/core/events.ts';
import { type Movement, World } from '../world.ts';
import { EventReader, EventWriter } from './encoding.ts';

/** To derive a moment at most so many events are applied: some 20 ms. */
const CHUNK_EVENTS = 16_384;
/** Some 1.5 million events: ten minutes of a shop of six services at 200 requests a second. */
const BYTES_MAX = 16 * 1024 * 1024;
/** States take some 100 to 200 KB each. */
const CHUNKS_MAX = 100;

export interface Chunk {
  /** Of its first event; events count from 0 over the whole run. */
  readonly first: number;
  readonly startMs: number;
  /** Before the first event. */
  readonly start: World;
  /** Grow while it is the last one. */
  bytes: () => Uint8Array;
  count: number;
  /** Ids of requests that began in it; 0 for none. */
  firstRequest: number;
  lastRequest: number;
}

export interface RecordOptions {
  /** Whether anything is kept; without, only the present is known. */
  readonly isKept?: boolean;
  readonly chunkEvents?: number;
  readonly bytesMax?: number;
}

export class RunRecord {
  /** The state at the end: now, while the run goes on. */
  readonly world = new World();
  private readonly isKept: boolean;
  private readonly chunkEvents: number;
  private readonly bytesMax: number;
  private chunks: Chunk[] = [];
  private writer = new EventWriter();
  private closedBytes = 0;
  private cursor: { readonly chunk: Chunk; readonly reader: EventReader; readonly index: number } | null = null;

  constructor({ isKept = true, chunkEvents = CHUNK_EVENTS, bytesMax = BYTES_MAX }: RecordOptions = {}) {
    this.isKept = isKept;
    this.chunkEvents = chunkEvents;
    this.bytesMax = bytesMax;
    if (isKept) this.openChunk(0);
  }

  /** The earliest moment that can be looked at. */
  get startMs(): number {
    return this.chunks[0]?.start.nowMs ?? this.world.nowMs;
  }

  get endMs(): number {
    return this.world.nowMs;
  }

  /** Events since the run began, also those that are not kept any more. */
  get count(): number {
    const last = this.chunks.at(-1);
    return last === undefined ? 0 : last.first + last.count;
  }

  /** The number of the first event that is kept. */
  get first(): number {
    return this.chunks[0]?.first ?? 0;
  }

  get bytes(): number {
    return this.closedBytes + this.writer.length;
  }

  /** Events in order, and that time has come to `nowMs`. */
  take(events: readonly TraceEvent[], nowMs: number, onMovement?: (movement: Movement) => void): void {
    if (this.isKept) this.keep(events, onMovement);
    else this.world.apply(events, onMovement);
    this.world.advance(nowMs);
  }

  /** Calls `visit` for the events from number `from` to before `to`, until it says false. */
  read(from: number, to: number, visit: (event: TraceEvent, index: number) => boolean | undefined): void {
    for (const chunk of this.chunks) {
      if (chunk.first + chunk.count <= from) continue;
      if (chunk.first >= to) return;
      const known = this.cursor;
      // Whoever follows the end of a run reads on where it stopped.
      const isKnown = known?.chunk === chunk && known.index <= from;
      const reader = isKnown ? known.reader : new EventReader(() => chunk.bytes());
      let index = isKnown ? known.index : chunk.first;
      this.cursor = null;
      for (; index < Math.min(to, chunk.first + chunk.count); index++) {
        const event = reader.next()!;
        if (index >= from && visit(event, index) === false) return;
      }
      this.cursor = { chunk, reader, index };
    }
  }

  /** The number of the first event of the part in which request `id` began; null when it is not kept. */
  partOf(id: number): number | null {
    return this.chunks.find((each) => each.firstRequest <= id && id <= each.lastRequest)?.first ?? null;
  }

  /** The last part that begins at or before a moment, and at or before an event. */
  chunkAt(atMs: number, index = Number.POSITIVE_INFINITY): Chunk | undefined {
    return this.chunks.findLast((each) => each.startMs <= atMs && each.first <= index) ?? this.chunks[0];
  }

  chunkAfter(chunk: Chunk): Chunk | undefined {
    return this.chunks[this.chunks.indexOf(chunk) + 1];
  }

  has(chunk: Chunk): boolean {
    return this.chunks.includes(chunk);
  }

  private keep(events: readonly TraceEvent[], onMovement?: (movement: Movement) => void): void {
    for (let from = 0; from < events.length; ) {
      // A process may be ahead of the clock; the record is in the order of what happened.
      const chunk = this.openChunk(Math.max(this.world.nowMs, events[from]!.atMs));
      const part = events.slice(from, from + this.chunkEvents - chunk.count);
      for (const event of part) {
        this.writer.write(event);
        if (event.kind !== 'request') continue;
        chunk.firstRequest ||= event.id;
        chunk.lastRequest = event.id;
      }
      chunk.count += part.length;
      this.world.apply(part, onMovement);
      from += part.length;
    }
  }

  private openChunk(startMs: number): Chunk {
    const last = this.chunks.at(-1);
    if (last !== undefined && last.count < this.chunkEvents) return last;
    if (last !== undefined) {
      const bytes = this.writer.finish();
      last.bytes = () => bytes;
      this.closedBytes += bytes.length;
    }
    const writer = new EventWriter();
    this.writer = writer;
    const chunk: Chunk = {
      first: this.count,
      startMs: last === undefined ? 0 : startMs,
      start: new World(this.world),
      bytes: () => writer.view(),
      count: 0,
      firstRequest: 0,
      lastRequest: 0,
    };
    this.chunks.push(chunk);
    while (this.chunks.length > 2 && (this.closedBytes > this.bytesMax || this.chunks.length > CHUNKS_MAX)) {
      this.closedBytes -= this.chunks.shift()!.bytes().length;
    }
    return chunk;
  }
}
