/**
 * An AMQP client for unit tests on a `TestMachine`: every call is answered before it returns, as the machine runs its turns
 * at once. What the server sent and nobody has taken is in `inbox`.
 */
import type { TestClient } from '../test-machine.ts';
import { TestFiles, TestMachine, type TestMachineOptions } from '../test-machine.ts';
import program from './index.ts';
import { fromText, ofBinary, readable } from './wire/bytes.ts';
import { bool, longstr, type Table } from './wire/fields.ts';
import { FrameReader, FrameWriter } from './wire/frames.ts';
import { decodeArgs, type MethodArgs, methodName } from './wire/methods.ts';
import { decodeProperties, encodeProperties, type Properties } from './wire/properties.ts';

export interface Received {
  readonly channel: number;
  readonly name: string;
  readonly args: MethodArgs;
  properties?: Properties;
  body?: string;
}

/** A node that has booted; with the disk of an earlier one where `files` are given. */
export function bootNode(options: TestMachineOptions = {}): TestMachine {
  const machine = new TestMachine({ ...options, env: { LAB_BOOT_MS: '0', ...options.env } });
  machine.start(program);
  machine.advance(0);
  return machine;
}

export { TestFiles };

const CAPABILITIES: Table = [
  ['authentication_failure_close', bool(true)],
  ['connection.blocked', bool(true)],
  ['consumer_cancel_notify', bool(true)],
];

export class AmqpTestClient {
  readonly socket: TestClient;
  inbox: Received[] = [];
  private readonly reader = new FrameReader();
  private readonly writer = new FrameWriter();
  private open: { received: Received; left: number } | null = null;

  /** Connected and, unless `heartbeatS` says so, without heartbeats; channel 1 is open. */
  constructor(machine: TestMachine, options: { heartbeatS?: number; user?: string; password?: string } = {}) {
    this.socket = machine.client(5672);
    this.reader.frameMax = 0;
    // Its own frames have no protocol header in front.
    this.reader.push(ofBinary('AMQP\0\0\x09\x01'));
    this.reader.next();
    this.socket.send(ofBinary('AMQP\0\0\x09\x01'));
    const { user = 'guest', password = 'guest', heartbeatS = 0 } = options;
    this.send(0, 'connection.start-ok', {
      clientProperties: [['capabilities', { type: 'table', value: CAPABILITIES }]],
      mechanism: 'PLAIN',
      response: `\0${user}\0${password}`,
      locale: 'en_US',
    });
    this.send(0, 'connection.tune-ok', { channelMax: 2047, frameMax: 131_072, heartbeat: heartbeatS });
    this.send(0, 'connection.open', { virtualHost: '/' });
    this.send(1, 'channel.open', {});
    this.receive();
  }

  send(channel: number, name: string, args: MethodArgs = {}): void {
    this.writer.method(channel, name, args);
    this.socket.send(this.writer.take());
  }

  /** A method on channel 1, and what was answered to it. */
  call(name: string, args: MethodArgs = {}): Received | undefined {
    this.receive();
    const before = this.inbox.length;
    this.send(1, name, args);
    this.receive();
    return this.inbox.splice(before, 1)[0];
  }

  publish(exchange: string, routingKey: string, body: string, properties: Properties = {}, mandatory = false): void {
    this.writer.method(1, 'basic.publish', { exchange, routingKey: fromText(routingKey), mandatory });
    this.writer.content(1, encodeProperties(properties), ofBinary(fromText(body)), 131_072);
    this.socket.send(this.writer.take());
  }

  declare(queue: string, args: Readonly<Record<string, string | number | boolean>> = {}, options: MethodArgs = {}) {
    const table: Table = Object.entries(args).map(([name, value]) => [
      name,
      typeof value === 'number'
        ? { type: 'signedint', value }
        : typeof value === 'boolean'
          ? bool(value)
          : longstr(value),
    ]);
    return this.call('queue.declare', { queue: fromText(queue), durable: true, arguments: table, ...options });
  }

  /** Body of the next message, null when there is none; acknowledged at once. */
  get(queue: string): string | null {
    return this.getMessage(queue, true)?.body ?? null;
  }

  getMessage(queue: string, noAck = false): Received | null {
    const answer = this.call('basic.get', { queue: fromText(queue), noAck });
    return answer?.name === 'basic.get-ok' ? answer : null;
  }

  /** Bodies of all that is ready; `+` marks the redelivered. */
  drain(queue: string): string[] {
    const bodies: string[] = [];
    for (let message = this.getMessage(queue, true); message; message = this.getMessage(queue, true)) {
      bodies.push(`${message.body}${message.args.redelivered ? '+' : ''}`);
    }
    return bodies;
  }

  /** All received of a name, taken from the inbox. */
  take(name: string): Received[] {
    this.receive();
    const found = this.inbox.filter((received) => received.name === name);
    this.inbox = this.inbox.filter((received) => received.name !== name);
    return found;
  }

  /** Reads what has come. */
  receive(): void {
    this.reader.push(this.socket.take());
    for (let reading = this.reader.next(); reading; reading = this.reader.next()) {
      if (reading.kind !== 'frame') throw new Error(`the server sent ${reading.kind}`);
      const { type, channel, payload } = reading.frame;
      if (type === 8) this.inbox.push({ channel, name: 'heartbeat', args: {} });
      else if (type === 1) this.method(channel, payload);
      else if (type === 2) {
        const received = this.inbox.at(-1)!;
        received.properties = decodeProperties(payload.subarray(12));
        received.body = '';
        const size = new DataView(payload.buffer, payload.byteOffset).getUint32(8);
        this.open = { received, left: size };
      } else if (this.open) {
        let text = '';
        for (const byte of payload) text += String.fromCharCode(byte);
        this.open.received.body += readable(text);
      }
    }
  }

  private method(channel: number, payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset);
    const name = methodName(view.getUint16(0), view.getUint16(2));
    if (name === null) throw new Error('the server sent an unknown method');
    this.inbox.push({ channel, name, args: decodeArgs(name, payload) });
  }
}
