/**
 * What a command answers, and its bytes in RESP2 and RESP3. A reply is plain data until the last moment, because a
 * transaction collects replies, a script turns them into Lua, and redis-cli prints them.
 */
import { formatDouble } from './numbers.ts';

/** string: a bulk string. number, bigint: an integer. null: no value. undefined: nothing is sent. */
export type Reply =
  | string
  | number
  | bigint
  | null
  | readonly Reply[]
  | Status
  | Failure
  | MapReply
  | SetReply
  | DoubleReply
  | BooleanReply
  | Verbatim
  | BigNumber
  | Push
  | Several
  | typeof NIL_ARRAY
  | undefined;

export class Status {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An error reply; also what commands throw. `message` begins with its code, as `ERR syntax error`. */
export class Failure {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** Key, value, key, value; a flat array in RESP2. */
export class MapReply {
  readonly flat: readonly Reply[];
  constructor(flat: readonly Reply[]) {
    this.flat = flat;
  }
}

export class SetReply {
  readonly items: readonly Reply[];
  constructor(items: readonly Reply[]) {
    this.items = items;
  }
}

export class DoubleReply {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class BooleanReply {
  readonly value: boolean;
  constructor(value: boolean) {
    this.value = value;
  }
}

export class Verbatim {
  readonly text: string;
  readonly format: string;
  constructor(text: string, format = 'txt') {
    this.text = text;
    this.format = format;
  }
}

export class BigNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Out of band in RESP3; an array in RESP2. */
export class Push {
  readonly items: readonly Reply[];
  constructor(items: readonly Reply[]) {
    this.items = items;
  }
}

/** One after the other with nothing around them: a reply for each channel of a SUBSCRIBE. */
export class Several {
  readonly items: readonly Reply[];
  constructor(items: readonly Reply[]) {
    this.items = items;
  }
}

/** No array: `*-1` in RESP2, null in RESP3. */
export const NIL_ARRAY = Symbol('nil array');
export const OK = new Status('OK');
export const QUEUED = new Status('QUEUED');

/** Commands throw it; `ERR` unless another code is written. */
export const fail = (message: string): Failure => new Failure(`ERR ${message}`);

export const SYNTAX = fail('syntax error');
export const WRONG_TYPE = new Failure('WRONGTYPE Operation against a key holding the wrong kind of value');
export const NOT_INTEGER = fail('value is not an integer or out of range');
export const NOT_FLOAT = fail('value is not a valid float');
export const NO_SUCH_KEY = fail('no such key');
export const OUT_OF_RANGE = fail('index out of range');

/** The reply's bytes, one character a byte. */
export function encode(reply: Reply, protocol: 2 | 3): string {
  if (typeof reply === 'string') return `$${reply.length}\r\n${reply}\r\n`;
  if (typeof reply === 'number' || typeof reply === 'bigint') return `:${reply}\r\n`;
  if (reply === null) return protocol === 3 ? '_\r\n' : '$-1\r\n';
  if (reply === undefined) return '';
  if (reply === NIL_ARRAY) return protocol === 3 ? '_\r\n' : '*-1\r\n';
  if (Array.isArray(reply)) return encodeAll(`*${reply.length}\r\n`, reply, protocol);
  if (reply instanceof Status) return `+${reply.text}\r\n`;
  if (reply instanceof Failure) return `-${reply.message}\r\n`;
  if (reply instanceof MapReply)
    return encodeAll(
      protocol === 3 ? `%${reply.flat.length / 2}\r\n` : `*${reply.flat.length}\r\n`,
      reply.flat,
      protocol,
    );
  if (reply instanceof SetReply)
    return encodeAll(`${protocol === 3 ? '~' : '*'}${reply.items.length}\r\n`, reply.items, protocol);
  if (reply instanceof Push)
    return encodeAll(`${protocol === 3 ? '>' : '*'}${reply.items.length}\r\n`, reply.items, protocol);
  if (reply instanceof Several) return encodeAll('', reply.items, protocol);
  if (reply instanceof DoubleReply) {
    const text = formatDouble(reply.value);
    return protocol === 3 ? `,${text}\r\n` : `$${text.length}\r\n${text}\r\n`;
  }
  if (reply instanceof BooleanReply)
    return protocol === 3 ? (reply.value ? '#t\r\n' : '#f\r\n') : reply.value ? ':1\r\n' : ':0\r\n';
  if (reply instanceof BigNumber)
    return protocol === 3 ? `(${reply.text}\r\n` : `$${reply.text.length}\r\n${reply.text}\r\n`;
  const { text, format } = reply as Verbatim;
  return protocol === 3 ? `=${text.length + 4}\r\n${format}:${text}\r\n` : `$${text.length}\r\n${text}\r\n`;
}

function encodeAll(head: string, items: readonly Reply[], protocol: 2 | 3): string {
  let out = head;
  for (const item of items) out += encode(item, protocol);
  return out;
}
