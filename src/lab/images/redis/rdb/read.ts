/**
 * Redis's snapshot format, as a master of Redis 7 sends it to a replica: read into the commands that make the same data.
 * Source: rdb.c, listpack.c, intset.c, lzf_d.c and t_stream.c of Redis 7.0. Formats of versions before 7 that 7 itself
 * does not write (ziplists, zipmaps) are refused.
 */
import { formatDouble } from '../numbers.ts';
import { formatId, ID_MIN, idOf, type StreamId } from '../stream.ts';

/** Throws an Error for what is no whole snapshot. */
export function* readRdb(bytes: Uint8Array): Generator<readonly string[]> {
  const input = new Input(bytes);
  const head = input.text(9);
  if (!/^REDIS\d{4}$/.test(head)) throw new Error('wrong signature');
  let db = 0;
  let expiresAtMs = -1;
  let hasSelected = false;
  for (;;) {
    const op = input.byte();
    switch (op) {
      case OP.end:
        return;
      case OP.aux:
        input.string();
        input.string();
        continue;
      case OP.resize:
        input.length();
        input.length();
        continue;
      case OP.function2:
        yield ['FUNCTION', 'LOAD', input.string()];
        continue;
      case OP.selectDb:
        db = input.length();
        hasSelected = false;
        continue;
      case OP.expiryMs:
        expiresAtMs = Number(input.uint64le());
        continue;
      case OP.expirySeconds:
        expiresAtMs = input.uint32le() * 1000;
        continue;
      case OP.frequency:
        input.byte();
        continue;
      case OP.idle:
        input.length();
        continue;
    }
    if (!hasSelected) yield ['SELECT', String(db)];
    hasSelected = true;
    const key = input.string();
    yield* readValue(op, key, input);
    if (expiresAtMs >= 0) yield ['PEXPIREAT', key, String(expiresAtMs)];
    expiresAtMs = -1;
  }
}

export const OP = {
  function2: 0xf5,
  idle: 0xf8,
  frequency: 0xf9,
  aux: 0xfa,
  resize: 0xfb,
  expiryMs: 0xfc,
  expirySeconds: 0xfd,
  selectDb: 0xfe,
  end: 0xff,
} as const;

export const TYPE = {
  string: 0,
  list: 1,
  set: 2,
  zset: 3,
  hash: 4,
  zset2: 5,
  intset: 11,
  streamListpacks: 15,
  hashListpack: 16,
  zsetListpack: 17,
  quicklist2: 18,
  streamListpacks2: 19,
  setListpack: 20,
  streamListpacks3: 21,
} as const;

/** As many words a command as the rewrite of the append-only file takes. */
const ITEMS_MAX = 64;

function* inParts(head: readonly string[], items: readonly string[], width: number): Generator<readonly string[]> {
  const step = ITEMS_MAX * width;
  for (let at = 0; at < items.length; at += step) yield [...head, ...items.slice(at, at + step)];
}

const times = <T>(count: number, make: () => T): T[] => {
  const all: T[] = [];
  for (let i = 0; i < count; i++) all.push(make());
  return all;
};

function* readValue(type: number, key: string, input: Input): Generator<readonly string[]> {
  switch (type) {
    case TYPE.string:
      yield ['SET', key, input.string()];
      return;
    case TYPE.list:
      return yield* inParts(
        ['RPUSH', key],
        times(input.length(), () => input.string()),
        1,
      );
    case TYPE.set:
      return yield* inParts(
        ['SADD', key],
        times(input.length(), () => input.string()),
        1,
      );
    case TYPE.hash:
      return yield* inParts(
        ['HSET', key],
        times(2 * input.length(), () => input.string()),
        2,
      );
    case TYPE.zset:
    case TYPE.zset2: {
      const pairs = times(input.length(), () => {
        const member = input.string();
        return [type === TYPE.zset2 ? formatDouble(input.doubleLe()) : input.oldDouble(), member];
      });
      return yield* inParts(['ZADD', key], pairs.flat(), 2);
    }
    case TYPE.intset:
      return yield* inParts(['SADD', key], readIntset(input.string()), 1);
    case TYPE.setListpack:
      return yield* inParts(['SADD', key], readListpack(input.string()), 1);
    case TYPE.hashListpack:
      return yield* inParts(['HSET', key], readListpack(input.string()), 2);
    case TYPE.zsetListpack: {
      const items = readListpack(input.string());
      const pairs = items.flatMap((member, i) => (i % 2 === 0 ? [items[i + 1] ?? '', member] : []));
      return yield* inParts(['ZADD', key], pairs, 2);
    }
    case TYPE.quicklist2: {
      const nodes = times(input.length(), () => {
        const isPlain = input.length() === 1;
        const text = input.string();
        return isPlain ? [text] : readListpack(text);
      });
      return yield* inParts(['RPUSH', key], nodes.flat(), 1);
    }
    case TYPE.streamListpacks:
    case TYPE.streamListpacks2:
    case TYPE.streamListpacks3:
      return yield* readStream(type, key, input);
  }
  throw new Error(`a value of type ${type}, which the lab's Redis does not read`);
}

