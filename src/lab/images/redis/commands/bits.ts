/** Strings as arrays of bits; the first bit is the highest of the first byte. */
import { int, option } from '../args.ts';
import { bytesOf, textOf } from '../bytes.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { parseInteger } from '../numbers.ts';
import { fail, SYNTAX } from '../reply.ts';
import { StringValue } from '../values.ts';
import { bitfield } from './bitfield.ts';

const KEY = [1, 1, 1] as const;

export function bitOffset(call: Call, text: string): number {
  const offset = parseInteger(text);
  if (offset === null || offset < 0 || offset >= call.settings.number('proto-max-bulk-len') * 8)
    throw fail('bit offset is not an integer or out of range');
  return offset;
}

const bitAt = (text: string, offset: number): number => ((text.charCodeAt(offset >> 3) || 0) >> (7 - (offset & 7))) & 1;

const getbit: Handler = (call, [, key = '', at = '']) => {
  const offset = bitOffset(call, at);
  return bitAt(call.read(key, 'string')?.text ?? '', offset);
};

const setbit: Handler = (call, [, key = '', at = '', bit = '']) => {
  const offset = bitOffset(call, at);
  if (bit !== '0' && bit !== '1') throw fail('bit is not an integer or out of range');
  const old = call.write(key, 'string');
  const bytes = bytesOf((old?.text ?? '').padEnd((offset >> 3) + 1, '\0'));
  const mask = 1 << (7 - (offset & 7));
  const was = bytes[offset >> 3]! & mask ? 1 : 0;
  bytes[offset >> 3] = bit === '1' ? bytes[offset >> 3]! | mask : bytes[offset >> 3]! & ~mask;
  call.store(key, new StringValue(textOf(bytes), 'raw'), true);
  call.changed(key, 'setbit', '$');
  return was;
};

/** Start and end as bits, inclusive; null when nothing is between. */
function bitRange(text: string, from: string | undefined, to: string | undefined, unit: string | undefined) {
  const isBits = option(unit) === 'bit';
  if (unit !== undefined && !isBits && option(unit) !== 'byte') throw SYNTAX;
  const total = isBits ? text.length * 8 : text.length;
  let start = from === undefined ? 0 : int(from);
  let end = to === undefined ? total - 1 : int(to);
  if (start < 0 && end < 0 && start > end) return null;
  if (start < 0) start = Math.max(0, total + start);
  if (end < 0) end = Math.max(0, total + end);
  if (end >= total) end = total - 1;
  if (start > end) return null;
  return isBits ? { start, end } : { start: start * 8, end: end * 8 + 7 };
}

const bitcount: Handler = (call, args) => {
  if (args.length === 3 || args.length > 5) throw SYNTAX;
  const text = call.read(args[1]!, 'string')?.text;
  if (text === undefined) {
    return 0;
  }
  const range = bitRange(text, args[2], args[3], args[4]);
  if (!range) return 0;
  let count = 0;
  for (let i = range.start; i <= range.end; i++) count += bitAt(text, i);
  call.visit((range.end - range.start) / 64);
  return count;
};

const bitpos: Handler = (call, args) => {
  const [, key = '', bit = '', from, to, unit] = args;
  if (parseInteger(bit) === null) int(bit);
  if (bit !== '0' && bit !== '1') throw fail('The bit argument must be 1 or 0.');
  if (args.length > 6) throw SYNTAX;
  const text = call.read(key, 'string')?.text;
  if (text === undefined) return bit === '1' ? -1 : 0;
  const range = bitRange(text, from, to, unit);
  if (!range) return -1;
  for (let i = range.start; i <= range.end; i++) if (bitAt(text, i) === Number(bit)) return i;
  // A clear bit is always found beyond the end, unless the end was given.
  return bit === '0' && to === undefined ? range.end + 1 : -1;
};

const bitop: Handler = (call, args) => {
  const [, name, target = '', ...keys] = args;
  const operation = option(name);
  if (!['and', 'or', 'xor', 'not'].includes(operation)) throw SYNTAX;
  if (operation === 'not' && keys.length !== 1) throw fail('BITOP NOT must be called with a single source key.');
  const texts = keys.map((key) => call.read(key, 'string')?.text ?? '');
  const length = Math.max(...texts.map((text) => text.length));
  if (length === 0) {
    call.delete(target);
    return 0;
  }
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    let byte = texts[0]!.charCodeAt(i) || 0;
    if (operation === 'not') byte = ~byte;
    for (const text of texts.slice(1)) {
      const other = text.charCodeAt(i) || 0;
      byte = operation === 'and' ? byte & other : operation === 'or' ? byte | other : byte ^ other;
    }
    out[i] = byte;
  }
  call.visit(length / 8);
  call.store(target, new StringValue(textOf(out), 'raw'));
  call.changed(target, 'set', '$');
  return length;
};

export const bits: Family = {
  group: 'bitmap',
  rows: [
    ['bitcount', -2, 'readonly', KEY, bitcount],
    ['bitfield', -2, 'write denyoom', KEY, bitfield],
    ['bitfield_ro', -2, 'readonly fast', KEY, bitfield],
    ['bitop', -4, 'write denyoom', [2, -1, 1], bitop],
    ['bitpos', -3, 'readonly', KEY, bitpos],
    ['getbit', 3, 'readonly fast', KEY, getbit],
    ['setbit', 4, 'write denyoom', KEY, setbit],
  ],
};
