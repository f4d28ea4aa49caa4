import { expect, test } from 'vitest';
import { Replicas } from '../session/replicas.ts';
import { contentsOf } from './contents.ts';
import { topologyTexts } from './texts.ts';

const text = topologyTexts.en;

function replica(figures: Readonly<Record<string, number>>) {
  const all = new Replicas();
  all.process({ kind: 'process', atMs: 0, endpoint: 'x-1', state: 'healthy' });
  all.sample({ kind: 'sample', atMs: 250, endpoint: 'x-1', cpu: 0, queued: 0, connections: 0, inFlight: 0, figures });
  return all.of('x');
}

test('a cache shows keys, hits and how full it is', () => {
  const figures = { keys: 350, keyspace_hits: 3, keyspace_misses: 1, used_memory: 50, maxmemory: 100 };
  expect(contentsOf('redis:7-alpine', replica(figures), text)).toMatchObject({
    label: '350 keys, 75 % hits',
    level: 0.5,
    waiting: 0,
  });
});

test('a database says first who waits for locks, else who forgot a transaction', () => {
  const of = (waiting: number, idle: number) =>
    contentsOf(
      'postgres:17',
      replica({ connections: 9, active: 2, 'waiting for locks': waiting, 'idle in transaction': idle }),
      text,
    )!;
  expect(of(2, 1).lines[1]).toEqual({ value: '2', unit: 'waiting', tone: 'hot' });
  expect(of(0, 1).lines[1]).toMatchObject({ value: '1', tone: 'warm' });
  expect(of(0, 0).lines[1]).toEqual({ value: '2', unit: 'active' });
});

test('queues fill: more messages, a higher bar, and what is unacknowledged is told apart', () => {
  const figures = {
    'messages_ready work': 9,
    'messages_unacked work': 3,
    'messages_ready dead': 0,
    'messages_ready amq.gen-1': 99,
  };
  const { queues, waiting, stress } = contentsOf('rabbitmq:4-management', replica(figures), text)!;
  expect(queues.map(({ name }) => name)).toEqual(['dead', 'work', 'amq.gen-1']);
  const [dead, work, many] = queues;
  expect(dead!.share).toBe(0);
  expect(work!.share).toBeGreaterThan(0.3);
  expect(work!.unackedShare).toBeCloseTo(work!.share / 4);
  expect(many!.share).toBeGreaterThan(work!.share);
  expect([waiting, stress]).toEqual([108, 'hot']);
});

test('a service of the learner, and a server that is down, hold nothing to show', () => {
  expect(contentsOf('shop-gateway', replica({ keys: 1 }), text)).toBeNull();
  expect(contentsOf('redis:7', [null], text)).toBeNull();
});
