/** Strings and counters. */
import { int, int64, option } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { expiryArgument, isPast } from '../expire-options.ts';
import { addLongDouble, formatLongDouble, type LongDouble, parseLongDouble } from '../long-double.ts';
import { INT64_MAX, INT64_MIN, narrow, parseInt64 } from '../numbers.ts';
import { fail, NOT_FLOAT, NOT_INTEGER, OK, type Reply, SYNTAX } from '../reply.ts';
import { StringValue } from '../values.ts';
import { lcs } from './lcs.ts';

const KEY = [1, 1, 1] as const;

interface SetOptions {
  onlyIf: 'nx' | 'xx' | null;
  isGet: boolean;
  keepsTtl: boolean;
  persists: boolean;
  /** Name of the unit and the argument. */
  expiry: readonly [unit: string, text: string] | null;
}

function parseOptions(args: readonly string[], from: number, isGetex: boolean): SetOptions {
  const options: SetOptions = { onlyIf: null, isGet: false, keepsTtl: false, persists: false, expiry: null };
  for (let i = from; i < args.length; i++) {
    const word = option(args[i]);
    const isTtlFree = !options.keepsTtl && !options.persists && options.expiry === null;
    if ((word === 'nx' || word === 'xx') && !isGetex && (options.onlyIf ?? word) === word) options.onlyIf = word;
    else if (word === 'get' && !isGetex) options.isGet = true;
    else if (word === 'keepttl' && !isGetex && (isTtlFree || options.keepsTtl)) options.keepsTtl = true;
    else if (word === 'persist' && isGetex && (isTtlFree || options.persists)) options.persists = true;
    else if (['ex', 'px', 'exat', 'pxat'].includes(word) && isTtlFree && i + 1 < args.length)
      options.expiry = [word, args[++i]!];
    else throw SYNTAX;
  }
  return options;
}

const set: Handler = (call, args) => {
  const [, key = '', value = ''] = args;
  const options = parseOptions(args, 3, false);
  return store(call, key, value, options, 'set');
};

function store(call: Call, key: string, text: string, options: Partial<SetOptions>, name: string): Reply {
  const expiresAtMs = options.expiry ? expiryArgument(call, options.expiry[1], options.expiry[0], name) : -1;
  const old = options.isGet ? call.read(key, 'string') : null;
  const answer = (done: Reply): Reply => (options.isGet ? (old?.text ?? null) : done);
  if (options.onlyIf) {
    const exists = call.entry(key) !== null;
    if (exists !== (options.onlyIf === 'xx')) return answer(name === 'setnx' ? 0 : null);
  }
  call.store(key, new StringValue(text), options.keepsTtl);
  call.changed(key, 'set', '$');
  if (expiresAtMs >= 0) {
    call.db.setExpiry(key, call.db.entry(key)!, expiresAtMs);
    call.server.notify('g', 'expire', key, call.db.index);
    call.propagate('SET', key, text, 'PXAT', String(expiresAtMs));
  } else if (options.isGet || options.onlyIf)
    call.propagate('SET', key, text, ...(options.keepsTtl ? ['KEEPTTL'] : []));
  return answer(name === 'setnx' ? 1 : OK);
}

const getex: Handler = (call, args) => {
  const [, key = ''] = args;
  const options = parseOptions(args, 2, true);
  const value = call.read(key, 'string');
  if (!value) return null;
  const expiresAtMs = options.expiry ? expiryArgument(call, options.expiry[1], options.expiry[0], 'getex') : -1;
  const entry = call.db.entry(key)!;
  if (options.expiry && isPast(call, expiresAtMs)) {
    call.delete(key);
    call.propagate('DEL', key);
  } else if (options.expiry) {
    call.db.setExpiry(key, entry, expiresAtMs);
    call.changed(key, 'expire', 'g');
    call.propagate('PEXPIREAT', key, String(expiresAtMs));
  } else if (options.persists && entry.expiresAtMs >= 0) {
    call.db.setExpiry(key, entry, -1);
    call.changed(key, 'persist', 'g');
    call.propagate('PERSIST', key);
  }
  return value.text;
};

const get: Handler = (call, args) => call.read(args[1]!, 'string')?.text ?? null;

const getset: Handler = (call, [, key = '', text = '']) => {
  const old = call.read(key, 'string');
  call.store(key, new StringValue(text));
  call.changed(key, 'set', '$');
  call.propagate('SET', key, text);
  return old?.text ?? null;
};

const getdel: Handler = (call, [, key = '']) => {
  const old = call.read(key, 'string');
  if (!old) return null;
  call.delete(key);
  call.propagate('DEL', key);
  return old.text;
};

const mget: Handler = (call, args) =>
  args.slice(1).map((key) => {
    const value = call.readAny(key);
    return value?.kind === 'string' ? value.text : null;
  });

const mset: Handler = (call, args) => {
  const isNx = args[0]!.length === 6;
  if (args.length % 2 === 0) throw fail(`wrong number of arguments for '${isNx ? 'msetnx' : 'mset'}' command`);
  if (isNx) for (let i = 1; i < args.length; i += 2) if (call.entry(args[i]!)) return 0;
  for (let i = 1; i < args.length; i += 2) {
    call.store(args[i]!, new StringValue(args[i + 1]!));
    call.changed(args[i]!, 'set', '$');
  }
  return isNx ? 1 : OK;
};

