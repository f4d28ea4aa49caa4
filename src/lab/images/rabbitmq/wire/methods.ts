/**
 * The methods of AMQP 0-9-1 and RabbitMQ's extensions of it: class and method ids, arguments in order. Written from
 * amqp0-9-1.xml and amqp0-9-1.extended.xml; the letters are those of `Args` below.
 */
import { Reader, ShortInput, Writer } from './buffer.ts';
import { isUtf8 } from './bytes.ts';
import { BadField, readFields, type Table, writeTable } from './fields.ts';

/** B octet, H short, L long, Q longlong, s short string, S long string, t table, b bit. */
type Args = string;

const SPEC: Readonly<Record<string, readonly [classId: number, methodId: number, args: Args]>> = {
  'connection.start': [10, 10, 'versionMajor:B versionMinor:B serverProperties:t mechanisms:S locales:S'],
  'connection.start-ok': [10, 11, 'clientProperties:t mechanism:s response:S locale:s'],
  'connection.secure': [10, 20, 'challenge:S'],
  'connection.secure-ok': [10, 21, 'response:S'],
  'connection.tune': [10, 30, 'channelMax:H frameMax:L heartbeat:H'],
  'connection.tune-ok': [10, 31, 'channelMax:H frameMax:L heartbeat:H'],
  'connection.open': [10, 40, 'virtualHost:s reserved1:s reserved2:b'],
  'connection.open-ok': [10, 41, 'reserved1:s'],
  'connection.close': [10, 50, 'replyCode:H replyText:s classId:H methodId:H'],
  'connection.close-ok': [10, 51, ''],
  'connection.blocked': [10, 60, 'reason:s'],
  'connection.unblocked': [10, 61, ''],
  'connection.update-secret': [10, 70, 'newSecret:S reason:s'],
  'connection.update-secret-ok': [10, 71, ''],
  'channel.open': [20, 10, 'reserved1:s'],
  'channel.open-ok': [20, 11, 'reserved1:S'],
  'channel.flow': [20, 20, 'active:b'],
  'channel.flow-ok': [20, 21, 'active:b'],
  'channel.close': [20, 40, 'replyCode:H replyText:s classId:H methodId:H'],
  'channel.close-ok': [20, 41, ''],
  'access.request': [30, 10, 'realm:s exclusive:b passive:b active:b write:b read:b'],
  'access.request-ok': [30, 11, 'ticket:H'],
  'exchange.declare': [
    40,
    10,
    'ticket:H exchange:s type:s passive:b durable:b autoDelete:b internal:b nowait:b arguments:t',
  ],
  'exchange.declare-ok': [40, 11, ''],
  'exchange.delete': [40, 20, 'ticket:H exchange:s ifUnused:b nowait:b'],
  'exchange.delete-ok': [40, 21, ''],
  'exchange.bind': [40, 30, 'ticket:H destination:s source:s routingKey:s nowait:b arguments:t'],
  'exchange.bind-ok': [40, 31, ''],
  'exchange.unbind': [40, 40, 'ticket:H destination:s source:s routingKey:s nowait:b arguments:t'],
  'exchange.unbind-ok': [40, 51, ''],
  'queue.declare': [50, 10, 'ticket:H queue:s passive:b durable:b exclusive:b autoDelete:b nowait:b arguments:t'],
  'queue.declare-ok': [50, 11, 'queue:s messageCount:L consumerCount:L'],
  'queue.bind': [50, 20, 'ticket:H queue:s exchange:s routingKey:s nowait:b arguments:t'],
  'queue.bind-ok': [50, 21, ''],
  'queue.purge': [50, 30, 'ticket:H queue:s nowait:b'],
  'queue.purge-ok': [50, 31, 'messageCount:L'],
  'queue.delete': [50, 40, 'ticket:H queue:s ifUnused:b ifEmpty:b nowait:b'],
  'queue.delete-ok': [50, 41, 'messageCount:L'],
  'queue.unbind': [50, 50, 'ticket:H queue:s exchange:s routingKey:s arguments:t'],
  'queue.unbind-ok': [50, 51, ''],
  'basic.qos': [60, 10, 'prefetchSize:L prefetchCount:H global:b'],
  'basic.qos-ok': [60, 11, ''],
  'basic.consume': [60, 20, 'ticket:H queue:s consumerTag:s noLocal:b noAck:b exclusive:b nowait:b arguments:t'],
  'basic.consume-ok': [60, 21, 'consumerTag:s'],
  'basic.cancel': [60, 30, 'consumerTag:s nowait:b'],
  'basic.cancel-ok': [60, 31, 'consumerTag:s'],
  'basic.publish': [60, 40, 'ticket:H exchange:s routingKey:s mandatory:b immediate:b'],
  'basic.return': [60, 50, 'replyCode:H replyText:s exchange:s routingKey:s'],
  'basic.deliver': [60, 60, 'consumerTag:s deliveryTag:Q redelivered:b exchange:s routingKey:s'],
  'basic.get': [60, 70, 'ticket:H queue:s noAck:b'],
  'basic.get-ok': [60, 71, 'deliveryTag:Q redelivered:b exchange:s routingKey:s messageCount:L'],
  'basic.get-empty': [60, 72, 'clusterId:s'],
  'basic.ack': [60, 80, 'deliveryTag:Q multiple:b'],
  'basic.reject': [60, 90, 'deliveryTag:Q requeue:b'],
  'basic.recover-async': [60, 100, 'requeue:b'],
  'basic.recover': [60, 110, 'requeue:b'],
  'basic.recover-ok': [60, 111, ''],
  'basic.nack': [60, 120, 'deliveryTag:Q multiple:b requeue:b'],
  'tx.select': [90, 10, ''],
  'tx.select-ok': [90, 11, ''],
  'tx.commit': [90, 20, ''],
  'tx.commit-ok': [90, 21, ''],
  'tx.rollback': [90, 30, ''],
  'tx.rollback-ok': [90, 31, ''],
  'confirm.select': [85, 10, 'nowait:b'],
  'confirm.select-ok': [85, 11, ''],
};

