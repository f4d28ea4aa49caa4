/**
 * Trace events as bytes, some ten for a request, where an object takes two hundred: minutes of a run fit in a few
 * megabytes. Times are written as differences, names once a chunk; what has no layout here is written as JSON.
 */
import type { TraceEvent } from '../../../lab/core/events.ts';

/**
 * How a field is written: a whole number from 0, its difference to the last request's id, µs before the event, a name
 * that comes again, or a text that does not.
 */
type FieldType = 'number' | 'id' | 'before' | 'name' | 'text';
type Layout = {
  readonly kind: TraceEvent['kind'];
  readonly fields: readonly (readonly [name: string, type: FieldType])[];
};

const request = [
  ['id', 'id'],
  ['cause', 'id'],
  ['from', 'name'],
  ['to', 'name'],
  ['method', 'name'],
  ['path', 'name'],
  ['connection', 'number'],
] as const;
const connection = [
  ['id', 'number'],
  ['state', 'name'],
  ['from', 'name'],
  ['to', 'name'],
  ['port', 'number'],
] as const;
const operation = [
  ['endpoint', 'name'],
  ['connection', 'number'],
  ['name', 'name'],
  ['text', 'name'],
  ['startMs', 'before'],
] as const;

/** The index is what stands in the bytes; 0 is JSON. */
const layouts: readonly (Layout | null)[] = [
  null,
  { kind: 'request', fields: request },
  { kind: 'request', fields: [...request, ['traceparent', 'text']] },
  {
    kind: 'response',
    fields: [
      ['id', 'id'],
      ['status', 'number'],
      ['bytes', 'number'],
      ['outcome', 'name'],
    ],
  },
  { kind: 'connection', fields: connection },
  { kind: 'connection', fields: [...connection, ['cause', 'id']] },
  { kind: 'connection', fields: [...connection, ['error', 'name']] },
  {
    kind: 'packet',
    fields: [
      ['connection', 'number'],
      ['from', 'name'],
      ['to', 'name'],
      ['bytes', 'number'],
      ['fate', 'name'],
    ],
  },
  { kind: 'operation', fields: operation },
  { kind: 'operation', fields: [...operation, ['error', 'name']] },
  { kind: 'operation', fields: [...operation, ['cause', 'id']] },
  { kind: 'operation', fields: [...operation, ['cause', 'id'], ['error', 'name']] },
  {
    kind: 'log',
    fields: [
      ['endpoint', 'name'],
      ['stream', 'name'],
      ['text', 'text'],
      ['cause', 'id'],
    ],
  },
];

/** Names that are remembered in a chunk; later ones are written in full. */
const NAMES_MAX = 4096;
const NAME_LENGTH_MAX = 200;

/** Writes events of a chunk, one after the other. */
export class EventWriter {
  length = 0;
  private bytes = new Uint8Array(4096);
  private us = 0;
  private lastId = 0;
  private readonly names = new Map<string, number>();

  write(event: TraceEvent): void {
    const us = Math.round(event.atMs * 1000);
    const layout = layoutOf(event);
    this.varint(layout);
    this.signed(us - this.us);
    this.us = us;
    if (layout === 0) {
      this.text(JSON.stringify(event));
      return;
    }
    for (const [name, type] of layouts[layout]!.fields) {
      const value = (event as unknown as Readonly<Record<string, never>>)[name]!;
      if (type === 'name') this.name(value);
      else if (type === 'text') this.text(value);
      else if (type === 'number') this.varint(value);
      else if (type === 'before') this.varint(us - Math.round(value * 1000));
      else this.id(value);
    }
  }

