/** XINFO. */
import { int, option } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { narrow } from '../numbers.ts';
import { fail, MapReply, NO_SUCH_KEY, type Reply, SYNTAX } from '../reply.ts';
import { formatId, type Group, ID_MAX, ID_MIN, type StreamValue } from '../stream.ts';
import { noGroup } from './stream-groups.ts';
import { lagOf } from './stream-positions.ts';
import { shownEntry } from './streams.ts';

const SUBKEY = [2, 2, 1] as const;
const maybe = (value: bigint | null): Reply => (value === null ? null : narrow(value));

function streamOf(call: Call, key: string): StreamValue {
  const stream = call.read(key, 'stream');
  if (!stream) throw NO_SUCH_KEY;
  return stream;
}

const stream: Handler = (call, args) => {
  const isFull = option(args[3]) === 'full';
  let count = 10;
  if (args.length > 3) {
    if (!isFull || args.length === 5 || args.length > 6)
      throw fail(`unknown subcommand or wrong number of arguments for '${args[1]}'. Try XINFO HELP.`);
    if (args.length === 6) {
      if (option(args[4]) !== 'count') throw SYNTAX;
      count = Math.max(0, int(args[5]));
    }
  }
  const found = streamOf(call, args[2]!);
  const first = found.entriesFrom(ID_MIN).next().value;
  const last = found.entriesDownFrom(ID_MAX).next().value;
  const head: Reply[] = [
    ...['length', found.size, 'radix-tree-keys', found.nodes, 'radix-tree-nodes', found.nodes + 1],
    ...['last-generated-id', formatId(found.lastId), 'max-deleted-entry-id', formatId(found.maxDeletedId)],
    ...['entries-added', narrow(found.entriesAdded), 'recorded-first-entry-id', formatId(found.firstId)],
  ];
  if (!isFull)
    return new MapReply([
      ...head,
      ...['groups', found.groups.size],
      ...['first-entry', first ? shownEntry(first) : null, 'last-entry', last ? shownEntry(last) : null],
    ] as Reply[]);
  const entries: Reply[] = [];
  for (const entry of found.entriesFrom(ID_MIN)) {
    if (count > 0 && entries.length === count) break;
    entries.push(shownEntry(entry));
  }
  const groups = [...found.groups.entries()].map(([name, group]) => fullGroup(found, name, group, count));
  return new MapReply([...head, 'entries', entries, 'groups', groups]);
};

function fullGroup(of: StreamValue, name: string, group: Group, count: number): Reply {
  const pending = [...group.pending.from(ID_MIN)];
  const some = <T>(all: T[]) => (count > 0 ? all.slice(0, count) : all);
  const consumers = [...group.consumers.values()].map((one) => {
    const own = pending.filter(([, { consumer }]) => consumer === one);
    return new MapReply([
      ...['name', one.name, 'seen-time', Math.floor(one.seenAtMs), 'pel-count', own.length, 'pel'],
      some(own).map(([id, { deliveredAtMs, deliveries }]) => [formatId(id), Math.floor(deliveredAtMs), deliveries]),
    ] as Reply[] as Reply[]);
  });
  return new MapReply([
    ...['name', name, 'last-delivered-id', formatId(group.lastId), 'entries-read', maybe(group.entriesRead)],
    ...['lag', maybe(lagOf(of, group)), 'pel-count', pending.length, 'pel'],
    some(pending).map(([id, one]) => [formatId(id), one.consumer.name, Math.floor(one.deliveredAtMs), one.deliveries]),
    ...['consumers', consumers],
  ] as Reply[]);
}

const groups: Handler = (call, args) => {
  const found = streamOf(call, args[2]!);
  return [...found.groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, group]) =>
        new MapReply([
          ...['name', name, 'consumers', group.consumers.size, 'pending', group.pending.size],
          ...['last-delivered-id', formatId(group.lastId)],
          ...['entries-read', maybe(group.entriesRead), 'lag', maybe(lagOf(found, group))],
        ] as Reply[]),
    );
};

const consumers: Handler = (call, args) => {
  const group = streamOf(call, args[2]!).groups.get(args[3]!);
  if (!group) throw noGroup(args[3]!, args[2]!);
  return [...group.consumers.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      (one) =>
        new MapReply([
          ...['name', one.name, 'pending', one.pendingCount],
          ...['idle', Math.max(0, Math.floor(call.nowMs - one.seenAtMs))],
        ]),
    );
};

export const streamInfo: Family = {
  group: 'stream',
  rows: [
    ['xinfo', -2, '', [], () => []],
    ['xinfo|consumers', 4, 'readonly', SUBKEY, consumers],
    ['xinfo|groups', 3, 'readonly', SUBKEY, groups],
    ['xinfo|stream', -3, 'readonly', SUBKEY, stream],
  ],
};
