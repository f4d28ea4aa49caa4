/** The properties of a message (class basic): 14 flags, then the fields whose flags are set. */
import { Reader, Writer } from './buffer.ts';
import { readTable, type Table, writeTable } from './fields.ts';

export interface Properties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers?: Table;
  readonly deliveryMode?: number;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly expiration?: string;
  readonly messageId?: string;
  readonly timestamp?: number | bigint;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
  readonly clusterId?: string;
}

/** From the highest flag down. */
const FIELDS: readonly (readonly [name: keyof Properties, kind: 's' | 't' | 'B' | 'Q'])[] = [
  ['contentType', 's'],
  ['contentEncoding', 's'],
  ['headers', 't'],
  ['deliveryMode', 'B'],
  ['priority', 'B'],
  ['correlationId', 's'],
  ['replyTo', 's'],
  ['expiration', 's'],
  ['messageId', 's'],
  ['timestamp', 'Q'],
  ['type', 's'],
  ['userId', 's'],
  ['appId', 's'],
  ['clusterId', 's'],
];

/** Throws `ShortInput` or `BadField`. */
export function decodeProperties(bytes: Uint8Array): Properties {
  const reader = new Reader(bytes);
  const flags = reader.u16();
  const properties: Record<string, unknown> = {};
  FIELDS.forEach(([name, kind], i) => {
    if ((flags & (0x8000 >> i)) === 0) return;
    properties[name] =
      kind === 's' ? reader.short() : kind === 't' ? readTable(reader) : kind === 'B' ? reader.u8() : reader.u64();
  });
  return properties;
}

export function encodeProperties(properties: Properties): Uint8Array {
  const writer = new Writer(64);
  writer.u16(0);
  let flags = 0;
  FIELDS.forEach(([name, kind], i) => {
    const value = properties[name];
    if (value === undefined) return;
    flags |= 0x8000 >> i;
    if (kind === 's') writer.short(value as string);
    else if (kind === 't') writeTable(writer, value as Table);
    else if (kind === 'B') writer.u8(value as number);
    else writer.u64(value as number | bigint);
  });
  const bytes = writer.take();
  bytes[0] = flags >> 8;
  bytes[1] = flags & 255;
  return bytes;
}
