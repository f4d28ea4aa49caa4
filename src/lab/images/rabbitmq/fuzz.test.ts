/** Malformed input directly against the server, so that an exception would end the test. */
import { expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import { AmqpTestClient, bootNode } from './test-client.ts';
import { malformed, opening, STAGES } from './test-fuzz.ts';
import { FrameWriter } from './wire/frames.ts';
import { encodeProperties } from './wire/properties.ts';

const COUNT = 10_000;
const SEED = 20_261_123;

test(`${COUNT} malformed inputs never throw, and the server serves others all the same`, () => {
  const random = new Random(SEED);
  let machine = bootNode();
  const reactions: Record<string, number> = {};
  for (let i = 0; i < COUNT; i++) {
    const { stage, bytes } = malformed(random);
    const client = machine.client(5672);
    for (const part of opening(stage)) client.send(part);
    client.take();
    const cut = Math.floor(random.float() * bytes.length);
    client.send(bytes.slice(0, cut));
    client.send(bytes.slice(cut));
    const reaction = `${stage}: ${client.closed ?? (client.take().length > 0 ? 'answered' : 'silent')}`;
    reactions[reaction] = (reactions[reaction] ?? 0) + 1;
    client.reset();
    if (i % 500 === 499) {
      machine.advance(60_000);
      const other = new AmqpTestClient(machine);
      other.declare('alive', {}, { durable: false });
      other.publish('', 'alive', 'yes');
      expect(other.get('alive')).toBe('yes');
      machine = bootNode();
    }
  }
  expect(machine.isAlive).toBe(true);
  for (const stage of STAGES)
    expect(reactions[`${stage}: answered`] ?? reactions[`${stage}: ended`]).toBeGreaterThan(0);
});

test('noise in the middle of a talk, in any number of pieces, never throws', () => {
  const random = new Random(SEED + 1);
  for (let i = 0; i < 300; i++) {
    const client = new AmqpTestClient(bootNode());
    client.declare('q');
    const writer = new FrameWriter();
    for (let j = 0; j < 5; j++) {
      writer.method(1, 'basic.publish', { routingKey: 'q' });
      writer.content(1, encodeProperties({ messageId: 'm' }), new Uint8Array(20), 4096);
    }
    const bytes = writer.take();
    for (let j = 0; j < 3; j++) bytes[Math.floor(random.float() * bytes.length)] = Math.floor(random.float() * 256);
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + Math.floor(random.float() * 40);
      client.socket.send(bytes.slice(at, at + size));
      at += size;
    }
  }
});
