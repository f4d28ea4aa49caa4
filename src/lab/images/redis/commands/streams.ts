/** Streams: adding, reading ranges, trimming. Groups are in stream-groups.ts. */
import { int, option } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { parseInteger } from '../numbers.ts';
import { fail, NIL_ARRAY, OK, type Reply, SYNTAX } from '../reply.ts';
import {
  formatId,
  ID_MAX,
  ID_MIN,
  idOf,
  msOf,
  parseId,
  type StreamEntry,
  type StreamId,
  StreamValue,
  seqOf,
} from '../stream.ts';

const KEY = [1, 1, 1] as const;
const SEQ_MAX = (1n << 64n) - 1n;
export const BAD_ID = fail('Invalid stream ID specified as stream command argument');

/** An id that must be complete enough: `5` is `5-<missingSeq>`. */
export function streamId(text: string, missingSeq = 0n): StreamId {
  const id = parseId(text, missingSeq);
  if (id === null) throw BAD_ID;
  return id;
}

export const shownEntry = ({ id, fields }: StreamEntry): Reply => [formatId(id), fields];

interface Trim {
  by: 'maxlen' | 'minid';
  threshold: bigint;
  isApproximate: boolean;
  limit: number;
}

interface AddOptions {
  trim: Trim | null;
  noMake: boolean;
  /** Index of the id. */
  at: number;
}

/** Options of XADD (up to the id) and XTRIM (to the end). */
function parseAdd(call: Call, args: readonly string[], isAdd: boolean): AddOptions {
  let trim: Trim | null = null;
  let limit: number | null = null;
  let noMake = false;
  let i = 2;
  for (; i < args.length; i++) {
    const word = option(args[i]);
    const left = args.length - i - 1;
    if (isAdd && word === '*') break;
    if ((word === 'maxlen' || word === 'minid') && left >= 1) {
      if (trim && trim.by !== word)
        throw fail('syntax error, MAXLEN and MINID options at the same time are not compatible');
      const mark = args[i + 1];
      const hasMark = (mark === '~' || mark === '=') && left >= 2;
      if (hasMark) i++;
      const text = args[++i]!;
      const threshold: bigint = word === 'minid' ? streamId(text) : BigInt(int(text));
      if (word === 'maxlen' && threshold < 0n) throw fail('The MAXLEN argument must be >= 0.');
      trim = { by: word, threshold, isApproximate: hasMark && mark === '~', limit: 0 };
    } else if (word === 'limit' && left >= 1) {
      limit = int(args[++i]);
      if (limit < 0) throw fail('The LIMIT argument must be >= 0.');
    } else if (isAdd && word === 'nomkstream') noMake = true;
    else if (isAdd) break;
    else throw SYNTAX;
  }
  if (limit !== null && !trim) throw fail('syntax error, LIMIT cannot be used without specifying a trimming strategy');
  if (!isAdd && !trim) throw fail('syntax error, XTRIM must be called with a trimming strategy');
  if (limit !== null && trim && !trim.isApproximate)
    throw fail('syntax error, LIMIT cannot be used without the special ~ option');
  if (trim)
    trim.limit = limit ?? (trim.isApproximate ? 100 * (call.settings.number('stream-node-max-entries') || 100) : 0);
  return { trim, noMake, at: i };
}

function applyTrim(stream: StreamValue, { by, threshold, isApproximate, limit }: Trim): number {
  const size = Number(threshold);
  return by === 'maxlen'
    ? stream.trim((_, left) => left > size, isApproximate, limit)
    : stream.trim(({ id }) => id < threshold, isApproximate, limit);
}

/** The id of a new entry; throws the reply when it cannot be that. */
function newId(call: Call, text: string, lastId: StreamId): StreamId {
  const refuse = () => fail('The ID specified in XADD is equal or smaller than the target stream top item');
  if (text === '*') {
    const now = idOf(BigInt(Math.floor(call.nowMs)), 0n);
    return now > lastId ? now : lastId + 1n;
  }
  const auto = /^(\d+)-\*$/.exec(text);
  if (auto) {
    const ms = msOf(streamId(auto[1]!));
    if (ms < msOf(lastId)) throw refuse();
    if (ms > msOf(lastId)) return idOf(ms, 0n);
    if (seqOf(lastId) === SEQ_MAX) throw refuse();
    return lastId + 1n;
  }
  const id = streamId(text);
  if (id === 0n) throw fail('The ID specified in XADD must be greater than 0-0');
  if (id <= lastId) throw refuse();
  return id;
}

const xadd: Handler = (call, args) => {
  const { trim, noMake, at } = parseAdd(call, args, true);
  const [, key = ''] = args;
  const text = args[at];
  const fields = args.slice(at + 1);
  const isAuto = text === '*' || text?.endsWith('-*') === true;
  if (!isAuto && text !== undefined && streamId(text) === 0n && fields.length > 0)
    throw fail('The ID specified in XADD must be greater than 0-0');
  if (fields.length < 2 || fields.length % 2 === 1) throw fail("wrong number of arguments for 'xadd' command");
  let stream = call.write(key, 'stream');
  if (!stream && noMake) return null;
  const lastId = stream?.lastId ?? ID_MIN;
  if (lastId === ID_MAX) throw fail('The stream has exhausted the last possible ID, unable to add more items');
  const id = newId(call, text!, lastId);
  if (!stream) {
    stream = new StreamValue();
    call.store(key, stream);
  }
  stream.add(
    id,
    fields,
    call.settings.number('stream-node-max-entries'),
    call.settings.number('stream-node-max-bytes'),
  );
  call.changed(key, 'xadd', 'x');
  const isTrimmed = trim !== null && applyTrim(stream, trim) > 0;
  if (isTrimmed) call.changed(key, 'xtrim', 'x');
  call.propagate('XADD', key, ...(isTrimmed ? ['MAXLEN', '=', String(stream.size)] : []), formatId(id), ...fields);
  return formatId(id);
};

