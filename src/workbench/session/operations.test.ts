import { expect, test } from 'vitest';
import type { TraceEvent } from '../../lab/core/events.ts';
import { type Movement, World } from './world.ts';

const connection = (id: number, from: string, to: string, state: 'open' | 'closed' = 'open'): TraceEvent => ({
  kind: 'connection',
  atMs: 1,
  id,
  state,
  from,
  to,
  port: 6379,
});
const operation = (atMs: number, id: number, endpoint: string, name: string, error?: string): TraceEvent => ({
  kind: 'operation',
  atMs,
  endpoint,
  connection: id,
  name,
  text: name,
  startMs: atMs - 2,
  ...(error === undefined ? {} : { error }),
});

test('commands count on the link of the connection they came by, and move along it', () => {
  const world = new World();
  const moved: Movement[] = [];
  world.apply(
    [
      connection(1, 'worker-2', 'redis-1'),
      operation(100, 1, 'redis-1', 'GET'),
      operation(200, 1, 'redis-1', 'SET', 'OOM'),
      // A health check inside the container, and talk.
      operation(300, 0, 'redis-1', 'PING'),
      operation(300, 1, 'redis-1', 'HELLO'),
    ],
    (movement) => moved.push(movement),
  );
  world.advance(1000);
  const link = world.links.get('worker→redis')!;
  expect(link.callRate(1)).toBe(2);
  expect(link.figures(1)).toMatchObject({ errorRate: 0.5, inFlight: 0 });
  expect(moved.map(({ kind }) => kind)).toEqual(['sent', 'answered', 'sent', 'answered']);
});

test('a message that the broker sends goes the other way; acknowledgements do not count', () => {
  const world = new World();
  const moved: Movement[] = [];
  world.apply(
    [
      connection(4, 'order-1', 'rabbit-1'),
      operation(10, 4, 'rabbit-1', 'basic.publish'),
      operation(11, 4, 'rabbit-1', 'basic.deliver'),
      operation(12, 4, 'rabbit-1', 'basic.ack'),
    ],
    (movement) => moved.push(movement),
  );
  expect(moved.map(({ kind }) => kind)).toEqual(['sent', 'answered', 'pushed']);
  expect(world.links.get('order→rabbit')!.started).toBe(2);
});

test('what a proxy says of a request that the network saw is not counted again, nor what came by a closed connection', () => {
  const world = new World();
  world.apply([
    connection(2, 'client', 'lb-1'),
    { kind: 'request', atMs: 5, id: 1, cause: 0, from: 'client', to: 'lb-1', method: 'GET', path: '/', connection: 2 },
    operation(9, 2, 'lb-1', 'GET'),
    connection(3, 'worker-1', 'redis-1'),
    connection(3, 'worker-1', 'redis-1', 'closed'),
    operation(10, 3, 'redis-1', 'GET'),
  ]);
  expect(world.links.get('client→lb')!.started).toBe(1);
  expect(world.links.has('worker→redis')).toBe(false);
});

test('a world that goes on from another knows its connections', () => {
  const world = new World();
  world.apply([connection(1, 'worker-1', 'redis-1')]);
  const next = new World(world);
  next.apply([operation(10, 1, 'redis-1', 'GET')]);
  expect(next.links.get('worker→redis')!.started).toBe(1);
  expect(world.links.has('worker→redis')).toBe(false);
});

test('figures of a server are kept with how fast they change', () => {
  const world = new World();
  const sample = (atMs: number, keyspace_hits: number): TraceEvent => ({
    kind: 'sample',
    atMs,
    endpoint: 'redis-1',
    cpu: 0,
    queued: 0,
    connections: 1,
    inFlight: 0,
    figures: { keyspace_hits, keys: 7 },
  });
  world.apply([sample(0, 0), sample(250, 10), sample(1000, 30), sample(1250, 40), sample(2000, 80)]);
  const { figures, perSecond } = world.replicas.all.get('redis-1')!;
  expect(figures).toEqual({ keyspace_hits: 80, keys: 7 });
  expect(perSecond).toEqual({ keyspace_hits: 50, keys: 0 });
});