function checkLength(call: Call, length: number): void {
  if (length > call.settings.number('proto-max-bulk-len'))
    throw fail('string exceeds maximum allowed size (proto-max-bulk-len)');
}

const append: Handler = (call, [, key = '', tail = '']) => {
  const old = call.write(key, 'string');
  if (old) checkLength(call, old.text.length + tail.length);
  const text = (old?.text ?? '') + tail;
  call.store(key, new StringValue(text, old === null ? 'given' : 'raw'), true);
  call.changed(key, 'append', '$');
  return text.length;
};

const setrange: Handler = (call, [, key = '', at = '', part = '']) => {
  const offset = int(at);
  if (offset < 0) throw fail('offset is out of range');
  const old = call.write(key, 'string');
  if (part === '') return old?.text.length ?? 0;
  checkLength(call, offset + part.length);
  const padded = (old?.text ?? '').padEnd(offset, '\0');
  const text = padded.slice(0, offset) + part + padded.slice(offset + part.length);
  call.store(key, new StringValue(text, 'raw'), true);
  call.changed(key, 'setrange', '$');
  return text.length;
};

const getrange: Handler = (call, [, key = '', from = '', to = '']) => {
  let start = int(from);
  let end = int(to);
  const value = call.read(key, 'string');
  if (!value || (start < 0 && end < 0 && start > end)) return '';
  const { length } = value.text;
  if (start < 0) start = Math.max(0, length + start);
  if (end < 0) end = Math.max(0, length + end);
  return value.text.slice(start, end + 1);
};

const strlen: Handler = (call, [, key = '']) => call.read(key, 'string')?.text.length ?? 0;

function increment(call: Call, key: string, by: bigint): Reply {
  const old = call.write(key, 'string');
  const value = old ? parseInt64(old.text) : 0n;
  if (value === null) throw NOT_INTEGER;
  const sum = value + by;
  if (sum > INT64_MAX || sum < INT64_MIN) throw fail('increment or decrement would overflow');
  call.store(key, new StringValue(String(sum)), true);
  call.changed(key, 'incrby', '$');
  return narrow(sum);
}

const decrby: Handler = (call, [, key = '', by = '']) => {
  const value = int64(by);
  if (value === INT64_MIN) throw fail('decrement would overflow');
  return increment(call, key, -value);
};

const incrbyfloat: Handler = (call, [, key = '', by = '']) => {
  const old = call.write(key, 'string');
  const text = addFloats(old?.text ?? '0', by);
  call.store(key, new StringValue(text, 'computed'), true);
  call.changed(key, 'incrbyfloat', '$');
  call.propagate('SET', key, text, 'KEEPTTL');
  return text;
};

/** The step of an increment; throws when it is no number. */
export function addable(by: string): LongDouble | 'infinite' {
  const step = parseLongDouble(by);
  if (step === null) throw NOT_FLOAT;
  return step;
}

/** The sum as Redis writes it; throws what INCRBYFLOAT replies. */
export function addFloats(value: string, by: string, notFloat = NOT_FLOAT): string {
  const [a, b] = [parseLongDouble(value), parseLongDouble(by)];
  if (a === null) throw notFloat;
  if (b === null) throw NOT_FLOAT;
  if (a === 'infinite' || b === 'infinite') throw fail('increment would produce NaN or Infinity');
  return formatLongDouble(addLongDouble(a, b));
}

export const strings: Family = {
  group: 'string',
  rows: [
    ['append', 3, 'write denyoom fast', KEY, append],
    ['decr', 2, 'write denyoom fast', KEY, (call, [, key = '']) => increment(call, key, -1n)],
    ['decrby', 3, 'write denyoom fast', KEY, decrby],
    ['get', 2, 'readonly fast', KEY, get],
    ['getdel', 2, 'write fast', KEY, getdel],
    ['getex', -2, 'write fast', KEY, getex],
    ['getrange', 4, 'readonly', KEY, getrange],
    ['getset', 3, 'write denyoom fast', KEY, getset],
    ['incr', 2, 'write denyoom fast', KEY, (call, [, key = '']) => increment(call, key, 1n)],
    ['incrby', 3, 'write denyoom fast', KEY, (call, [, key = '', by = '']) => increment(call, key, int64(by))],
    ['incrbyfloat', 3, 'write denyoom fast', KEY, incrbyfloat],
    ['lcs', -3, 'readonly', [1, 2, 1], lcs],
    ['mget', -2, 'readonly fast', [1, -1, 1], mget],
    ['mset', -3, 'write denyoom', [1, -1, 2], mset],
    ['msetnx', -3, 'write denyoom', [1, -1, 2], mset],
    [
      ...(['psetex', 4, 'write denyoom', KEY] as const),
      (call, [, key = '', ms = '', text = '']) => store(call, key, text, { expiry: ['px', ms] }, 'psetex'),
    ],
    ['set', -3, 'write denyoom', KEY, set],
    [
      ...(['setex', 4, 'write denyoom', KEY] as const),
      (call, [, key = '', seconds = '', text = '']) => store(call, key, text, { expiry: ['ex', seconds] }, 'setex'),
    ],
    [
      ...(['setnx', 3, 'write denyoom fast', KEY] as const),
      (call, [, key = '', text = '']) => store(call, key, text, { onlyIf: 'nx' }, 'setnx'),
    ],
    ['setrange', 4, 'write denyoom', KEY, setrange],
    ['strlen', 2, 'readonly fast', KEY, strlen],
    ['substr', 4, 'readonly', KEY, getrange],
  ],
};