const xtrim: Handler = (call, args) => {
  const { trim } = parseAdd(call, args, false);
  const [, key = ''] = args;
  const stream = call.write(key, 'stream');
  if (!stream) return 0;
  const trimmed = applyTrim(stream, trim!);
  call.visit(trimmed);
  if (trimmed > 0) {
    call.changed(key, 'xtrim', 'x');
    call.propagate('XTRIM', key, 'MAXLEN', '=', String(stream.size));
  }
  return trimmed;
};

/** Start or end of an interval: `-`, `+`, `(id`. */
export function intervalBound(text: string, isStart: boolean): StreamId {
  if (text === '-') return ID_MIN;
  if (text === '+') return ID_MAX;
  const isOut = text.startsWith('(');
  const id = streamId(isOut ? text.slice(1) : text, isStart ? 0n : SEQ_MAX);
  if (!isOut) return id;
  if (id === (isStart ? ID_MAX : ID_MIN)) throw fail(`invalid ${isStart ? 'start' : 'end'} ID for the interval`);
  return isStart ? id + 1n : id - 1n;
}

const xrange =
  (isReverse: boolean): Handler =>
  (call, args) => {
    const [, key = '', first = '', second = ''] = args;
    const start = intervalBound(isReverse ? second : first, true);
    const end = intervalBound(isReverse ? first : second, false);
    let count = -1;
    for (let i = 4; i < args.length; i += 2) {
      if (option(args[i]) !== 'count' || args[i + 1] === undefined) throw SYNTAX;
      count = Math.max(0, int(args[i + 1]));
    }
    const stream = call.read(key, 'stream');
    if (!stream) return [];
    if (count === 0) return NIL_ARRAY;
    const found: Reply[] = [];
    for (const entry of isReverse ? stream.entriesDownFrom(end) : stream.entriesFrom(start)) {
      if (isReverse ? entry.id < start : entry.id > end) break;
      found.push(shownEntry(entry));
      if (found.length === count) break;
    }
    call.visit(found.length * 2);
    return found;
  };

const xdel: Handler = (call, args) => {
  const [, key = '', ...ids] = args;
  const stream = call.write(key, 'stream');
  if (!stream) return 0;
  let deleted = 0;
  for (const id of ids.map((text) => streamId(text))) if (stream.delete(id)) deleted++;
  if (deleted > 0) call.changed(key, 'xdel', 'x');
  return deleted;
};

const xsetid: Handler = (call, args) => {
  const [, key = '', text = ''] = args;
  const id = streamId(text);
  let added: bigint | null = null;
  let maxDeleted: StreamId | null = null;
  for (let i = 3; i < args.length; i += 2) {
    const word = option(args[i]);
    const value = args[i + 1];
    if (word === 'entriesadded' && value !== undefined) {
      if (parseInteger(value) === null) int(value);
      added = BigInt(value);
      if (added < 0n) throw fail('entries_added must be positive');
    } else if (word === 'maxdeletedid' && value !== undefined) {
      maxDeleted = streamId(value);
      if (id < maxDeleted) throw fail('The ID specified in XSETID is smaller than the provided max_deleted_entry_id');
    } else throw SYNTAX;
  }
  const stream = call.write(key, 'stream');
  if (!stream) throw fail('no such key');
  if (id < stream.maxDeletedId) throw fail('The ID specified in XSETID is smaller than current max_deleted_entry_id');
  const last = stream.entriesDownFrom(ID_MAX).next().value;
  if (last && id < last.id) throw fail('The ID specified in XSETID is smaller than the target stream top item');
  if (last && added !== null && BigInt(stream.size) > added)
    throw fail('The entries_added specified in XSETID is smaller than the target stream length');
  stream.lastId = id;
  if (added !== null) stream.entriesAdded = added;
  if (maxDeleted !== null && maxDeleted !== ID_MIN) stream.maxDeletedId = maxDeleted;
  call.changed(key, 'xsetid', 'x');
  return OK;
};

export const streams: Family = {
  group: 'stream',
  rows: [
    ['xadd', -5, 'write denyoom fast', KEY, xadd],
    ['xdel', -3, 'write fast', KEY, xdel],
    ['xlen', 2, 'readonly fast', KEY, (call, [, key = '']) => call.read(key, 'stream')?.size ?? 0],
    ['xrange', -4, 'readonly', KEY, xrange(false)],
    ['xrevrange', -4, 'readonly', KEY, xrange(true)],
    ['xsetid', -3, 'write denyoom fast', KEY, xsetid],
    ['xtrim', -4, 'write', KEY, xtrim],
  ],
};
