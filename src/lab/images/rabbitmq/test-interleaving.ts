/** Four clients in random interleavings, and a model that says exactly what a classic queue must answer to each. */
import amqp, { type Channel, type ChannelModel, type GetMessage } from 'amqplib';
import fc from 'fast-check';
import { expect } from 'vitest';
import { AmqpTestClient, bootNode } from './test-client.ts';

export const CLIENTS = 4;

type Step =
  | { readonly kind: 'publish' | 'get' | 'close'; readonly client: number }
  | {
      readonly kind: 'ack' | 'requeue' | 'discard';
      readonly client: number;
      readonly pick: number;
      readonly isMultiple: boolean;
    };

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('publish' as const), client: fc.nat({ max: CLIENTS - 1 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), client: fc.nat({ max: CLIENTS - 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), client: fc.nat({ max: CLIENTS - 1 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('ack' as const, 'requeue' as const, 'discard' as const),
      client: fc.nat({ max: CLIENTS - 1 }),
      pick: fc.nat({ max: 5 }),
      isMultiple: fc.boolean(),
    }),
  },
);

interface Got {
  readonly body: string;
  readonly isRedelivered: boolean;
  readonly tag: number;
  /** Ready behind it. */
  readonly left: number;
}

/** One client; each call is over when the server has done it. */
interface Driver {
  publish(body: string): Promise<void> | void;
  get(): Promise<Got | null> | Got | null;
  settle(op: 'ack' | 'requeue' | 'discard', tag: number, isMultiple: boolean): Promise<void> | void;
  /** Closes the channel, and opens another. */
  close(): Promise<void> | void;
  end(): Promise<void> | void;
}

/** What a classic queue must do. */
class Model {
  private ready: { readonly position: number; readonly body: string; wasOut: boolean }[] = [];
  private readonly out = Array.from({ length: CLIENTS }, () => new Map<number, Model['ready'][number]>());
  private readonly tags = Array.from({ length: CLIENTS }, () => 0);
  private position = 0;

  publish(body: string): void {
    this.ready.push({ position: this.position++, body, wasOut: false });
  }

  get(client: number): Got | null {
    const message = this.ready.shift();
    if (!message) return null;
    const tag = ++this.tags[client]!;
    this.out[client]!.set(tag, message);
    const { body, wasOut: isRedelivered } = message;
    message.wasOut = true;
    return { body, isRedelivered, tag, left: this.ready.length };
  }

  /** The tags that a client may settle. */
  held(client: number): readonly number[] {
    return [...this.out[client]!.keys()];
  }

  settle(client: number, op: string, tag: number, isMultiple: boolean): void {
    const held = this.out[client]!;
    for (const one of isMultiple ? this.held(client).filter((other) => other <= tag) : [tag]) {
      if (op === 'requeue') this.ready.push(held.get(one)!);
      held.delete(one);
    }
    this.ready.sort((a, b) => a.position - b.position);
  }

  close(client: number): void {
    const last = this.held(client).at(-1);
    if (last !== undefined) this.settle(client, 'requeue', last, true);
    this.tags[client] = 0;
  }
}

export async function follow(steps: readonly Step[], drivers: readonly Driver[]): Promise<void> {
  const model = new Model();
  let published = 0;
  for (const one of steps) {
    const driver = drivers[one.client]!;
    if (one.kind === 'publish') {
      const body = `m${published++}`;
      await driver.publish(body);
      model.publish(body);
    } else if (one.kind === 'get') expect(await driver.get()).toEqual(model.get(one.client));
    else if (one.kind === 'close') {
      await driver.close();
      model.close(one.client);
    } else if ('pick' in one) {
      const held = model.held(one.client);
      if (held.length === 0) continue;
      const tag = held[one.pick % held.length]!;
      await driver.settle(one.kind, tag, one.isMultiple);
      model.settle(one.client, one.kind, tag, one.isMultiple);
    }
  }
  for (let client = 0; client < CLIENTS; client++) {
    await drivers[client]!.close();
    model.close(client);
  }
  for (let expected = model.get(0); expected; expected = model.get(0))
    expect(await drivers[0]!.get()).toEqual(expected);
  expect(await drivers[0]!.get()).toBeNull();
}

export function imageDrivers(): Driver[] {
  const machine = bootNode();
  return Array.from({ length: CLIENTS }, () => {
    const client = new AmqpTestClient(machine);
    client.declare('q');
    const names = { ack: 'basic.ack', requeue: 'basic.nack', discard: 'basic.nack' } as const;
    return {
      publish: (body) => client.publish('', 'q', body),
      get() {
        const message = client.getMessage('q');
        if (!message) return null;
        const { redelivered: isRedelivered, deliveryTag: tag, messageCount: left } = message.args;
        return { body: message.body!, isRedelivered, tag, left };
      },
      settle(op, deliveryTag, multiple) {
        client.call(names[op], { deliveryTag, multiple, requeue: op === 'requeue' });
      },
      close() {
        client.send(1, 'channel.close', {});
        client.send(1, 'channel.open', {});
        client.receive();
      },
      end: () => client.socket.end(),
    } satisfies Driver;
  });
}

export async function realDrivers(port: number, queue: string): Promise<Driver[]> {
  return Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const connection: ChannelModel = await amqp.connect(`amqp://127.0.0.1:${port}`, { noDelay: true });
      let channel: Channel = await connection.createChannel();
      await channel.assertQueue(queue);
      const got = new Map<number, GetMessage>();
      // What has no answer is over when something that has one is.
      const done = async () => void (await channel.checkQueue(queue));
      return {
        async publish(body: string) {
          channel.sendToQueue(queue, Buffer.from(body));
          await done();
        },
        async get() {
          const message = await channel.get(queue);
          if (!message) return null;
          const { deliveryTag: tag, redelivered: isRedelivered, messageCount: left } = message.fields;
          got.set(tag, message);
          return { body: message.content.toString(), isRedelivered, tag, left };
        },
        async settle(op, tag, isMultiple) {
          const message = got.get(tag)!;
          if (op === 'ack') channel.ack(message, isMultiple);
          else channel.nack(message, isMultiple, op === 'requeue');
          await done();
        },
        async close() {
          await channel.close();
          channel = await connection.createChannel();
        },
        async end() {
          await connection.close();
        },
      } satisfies Driver;
    }),
  );
}
