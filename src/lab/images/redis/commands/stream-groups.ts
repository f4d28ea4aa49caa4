/** Consumer groups: XGROUP, XACK, XPENDING, XCLAIM, XAUTOCLAIM. */
import { int, int64, option, range } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { INT64_MAX } from '../numbers.ts';
import { Failure, fail, NIL_ARRAY, OK, type Reply, SYNTAX } from '../reply.ts';
import { formatId, Group, ID_MAX, ID_MIN, type StreamId, StreamValue } from '../stream.ts';
import { consumerOf } from './stream-reads.ts';
import { intervalBound, shownEntry, streamId } from './streams.ts';

const KEY = [1, 1, 1] as const;
const SUBKEY = [2, 2, 1] as const;

const needsKey = () =>
  fail(
    'The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.',
  );

export const noGroup = (group: string, key: string) =>
  new Failure(`NOGROUP No such consumer group '${group}' for key name '${key}'`);

function entriesRead(text: string): bigint | null {
  const value = int64(text);
  if (value < -1n) throw fail('value for ENTRIESREAD must be positive or -1');
  return value === -1n ? null : value;
}

const create: Handler = (call, args) => {
  const [, , key = '', name = '', text = ''] = args;
  let makes = false;
  let read: bigint | null = null;
  for (let i = 5; i < args.length; i++) {
    const word = option(args[i]);
    if (word === 'mkstream') makes = true;
    else if (word === 'entriesread' && i + 1 < args.length) read = entriesRead(args[++i]!);
    else throw fail(`unknown subcommand or wrong number of arguments for '${args[1]}'. Try XGROUP HELP.`);
  }
  let stream = call.write(key, 'stream');
  if (!stream && !makes) throw needsKey();
  const id = text === '$' ? (stream?.lastId ?? ID_MIN) : streamId(text);
  if (!stream) {
    stream = new StreamValue();
    call.store(key, stream);
    call.changed(key, 'xgroup-create', 'x');
  }
  if (stream.groups.has(name)) throw new Failure('BUSYGROUP Consumer Group name already exists');
  stream.groups.set(name, new Group(id, read));
  call.changed(key, 'xgroup-create', 'x');
  return OK;
};

function groupOf(call: Call, key: string, name: string): { stream: StreamValue; group: Group } {
  const stream = call.write(key, 'stream');
  if (!stream) throw needsKey();
  const group = stream.groups.get(name);
  if (!group) throw noGroup(name, key);
  return { stream, group };
}

const setid: Handler = (call, args) => {
  const [, , key = '', name = '', text = ''] = args;
  let read: bigint | null = null;
  for (let i = 5; i < args.length; i += 2) {
    if (option(args[i]) !== 'entriesread' || args[i + 1] === undefined)
      throw fail(`unknown subcommand or wrong number of arguments for '${args[1]}'. Try XGROUP HELP.`);
    read = entriesRead(args[i + 1]!);
  }
  const { stream, group } = groupOf(call, key, name);
  group.lastId = text === '$' ? stream.lastId : streamId(text);
  group.entriesRead = read;
  call.changed(key, 'xgroup-setid', 'x');
  return OK;
};

const destroy: Handler = (call, [, , key = '', name = '']) => {
  const stream = call.write(key, 'stream');
  if (!stream) throw needsKey();
  if (!stream.groups.delete(name)) return 0;
  call.changed(key, 'xgroup-destroy', 'x');
  return 1;
};

const createconsumer: Handler = (call, [, , key = '', name = '', consumer = '']) => {
  const { group } = groupOf(call, key, name);
  if (group.consumers.has(consumer)) return 0;
  consumerOf(call, key, group, name, consumer);
  return 1;
};

const delconsumer: Handler = (call, [, , key = '', name = '', consumerName = '']) => {
  const { group } = groupOf(call, key, name);
  const consumer = group.consumers.get(consumerName);
  if (!consumer) return 0;
  const pending = consumer.pendingCount;
  for (const [id, one] of group.pending.from(ID_MIN)) if (one.consumer === consumer) group.acknowledge(id);
  group.consumers.delete(consumerName);
  call.changed(key, 'xgroup-delconsumer', 'x');
  return pending;
};