function* readStream(type: number, key: string, input: Input): Generator<readonly string[]> {
  const entries: (readonly string[])[] = [];
  for (let nodes = input.length(); nodes > 0; nodes--) {
    const id = idOfBytes(input.string());
    entries.push(...readStreamNode(id, readListpack(input.string())));
  }
  input.length();
  const lastId = idOf(input.length64(), input.length64());
  let added = BigInt(entries.length);
  let maxDeleted = ID_MIN;
  if (type !== TYPE.streamListpacks) {
    input.length64();
    input.length64();
    maxDeleted = idOf(input.length64(), input.length64());
    added = input.length64();
  }
  if (entries.length === 0) yield ['XADD', key, 'MAXLEN', '0', formatId(lastId > ID_MIN ? lastId : 1n), 'x', 'y'];
  for (const entry of entries) yield ['XADD', key, ...entry];
  yield [
    ...['XSETID', key, formatId(lastId), 'ENTRIESADDED', String(added)],
    ...['MAXDELETEDID', formatId(maxDeleted)],
  ];
  for (let groups = input.length(); groups > 0; groups--) {
    const name = input.string();
    const last = formatId(idOf(input.length64(), input.length64()));
    // All ones: it cannot be known.
    const read = type === TYPE.streamListpacks ? -1n : BigInt.asIntN(64, input.length64());
    yield ['XGROUP', 'CREATE', key, name, last, 'ENTRIESREAD', String(read)];
    const pending = new Map<StreamId, { readonly deliveredAtMs: bigint; readonly deliveries: number }>();
    for (let count = input.length(); count > 0; count--) {
      const id = idOfBytes(input.text(16));
      pending.set(id, { deliveredAtMs: input.uint64le(), deliveries: input.length() });
    }
    for (let consumers = input.length(); consumers > 0; consumers--) {
      const consumer = input.string();
      input.uint64le();
      if (type === TYPE.streamListpacks3) input.uint64le();
      yield ['XGROUP', 'CREATECONSUMER', key, name, consumer];
      for (let count = input.length(); count > 0; count--) {
        const id = idOfBytes(input.text(16));
        const given = pending.get(id);
        if (given === undefined) throw new Error('a consumer has what its group has not given');
        const { deliveredAtMs, deliveries } = given;
        yield [
          ...['XCLAIM', key, name, consumer, '0', formatId(id), 'TIME', String(deliveredAtMs)],
          ...['RETRYCOUNT', String(deliveries), 'JUSTID', 'FORCE'],
        ];
      }
    }
  }
}

const DELETED = 1;
const SAME_FIELDS = 2;

/** The entries of a node as `id field value …`; those that were deleted are still in it, marked. */
function readStreamNode(master: StreamId, items: readonly string[]): (readonly string[])[] {
  const entries: (readonly string[])[] = [];
  let at = 0;
  const next = () => {
    const item = items[at++];
    if (item === undefined) throw new Error('a stream entry ends too soon');
    return item;
  };
  const int = () => {
    const value = Number(next());
    if (!Number.isSafeInteger(value)) throw new Error('a stream entry with a number that is none');
    return value;
  };
  const count = int() + int();
  const fieldCount = int();
  const fields = items.slice(at, at + fieldCount);
  // Behind the fields, a zero ends the first entry.
  at += fieldCount + 1;
  for (let i = 0; i < count; i++) {
    const flags = int();
    const id = idOf((master >> 64n) + BigInt(int()), (master & ((1n << 64n) - 1n)) + BigInt(int()));
    const words: string[] = [];
    if (flags & SAME_FIELDS) for (const field of fields) words.push(field, next());
    else for (let left = 2 * int(); left > 0; left--) words.push(next());
    at++;
    if (!(flags & DELETED)) entries.push([formatId(id), ...words]);
  }
  return entries;
}

function idOfBytes(text: string): StreamId {
  if (text.length !== 16) throw new Error('an id of another length than 16 bytes');
  let id = 0n;
  for (let i = 0; i < 16; i++) id = (id << 8n) | BigInt(text.charCodeAt(i));
  return id;
}

function readIntset(text: string): string[] {
  const input = new Input(text);
  const width = input.uint32le();
  return times(input.uint32le(), () => String(input.intLe(width)));
}

