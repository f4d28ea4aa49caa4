/** AMQP 0-9-1: frames, and the methods that one meets; https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf */
import { type Decoded, type Decoder, MESSAGE_BYTES_MAX, Reader, shortOf, textOf } from './decoder.ts';

const FRAME_END = 0xce;

/** Names by class and method id. */
const METHODS: Readonly<Record<string, string>> = {
  '10.10': 'connection.start',
  '10.11': 'connection.start-ok',
  '10.20': 'connection.secure',
  '10.30': 'connection.tune',
  '10.31': 'connection.tune-ok',
  '10.40': 'connection.open',
  '10.41': 'connection.open-ok',
  '10.50': 'connection.close',
  '10.51': 'connection.close-ok',
  '10.60': 'connection.blocked',
  '10.61': 'connection.unblocked',
  '20.10': 'channel.open',
  '20.11': 'channel.open-ok',
  '20.20': 'channel.flow',
  '20.40': 'channel.close',
  '20.41': 'channel.close-ok',
  '40.10': 'exchange.declare',
  '40.11': 'exchange.declare-ok',
  '50.10': 'queue.declare',
  '50.11': 'queue.declare-ok',
  '50.20': 'queue.bind',
  '50.21': 'queue.bind-ok',
  '50.30': 'queue.purge',
  '50.31': 'queue.purge-ok',
  '50.40': 'queue.delete',
  '50.41': 'queue.delete-ok',
  '60.10': 'basic.qos',
  '60.11': 'basic.qos-ok',
  '60.20': 'basic.consume',
  '60.21': 'basic.consume-ok',
  '60.30': 'basic.cancel',
  '60.31': 'basic.cancel-ok',
  '60.40': 'basic.publish',
  '60.50': 'basic.return',
  '60.60': 'basic.deliver',
  '60.70': 'basic.get',
  '60.71': 'basic.get-ok',
  '60.72': 'basic.get-empty',
  '60.80': 'basic.ack',
  '60.90': 'basic.reject',
  '60.110': 'basic.recover',
  '60.120': 'basic.nack',
  '85.10': 'confirm.select',
  '85.11': 'confirm.select-ok',
};

export class AmqpDecoder implements Decoder {
  read(bytes: Uint8Array): Decoded | 'partial' | null {
    if (bytes[0] === 0x41 && (bytes.length < 4 || textOf(bytes.subarray(0, 4)) === 'AMQP')) {
      if (bytes.length < 8) return 'partial';
      return { length: 8, title: `protocol AMQP ${bytes[5]}-${bytes[6]}-${bytes[7]}`, detail: '' };
    }
    if (bytes.length < 7) return [1, 2, 3, 8].includes(bytes[0] ?? 0) ? 'partial' : null;
    const head = new Reader(bytes);
    const type = head.uint(1);
    const channel = head.uint(2);
    const size = head.uint(4);
    if (![1, 2, 3, 8].includes(type) || size > MESSAGE_BYTES_MAX) return null;
    if (bytes.length < size + 8) return 'partial';
    if (bytes[size + 7] !== FRAME_END) return null;
    const payload = bytes.subarray(7, 7 + size);
    const { title, detail = '', isBad = false } = describe(type, payload);
    const length = size + 8;
    return { length, title: channel === 0 ? title : `${title}  #${channel}`, detail, ...(isBad ? { isBad } : {}) };
  }
}

interface Description {
  readonly title: string;
  readonly detail?: string;
  readonly isBad?: boolean;
}

