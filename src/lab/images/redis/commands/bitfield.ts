/** BITFIELD: integers of any width within a string. */
import { int64, option } from '../args.ts';
import { bytesOf, textOf } from '../bytes.ts';
import type { Call } from '../call.ts';
import type { Handler } from '../command.ts';
import { narrow, parseInteger } from '../numbers.ts';
import { fail, type Reply, SYNTAX } from '../reply.ts';
import { StringValue } from '../values.ts';
import { bitOffset } from './bits.ts';

interface Operation {
  readonly name: 'get' | 'set' | 'incrby';
  readonly isSigned: boolean;
  readonly bits: number;
  readonly offset: number;
  readonly value: bigint;
  readonly overflow: string;
}

export const bitfield: Handler = (call, args) => {
  const operations = parse(call, args);
  const isWrite = operations.some(({ name }) => name !== 'get');
  if (isWrite && option(args[0]) === 'bitfield_ro') throw fail('BITFIELD_RO only supports the GET subcommand');
  const key = args[1]!;
  const old = isWrite ? call.write(key, 'string') : call.read(key, 'string');
  const end = Math.max(0, ...operations.filter(({ name }) => name !== 'get').map(({ offset, bits }) => offset + bits));
  const bytes = bytesOf((old?.text ?? '').padEnd(Math.ceil(end / 8), '\0'));
  let changes = 0;
  const replies = operations.map((operation): Reply => {
    const before = read(bytes, operation);
    if (operation.name === 'get') return narrow(before);
    const wanted = operation.name === 'set' ? operation.value : before + operation.value;
    const after = fitted(wanted, operation);
    if (after === null) return null;
    write(bytes, operation, after);
    changes++;
    return narrow(operation.name === 'set' ? before : after);
  });
  if (changes > 0) {
    call.store(key, new StringValue(textOf(bytes), 'raw'), true);
    call.changed(key, 'setbit', '$');
  }
  return replies;
};

function parse(call: Call, args: readonly string[]): Operation[] {
  const operations: Operation[] = [];
  let overflow = 'wrap';
  for (let i = 2; i < args.length; i++) {
    const name = option(args[i]);
    if (name === 'overflow' && i + 1 < args.length) {
      overflow = option(args[++i]);
      if (!['wrap', 'sat', 'fail'].includes(overflow)) throw fail('Invalid OVERFLOW type specified');
      continue;
    }
    const words = name === 'get' ? 2 : 3;
    if ((name !== 'get' && name !== 'set' && name !== 'incrby') || i + words >= args.length) throw SYNTAX;
    const { isSigned, bits } = typeOf(args[i + 1]!);
    const at = args[i + 2]!;
    const offset = at.startsWith('#') ? bitOffset(call, at.slice(1)) * bits : bitOffset(call, at);
    const value = name === 'get' ? 0n : int64(args[i + 3]!);
    operations.push({ name, isSigned, bits, offset, value, overflow });
    i += words;
  }
  return operations;
}

function typeOf(text: string): { isSigned: boolean; bits: number } {
  const bits = parseInteger(text.slice(1));
  const isSigned = text.startsWith('i');
  if ((!isSigned && !text.startsWith('u')) || bits === null || bits < 1 || bits > (isSigned ? 64 : 63))
    throw fail('Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.');
  return { isSigned, bits };
}

function read(bytes: Uint8Array, { offset, bits, isSigned }: Operation): bigint {
  let value = 0n;
  for (let i = offset; i < offset + bits; i++)
    value = (value << 1n) | BigInt(((bytes[i >> 3] ?? 0) >> (7 - (i & 7))) & 1);
  return isSigned ? BigInt.asIntN(bits, value) : value;
}

function write(bytes: Uint8Array, { offset, bits }: Operation, value: bigint): void {
  for (let i = 0; i < bits; i++) {
    const bit = (value >> BigInt(bits - 1 - i)) & 1n;
    const at = offset + i;
    const mask = 1 << (7 - (at & 7));
    bytes[at >> 3] = bit === 1n ? bytes[at >> 3]! | mask : bytes[at >> 3]! & ~mask;
  }
}

/** Null when it does not fit and the overflow is to fail. */
function fitted(value: bigint, { bits, isSigned, overflow }: Operation): bigint | null {
  const max = (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n;
  const min = isSigned ? -max - 1n : 0n;
  if (value >= min && value <= max) return value;
  if (overflow === 'fail') return null;
  if (overflow === 'sat') return value > max ? max : min;
  return isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}
