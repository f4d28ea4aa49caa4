/**
 * Captured packets, sorted by connection. A stream is decoded when somebody looks at it, from what is kept; a capture
 * that begins or loses something in the middle finds the next message by itself.
 */
import type { ConnectionEvent } from '../../lab/core/events.ts';
import type { Capture, Caught } from '../session/capture.ts';
import { serviceOf } from '../session/replicas.ts';
import { type Decoder, decoderOf, type Protocol, protocolOf, type Side } from './decode/index.ts';

export type WireState = Exclude<ConnectionEvent['state'], 'unresolved'>;

interface Ends {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/** One connection, as far as it was seen. */
export interface Wire {
  readonly id: number;
  /** Who opened it; of one that was open already, who was seen to send first. */
  from: string;
  to: string;
  /** 0 when nobody saw it open. */
  port: number;
  state: WireState;
  /** Opening, end and packets, in order. */
  items: Item[];
  bytesOut: number;
  bytesIn: number;
  lost: number;
  repeated: number;
  lastMs: number;
}

export type Item =
  | { readonly kind: 'packet'; readonly atMs: number; readonly packet: Caught }
  | { readonly kind: 'state'; readonly atMs: number; readonly state: WireState };

/** What the list of a connection shows: a message, or something of TCP's own. */
export interface Entry {
  readonly key: string;
  readonly atMs: number;
  /** From the opener or to it; null for the connection as a whole. */
  readonly side: Side | null;
  readonly kind: 'message' | 'raw' | 'state' | 'lost' | 'repeated' | 'fin' | 'rst';
  readonly title: string;
  readonly detail: string;
  readonly bytes: Uint8Array;
  /** On the wire; `bytes` may hold less. */
  readonly size: number;
  readonly isBad: boolean;
}

const WIRES_KEPT = 500;
const ITEMS_KEPT = 600;

export class Streams {
  /** By id, oldest first. */
  readonly wires = new Map<number, Wire>();
  private seenPacket = 0;
  private seenEvent = 0;

  /** Takes what is new in the capture. `endsOf`: who opened a connection that was open before it was captured. */
  follow(capture: Capture, endsOf: (id: number) => Ends | undefined = () => undefined): void {
    const news: Item[] = [];
    const of = new Map<Item, number>();
    const first = capture.packets.findLastIndex(({ seq }) => seq <= this.seenPacket) + 1;
    for (const packet of capture.packets.slice(first)) {
      const item: Item = { kind: 'packet', atMs: packet.atMs, packet };
      news.push(item);
      of.set(item, packet.connection);
      this.seenPacket = packet.seq;
    }
    const opened = new Map<number, ConnectionEvent>();
    for (const { seq, event } of capture.connections) {
      if (seq <= this.seenEvent) continue;
      this.seenEvent = seq;
      const item: Item = { kind: 'state', atMs: event.atMs, state: event.state };
      news.push(item);
      of.set(item, event.id);
      opened.set(event.id, event);
    }
    // States and packets came apart; Array.sort keeps the order of what is at the same time.
    news.sort((a, b) => a.atMs - b.atMs || Number(a.kind === 'packet') - Number(b.kind === 'packet'));
    for (const item of news) {
      const id = of.get(item)!;
      this.add(id, item, opened.get(id) ?? (this.wires.has(id) ? undefined : endsOf(id)));
    }
    while (this.wires.size > WIRES_KEPT) {
      // Of those that are over the oldest, else the oldest.
      const over = [...this.wires.values()].find(({ state }) => state !== 'open' && state !== 'connecting');
      this.wires.delete((over ?? this.wires.values().next().value!).id);
    }
  }