function describe(type: number, payload: Uint8Array): Description {
  if (type === 8) return { title: 'heartbeat' };
  if (type === 3) {
    const text = textOf(payload);
    return { title: `body ${payload.length} bytes: ${shortOf(text, 80)}`, detail: text };
  }
  const reader = new Reader(payload);
  const classId = reader.uint(2);
  if (type === 2) {
    reader.uint(2);
    const size = reader.uint(8);
    const flags = reader.uint(2);
    const parts: string[] = [];
    // Properties stand in the order of their bits, from the highest.
    if (flags & 0x8000) parts.push(`content-type: ${reader.shortString()}`);
    if (flags & 0x4000) parts.push(`content-encoding: ${reader.shortString()}`);
    if (flags & 0x2000) {
      const table = reader.take(reader.uint(4));
      parts.push(`headers: ${table.length} bytes`);
    }
    if (flags & 0x1000) parts.push(`delivery-mode: ${reader.uint(1) === 2 ? 'persistent' : 'transient'}`);
    if (flags & 0x0800) parts.push(`priority: ${reader.uint(1)}`);
    if (flags & 0x0400) parts.push(`correlation-id: ${reader.shortString()}`);
    if (flags & 0x0200) parts.push(`reply-to: ${reader.shortString()}`);
    if (flags & 0x0100) parts.push(`expiration: ${reader.shortString()}`);
    if (flags & 0x0080) parts.push(`message-id: ${reader.shortString()}`);
    return { title: `content header, ${size} bytes follow`, detail: parts.join('\n') };
  }
  const id = reader.uint(2);
  const name = METHODS[`${classId}.${id}`] ?? `method ${classId}.${id}`;
  const { text, isBad } = argumentsOf(name, reader);
  return { title: text === '' ? name : `${name}  ${shortOf(text)}`, ...(isBad ? { isBad } : {}) };
}

/** What one wants to know of a method. */
function argumentsOf(name: string, reader: Reader): { readonly text: string; readonly isBad?: boolean } {
  switch (name) {
    case 'basic.publish': {
      reader.uint(2);
      const exchange = reader.shortString();
      return { text: `${exchange || '(default)'} → ${reader.shortString()}` };
    }
    case 'basic.deliver': {
      const consumer = reader.shortString();
      const tag = reader.uint(8);
      const isAgain = reader.uint(1) === 1;
      const exchange = reader.shortString();
      const again = isAgain ? ', redelivered' : '';
      return { text: `${tag} to ${consumer}: ${exchange || '(default)'} → ${reader.shortString()}${again}` };
    }
    case 'basic.return': {
      const code = reader.uint(2);
      return { text: `${code} ${reader.shortString()}`, isBad: true };
    }
    case 'basic.ack':
    case 'basic.nack':
    case 'basic.reject': {
      const tag = reader.uint(8);
      const bits = reader.uint(1);
      if (name === 'basic.reject') return { text: `${tag}${bits & 1 ? ', requeue' : ''}`, isBad: true };
      const text = `${bits & 1 ? 'up to ' : ''}${tag}${name === 'basic.nack' && bits & 2 ? ', requeue' : ''}`;
      return { text, ...(name === 'basic.nack' ? { isBad: true } : {}) };
    }
    case 'basic.qos':
      reader.uint(4);
      return { text: `prefetch ${reader.uint(2)}` };
    case 'basic.consume':
    case 'basic.get':
    case 'queue.declare':
    case 'queue.purge':
    case 'queue.delete':
    case 'exchange.declare':
      reader.uint(2);
      return { text: reader.shortString() };
    case 'queue.declare-ok': {
      const queue = reader.shortString();
      return { text: `${queue}: ${reader.uint(4)} messages, ${reader.uint(4)} consumers` };
    }
    case 'queue.bind': {
      reader.uint(2);
      const queue = reader.shortString();
      const exchange = reader.shortString();
      return { text: `${exchange} → ${queue} ${reader.shortString()}` };
    }
    case 'basic.consume-ok':
    case 'basic.cancel':
      return { text: reader.shortString() };
    case 'connection.tune':
    case 'connection.tune-ok': {
      const channels = reader.uint(2);
      const frame = reader.uint(4);
      return { text: `${channels} channels, frames of ${frame} bytes, heartbeat ${reader.uint(2)} s` };
    }
    case 'connection.open':
      return { text: reader.shortString() };
    case 'connection.blocked':
      return { text: reader.shortString(), isBad: true };
    case 'connection.close':
    case 'channel.close': {
      const code = reader.uint(2);
      return { text: `${code} ${reader.shortString()}`, isBad: code !== 200 };
    }
    default:
      return { text: '' };
  }
}
