/** Whatever the network does short of giving up, bytes arrive complete, in order, exactly once, and both sides end. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../core/random.ts';
import type { LabHost } from './host.ts';
import { DROP } from './network.ts';
import { TestNet, type TestPeer } from './test-net.ts';

type Step =
  | { readonly kind: 'write'; readonly byServer: boolean; readonly bytes: number }
  | { readonly kind: 'wait'; readonly us: number }
  | { readonly kind: 'pauseReading' | 'resumeReading' | 'pauseProcess' | 'resumeProcess'; readonly byServer: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), byServer: fc.boolean(), bytes: size() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), us: fc.integer({ min: 0, max: 400_000 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'pauseReading' as const,
        'resumeReading' as const,
        'pauseProcess' as const,
        'resumeProcess' as const,
      ),
      byServer: fc.boolean(),
    }),
  },
);

const weather = fc.record({
  seed: fc.integer({ min: 0, max: 0xffffffff }),
  loss: fc.constantFrom(0, 0, 0.1, 0.4),
  jitterUs: fc.constantFrom(0, 0, 1000, 3_000_000),
  oneWay: fc.constantFrom('*', 'a-1', 'b-1'),
});

test('random writes, losses, jitter, pauses: complete, in order, exactly once, and both sides close', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), weather, (steps, sky) => {
      const run = play(steps, sky);
      expect(run.server.receivedBytes).toBe(run.sent[0]);
      expect(run.client.receivedBytes).toBe(run.sent[1]);
      expect(isSequence(run.server)).toBe(true);
      expect(isSequence(run.client)).toBe(true);
      for (const peer of [run.client, run.server]) {
        const callbacks = peer.told.map((line) => line.split(' ')[0]);
        expect(callbacks.filter((name) => name === 'end')).toHaveLength(1);
        expect(callbacks.filter((name) => name === 'close')).toHaveLength(1);
        expect(callbacks.at(-1)).toBe('close');
        expect(callbacks).not.toContain('read');
        expect(peer.connection.bytesQueued).toBeLessThanOrEqual(0);
      }
      expect(run.open).toEqual([0, 0]);
      expect(run.leftOver).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test('the same steps and the same seed give the same trace', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), weather, (steps, sky) => {
      expect(play(steps, sky).hash).toBe(play(steps, sky).hash);
    }),
    { numRuns: 20 },
  );
});

test('a callback is never made while reading is paused, nor data after the end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), weather, (steps, sky) => {
      const run = play(steps, sky);
      for (const peer of [run.client, run.server]) {
        const names = peer.told.map((line) => line.split(' ')[0]);
        expect(names.lastIndexOf('data')).toBeLessThan(names.indexOf('end'));
      }
      expect(run.readWhilePaused).toBe(0);
    }),
    { numRuns: 100 },
  );
});

function size(): fc.Arbitrary<number> {
  return fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 300 }) }, fc.integer({ min: 1, max: 300_000 }));
}

interface Weather {
  readonly seed: number;
  readonly loss: number;
  readonly jitterUs: number;
  readonly oneWay: string;
}

function play(steps: readonly Step[], { seed, loss, jitterUs, oneWay }: Weather) {
  const net = new TestNet(seed);
  const hosts = [net.host('a-1'), net.host('b-1')] as const;
  const peers = net.pair(hosts[0], hosts[1]);
  const random = new Random(seed);
  // For 100 s anything may be lost, nine tries of one segment or so; the last six of the fifteen get through.
  let row = 0;
  net.rule(oneWay, '*', () => {
    if (net.nowMs < 100_000 && random.float() < loss && ++row < 8) return DROP;
    row = 0;
    return Math.floor(random.float() * jitterUs);
  });
  const held: (() => void)[][] = [[], []];
  const isPaused = [false, false];
  let readWhilePaused = 0;
  peers.forEach((peer, i) => {
    hosts[i]!.deliver = (run) => (isPaused[i] ? held[i]!.push(run) : run());
    peer.onDataHook = () => {
      if (isReadingPaused[i]) readWhilePaused++;
    };
  });
  const isReadingPaused = [false, false];
  const sent: [number, number] = [0, 0];
  const resumeProcess = (i: number) => {
    isPaused[i] = false;
    for (const run of held[i]!.splice(0)) run();
  };
  for (const action of steps) {
    if (action.kind === 'wait') net.run(action.us / 1000);
    else {
      const i = action.byServer ? 1 : 0;
      const { connection } = peers[i]!;
      if (action.kind === 'write') {
        const from = sent[i]!;
        connection.write(
          Uint8Array.from({ length: action.bytes }, (_, k) => sequence(from + k)),
          0,
        );
        sent[i] = from + action.bytes;
      } else if (action.kind === 'pauseReading') {
        isReadingPaused[i] = true;
        connection.pauseReading();
      } else if (action.kind === 'resumeReading') {
        isReadingPaused[i] = false;
        connection.resumeReading();
      } else if (action.kind === 'pauseProcess') isPaused[i] = true;
      else resumeProcess(i);
    }
  }
  for (const i of [0, 1]) {
    resumeProcess(i);
    isReadingPaused[i] = false;
    peers[i]!.connection.resumeReading();
    peers[i]!.connection.end();
  }
  net.run(100_000_000);
  return {
    client: peers[0],
    server: peers[1],
    sent,
    readWhilePaused,
    open: hosts.map((host) => host.openConnections),
    leftOver: hosts.reduce((sum, host) => sum + (host as LabHost).ends.size, 0),
    hash: net.trace.hash,
  };
}

/** A byte that depends on its place, with a period that no segment size shares. */
function sequence(place: number): number {
  return (place * 31 + (place >> 8)) & 0xff;
}

function isSequence(peer: TestPeer): boolean {
  let place = 0;
  for (const chunk of peer.received) for (const byte of chunk) if (byte !== sequence(place++)) return false;
  return true;
}