export type MethodArgs = Readonly<Record<string, any>>;

export interface Method {
  readonly name: string;
  readonly args: MethodArgs;
}

interface Shape {
  readonly name: string;
  readonly classId: number;
  readonly methodId: number;
  readonly args: readonly (readonly [name: string, type: string])[];
}

const shapes = new Map<string, Shape>();
const byId = new Map<number, Shape>();
for (const [name, [classId, methodId, args]] of Object.entries(SPEC)) {
  const shape: Shape = {
    name,
    classId,
    methodId,
    args: args === '' ? [] : args.split(' ').map((arg) => arg.split(':') as [string, string]),
  };
  shapes.set(name, shape);
  byId.set(classId * 65536 + methodId, shape);
}

/** Names of all methods that the image reads or writes. */
export const METHOD_NAMES: readonly string[] = [...shapes.keys()];

/** What `decodeMethod` throws for a short string that is no UTF-8. */
export class MalformedText extends Error {}

/** Null for ids that no method has. */
export function methodName(classId: number, methodId: number): string | null {
  return byId.get(classId * 65536 + methodId)?.name ?? null;
}

export function methodId(name: string): readonly [number, number] {
  const shape = shapes.get(name);
  return shape ? [shape.classId, shape.methodId] : [0, 0];
}

/** What `decodeArgs` throws for bytes that are not the method's arguments: too few, too many. */
export class BadArguments extends Error {}

/**
 * The arguments of a method's frame, which begins with the ids. First the whole must fit, then texts are looked at, then
 * tables, as the server does: throws `BadArguments`, `MalformedText`, or for a table that is none `BadField`.
 */
export function decodeArgs(name: string, payload: Uint8Array): MethodArgs {
  const { args: shape } = shapes.get(name)!;
  const args: Record<string, unknown> = {};
  const reader = new Reader(payload, 4);
  try {
    readArgs(reader, shape, args);
  } catch (error) {
    if (error instanceof ShortInput) throw new BadArguments('too few bytes');
    throw error;
  }
  if (reader.left !== 0) throw new BadArguments('too many bytes');
  for (const [arg, type] of shape) {
    if (type === 's' && !isUtf8(args[arg] as string)) throw new MalformedText('Malformed UTF-8 in shortstr');
  }
  for (const [arg, type] of shape) {
    if (type === 't') args[arg] = tableIn(args[arg] as Uint8Array);
  }
  return args;
}

function readArgs(reader: Reader, shape: Shape['args'], args: Record<string, unknown>): void {
  let bits = 0;
  let held = 0;
  for (const [arg, type] of shape) {
    if (type === 'b') {
      if (bits === 0) {
        held = reader.u8();
        bits = 8;
      }
      args[arg] = (held & 1) === 1;
      held >>= 1;
      bits--;
      continue;
    }
    bits = 0;
    args[arg] = readArg(reader, type);
  }
}

function tableIn(bytes: Uint8Array): Table {
  const reader = new Reader(bytes);
  try {
    return readFields(reader, bytes.length);
  } catch (error) {
    if (error instanceof ShortInput) throw new BadField('a field is longer than its table');
    throw error;
  }
}

function readArg(reader: Reader, type: string): unknown {
  switch (type) {
    case 'B':
      return reader.u8();
    case 'H':
      return reader.u16();
    case 'L':
      return reader.u32();
    case 'Q':
      return reader.u64();
    case 's':
      return reader.short();
    case 'S':
      return reader.long();
    default:
      return reader.slice(reader.u32());
  }
}

/** Ids and arguments, as the payload of a frame. Absent arguments are 0, empty or false. */
export function encodeMethod(writer: Writer, name: string, args: MethodArgs): void {
  const shape = shapes.get(name)!;
  writer.u16(shape.classId);
  writer.u16(shape.methodId);
  let bits = 0;
  let held = 0;
  const flush = () => {
    if (bits > 0) writer.u8(held);
    bits = held = 0;
  };
  for (const [arg, type] of shape.args) {
    const value = args[arg];
    if (type === 'b') {
      if (value) held |= 1 << bits;
      bits++;
      continue;
    }
    flush();
    if (type === 'B') writer.u8(value ?? 0);
    else if (type === 'H') writer.u16(value ?? 0);
    else if (type === 'L') writer.u32(value ?? 0);
    else if (type === 'Q') writer.u64(value ?? 0);
    else if (type === 's') writer.short(value ?? '');
    else if (type === 'S') writer.long(value ?? '');
    else writeTable(writer, (value ?? []) as Table);
  }
  flush();
}

/** For tests and tools: the payload of a method's frame. */
export function methodPayload(name: string, args: MethodArgs): Uint8Array {
  const writer = new Writer();
  encodeMethod(writer, name, args);
  return writer.take();
}
