/**
 * The run's record and its identity. Everything that happens is written here in order; the hash covers every event,
 * so two runs with the same hash did the same things at the same virtual microseconds.
 *
 * Packets are by far the most frequent and are kept as numbers in columns; everything else is kept as written.
 */
import type { Endpoint, PacketEvent, TraceEvent } from './events.ts';

const FATES = ['delivered', 'dropped', 'retransmitted'] as const;
type Fate = (typeof FATES)[number];

/** Numbers per packet row: time µs, connection, from, to, bytes, fate. */
const ROW = 6;
const ROWS_PER_CHUNK = 8192;

export type TraceListener = (event: TraceEvent) => void;

export class Trace {
  /** Everything but packets, in order; empty when the trace is not kept. */
  readonly events: TraceEvent[] = [];
  packetCount = 0;
  private readonly chunks: Float64Array[] = [];
  private readonly names: string[] = [];
  private readonly nameIndex = new Map<string, number>();
  private readonly listeners = new Set<TraceListener>();
  private h1 = 0x811c9dc5 | 0;
  private h2 = 0x9e3779b9 | 0;

  private readonly isKept: boolean;

  /**
   * `isKept`: whether events stay here after the subscribers had them. A run of ten minutes has millions; whoever wants
   * to look back keeps what it needs.
   */
  constructor({ isKept = true }: { readonly isKept?: boolean } = {}) {
    this.isKept = isKept;
  }

  /** 16 hex digits over all events so far. */
  get hash(): string {
    return hex(this.h1) + hex(this.h2);
  }

  record(event: TraceEvent): void {
    if (this.isKept) this.events.push(event);
    this.hashText(event.kind);
    this.hashNumber(event.atMs);
    hashFields(this, event);
    for (const listener of this.listeners) listener(event);
  }

  packet(atUs: number, connection: number, from: Endpoint, to: Endpoint, bytes: number, fate: Fate): void {
    const fromIndex = this.nameOf(from);
    const toIndex = this.nameOf(to);
    const fateIndex = fate === 'delivered' ? 0 : fate === 'dropped' ? 1 : 2;
    if (this.isKept) this.keep(atUs, connection, fromIndex, toIndex, bytes, fateIndex);
    this.packetCount++;
    this.mix(atUs | 0);
    this.mix((connection << 2) ^ fateIndex);
    this.mix((fromIndex << 24) ^ (toIndex << 16) ^ bytes);
    if (fate === 'delivered') return;
    const event = { kind: 'packet', atMs: atUs / 1000, connection, from, to, bytes, fate } as const;
    for (const listener of this.listeners) listener(event);
  }

  private keep(...row: readonly number[]): void {
    const at = this.packetCount % ROWS_PER_CHUNK;
    if (at === 0) this.chunks.push(new Float64Array(ROW * ROWS_PER_CHUNK));
    this.chunks[this.chunks.length - 1]!.set(row, at * ROW);
  }

  /** Packets with `fromMs` ≤ time < `toMs`, decoded. */
  packets(fromMs = 0, toMs = Number.POSITIVE_INFINITY): PacketEvent[] {
    const found: PacketEvent[] = [];
    for (let i = 0; i < this.packetCount; i++) {
      const chunk = this.chunks[Math.floor(i / ROWS_PER_CHUNK)]!;
      const at = (i % ROWS_PER_CHUNK) * ROW;
      const atMs = chunk[at]! / 1000;
      if (atMs < fromMs || atMs >= toMs) continue;
      found.push({
        kind: 'packet',
        atMs,
        connection: chunk[at + 1]!,
        from: this.names[chunk[at + 2]!]!,
        to: this.names[chunk[at + 3]!]!,
        bytes: chunk[at + 4]!,
        fate: FATES[chunk[at + 5]!]!,
      });
    }
    return found;
  }

  /** Calls `listener` for each later event, of packets only those that did not simply arrive; returns the function that ends it. */
  subscribe(listener: TraceListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  hashText(text: string): void {
    let h = this.h1;
    let g = this.h2;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      h = Math.imul(h ^ c, 0x01000193);
      g = Math.imul(g ^ c, 0x85ebca6b) ^ (g >>> 13);
    }
    this.h1 = h;
    this.h2 = g;
    this.mix(text.length);
  }

  hashNumber(value: number): void {
    // Exact for whole microseconds up to 2^52; NaN and infinities never appear in events.
    const us = Math.round(value * 1000);
    this.mix(us | 0);
    this.mix((us / 4294967296) | 0);
  }

  private mix(word: number): void {
    this.h1 = Math.imul(this.h1 ^ word, 0x01000193) ^ (this.h1 >>> 15);
    this.h2 = Math.imul(this.h2 ^ word, 0xc2b2ae35) ^ (this.h2 >>> 16);
  }

  private nameOf(name: string): number {
    let index = this.nameIndex.get(name);
    if (index === undefined) {
      index = this.names.length;
      this.names.push(name);
      this.nameIndex.set(name, index);
    }
    return index;
  }
}

/** Every field takes part, by sorted name: a field added later changes the hash, one renamed too. */
function hashFields(trace: Trace, value: object): void {
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (field === undefined || key === 'kind' || key === 'atMs') continue;
    trace.hashText(key);
    if (typeof field === 'number') trace.hashNumber(field);
    else if (typeof field === 'string') trace.hashText(stackless(field));
    else if (typeof field === 'object' && field !== null) hashFields(trace, field);
    else trace.hashText(String(field));
  }
}

/**
 * Stack frames are the one text that browsers word differently; the lines that begin with "at" are left out of the
 * identity, the message stays in.
 */
function stackless(text: string): string {
  return text.includes('\n    at ') ? text.replace(/\n {4}at [^\n]*/g, '') : text;
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
