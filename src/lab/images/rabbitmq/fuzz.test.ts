/**
 * Malformed input, from a seed: bytes that are no frames, frames that are no methods, methods cut, stretched or with bits
 * turned over, in every state of a connection. Directly against the server, so that an exception would end the test; a
 * sample of it against the real server too, whose reaction must be of the same kind.
 */
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import { AmqpTestClient, bootNode } from './test-client.ts';
import { type RealServer, startReal } from './test-real.ts';
import { FrameWriter } from './wire/frames.ts';
import { METHOD_NAMES, methodId, methodPayload } from './wire/methods.ts';
import { encodeProperties } from './wire/properties.ts';

const COUNT = 10_000;
const REAL_COUNT = 240;
const SEED = 20_261_123;

type Stage = 'nothing' | 'header' | 'started' | 'tuned' | 'running' | 'channel';
const STAGES: readonly Stage[] = ['nothing', 'header', 'started', 'tuned', 'running', 'channel'];

const HEADER = Uint8Array.of(65, 77, 81, 80, 0, 0, 9, 1);

/** What a client that behaves sends up to a stage, in the pieces that the server answers. */
function opening(stage: Stage): Uint8Array[] {
  const frames = (...methods: readonly [channel: number, name: string, args: object][]) => {
    const writer = new FrameWriter();
    for (const [channel, name, args] of methods) writer.method(channel, name, args);
    return writer.take();
  };
  const all = [
    HEADER,
    frames([0, 'connection.start-ok', { mechanism: 'PLAIN', response: '\0guest\0guest', locale: 'en_US' }]),
    frames([0, 'connection.tune-ok', { channelMax: 2047, frameMax: 131_072, heartbeat: 0 }]),
    frames([0, 'connection.open', { virtualHost: '/' }]),
    frames([1, 'channel.open', {}]),
  ];
  return all.slice(0, STAGES.indexOf(stage));
}

const NAMES: readonly string[] = METHOD_NAMES.filter((name) => !name.endsWith('update-secret'));

/** One malformed input, and the stage at which it is sent. */
function malformed(random: Random): { readonly stage: Stage; readonly bytes: Uint8Array } {
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)]!;
  const stage = pick(STAGES);
  const int = (below: number) => random.below(below);
  const noise = (length: number) => {
    const bytes = new Uint8Array(length);
    random.fill(bytes);
    return bytes;
  };
  const writer = new FrameWriter();
  const frame = (type: number, channel: number, payload: Uint8Array, end = 206) => {
    const bytes = new Uint8Array(payload.length + 8);
    new DataView(bytes.buffer).setUint32(3, payload.length);
    bytes[0] = type;
    bytes[1] = channel >> 8;
    bytes[2] = channel & 255;
    bytes.set(payload, 7);
    bytes[payload.length + 7] = end;
    return bytes;
  };
  const channel = pick([0, 1, 1, 1, 2, 65_535]);
  const name = pick(NAMES);
  const payload = methodPayload(name, { queue: 'fuzz', exchange: 'fuzz', routingKey: 'k', type: 'fanout' });
  switch (int(9)) {
    case 0:
      return { stage, bytes: noise(1 + int(60)) };
    case 1:
      return { stage, bytes: frame(int(256), channel, noise(int(40))) };
    case 2:
      return { stage, bytes: frame(1, channel, payload.subarray(0, int(payload.length))) };
    case 3:
      return { stage, bytes: frame(1, channel, Uint8Array.of(...payload, ...noise(1 + int(20)))) };
    case 4: {
      const turned = payload.slice();
      for (let i = 0; i <= int(4); i++) turned[int(turned.length)]! ^= 1 << int(8);
      return { stage, bytes: frame(1, channel, turned) };
    }
    case 5:
      return { stage, bytes: frame(1, channel, payload, int(256)) };
    case 6: {
      const [classId] = methodId(name);
      return { stage, bytes: frame(1, channel, Uint8Array.of(0, classId, int(256), int(256), ...noise(int(30)))) };
    }
    case 7: {
      // Content whose header, properties or lengths are wrong.
      writer.method(channel, 'basic.publish', { exchange: '', routingKey: 'fuzz' });
      const head = new Uint8Array(12 + int(30));
      random.fill(head);
      head.set([0, pick([60, 60, 60, 50]), 0, 0, 0, 0, 0, 0, 0, 0, 0, int(40)]);
      writer.raw(frame(2, channel, head));
      writer.raw(frame(3, channel, noise(int(60))));
      return { stage, bytes: writer.take() };
    }
    default: {
      // A frame whose length is not that of its payload.
      const bytes = frame(1, channel, payload);
      new DataView(bytes.buffer).setUint32(3, pick([0, payload.length + 1, payload.length - 1, 2 ** 31, 2 ** 32 - 1]));
      return { stage, bytes };
    }
  }
}

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

