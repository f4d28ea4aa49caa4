import { expect, test } from 'vitest';
import type { FaultSpec, Outcome, TraceEvent } from '../../lab/core/events.ts';
import { linkKey } from './links.ts';
import { type Movement, World } from './world.ts';

const request = (atMs: number, id: number, from: string, to: string, cause = 0): TraceEvent => ({
  kind: 'request',
  atMs,
  id,
  cause,
  from,
  to,
  method: 'GET',
  path: '/products',
  connection: 1,
});
const response = (atMs: number, id: number, outcome: Outcome = 'ok', status = 200): TraceEvent => ({
  kind: 'response',
  atMs,
  id,
  status,
  bytes: 100,
  outcome,
});
const latency: FaultSpec = { kind: 'latency', from: 'gateway', to: 'inventory', latencyMs: 2000 };

test('requests of one root, whatever service sent them, keep its identity', () => {
  const world = new World();
  const moved: Movement[] = [];
  world.apply(
    [
      request(10, 1, 'client', 'gateway-1'),
      request(12, 2, 'gateway-1', 'orders-1', 1),
      request(14, 3, 'orders-1', 'inventory-1', 2),
    ],
    (movement) => moved.push(movement),
  );
  expect(moved.map((each) => (each.kind === 'sent' ? [each.link.key, each.request.root] : []))).toEqual([
    ['client→gateway', 1],
    ['gateway→orders', 1],
    ['orders→inventory', 1],
  ]);
});

test('replicas of a service share its links', () => {
  const world = new World();
  world.apply([request(1, 1, 'gateway-1', 'catalog-1'), request(2, 2, 'gateway-1', 'catalog-2')]);
  expect([...world.links.keys()]).toEqual(['gateway→catalog']);
  expect(world.links.get(linkKey('gateway', 'catalog'))?.inFlight).toBe(2);
});

test('health checks are nobody’s requests: with every user failed, 100 % failed', () => {
  const world = new World();
  world.apply([
    request(100, 1, 'client', 'gateway-1'),
    request(110, 2, 'inventory-1', 'inventory-1'),
    response(112, 2),
    response(140, 1, 'server-error', 500),
  ]);
  world.advance(1000);
  expect(world.outside.summary().errorRate).toBe(1);
  expect([...world.links.keys()]).toEqual(['client→gateway']);
});

test('what users get is measured on requests from outside only', () => {
  const world = new World();
  world.apply([
    request(100, 1, 'client', 'gateway-1'),
    request(110, 2, 'gateway-1', 'catalog-1', 1),
    response(120, 2, 'server-error', 500),
    response(140, 1),
  ]);
  world.advance(1000);
  const [second] = world.outside.seconds;
  expect(second).toMatchObject({ atMs: 1000, count: 1, failed: 0, inFlight: 0 });
  expect(second!.p99Ms).toBeCloseTo(40, -1);
});

test('404 is an answer, 503 and a reset are failures', () => {
  const world = new World();
  for (const [id, outcome] of (['client-error', 'server-error', 'reset', 'timeout', 'ok'] as const).entries()) {
    world.apply([request(id, id + 1, 'client', 'gateway-1'), response(id + 0.5, id + 1, outcome)]);
  }
  world.advance(1000);
  expect(world.outside.seconds[0]).toMatchObject({ count: 5, failed: 3 });
});

test('work that goes on after its user was answered is abandoned, and so is work that starts then', () => {
  const world = new World();
  world.apply([
    request(0, 1, 'client', 'gateway-1'),
    request(1, 2, 'gateway-1', 'inventory-1', 1),
    response(100, 1, 'timeout', 0), // call 2 is still on the way: one abandoned
    request(150, 3, 'gateway-1', 'inventory-1', 1), // a retry nobody waits for: another
    response(2000, 2),
    response(2100, 3),
  ]);
  world.advance(3000);
  expect(world.outside.seconds.map((each) => each.abandoned)).toEqual([2, 0, 0]);
});

test('a second is closed once and never changes', () => {
  const world = new World();
  world.apply([request(100, 1, 'client', 'gateway-1'), response(200, 1)]);
  world.advance(2500);
  const before = structuredClone(world.outside.seconds);
  world.apply([request(2600, 2, 'client', 'gateway-1'), response(2700, 2, 'reset', 0)]);
  expect(world.outside.seconds.slice(0, 2)).toEqual(before);
  world.advance(3000);
  expect(world.outside.seconds.map((each) => [each.atMs, each.count, each.failed])).toEqual([
    [1000, 1, 0],
    [2000, 0, 0],
    [3000, 1, 1],
  ]);
});

