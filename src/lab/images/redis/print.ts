/** Replies as redis-cli prints them, to a pipe (raw) and to a terminal; and as plain JSON data. */
import { decodeUtf8 } from './bytes.ts';
import { quote } from './monitor.ts';
import { formatDouble } from './numbers.ts';
import {
  BigNumber,
  BooleanReply,
  DoubleReply,
  Failure,
  MapReply,
  NIL_ARRAY,
  Push,
  type Reply,
  SetReply,
  Several,
  Status,
  Verbatim,
} from './reply.ts';

/** Without the final newline when raw. */
export const printed = (reply: Reply, isRaw: boolean): string => (isRaw ? raw(reply) : formal(reply, ''));

function itemsOf(reply: Reply): readonly Reply[] | null {
  if (Array.isArray(reply)) return reply;
  if (reply instanceof MapReply) return reply.flat;
  if (reply instanceof SetReply || reply instanceof Push || reply instanceof Several) return reply.items;
  return null;
}

function raw(reply: Reply): string {
  const items = itemsOf(reply);
  if (items) return items.map(raw).join('\n');
  if (reply === null || reply === undefined || reply === NIL_ARRAY) return '';
  if (reply instanceof Failure) return reply.message;
  return textOf(reply);
}

function textOf(reply: Reply): string {
  if (reply instanceof Status || reply instanceof Verbatim || reply instanceof BigNumber) return reply.text;
  if (reply instanceof DoubleReply) return formatDouble(reply.value);
  if (reply instanceof BooleanReply) return reply.value ? '(true)' : '(false)';
  return String(reply);
}

function formal(reply: Reply, indent: string): string {
  const items = itemsOf(reply);
  if (items) {
    if (items.length === 0) return '(empty array)\n';
    const width = String(items.length).length;
    return items
      .map((item, i) => {
        const head = `${String(i + 1).padStart(width)}) `;
        return (i === 0 ? '' : indent) + head + formal(item, indent + ' '.repeat(head.length));
      })
      .join('');
  }
  if (reply === null || reply === undefined || reply === NIL_ARRAY) return '(nil)\n';
  if (reply instanceof Failure) return `(error) ${reply.message}\n`;
  if (typeof reply === 'number' || typeof reply === 'bigint') return `(integer) ${reply}\n`;
  if (typeof reply === 'string') return `${quote(reply)}\n`;
  if (reply instanceof DoubleReply) return `${quote(formatDouble(reply.value))}\n`;
  return `${textOf(reply)}\n`;
}

/** Strings as text, integers as numbers, pairs as objects; an error as `{ error }`. */
export function plain(reply: Reply): unknown {
  if (reply instanceof MapReply) {
    const pairs: [string, unknown][] = [];
    for (let i = 0; i < reply.flat.length; i += 2)
      pairs.push([String(plain(reply.flat[i]!)), plain(reply.flat[i + 1]!)]);
    return Object.fromEntries(pairs);
  }
  const items = itemsOf(reply);
  if (items) return items.map(plain);
  if (reply === null || reply === undefined || reply === NIL_ARRAY) return null;
  if (reply instanceof Failure) return { error: decodeUtf8(reply.message) };
  if (typeof reply === 'number') return reply;
  if (typeof reply === 'bigint') return String(reply);
  if (reply instanceof DoubleReply || reply instanceof BooleanReply) return reply.value;
  return decodeUtf8(textOf(reply));
}