describe('beside the real server', () => {
  let real: RealServer | null = null;
  beforeAll(async () => {
    real = await startReal();
  }, 60_000);
  afterAll(() => real?.stop());

  test(`${REAL_COUNT} of them have the same kind of reaction`, async ({ skip }) => {
    if (real === null) return skip('rabbitmq-server is not installed: apt-get install rabbitmq-server');
    const random = new Random(SEED + 2);
    const inputs = Array.from({ length: REAL_COUNT }, () => malformed(random));
    const { port } = real;
    const theirs: string[] = [];
    for (let at = 0; at < inputs.length; at += 40) {
      theirs.push(...(await Promise.all(inputs.slice(at, at + 40).map((input) => reactionOf(port, input)))));
    }
    const different = inputs.flatMap((input, i) => {
      const ours = reactionOfImage(input);
      return ours === theirs[i]
        ? []
        : [{ stage: input.stage, bytes: [...input.bytes].join(' '), ours, theirs: theirs[i] }];
    });
    expect(different).toEqual([]);
  }, 60_000);
});

type Input = ReturnType<typeof malformed>;

/** What the server did in the end: an error by its number, the end of the connection, or nothing of both. */
function kindOf(answer: Uint8Array, isEnded: boolean): string {
  let at = 0;
  let kind = '';
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  if (answer[0] === 65) {
    kind = 'version ';
    at = 8;
  }
  while (at + 8 <= answer.length) {
    const size = view.getUint32(at + 3);
    if (answer[at] === 1) {
      const ids = `${view.getUint16(at + 7)}.${view.getUint16(at + 9)}`;
      if (ids === '10.50' || ids === '20.40') kind += `error ${view.getUint16(at + 11)} `;
    }
    at += size + 8;
  }
  return kind === '' ? (isEnded ? 'ended' : 'open') : kind.trim();
}

function reactionOfImage({ stage, bytes }: Input): string {
  const machine = bootNode();
  const client = machine.client(5672);
  for (const part of opening(stage)) client.send(part);
  client.take();
  client.send(bytes);
  const answer = client.take();
  return kindOf(answer, client.closed !== null);
}

async function reactionOf(port: number, { stage, bytes }: Input): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  const parts = [...opening(stage), null];
  let answer = Buffer.alloc(0);
  let isEnded = false;
  let timer: NodeJS.Timeout | undefined;
  // Tune-ok is not answered: what follows it goes at once.
  const next = () => {
    for (;;) {
      const part = parts.shift();
      if (part === undefined) return;
      answer = Buffer.alloc(0);
      socket.write(part ?? bytes);
      if (part === null) {
        timer = setTimeout(() => socket.destroy(), 400);
        return;
      }
      if (part[10] !== 31 || part[8] !== 10) return;
    }
  };
  socket.on('connect', next);
  socket.on('data', (chunk) => {
    answer = Buffer.concat([answer, chunk]);
    next();
  });
  socket.on('end', () => {
    isEnded = true;
    socket.destroy();
  });
  socket.on('error', () => {
    isEnded = true;
  });
  socket.on('close', () => {
    clearTimeout(timer);
    resolve(kindOf(new Uint8Array(answer), isEnded));
  });
  return promise;
}
