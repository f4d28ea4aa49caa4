/**
 * Four clients in random interleavings: first with a model that says exactly what a queue must answer, then with consumers
 * whose order nobody promises, where only the promises are checked: nothing lost, nothing delivered to two at once or after
 * its acknowledgement, each queue in its order.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import { AmqpTestClient, bootNode } from './test-client.ts';
import { CLIENTS, follow, imageDrivers, step } from './test-interleaving.ts';

test('the image answers as the model, in 300 interleavings', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => follow(steps, imageDrivers())),
    { numRuns: 300 },
  );
});

test('consumers that come, go, acknowledge and send back lose nothing and get nothing twice at once', () => {
  for (let seed = 1; seed <= 120; seed++) consumers(seed, seed % 3 === 0 ? 'quorum' : 'classic');
});

/** Clients with consumers, on the image; what is promised is checked at every delivery. */
function consumers(seed: number, type: string): void {
  const random = new Random(seed);
  const machine = bootNode();
  const held = new Map<string, number>();
  const acked = new Set<string>();
  const seen = new Set<string>();
  const firsts: number[] = [];
  let published = 0;
  const where = `seed ${seed}, ${type}`;
  const open = () => {
    const client = new AmqpTestClient(machine);
    client.declare('q', { 'x-queue-type': type, 'x-delivery-limit': type === 'quorum' ? 1000 : 0 });
    return client;
  };
  // A classic queue takes no delivery limit.
  const declare = type === 'quorum' ? open : () => declareClassic(machine);
  const clients = Array.from({ length: CLIENTS }, () => ({ amqp: declare(), out: new Map<number, string>(), tag: 0 }));
  const collect = () => {
    for (const [i, client] of clients.entries()) {
      for (const { args, body } of client.amqp.take('basic.deliver')) {
        expect(held.has(body!), `${where}: ${body} is held by ${held.get(body!)} and delivered to ${i}`).toBe(false);
        expect(acked.has(body!), `${where}: ${body} comes back after its acknowledgement`).toBe(false);
        expect(args.redelivered, `${where}: ${body}`).toBe(seen.has(body!));
        if (!seen.has(body!)) firsts.push(Number(body));
        seen.add(body!);
        held.set(body!, i);
        client.out.set(args.deliveryTag, body!);
      }
    }
  };
  for (let turn = 0; turn < 120; turn++) {
    const client = clients[random.below(CLIENTS)]!;
    const tags = [...client.out.keys()];
    const tag = tags[random.below(Math.max(1, tags.length))];
    switch (random.below(8)) {
      case 0:
      case 1:
      case 2:
        client.amqp.publish('', 'q', String(published++), { deliveryMode: 2 });
        break;
      case 3:
        client.amqp.send(1, 'basic.qos', { prefetchCount: random.below(4) });
        client.amqp.send(1, 'basic.consume', { queue: 'q', consumerTag: `c${client.tag++}`, arguments: [] });
        break;
      case 4:
        if (client.tag > 0) client.amqp.send(1, 'basic.cancel', { consumerTag: `c${random.below(client.tag)}` });
        break;
      case 5:
      case 6: {
        if (tag === undefined) break;
        const isAck = random.below(3) > 0;
        const settled = random.below(2) === 0 ? [tag] : tags.filter((one) => one <= tag);
        for (const one of settled) {
          const body = client.out.get(one)!;
          client.out.delete(one);
          held.delete(body);
          if (isAck) acked.add(body);
        }
        const args = { deliveryTag: tag, multiple: settled.length > 1 || settled[0] !== tag, requeue: true };
        client.amqp.send(1, isAck ? 'basic.ack' : 'basic.nack', args);
        break;
      }
      case 7:
        if (random.below(3) > 0) break;
        for (const body of client.out.values()) held.delete(body);
        client.out.clear();
        client.amqp.socket.reset();
        client.amqp = declare();
        client.tag = 0;
        break;
    }
    machine.advance(1);
    collect();
  }
  expect(firsts, where).toEqual(firsts.toSorted((a, b) => a - b));
  for (const client of clients) client.amqp.socket.reset();
  const rest = declare().drain('q');
  expect(rest.map((body) => body.replace('+', '')).sort(), where).toEqual(
    Array.from({ length: published }, (_, i) => String(i))
      .filter((body) => !acked.has(body))
      .sort(),
  );
}

function declareClassic(machine: ReturnType<typeof bootNode>): AmqpTestClient {
  const client = new AmqpTestClient(machine);
  client.declare('q');
  return client;
}
