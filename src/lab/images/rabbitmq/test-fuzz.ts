/**
 * Malformed input, from a seed: bytes that are no frames, frames that are no methods, methods cut, stretched or with bits
 * turned over, in every state of a connection; and what a server does about one.
 */
import net from 'node:net';
import type { Random } from '../../core/random.ts';
import { bootNode } from './test-client.ts';
import { FrameWriter } from './wire/frames.ts';
import { METHOD_NAMES, methodId, methodPayload } from './wire/methods.ts';

export type Stage = 'nothing' | 'header' | 'started' | 'tuned' | 'running' | 'channel';
export const STAGES: readonly Stage[] = ['nothing', 'header', 'started', 'tuned', 'running', 'channel'];

const HEADER = Uint8Array.of(65, 77, 81, 80, 0, 0, 9, 1);

/** What a client that behaves sends up to a stage, in the pieces that the server answers. */
export function opening(stage: Stage): Uint8Array[] {
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
export function malformed(random: Random): { readonly stage: Stage; readonly bytes: Uint8Array } {
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

export function reactionOfImage({ stage, bytes }: Input): string {
  const machine = bootNode();
  const client = machine.client(5672);
  for (const part of opening(stage)) client.send(part);
  client.take();
  client.send(bytes);
  const answer = client.take();
  return kindOf(answer, client.closed !== null);
}

export async function reactionOf(port: number, { stage, bytes }: Input): Promise<string> {
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