test('a jump of virtual hours does not fill memory with empty seconds', () => {
  const world = new World();
  world.apply([request(100, 1, 'client', 'gateway-1'), response(200, 1)]);
  world.advance(10 * 3_600_000);
  expect(world.outside.seconds.length).toBeLessThanOrEqual(900);
});

test('a fault has a window while it lasts; a kill is a moment', () => {
  const world = new World();
  world.apply([
    { kind: 'fault', atMs: 1000, id: 1, state: 'on', text: 'latency', fault: latency },
    { kind: 'fault', atMs: 2000, id: 2, state: 'on', text: 'kill', fault: { kind: 'kill', service: 'catalog-1' } },
  ]);
  expect([...world.faults.active.keys()]).toEqual([1]);
  expect(world.faults.windows.map((each) => [each.fromMs, each.toMs])).toEqual([
    [1000, null],
    [2000, 2000],
  ]);
  world.apply([
    { kind: 'fault', atMs: 2000, id: 2, state: 'off', text: 'kill', fault: { kind: 'kill', service: 'catalog-1' } },
    { kind: 'fault', atMs: 5000, id: 1, state: 'off', text: 'latency', fault: latency },
  ]);
  // Told are its beginning, that of the kill, and that the link is healed: a kill is not.
  expect(world.moments.list.map((each) => each.kind === 'fault' && [each.on, each.fault.kind])).toEqual([
    [true, 'latency'],
    [true, 'kill'],
    [false, 'latency'],
  ]);
  expect(world.faults.active.size).toBe(0);
  expect(world.faults.windows[0]?.toMs).toBe(5000);
});

test('a process that exits stands there with its code and its figures at rest', () => {
  const world = new World();
  world.apply([
    { kind: 'process', atMs: 0, endpoint: 'catalog-1', state: 'starting' },
    { kind: 'process', atMs: 5, endpoint: 'catalog-1', state: 'healthy' },
    { kind: 'sample', atMs: 100, endpoint: 'catalog-1', cpu: 0.9, queued: 7, connections: 3, inFlight: 4 },
    { kind: 'process', atMs: 120, endpoint: 'catalog-1', state: 'exited', exitCode: 1, reason: 'uncaught Error: boom' },
  ]);
  expect(world.replicas.of('catalog')[0]).toMatchObject({
    state: 'exited',
    exitCode: 1,
    reason: 'uncaught Error: boom',
    cpu: 0,
    queued: 0,
    starts: 1,
  });
});

test('failures of a link are told once when they begin and once when they are over', () => {
  const world = new World();
  let id = 0;
  const call = (atMs: number, outcome: Outcome) => {
    id++;
    world.apply([request(atMs, id, 'client', 'gateway-1'), response(atMs + 10, id, outcome)]);
  };
  for (let second = 0; second < 6; second++) {
    for (let n = 0; n < 3; n++) call(second * 1000 + 100 * n, second >= 2 && second < 4 ? 'server-error' : 'ok');
  }
  world.advance(7000);
  expect(world.moments.list.map((each) => [each.kind, each.atMs])).toEqual([
    ['failures', 3000],
    ['recovered', 5000],
  ]);
  expect(world.moments.list[0]).toMatchObject({ from: 'client', to: 'gateway', failed: 3, count: 3 });
});

test('retries show as calls per request on the link', () => {
  const world = new World();
  let id = 0;
  for (let n = 0; n < 20; n++) {
    const root = ++id;
    world.apply([request(n * 100, root, 'client', 'gateway-1')]);
    for (let attempt = 0; attempt < 3; attempt++) {
      world.apply([
        request(n * 100 + attempt * 10, ++id, 'gateway-1', 'orders-1', root),
        response(n * 100 + attempt * 10 + 5, id, attempt < 2 ? 'reset' : 'ok'),
      ]);
    }
    world.apply([response(n * 100 + 40, root)]);
  }
  world.advance(2000);
  expect(world.links.get('gateway→orders')!.callRate(10) / world.links.get('client→gateway')!.callRate(10)).toBe(3);
});

test('a lost reply is drawn on the beam of its call', () => {
  const world = new World();
  const moved: Movement[] = [];
  world.apply([request(1, 1, 'gateway-1', 'catalog-1')]);
  world.apply(
    [{ kind: 'packet', atMs: 3, connection: 1, from: 'catalog-1', to: 'gateway-1', bytes: 80, fate: 'dropped' }],
    (movement) => moved.push(movement),
  );
  expect(moved).toMatchObject([{ kind: 'dropped', isReply: true, link: { key: 'gateway→catalog' } }]);
  expect(world.links.size).toBe(1);
});

