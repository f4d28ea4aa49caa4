/** The dataset as commands that make it again, as the rewrite of Redis's append-only file writes them. */
import type { Database, Entry } from './database.ts';
import { formatDouble } from './numbers.ts';
import type { RedisServer } from './redis-server.ts';
import { formatId, ID_MIN, type StreamValue } from './stream.ts';

/** As `AOF_REWRITE_ITEMS_PER_CMD`. */
const ITEMS_PER_COMMAND = 64;

export function* dumpCommands(server: RedisServer, nowMs: number): Generator<readonly string[]> {
  for (const code of server.scripts.libraryCodes()) yield ['FUNCTION', 'LOAD', code];
  for (const db of server.databases) {
    if (db.size > 0) yield* dumpDatabase(db, nowMs);
  }
}

function* dumpDatabase(db: Database, nowMs: number): Generator<readonly string[]> {
  yield ['SELECT', String(db.index)];
  for (const [key, entry] of db.keys.entries()) {
    if (entry.expiresAtMs >= 0 && entry.expiresAtMs < nowMs) continue;
    yield* dumpEntry(key, entry);
    if (entry.expiresAtMs >= 0) yield ['PEXPIREAT', key, String(entry.expiresAtMs)];
  }
}

function* dumpEntry(key: string, { value }: Entry): Generator<readonly string[]> {
  switch (value.kind) {
    case 'string':
      yield ['SET', key, value.text];
      break;
    case 'list':
      yield* inParts(['RPUSH', key], value.items.toArray(), 1);
      break;
    case 'set':
      yield* inParts(['SADD', key], value.list(), 1);
      break;
    case 'hash':
      yield* inParts(['HSET', key], [...value.fields.entries()].flat(), 2);
      break;
    case 'zset': {
      const pairs = value.members.slice(0, value.size).flatMap(({ member, score }) => [formatDouble(score), member]);
      yield* inParts(['ZADD', key], pairs, 2);
      break;
    }
    case 'stream':
      yield* dumpStream(key, value);
  }
}

function* inParts(head: readonly string[], items: readonly string[], width: number): Generator<readonly string[]> {
  const step = ITEMS_PER_COMMAND * width;
  for (let at = 0; at < items.length; at += step) yield [...head, ...items.slice(at, at + step)];
}

function* dumpStream(key: string, stream: StreamValue): Generator<readonly string[]> {
  if (stream.size === 0)
    yield ['XADD', key, 'MAXLEN', '0', formatId(stream.lastId > ID_MIN ? stream.lastId : 1n), 'x', 'y'];
  for (const { id, fields } of stream.entriesFrom(ID_MIN)) yield ['XADD', key, formatId(id), ...fields];
  yield [
    ...['XSETID', key, formatId(stream.lastId), 'ENTRIESADDED', String(stream.entriesAdded)],
    ...['MAXDELETEDID', formatId(stream.maxDeletedId)],
  ];
  for (const [name, group] of stream.groups.entries()) {
    const read = group.entriesRead === null ? '-1' : String(group.entriesRead);
    yield ['XGROUP', 'CREATE', key, name, formatId(group.lastId), 'ENTRIESREAD', read];
    for (const consumer of group.consumers.keys()) yield ['XGROUP', 'CREATECONSUMER', key, name, consumer];
    for (const [id, { consumer, deliveredAtMs, deliveries }] of group.pending.from(ID_MIN))
      yield [
        ...['XCLAIM', key, name, consumer.name, '0', formatId(id), 'TIME', String(deliveredAtMs)],
        ...['RETRYCOUNT', String(deliveries), 'JUSTID', 'FORCE'],
      ];
  }
}

export function encodeCommand(args: readonly string[]): string {
  let out = `*${args.length}\r\n`;
  for (const arg of args) out += `$${arg.length}\r\n${arg}\r\n`;
  return out;
}
