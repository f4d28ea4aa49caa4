/** XREAD and XREADGROUP, which may wait for new entries. */
import { int, option } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { parseInteger } from '../numbers.ts';
import { Failure, fail, MapReply, NIL_ARRAY, type Reply, SYNTAX } from '../reply.ts';
import { Consumer, formatId, type Group, ID_MAX, type StreamId, type StreamValue } from '../stream.ts';
import { passedBy } from './stream-positions.ts';
import { shownEntry, streamId } from './streams.ts';

interface Query {
  count: number;
  /** Null: does not wait. */
  blockMs: number | null;
  group: string | null;
  consumer: string;
  noAck: boolean;
  keys: readonly string[];
  ids: readonly string[];
}

function parse(args: readonly string[], isGroup: boolean): Query {
  const name = isGroup ? 'XREADGROUP' : 'XREAD';
  const query: Query = { count: 0, blockMs: null, group: null, consumer: '', noAck: false, keys: [], ids: [] };
  for (let i = 1; i < args.length; i++) {
    const word = option(args[i]);
    const left = args.length - i - 1;
    if (word === 'block' && left >= 1) {
      const ms = parseInteger(args[++i]!);
      if (ms === null) throw fail('timeout is not an integer or out of range');
      if (ms < 0) throw fail('timeout is negative');
      query.blockMs = ms;
    } else if (word === 'count' && left >= 1) query.count = Math.max(0, int(args[++i]));
    else if (word === 'streams' && left >= 1) {
      if (left % 2 === 1)
        throw fail(
          `Unbalanced ${name} list of streams: for each stream key an ID or '${isGroup ? '>' : '$'}' must be specified.`,
        );
      query.keys = args.slice(i + 1, i + 1 + left / 2);
      query.ids = args.slice(i + 1 + left / 2);
      break;
    } else if (word === 'group' && left >= 2) {
      if (!isGroup) throw fail('The GROUP option is only supported by XREADGROUP. You called XREAD instead.');
      query.group = args[++i]!;
      query.consumer = args[++i]!;
    } else if (word === 'noack') {
      if (!isGroup) throw fail('The NOACK option is only supported by XREADGROUP. You called XREAD instead.');
      query.noAck = true;
    } else throw SYNTAX;
  }
  if (query.keys.length === 0) throw SYNTAX;
  if (isGroup && query.group === null) throw fail('Missing GROUP option for XREADGROUP');
  return query;
}

const xread: Handler = (call, args) => {
  const query = parse(args, false);
  const after = new Map<string, StreamId>();
  query.keys.forEach((key, i) => {
    const text = query.ids[i]!;
    const stream = call.read(key, 'stream');
    if (text === '>')
      throw fail('The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.');
    after.set(key, text === '$' ? (stream?.lastId ?? 0n) : streamId(text));
  });
  const look = (one: Call, key: string): Reply[] | null => {
    const stream = one.write(key, 'stream');
    const from = after.get(key)!;
    if (!stream || stream.lastId <= from || from === ID_MAX) return null;
    const found = newer(stream, from, query.count);
    one.visit(found.length * 2);
    return found.length > 0 ? found : null;
  };
  const found = query.keys.flatMap((key): Reply[] => {
    const entries = look(call, key);
    return entries ? [key, entries] : [];
  });
  if (found.length > 0) return shown(call, found);
  if (query.blockMs === null) return NIL_ARRAY;
  return call.block(query.keys, query.blockMs, (one, key) => {
    const entries = look(one, key);
    return entries ? shown(one, [key, entries]) : undefined;
  });
};

function newer(stream: StreamValue, after: StreamId, count: number): Reply[] {
  const found: Reply[] = [];
  for (const entry of stream.entriesFrom(after + 1n)) {
    found.push(shownEntry(entry));
    if (found.length === count) break;
  }
  return found;
}

/** Pairs of key and entries: a map in RESP3, an array of pairs in RESP2. */
function shown(call: Call, flat: readonly Reply[]): Reply {
  if (call.client.protocol === 3) return new MapReply(flat);
  return flat.flatMap((key, i) => (i % 2 === 0 ? [[key, flat[i + 1]!]] : []));
}