  private add(id: number, item: Item, ends: Ends | undefined): void {
    let wire = this.wires.get(id);
    if (wire === undefined) {
      const [from, to] =
        ends !== undefined
          ? [ends.from, ends.to]
          : item.kind === 'packet'
            ? [item.packet.from, item.packet.to]
            : ['', ''];
      const port = ends?.port ?? 0;
      wire = { id, from, to, port, state: 'open', items: [], bytesOut: 0, bytesIn: 0, lost: 0, repeated: 0, lastMs: 0 };
      this.wires.set(id, wire);
    }
    if (ends !== undefined) wire.port = ends.port;
    if (item.kind === 'state') wire.state = item.state;
    else {
      const { fate, bytes, from } = item.packet;
      if (fate === 'dropped') wire.lost++;
      else if (fate === 'retransmitted') wire.repeated++;
      else if (from === wire.from) wire.bytesOut += bytes;
      else wire.bytesIn += bytes;
    }
    wire.lastMs = item.atMs;
    wire.items.push(item);
    if (wire.items.length > ITEMS_KEPT * 1.25) wire.items = wire.items.slice(-ITEMS_KEPT);
  }
}

export function linkOf({ from, to }: Wire): string {
  return `${serviceOf(from)} → ${serviceOf(to)}`;
}

/** The messages of a connection and what TCP did, in order, up to `untilMs`. */
export function entriesOf(
  wire: Wire,
  untilMs = Number.POSITIVE_INFINITY,
): { protocol: Protocol | null; entries: readonly Entry[] } {
  const first = (isOut: boolean) =>
    wire.items.find(
      (item) => item.kind === 'packet' && item.packet.data.length > 0 && (item.packet.from === wire.from) === isOut,
    );
  const bytesOf = (item: Item | undefined) => (item?.kind === 'packet' ? item.packet.data : new Uint8Array(0));
  const protocol = protocolOf(wire.port, bytesOf(first(true)), bytesOf(first(false)));
  const isWhole = wire.items[0]?.kind === 'state';
  const sides = {
    client: new Assembler('client', protocol, isWhole),
    server: new Assembler('server', protocol, isWhole),
  };
  const entries: Entry[] = [];
  for (const item of wire.items) {
    if (item.atMs > untilMs) break;
    if (item.kind === 'state') {
      entries.push(plain(`s${item.atMs}${item.state}`, item.atMs, null, 'state', item.state, isBadState(item.state)));
      continue;
    }
    const { packet } = item;
    const side: Side = packet.from === wire.from ? 'client' : 'server';
    if (packet.fate !== 'delivered') {
      const kind = packet.fate === 'dropped' ? 'lost' : 'repeated';
      const title = packet.bytes === 0 ? 'SYN' : '';
      entries.push({
        ...plain(`p${packet.seq}`, packet.atMs, side, kind, title, kind === 'lost'),
        size: packet.bytes,
        bytes: packet.data,
      });
      continue;
    }
    entries.push(...sides[side].take(packet));
    if (packet.isFin) entries.push(plain(`f${packet.seq}`, packet.atMs, side, 'fin', 'FIN', false));
    if (packet.isRst) entries.push(plain(`r${packet.seq}`, packet.atMs, side, 'rst', 'RST', true));
  }
  return { protocol, entries };
}

function plain(
  key: string,
  atMs: number,
  side: Side | null,
  kind: Entry['kind'],
  title: string,
  isBad: boolean,
): Entry {
  return { key, atMs, side, kind, title, detail: '', bytes: new Uint8Array(0), size: 0, isBad };
}

function isBadState(state: WireState): boolean {
  return state === 'refused' || state === 'timed-out' || state === 'reset';
}

/** Bytes that wait for the rest of their message. */
const WAITING_BYTES_MAX = 1 << 20;

/** One direction: bytes in order, cut into messages. */
class Assembler {
  private readonly side: Side;
  private readonly decoder: Decoder | null;
  private waiting: Uint8Array = new Uint8Array(0);
  private isStart: boolean;

  constructor(side: Side, protocol: Protocol | null, isStart: boolean) {
    this.side = side;
    this.decoder = protocol === null ? null : decoderOf(protocol, side);
    this.isStart = isStart;
  }

  take(packet: Caught): Entry[] {
    if (packet.bytes === 0) return [];
    const entries: Entry[] = [];
    const push = (kind: 'message' | 'raw', bytes: Uint8Array, title: string, detail: string, isBad: boolean) => {
      const key = `m${packet.seq}.${entries.length}`;
      entries.push({ key, atMs: packet.atMs, side: this.side, kind, title, detail, bytes, size: bytes.length, isBad });
    };
    let bytes = joined(this.waiting, packet.data);
    this.waiting = new Uint8Array(0);
    // Only its beginning was kept, so what follows cannot be joined to it.
    const isCut = packet.data.length < packet.bytes;
    while (bytes.length > 0) {
      const decoded = this.decoder?.read(bytes, this.isStart, isCut) ?? null;
      if (decoded === 'partial' && !isCut && bytes.length < WAITING_BYTES_MAX) {
        this.waiting = bytes;
        return entries;
      }
      if (decoded === null || decoded === 'partial') {
        push('raw', bytes, '', '', false);
        break;
      }
      this.isStart = false;
      push('message', bytes.subarray(0, decoded.length), decoded.title, decoded.detail, decoded.isBad === true);
      bytes = bytes.subarray(decoded.length);
    }
    return entries;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