type Connecting = Extract<TraceEvent, { kind: 'connection' }>;
const connection = (
  atMs: number,
  id: number,
  state: Connecting['state'],
  more: Partial<Connecting> = {},
): TraceEvent => ({
  kind: 'connection',
  atMs,
  id,
  state,
  from: 'gateway-1',
  to: 'catalog-1',
  port: 8081,
  ...more,
});
const packet = (atMs: number, fate: 'dropped' | 'retransmitted'): TraceEvent => ({
  kind: 'packet',
  atMs,
  connection: 9,
  from: 'gateway-1',
  to: 'catalog-1',
  bytes: 80,
  fate,
});

test('a connection that is refused, unanswered, given up or without a name is a failed call, seen where it failed', () => {
  const world = new World();
  const moved: Movement[] = [];
  const tell = (movement: Movement) => moved.push(movement);
  world.apply([request(5, 1, 'client', 'gateway-1')], tell);
  world.apply(
    [
      connection(10, 1, 'connecting', { cause: 1 }),
      connection(11, 1, 'refused', { error: 'ECONNREFUSED' }),
      connection(20, 2, 'connecting'),
      connection(30, 2, 'timed-out', { error: 'ETIMEDOUT' }),
      connection(40, 3, 'connecting'),
      connection(50, 3, 'closed'),
      connection(60, 0, 'unresolved', { to: 'catalog', error: 'ENOTFOUND', startMs: 55 }),
      // It opens and ends in order, or its opener dies while it waits: nobody was failed.
      connection(70, 4, 'connecting'),
      connection(71, 4, 'open'),
      connection(72, 4, 'closed'),
      connection(80, 5, 'connecting'),
      connection(81, 5, 'reset'),
      // It was open, and was torn down.
      connection(90, 6, 'connecting'),
      connection(91, 6, 'open'),
      connection(92, 6, 'reset'),
    ],
    tell,
  );
  expect(moved.slice(1).map((each) => each.kind === 'unconnected' && [each.how, each.root])).toEqual([
    ['refused', 1],
    ['unanswered', 0],
    ['unanswered', 0],
    ['unresolved', 0],
    ['reset', 0],
  ]);
  world.advance(1000);
  expect(world.links.get('gateway→catalog')!.figures()).toMatchObject({ ratePerSecond: 4, errorRate: 1 });
  expect(world.moments.list).toMatchObject([{ kind: 'failures', failed: 4, count: 4, code: 'ENOTFOUND' }]);
});

test('users who cannot even connect have failed', () => {
  const world = new World();
  const outside = { from: 'client', to: 'gateway-1' };
  const knock = (atMs: number) =>
    world.apply([connection(atMs, atMs, 'connecting', outside), connection(atMs + 1, atMs, 'refused', outside)]);
  const state = (atMs: number, what: 'starting' | 'running' | 'exited') =>
    world.apply([{ kind: 'process', atMs, endpoint: 'gateway-1', state: what }]);
  // While the system comes up for the first time there are no users yet.
  state(0, 'starting');
  knock(10);
  state(20, 'running');
  state(30, 'exited');
  knock(40);
  state(50, 'starting');
  knock(60);
  world.advance(1000);
  expect(world.outside.seconds[0]).toMatchObject({ count: 2, failed: 2 });
});

test('lost packets are told when it begins and once none was lost for five seconds, however time is cut', () => {
  const tell = (steps: readonly number[]) => {
    const world = new World();
    world.apply([request(1, 1, 'gateway-1', 'catalog-1')]);
    for (const atMs of [1200, 1300, 2100, 3900])
      world.apply([packet(atMs, 'dropped'), packet(atMs + 1, 'retransmitted')]);
    for (const step of steps) world.advance(step);
    return world.moments.list.map((each) => [each.kind, each.atMs]);
  };
  const expected = [
    ['lost', 2000],
    ['arriving', 9000],
  ];
  expect(tell([20_000])).toEqual(expected);
  expect(tell([4500, 6700, 8999, 9001, 20_000])).toEqual(expected);
});

test('what is lost is on the beam of its connection, also before any request went over it', () => {
  const world = new World();
  const moved: Movement[] = [];
  world.apply([connection(1, 9, 'connecting'), packet(2, 'dropped'), packet(1002, 'retransmitted')], (movement) =>
    moved.push(movement),
  );
  expect(moved).toMatchObject([
    { kind: 'dropped', isReply: false, link: { key: 'gateway→catalog' } },
    { kind: 'resent', isReply: false, link: { key: 'gateway→catalog' } },
  ]);
  world.advance(2000);
  expect(world.links.get('gateway→catalog')!.lossRate(2)).toBe(0.5);
});