const xreadgroup: Handler = (call, args) => {
  const query = parse(args, true);
  const groupName = query.group!;
  query.keys.forEach((key, i) => {
    const stream = call.read(key, 'stream');
    if (!stream?.groups.has(groupName))
      throw new Failure(
        `NOGROUP No such key '${key}' or consumer group '${groupName}' in XREADGROUP with GROUP option`,
      );
    const text = query.ids[i]!;
    if (text === '$')
      throw fail(
        'The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.',
      );
    if (text !== '>') streamId(text);
  });
  const found = query.keys.flatMap((key, i): Reply[] => {
    const text = query.ids[i]!;
    const stream = call.write(key, 'stream')!;
    const group = stream.groups.get(groupName)!;
    if (text !== '>') return [key, history(call, key, stream, group, query, streamId(text))];
    const entries = deliver(call, key, stream, group, query);
    return entries ? [key, entries] : [];
  });
  if (found.length > 0) return shown(call, found);
  if (query.blockMs === null) return NIL_ARRAY;
  return call.block(query.keys, query.blockMs, (one, key) => {
    const stream = one.write(key, 'stream');
    if (!stream) return undefined;
    const group = stream.groups.get(groupName);
    if (!group) throw new Failure('NOGROUP the consumer group this client was blocked on no longer exists');
    const entries = deliver(one, key, stream, group, query);
    return entries ? shown(one, [key, entries]) : undefined;
  });
};

export function consumerOf(call: Call, key: string, group: Group, groupName: string, name: string): Consumer {
  const known = group.consumers.get(name);
  if (known) {
    known.seenAtMs = call.nowMs;
    return known;
  }
  const consumer = new Consumer(name, call.nowMs);
  group.consumers.set(name, consumer);
  call.changed(key, 'xgroup-createconsumer', 'x');
  call.propagate('XGROUP', 'CREATECONSUMER', key, groupName, name);
  return consumer;
}

/** New entries for the consumer; null when there are none. */
function deliver(call: Call, key: string, stream: StreamValue, group: Group, query: Query): Reply[] | null {
  const groupName = query.group!;
  if (stream.lastId <= group.lastId) {
    // The consumer is known from now on, as it asked.
    if (!group.consumers.has(query.consumer)) consumerOf(call, key, group, groupName, query.consumer);
    else group.consumers.get(query.consumer)!.seenAtMs = call.nowMs;
    return null;
  }
  const consumer = consumerOf(call, key, group, groupName, query.consumer);
  const found: Reply[] = [];
  for (const entry of stream.entriesFrom(group.lastId + 1n)) {
    group.entriesRead = passedBy(stream, group, entry.id);
    group.lastId = entry.id;
    if (!query.noAck) {
      group.deliver(entry.id, consumer, call.nowMs, 1);
      call.propagate(
        ...['XCLAIM', key, groupName, consumer.name, '0', formatId(entry.id), 'TIME', String(call.nowMs)],
        ...['RETRYCOUNT', '1', 'FORCE', 'JUSTID', 'LASTID', formatId(group.lastId)],
      );
    }
    found.push(shownEntry(entry));
    if (found.length === query.count) break;
  }
  if (found.length === 0) return null;
  call.visit(found.length * 3);
  const read = group.entriesRead === null ? '-1' : String(group.entriesRead);
  call.propagate('XGROUP', 'SETID', key, groupName, formatId(group.lastId), 'ENTRIESREAD', read);
  call.server.dirty++;
  return found;
}

/** What the consumer was given and has not acknowledged, after an id; a deleted entry has no fields. */
function history(call: Call, key: string, stream: StreamValue, group: Group, query: Query, after: StreamId): Reply[] {
  const consumer = consumerOf(call, key, group, query.group!, query.consumer);
  const found: Reply[] = [];
  if (after === ID_MAX) return found;
  for (const [id, pending] of group.pending.from(after + 1n)) {
    if (pending.consumer !== consumer) continue;
    const entry = stream.get(id);
    found.push(entry ? shownEntry(entry) : [formatId(id), NIL_ARRAY]);
    // Redis counts these deliveries too, unless the entry is gone.
    if (entry) {
      pending.deliveries++;
      pending.deliveredAtMs = call.nowMs;
    }
    if (found.length === query.count) break;
  }
  return found;
}

/** Keys stand between STREAMS and as many ids. */
const streamKeys = (args: readonly string[]): readonly number[] | null => {
  const at = args.findIndex((arg, i) => i > 0 && option(arg) === 'streams');
  const count = (args.length - at - 1) / 2;
  if (at < 0 || !Number.isInteger(count) || count === 0) return null;
  return Array.from({ length: count }, (_, i) => at + 1 + i);
};

export const streamReads: Family = {
  group: 'stream',
  rows: [
    ['xread', -4, 'readonly blocking movablekeys', [], xread, streamKeys],
    ['xreadgroup', -7, 'write blocking movablekeys', [], xreadgroup, streamKeys],
  ],
};
