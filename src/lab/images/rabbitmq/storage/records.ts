/**
 * Records of the log: length, checksum, kind, fields. A record that was cut by a crash or a full disk ends its file for
 * the reader; the writer never continues such a file but begins the next one, so nothing behind it is lost.
 */
import type { Death, DeathHistory, DeathReason } from '../broker/message.ts';
import { Reader, type Writer } from '../wire/buffer.ts';
import { readTable, type Table, writeTable } from '../wire/fields.ts';

export type Record =
  | {
      readonly kind: 'queue';
      readonly id: number;
      readonly vhost: string;
      readonly name: string;
      readonly isAutoDelete: boolean;
      readonly args: Table;
    }
  | { readonly kind: 'queue-gone'; readonly id: number }
  | {
      readonly kind: 'exchange';
      readonly vhost: string;
      readonly name: string;
      readonly type: string;
      readonly isAutoDelete: boolean;
      readonly isInternal: boolean;
      readonly args: Table;
    }
  | { readonly kind: 'exchange-gone'; readonly vhost: string; readonly name: string }
  | { readonly kind: 'binding' | 'binding-gone'; readonly binding: StoredBinding }
  | { readonly kind: 'message'; readonly queue: number; readonly message: StoredMessage }
  | { readonly kind: 'acked' | 'taken'; readonly queue: number; readonly position: number; readonly returns: number }
  /** The process stopped in order: what follows no crash need not be marked as redelivered. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'started' }
  | { readonly kind: 'end' };

export interface StoredBinding {
  readonly vhost: string;
  readonly source: string;
  readonly destination: string;
  readonly isToQueue: boolean;
  readonly key: string;
  readonly args: Table;
}

export interface StoredMessage {
  readonly position: number;
  readonly expiresMs: number;
  readonly returns: number;
  readonly isRedelivered: boolean;
  readonly exchange: string;
  readonly routingKeys: readonly string[];
  readonly raw: Uint8Array;
  readonly body: Uint8Array;
  readonly history: DeathHistory | null;
}

const KINDS: readonly Record['kind'][] = [
  'queue',
  'queue-gone',
  'exchange',
  'exchange-gone',
  'binding',
  'binding-gone',
  'message',
  'acked',
  'taken',
  'stopped',
  'started',
  'end',
];

export function writeRecord(writer: Writer, record: Record): void {
  const start = writer.at;
  writer.u32(0);
  writer.u32(0);
  writer.u8(KINDS.indexOf(record.kind));
  switch (record.kind) {
    case 'queue':
      writer.u32(record.id);
      writer.long(record.vhost);
      writer.long(record.name);
      writer.u8(record.isAutoDelete ? 1 : 0);
      writeTable(writer, record.args);
      break;
    case 'queue-gone':
      writer.u32(record.id);
      break;
    case 'exchange':
      writer.long(record.vhost);
      writer.long(record.name);
      writer.long(record.type);
      writer.u8((record.isAutoDelete ? 1 : 0) | (record.isInternal ? 2 : 0));
      writeTable(writer, record.args);
      break;
    case 'exchange-gone':
      writer.long(record.vhost);
      writer.long(record.name);
      break;
    case 'binding':
    case 'binding-gone':
      for (const text of [record.binding.vhost, record.binding.source, record.binding.destination]) writer.long(text);
      writer.u8(record.binding.isToQueue ? 1 : 0);
      writer.long(record.binding.key);
      writeTable(writer, record.binding.args);
      break;
    case 'message':
      writer.u32(record.queue);
      writeMessage(writer, record.message);
      break;
    case 'acked':
    case 'taken':
      writer.u32(record.queue);
      writer.u64(record.position);
      writer.u32(record.returns);
      break;
  }
  writer.patch32(start, writer.at - start - 8);
  writer.patch32(start + 4, writer.sum(start + 8));
}

function writeMessage(writer: Writer, message: StoredMessage): void {
  writer.u64(message.position);
  writer.f64(message.expiresMs);
  writer.u32(message.returns);
  writer.u8(message.isRedelivered ? 1 : 0);
  writer.long(message.exchange);
  writer.u16(message.routingKeys.length);
  for (const key of message.routingKeys) writer.long(key);
  writer.u32(message.raw.length);
  writer.raw(message.raw);
  writer.u32(message.body.length);
  writer.raw(message.body);
  const { history } = message;
  const deaths = history ? [...history.deaths, history.first] : [];
  writer.u16(deaths.length);
  for (const death of deaths) {
    writer.long(death.queue);
    writer.long(death.reason);
    writer.u64(death.count);
    writer.u64(death.timeS);
    writer.long(death.exchange);
    writer.u16(death.routingKeys.length);
    for (const key of death.routingKeys) writer.long(key);
    writer.u8(death.expiration === undefined ? 0 : 1);
    writer.long(death.expiration ?? '');
  }
}

/** All whole records of a file; stops at the first that is not. */
export function readRecords(bytes: Uint8Array): Record[] {
  const records: Record[] = [];
  let at = 0;
  while (bytes.length - at >= 9) {
    const head = new Reader(bytes, at);
    const length = head.u32();
    const sum = head.u32();
    if (length === 0 || length > bytes.length - at - 8) break;
    if (checksum(bytes, at + 8, at + 8 + length) !== sum) break;
    try {
      records.push(readRecord(new Reader(bytes, at + 8, at + 8 + length)));
    } catch {
      break;
    }
    at += 8 + length;
  }
  return records;
}