const xack: Handler = (call, args) => {
  const [, key = '', name = '', ...texts] = args;
  const group = call.write(key, 'stream')?.groups.get(name);
  if (!group) return 0;
  let acknowledged = 0;
  for (const id of texts.map((text) => streamId(text))) if (group.acknowledge(id)) acknowledged++;
  if (acknowledged > 0) {
    const entry = call.db.entry(key)!;
    call.db.account(key, entry);
    call.server.dirty++;
  }
  return acknowledged;
};

const xpending: Handler = (call, args) => {
  const [, key = '', name = ''] = args;
  const isSummary = args.length === 3;
  const hasIdle = option(args[3]) === 'idle';
  const at = hasIdle ? 5 : 3;
  if (!isSummary && (args.length < at + 3 || args.length > at + 4)) throw SYNTAX;
  const idleMs = hasIdle ? int(args[4]) : 0;
  const count = isSummary ? 0 : Math.max(0, int(args[at + 2]));
  const start = isSummary ? ID_MIN : intervalBound(args[at]!, true);
  const end = isSummary ? ID_MAX : intervalBound(args[at + 1]!, false);
  const group = call.read(key, 'stream')?.groups.get(name);
  if (!group) throw new Failure(`NOGROUP No such key '${key}' or consumer group '${name}'`);
  if (isSummary) {
    const { pending, consumers } = group;
    if (pending.size === 0) return [0, null, null, NIL_ARRAY];
    const counts = [...consumers.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .filter((one) => one.pendingCount > 0);
    return [
      pending.size,
      formatId(pending.first!),
      formatId(pending.last!),
      counts.map((one) => [one.name, String(one.pendingCount)]),
    ];
  }
  const consumer = args[at + 3];
  const found: Reply[] = [];
  for (const [id, one] of group.pending.from(start)) {
    if (id > end || found.length >= count) break;
    if (consumer !== undefined && one.consumer.name !== consumer) continue;
    const sinceMs = Math.max(0, call.nowMs - one.deliveredAtMs);
    if (sinceMs >= idleMs) found.push([formatId(id), one.consumer.name, Math.floor(sinceMs), one.deliveries]);
  }
  call.visit(found.length);
  return found;
};

const xclaim: Handler = (call, args) => {
  const [, key = '', name = '', consumerName = '', idleText = ''] = args;
  const group = call.write(key, 'stream')?.groups.get(name);
  if (!group) throw new Failure(`NOGROUP No such key '${key}' or consumer group '${name}'`);
  const stream = call.write(key, 'stream')!;
  const minIdleMs = Math.max(
    0,
    range(idleText, -Number(INT64_MAX), Number(INT64_MAX), 'Invalid min-idle-time argument for XCLAIM'),
  );
  let at = 5;
  const ids: StreamId[] = [];
  for (; at < args.length; at++) {
    try {
      ids.push(streamId(args[at]!));
    } catch {
      break;
    }
  }
  let deliveredAtMs = call.nowMs;
  let deliveries: number | null = null;
  let isForced = false;
  let justIds = false;
  let lastId: StreamId = ID_MIN;
  for (; at < args.length; at++) {
    const word = option(args[at]);
    const hasMore = at + 1 < args.length;
    if (word === 'force') isForced = true;
    else if (word === 'justid') justIds = true;
    else if (word === 'idle' && hasMore)
      deliveredAtMs =
        call.nowMs -
        range(args[++at]!, -Number(INT64_MAX), Number(INT64_MAX), 'Invalid IDLE option argument for XCLAIM');
    else if (word === 'time' && hasMore)
      deliveredAtMs = range(
        args[++at]!,
        -Number(INT64_MAX),
        Number(INT64_MAX),
        'Invalid TIME option argument for XCLAIM',
      );
    else if (word === 'retrycount' && hasMore)
      deliveries = range(args[++at]!, 0, Number(INT64_MAX), 'Invalid RETRYCOUNT option argument for XCLAIM');
    else if (word === 'lastid' && hasMore) lastId = streamId(args[++at]!);
    else throw fail(`Unrecognized XCLAIM option '${args[at]}'`);
  }
  if (deliveredAtMs < 0 || deliveredAtMs > call.nowMs) deliveredAtMs = call.nowMs;
  if (lastId > group.lastId) {
    group.lastId = lastId;
    call.server.dirty++;
  }
  const claimed: Reply[] = [];
  for (const id of ids) {
    const entry = stream.get(id);
    let pending = group.pending.get(id);
    if (!entry) {
      if (pending) {
        group.acknowledge(id);
        call.propagate('XACK', key, name, formatId(id));
        call.server.dirty++;
      }
      continue;
    }
    if (!pending && !isForced) continue;
    if (pending && minIdleMs > 0 && call.nowMs - pending.deliveredAtMs < minIdleMs) continue;
    const before = pending?.deliveries ?? 0;
    const consumer = consumerOf(call, key, group, name, consumerName);
    const count = deliveries ?? before + (justIds ? 0 : 1);
    group.deliver(id, consumer, deliveredAtMs, pending || deliveries !== null ? count : justIds ? 1 : count);
    pending = group.pending.get(id)!;
    claimed.push(justIds ? formatId(id) : shownEntry(entry));
    call.propagate(
      ...['XCLAIM', key, name, consumerName, '0', formatId(id), 'TIME', String(deliveredAtMs)],
      ...['RETRYCOUNT', String(pending.deliveries), 'FORCE', 'JUSTID', 'LASTID', formatId(group.lastId)],
    );
    call.server.dirty++;
  }
  if (claimed.length === 0 && !group.consumers.has(consumerName)) consumerOf(call, key, group, name, consumerName);
  return claimed;
};

const xautoclaim: Handler = (call, args) => {
  const [, key = '', name = '', consumerName = '', idleText = '', startText = ''] = args;
  const minIdleMs = Math.max(
    0,
    range(idleText, -Number(INT64_MAX), Number(INT64_MAX), 'Invalid min-idle-time argument for XAUTOCLAIM'),
  );
  const start = intervalBound(startText, true);
  let count = 100;
  let justIds = false;
  for (let i = 6; i < args.length; i++) {
    const word = option(args[i]);
    if (word === 'count' && i + 1 < args.length) count = range(args[++i]!, 1, 2 ** 59, 'COUNT must be > 0');
    else if (word === 'justid') justIds = true;
    else throw SYNTAX;
  }
  const stream = call.write(key, 'stream');
  const group = stream?.groups.get(name);
  if (!stream || !group) throw new Failure(`NOGROUP No such key '${key}' or consumer group '${name}'`);
  const consumer = consumerOf(call, key, group, name, consumerName);
  const claimed: Reply[] = [];
  const deleted: string[] = [];
  let attempts = count * 10;
  let cursor: StreamId = ID_MIN;
  let left = count;
  for (const [id, pending] of group.pending.from(start)) {
    if (attempts-- === 0 || left === 0) {
      cursor = id;
      break;
    }
    const entry = stream.get(id);
    if (!entry) {
      group.acknowledge(id);
      deleted.push(formatId(id));
      call.propagate('XACK', key, name, formatId(id));
      call.server.dirty++;
      left--;
      continue;
    }
    if (minIdleMs > 0 && call.nowMs - pending.deliveredAtMs < minIdleMs) continue;
    group.deliver(id, consumer, call.nowMs, pending.deliveries + (justIds ? 0 : 1));
    claimed.push(justIds ? formatId(id) : shownEntry(entry));
    left--;
    call.propagate(
      ...['XCLAIM', key, name, consumerName, '0', formatId(id), 'TIME', String(call.nowMs)],
      ...['RETRYCOUNT', String(group.pending.get(id)!.deliveries), 'FORCE', 'JUSTID', 'LASTID', formatId(group.lastId)],
    );
    call.server.dirty++;
  }
  call.visit(claimed.length + deleted.length);
  return [formatId(cursor), claimed, deleted];
};

const help: Handler = () => [];

export const streamGroups: Family = {
  group: 'stream',
  rows: [
    ['xack', -4, 'write fast', KEY, xack],
    ['xautoclaim', -6, 'write fast', KEY, xautoclaim],
    ['xclaim', -6, 'write fast', KEY, xclaim],
    ['xgroup', -2, '', [], help],
    ['xgroup|create', -5, 'write denyoom', SUBKEY, create],
    ['xgroup|createconsumer', 5, 'write denyoom', SUBKEY, createconsumer],
    ['xgroup|delconsumer', 5, 'write', SUBKEY, delconsumer],
    ['xgroup|destroy', 4, 'write', SUBKEY, destroy],
    ['xgroup|setid', -5, 'write', SUBKEY, setid],
    ['xpending', -3, 'readonly', KEY, xpending],
  ],
};
