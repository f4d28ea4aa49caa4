/** Whatever owners, hosts, listeners and rules do and in whatever order: callbacks keep their order and nothing is left over. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LabHost } from './host.ts';
import type { Lan } from './lan.ts';
import { DROP, type Host, RESET, SWALLOW } from './network.ts';
import { TestNet, type TestPeer, type TestServer } from './test-net.ts';

const ACTIONS = [
  'connect',
  'connect',
  'write',
  'write',
  'end',
  'close',
  'reset',
  'pauseReading',
  'resumeReading',
  'keepAlive',
  'pauseProcess',
  'resumeProcess',
  'down',
  'up',
  'stopListening',
  'listen',
  'cut',
  'drop',
  'dropBack',
  'refuse',
  'resetData',
  'delay',
  'swallow',
  'slowLine',
  'heal',
  'wait',
  'waitLong',
] as const;

const step = fc.record({
  action: fc.constantFrom(...ACTIONS),
  on: fc.nat(),
  ms: fc.double({ min: 0, max: 5, noNaN: true }),
});

test('callbacks in order, one end for each connection, no port, timer or place in a backlog left over', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const scene = new Scene();
      for (const { action, on, ms } of steps) {
        scene.do(action, on, ms);
        if (action !== 'wait') scene.net.run(ms < 1 ? 0 : ms / 10);
        expect(scene.net.network.ledger.problem).toBe(null);
      }
      scene.settle();
      for (const peer of scene.peers) expectOrder(peer.told.map((line) => line.split(' ')[0]!));
      for (const host of [scene.a, scene.b] as LabHost[]) {
        expect(host.openConnections).toBe(0);
        expect([...host.ends]).toEqual([]);
      }
      expect(scene.watched).toBe(0);
      const { ledger } = scene.net.network;
      expect([ledger.problem, ledger.underWay]).toEqual([null, 0]);
      for (const name of ledger.dropped.keys()) expect(name).toMatch(/^test: /);
      expect(scene.net.scheduler.nextUs).toBe(Number.POSITIVE_INFINITY);
      // A backlog of 3 whose places are all free takes three connections at once.
      expect(scene.connectsAtOnce(3)).toBe(3);
    }),
    { numRuns: 400 },
  );
});

function expectOrder(names: readonly string[]): void {
  expect(names.filter((name) => name === 'close').length).toBeLessThanOrEqual(1);
  if (names.includes('close')) expect(names.at(-1)).toBe('close');
  for (const once of ['connect', 'accept', 'end']) {
    // `connect ECONNREFUSED` is an error and comes instead of `connect`.
    expect(names.filter((name) => name === once).length).toBeLessThanOrEqual(1);
  }
  const opens = names.findIndex((name) => name === 'connect' || name === 'accept');
  const data = names.indexOf('data');
  if (data >= 0) expect(data).toBeGreaterThan(opens);
  if (names.includes('end')) expect(names.lastIndexOf('data')).toBeLessThan(names.indexOf('end'));
}

class Scene {
  readonly net = new TestNet();
  readonly a: Host = this.net.host('a-1');
  readonly b: Host = this.net.host('b-1');
  private readonly clients: TestPeer[] = [];
  private readonly servers: TestServer[] = [];
  private readonly healers: (() => void)[] = [];
  private readonly held: (() => void)[] = [];
  private isPaused = false;

  constructor() {
    this.take();
    this.listen();
  }

  get peers(): readonly TestPeer[] {
    return [...this.clients, ...this.servers.flatMap((server) => server.accepted)];
  }

  /** Connections that the tap has not forgotten. */
  get watched(): number {
    return (this.net.network as Lan).tap.watched;
  }

  do(action: (typeof ACTIONS)[number], on: number, ms: number): void {
    const { net, a, b, peers } = this;
    const peer = peers[on % Math.max(1, peers.length)];
    const rule = (from: string, to: string, decide: (kind: string) => number) =>
      this.healers.push(net.rule(from, to, ({ kind }) => decide(kind)));
    if (action === 'connect') this.clients.push(net.connect(a, on % 7 === 0 ? '10.0.0.99' : b.address, 80));
    else if (action === 'write') peer?.connection.write(new Uint8Array(on % 3 === 0 ? 200_000 : 100), 0);
    else if (action === 'end') peer?.connection.end();
    else if (action === 'close') peer?.connection.close();
    else if (action === 'reset') peer?.connection.reset();
    else if (action === 'pauseReading') peer?.connection.pauseReading();
    else if (action === 'resumeReading') peer?.connection.resumeReading();
    else if (action === 'keepAlive') peer?.connection.setKeepAlive(on % 2 === 0, 1000);
    else if (action === 'pauseProcess') this.isPaused = true;
    else if (action === 'resumeProcess') this.resume();
    else if (action === 'down') this.down();
    else if (action === 'up') this.up();
    else if (action === 'stopListening') this.servers.at(-1)?.listener.close();
    else if (action === 'listen') this.listen();
    else if (action === 'cut') net.network.resetConnections(() => true);
    else if (action === 'drop') rule('a-1', 'b-1', () => DROP);
    else if (action === 'dropBack') rule('b-1', 'a-1', () => DROP);
    else if (action === 'refuse') rule('a-1', 'b-1', (kind) => (kind === 'syn' ? RESET : 0));
    else if (action === 'resetData') rule('*', '*', (kind) => (kind === 'data' ? RESET : 0));
    else if (action === 'delay') rule('*', '*', () => on % 3_000_000);
    else if (action === 'swallow') rule('a-1', 'b-1', (kind) => (kind === 'data' ? SWALLOW : 0));
    else if (action === 'slowLine') this.healers.push(net.rule('b-1', '*', () => 0, 1000 + (on % 1_000_000)));
    else if (action === 'heal') this.heal();
    else net.run(action === 'wait' ? ms : ms * 20_000);
  }

  /** Everything works again and everyone closes. */
  settle(): void {
    this.heal();
    this.resume();
    this.net.run(200_000);
    for (const peer of this.peers) {
      peer.connection.resumeReading();
      peer.connection.close();
    }
    this.net.run(2_000_000);
  }

  /** How many connections a process that is busy gets into its backlog at once. */
  connectsAtOnce(count: number): number {
    const { net } = this;
    this.up();
    this.listen();
    this.isPaused = true;
    const clients = Array.from({ length: count }, () => net.connect(this.a, this.b.address, 80));
    net.run(10);
    return clients.filter((client) => client.told[0]?.startsWith('connect ') && client.told.length === 1).length;
  }

  private listen(): void {
    this.servers.at(-1)?.listener.close();
    if (this.b.isUp) this.servers.push(this.net.listen(this.b, 80, 3));
  }

  private take(): void {
    this.b.deliver = (run) => {
      if (this.isPaused) this.held.push(run);
      else run();
    };
  }

  private resume(): void {
    this.isPaused = false;
    for (const run of this.held.splice(0)) run();
  }

  private down(): void {
    this.b.down();
    this.held.length = 0;
  }

  private up(): void {
    if (this.b.isUp) return;
    this.b.up();
    this.take();
    this.listen();
  }

  private heal(): void {
    for (const heal of this.healers.splice(0)) heal();
  }
}