function readRecord(reader: Reader): Record {
  const kind = KINDS[reader.u8()];
  switch (kind) {
    case 'queue': {
      const [id, vhost, name] = [reader.u32(), reader.long(), reader.long()];
      return { kind, id, vhost, name, isAutoDelete: reader.u8() === 1, args: readTable(reader) };
    }
    case 'queue-gone':
      return { kind, id: reader.u32() };
    case 'exchange': {
      const [vhost, name, type, flags] = [reader.long(), reader.long(), reader.long(), reader.u8()];
      const args = readTable(reader);
      return { kind, vhost, name, type, isAutoDelete: (flags & 1) !== 0, isInternal: (flags & 2) !== 0, args };
    }
    case 'exchange-gone':
      return { kind, vhost: reader.long(), name: reader.long() };
    case 'binding':
    case 'binding-gone': {
      const [vhost, source, destination] = [reader.long(), reader.long(), reader.long()];
      const isToQueue = reader.u8() === 1;
      return { kind, binding: { vhost, source, destination, isToQueue, key: reader.long(), args: readTable(reader) } };
    }
    case 'message':
      return { kind, queue: reader.u32(), message: readMessage(reader) };
    case 'acked':
    case 'taken':
      return { kind, queue: reader.u32(), position: Number(reader.u64()), returns: reader.u32() };
    case 'stopped':
    case 'started':
    case 'end':
      return { kind };
    default:
      throw new RangeError('no such kind of record');
  }
}

function readMessage(reader: Reader): StoredMessage {
  const position = Number(reader.u64());
  const expiresMs = reader.f64();
  const returns = reader.u32();
  const isRedelivered = reader.u8() === 1;
  const exchange = reader.long();
  const routingKeys = Array.from({ length: reader.u16() }, () => reader.long());
  const raw = reader.slice(reader.u32()).slice();
  const body = reader.slice(reader.u32()).slice();
  const deaths = Array.from({ length: reader.u16() }, (): Death => {
    const [queue, reason] = [reader.long(), reader.long() as DeathReason];
    const [count, timeS, from] = [Number(reader.u64()), Number(reader.u64()), reader.long()];
    const keys = Array.from({ length: reader.u16() }, () => reader.long());
    const hasExpiration = reader.u8() === 1;
    const expiration = reader.long();
    return {
      queue,
      reason,
      count,
      timeS,
      exchange: from,
      routingKeys: keys,
      expiration: hasExpiration ? expiration : undefined,
    };
  });
  const first = deaths.pop();
  const history = first ? { deaths, first } : null;
  return { position, expiresMs, returns, isRedelivered, exchange, routingKeys, raw, body, history };
}

/** FNV-1a, 32 bits: enough to tell a record that was cut from a whole one. */
function checksum(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 0;
}