  /** What was written so far; it stays as it is. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** The same in memory of just its size. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private id(id: number): void {
    // Ids are near the last one; 0 says "none" and is far from it.
    if (id === 0) {
      this.varint(0);
      return;
    }
    const delta = id - this.lastId;
    this.varint((delta >= 0 ? delta * 2 : -delta * 2 - 1) + 1);
    if (delta > 0) this.lastId = id;
  }

  private name(text: string): void {
    const known = this.names.get(text);
    if (known !== undefined) {
      this.varint(known + 2);
      return;
    }
    const isKept = this.names.size < NAMES_MAX && text.length <= NAME_LENGTH_MAX;
    if (isKept) this.names.set(text, this.names.size);
    this.varint(isKept ? 1 : 0);
    this.text(text);
  }

  private text(text: string): void {
    this.varint(text.length);
    for (let i = 0; i < text.length; i++) this.varint(text.charCodeAt(i));
  }

  private signed(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  private varint(value: number): void {
    if (this.length + 10 > this.bytes.length) {
      const grown = new Uint8Array(this.bytes.length * 2);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    let left = value;
    while (left > 0x7f) {
      this.bytes[this.length++] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.bytes[this.length++] = left;
  }
}

/** Reads them back in order. `bytes` is asked for anew at each event: a chunk may still be growing. */
export class EventReader {
  private readonly bytes: () => Uint8Array;
  private at = 0;
  private us = 0;
  private lastId = 0;
  private names: string[] = [];

  constructor(bytes: () => Uint8Array) {
    this.bytes = bytes;
  }

  /** Another one that goes on from here by itself. */
  copy(): EventReader {
    const copy = new EventReader(this.bytes);
    copy.at = this.at;
    copy.us = this.us;
    copy.lastId = this.lastId;
    copy.names = this.names.slice();
    return copy;
  }

  /** The next event; null at the end. */
  next(): TraceEvent | null {
    const bytes = this.bytes();
    if (this.at >= bytes.length) return null;
    const layout = this.varint(bytes);
    this.us += this.signed(bytes);
    if (layout === 0) return JSON.parse(this.text(bytes)) as TraceEvent;
    const { kind, fields } = layouts[layout]!;
    const event: Record<string, unknown> = { kind, atMs: this.us / 1000 };
    for (const [name, type] of fields) {
      if (type === 'name') event[name] = this.name(bytes);
      else if (type === 'text') event[name] = this.text(bytes);
      else if (type === 'number') event[name] = this.varint(bytes);
      else if (type === 'before') event[name] = (this.us - this.varint(bytes)) / 1000;
      else event[name] = this.id(bytes);
    }
    return event as unknown as TraceEvent;
  }

  private id(bytes: Uint8Array): number {
    const coded = this.varint(bytes);
    if (coded === 0) return 0;
    const delta = unsigned(coded - 1);
    const id = this.lastId + delta;
    if (delta > 0) this.lastId = id;
    return id;
  }

  private name(bytes: Uint8Array): string {
    const code = this.varint(bytes);
    if (code >= 2) return this.names[code - 2]!;
    const text = this.text(bytes);
    if (code === 1) this.names.push(text);
    return text;
  }

  private text(bytes: Uint8Array): string {
    const length = this.varint(bytes);
    const codes = new Array<number>(length);
    for (let i = 0; i < length; i++) codes[i] = this.varint(bytes);
    let text = '';
    // Not all at once: a long text would be more arguments than a call can have.
    for (let i = 0; i < length; i += 8192) text += String.fromCharCode(...codes.slice(i, i + 8192));
    return text;
  }

  private signed(bytes: Uint8Array): number {
    return unsigned(this.varint(bytes));
  }

  private varint(bytes: Uint8Array): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }
}

function unsigned(coded: number): number {
  return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
}

/** The layout that says all that the event says; 0 when there is none. */
function layoutOf(event: TraceEvent): number {
  const size = Object.keys(event).length - 2;
  next: for (let index = 1; index < layouts.length; index++) {
    const { kind, fields } = layouts[index]!;
    if (kind !== event.kind || fields.length !== size) continue;
    const us = Math.round(event.atMs * 1000);
    if (us / 1000 !== event.atMs) return 0;
    for (const [name, type] of fields) {
      const value: unknown = (event as unknown as Readonly<Record<string, unknown>>)[name];
      if (type === 'name' || type === 'text' ? typeof value !== 'string' : !isWhole(value, type, us)) continue next;
    }
    return index;
  }
  return 0;
}

function isWhole(value: unknown, type: FieldType, us: number): boolean {
  if (typeof value !== 'number') return false;
  if (type !== 'before') return Number.isSafeInteger(value) && value >= 0 && value < 2 ** 50;
  const start = Math.round(value * 1000);
  return start <= us && start / 1000 === value;
}
