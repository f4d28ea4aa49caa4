/**
 * The dataset in Redis's snapshot format, for replicas, also real ones: each value in its plainest form, which Redis 7
 * reads as well as those that it writes itself. Text is one character a byte.
 */
import type { Database } from '../database.ts';
import type { RedisServer } from '../redis-server.ts';
import { ID_MIN, msOf, type StreamEntry, type StreamId, type StreamValue, seqOf } from '../stream.ts';
import type { Value } from '../values.ts';
import { OP, TYPE } from './read.ts';

/** What Redis 7.0 writes. */
const VERSION = '0010';
const STREAM_NODE_ENTRIES = 100;

const byte = (...values: readonly number[]) => String.fromCharCode(...values);

export function writeRdb(server: RedisServer): string {
  const nowMs = server.machine.wallMs();
  let out = `REDIS${VERSION}`;
  out += byte(OP.aux) + string('redis-ver') + string('7.0.15');
  out += byte(OP.aux) + string('redis-bits') + string('64');
  for (const code of server.scripts.libraryCodes()) out += byte(OP.function2) + string(code);
  for (const db of server.databases) if (db.size > 0) out += database(db, nowMs);
  // Of the checksum: none.
  return out + byte(OP.end, 0, 0, 0, 0, 0, 0, 0, 0);
}

function database(db: Database, nowMs: number): string {
  let out = byte(OP.selectDb) + length(db.index) + byte(OP.resize) + length(db.size) + length(db.volatile.size);
  for (const [key, { value, expiresAtMs }] of db.keys.entries()) {
    if (expiresAtMs >= 0 && expiresAtMs < nowMs) continue;
    if (expiresAtMs >= 0) out += byte(OP.expiryMs) + le(BigInt(expiresAtMs), 8);
    const [type, text] = body(value);
    out += byte(type) + string(key) + text;
  }
  return out;
}

function body(value: Value): readonly [type: number, text: string] {
  switch (value.kind) {
    case 'string':
      return [TYPE.string, string(value.text)];
    case 'list':
      return [TYPE.list, strings(value.items.toArray())];
    case 'set':
      return [TYPE.set, strings(value.list())];
    case 'hash':
      return [TYPE.hash, length(value.size) + [...value.fields.entries()].flat().map(string).join('')];
    case 'zset':
      return [
        TYPE.zset2,
        length(value.size) +
          value.members
            .slice(0, value.size)
            .map(({ member, score }) => string(member) + double(score))
            .join(''),
      ];
    case 'stream':
      return [TYPE.streamListpacks2, stream(value)];
  }
}

function stream(value: StreamValue): string {
  const nodes: StreamEntry[][] = [];
  for (const entry of value.entriesFrom(ID_MIN)) {
    const node = nodes.at(-1);
    if (node === undefined || node.length >= STREAM_NODE_ENTRIES) nodes.push([entry]);
    else node.push(entry);
  }
  let out = length(nodes.length);
  for (const node of nodes) out += string(idBytes(node[0]!.id)) + string(streamNode(node));
  out += length(value.size) + id(value.lastId) + id(value.size > 0 ? value.firstId : ID_MIN) + id(value.maxDeletedId);
  out += length(value.entriesAdded) + length(value.groups.size);
  for (const [name, group] of value.groups.entries()) {
    const pending = [...group.pending.from(ID_MIN)];
    out +=
      string(name) + id(group.lastId) + length(BigInt.asUintN(64, group.entriesRead ?? -1n)) + length(pending.length);
    for (const [at, { deliveredAtMs, deliveries }] of pending)
      out += idBytes(at) + le(BigInt(Math.floor(deliveredAtMs)), 8) + length(deliveries);
    out += length(group.consumers.size);
    for (const consumer of group.consumers.values()) {
      const own = pending.filter(([, one]) => one.consumer === consumer);
      out += string(consumer.name) + le(BigInt(Math.floor(consumer.seenAtMs)), 8) + length(own.length);
      for (const [at] of own) out += idBytes(at);
    }
  }
  return out;
}

/** A node as Redis keeps it: first how many entries, then each with its distance from the first. */
function streamNode(entries: readonly StreamEntry[]): string {
  const [first] = entries;
  const items: (string | bigint)[] = [BigInt(entries.length), 0n, 0n, 0n];
  for (const entry of entries) {
    const { fields } = entry;
    items.push(
      0n,
      msOf(entry.id) - msOf(first!.id),
      seqOf(entry.id) - seqOf(first!.id),
      BigInt(fields.length / 2),
      ...fields,
    );
    // How many items to go back to the entry's beginning.
    items.push(BigInt(fields.length + 4));
  }
  return listpack(items);
}

function listpack(items: readonly (string | bigint)[]): string {
  let out = '';
  for (const item of items) {
    const entry = typeof item === 'string' ? packText(item) : packInteger(item);
    out += entry + backLength(entry.length);
  }
  const count = Math.min(items.length, 65_535);
  return le(BigInt(out.length + 7), 4) + le(BigInt(count), 2) + out + byte(0xff);
}

function packText(text: string): string {
  if (text.length < 64) return byte(0x80 | text.length) + text;
  if (text.length < 4096) return byte(0xe0 | (text.length >> 8), text.length & 0xff) + text;
  return byte(0xf0) + le(BigInt(text.length), 4) + text;
}

function packInteger(value: bigint): string {
  if (value >= 0n && value < 128n) return byte(Number(value));
  if (value >= -32_768n && value < 32_768n) return byte(0xf1) + le(value, 2);
  if (value >= -2_147_483_648n && value < 2_147_483_648n) return byte(0xf3) + le(value, 4);
  return byte(0xf4) + le(value, 8);
}

/** Seven bits a byte, the highest first; all but the first have the eighth. */
function backLength(value: number): string {
  if (value <= 127) return byte(value);
  if (value < 16_383) return byte(value >> 7, (value & 127) | 128);
  if (value < 2_097_151) return byte(value >> 14, ((value >> 7) & 127) | 128, (value & 127) | 128);
  if (value < 268_435_455)
    return byte(value >> 21, ((value >> 14) & 127) | 128, ((value >> 7) & 127) | 128, (value & 127) | 128);
  return byte(
    value >> 28,
    ((value >> 21) & 127) | 128,
    ((value >> 14) & 127) | 128,
    ((value >> 7) & 127) | 128,
    (value & 127) | 128,
  );
}

const id = (value: StreamId): string => length(msOf(value)) + length(seqOf(value));

function idBytes(value: StreamId): string {
  let out = '';
  for (let shift = 120n; shift >= 0n; shift -= 8n) out += byte(Number((value >> shift) & 255n));
  return out;
}

const strings = (all: readonly string[]): string => length(all.length) + all.map(string).join('');
const string = (text: string): string => length(text.length) + text;

function length(value: number | bigint): string {
  const whole = BigInt(value);
  if (whole < 64n) return byte(Number(whole));
  if (whole < 16_384n) return byte(0x40 | Number(whole >> 8n), Number(whole & 255n));
  const bytes = whole < 1n << 32n ? 4 : 8;
  return byte(bytes === 4 ? 0x80 : 0x81) + [...le(whole, bytes)].reverse().join('');
}

function le(value: bigint, bytes: number): string {
  let out = '';
  for (let i = 0; i < bytes; i++) out += byte(Number((value >> BigInt(8 * i)) & 255n));
  return out;
}

function double(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  let out = '';
  for (let i = 0; i < 8; i++) out += byte(view.getUint8(i));
  return out;
}