/** The items of a listpack, numbers as their text. */
export function readListpack(text: string): string[] {
  const input = new Input(text);
  input.uint32le();
  input.intLe(2);
  const items: string[] = [];
  for (;;) {
    const start = input.at;
    const first = input.byte();
    if (first === 0xff) return items;
    if (first < 0x80) items.push(String(first));
    else if (first < 0xc0) items.push(input.text(first & 0x3f));
    else if (first < 0xe0) {
      const value = ((first & 0x1f) << 8) | input.byte();
      items.push(String(value >= 4096 ? value - 8192 : value));
    } else if (first < 0xf0) items.push(input.text(((first & 0x0f) << 8) | input.byte()));
    else if (first === 0xf0) items.push(input.text(input.uint32le()));
    else if (first <= 0xf4) items.push(String(input.intLe([2, 3, 4, 8][first - 0xf1]!)));
    else throw new Error('a listpack entry of no known kind');
    // Its own length, for reading from behind.
    const bytes = input.at - start;
    input.text(bytes <= 127 ? 1 : bytes < 16_383 ? 2 : bytes < 2_097_151 ? 3 : bytes < 268_435_455 ? 4 : 5);
  }
}

/** Bytes one after the other; throws when they end too soon. */
class Input {
  at = 0;
  private readonly bytes: Uint8Array | string;

  constructor(bytes: Uint8Array | string) {
    this.bytes = bytes;
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw new Error('it ends too soon');
    const { bytes } = this;
    const at = this.at++;
    return typeof bytes === 'string' ? bytes.charCodeAt(at) : bytes[at]!;
  }

  text(length: number): string {
    if (length > this.bytes.length - this.at) throw new Error('it ends too soon');
    const { bytes, at } = this;
    this.at += length;
    if (typeof bytes === 'string') return bytes.slice(at, at + length);
    let text = '';
    for (let i = at; i < at + length; i += 8192)
      text += String.fromCharCode.apply(
        null,
        bytes.subarray(i, Math.min(i + 8192, at + length)) as unknown as number[],
      );
    return text;
  }

  uint32le(): number {
    return this.byte() + this.byte() * 0x100 + this.byte() * 0x1_0000 + this.byte() * 0x100_0000;
  }

  uint64le(): bigint {
    return BigInt(this.uint32le()) | (BigInt(this.uint32le()) << 32n);
  }

  /** Signed, of 2, 3, 4 or 8 bytes. */
  intLe(width: number): bigint {
    let value = 0n;
    for (let i = 0; i < width; i++) value |= BigInt(this.byte()) << BigInt(8 * i);
    return BigInt.asIntN(8 * width, value);
  }

  doubleLe(): number {
    const view = new DataView(new ArrayBuffer(8));
    for (let i = 0; i < 8; i++) view.setUint8(i, this.byte());
    return view.getFloat64(0, true);
  }

  /** As text with its length before it. */
  oldDouble(): string {
    const length = this.byte();
    return length === 255 ? '-inf' : length === 254 ? 'inf' : this.text(length);
  }

  length(): number {
    return Number(this.length64());
  }

  length64(): bigint {
    const found = this.lengthOrCode();
    if (typeof found === 'number') throw new Error('a code where a length belongs');
    return found;
  }

  string(): string {
    const found = this.lengthOrCode();
    if (typeof found === 'bigint') return this.text(Number(found));
    if (found <= 2) return String(this.intLe([1, 2, 4][found]!));
    if (found !== 3) throw new Error('a string of no known kind');
    const compressed = this.length();
    const length = this.length();
    return unlzf(this.text(compressed), length);
  }

  /** A number is the code of a special kind of string. */
  private lengthOrCode(): bigint | number {
    const first = this.byte();
    switch (first >> 6) {
      case 0:
        return BigInt(first & 0x3f);
      case 1:
        return BigInt(((first & 0x3f) << 8) | this.byte());
      case 3:
        return first & 0x3f;
    }
    let value = 0n;
    for (let i = first === 0x81 ? 8 : 4; i > 0; i--) value = (value << 8n) | BigInt(this.byte());
    return value;
  }
}

/** LZF: runs of bytes as they are, and references back. */
function unlzf(text: string, length: number): string {
  const out: number[] = [];
  for (let at = 0; at < text.length; ) {
    const control = text.charCodeAt(at++);
    if (control < 32) {
      for (let i = 0; i <= control; i++) out.push(text.charCodeAt(at++));
      continue;
    }
    let count = control >> 5;
    if (count === 7) count += text.charCodeAt(at++);
    let from = out.length - ((control & 0x1f) << 8) - text.charCodeAt(at++) - 1;
    if (from < 0) throw new Error('a reference before the beginning');
    for (let i = 0; i < count + 2; i++) out.push(out[from++]!);
  }
  if (out.length !== length) throw new Error('compressed text of another length than stated');
  let result = '';
  for (let at = 0; at < out.length; at += 8192) result += String.fromCharCode.apply(null, out.slice(at, at + 8192));
  return result;
}
