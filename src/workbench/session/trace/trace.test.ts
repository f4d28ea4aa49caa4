import { expect, test } from 'vitest';
import type { Outcome, TraceEvent } from '../../../lab/core/events.ts';
import { RunRecord } from '../record/record.ts';
import { matchingTraces, TraceList } from './list.ts';
import { traceTree } from './tree.ts';

let connections = 0;
const request = (atMs: number, id: number, from: string, to: string, cause = 0, path = '/products'): TraceEvent => ({
  kind: 'request',
  atMs,
  id,
  cause,
  from,
  to,
  method: 'GET',
  path,
  connection: ++connections,
});
const response = (atMs: number, id: number, outcome: Outcome = 'ok', status = 200): TraceEvent => ({
  kind: 'response',
  atMs,
  id,
  status,
  bytes: 100,
  outcome,
});

function recordOf(events: readonly TraceEvent[]): RunRecord {
  const record = new RunRecord({ chunkEvents: 8 });
  record.take(events, events.at(-1)?.atMs ?? 0);
  return record;
}

const shop = [
  request(10, 1, 'client', 'gateway-1'),
  request(11, 2, 'gateway-1', 'catalog-1', 1),
  request(12, 3, 'client', 'gateway-1'),
  request(12, 4, 'gateway-1', 'inventory-1', 1),
  response(15, 2),
  response(16, 4, 'server-error', 503),
  request(20, 5, 'gateway-1', 'inventory-2', 1),
  request(21, 6, 'inventory-2', 'postgres-1', 5, '/x'),
  response(22, 6),
  response(30, 5),
  response(31, 3),
  response(32, 1),
];

test('one request: what it caused, nested, in time, and nothing of another', () => {
  const record = recordOf(shop);
  const tree = traceTree(record, 1, record.count, 40)!;
  expect(tree.spans.map(({ id, depth, parent }) => [id, depth, parent])).toEqual([
    [1, 0, 0],
    [2, 1, 1],
    [4, 1, 1],
    [5, 1, 1],
    [6, 2, 5],
  ]);
  expect([tree.startMs, tree.endMs, tree.isOver]).toEqual([10, 32, true]);
});

test('a failed call that is tried again, on whatever replica, is attempts of one call, side by side', () => {
  const record = recordOf(shop);
  const attempts = traceTree(record, 1, record.count, 40)!.spans.map(({ id, attempt, attempts }) => [
    id,
    attempt,
    attempts,
  ]);
  expect(attempts).toEqual([
    [1, 1, 1],
    [2, 1, 1],
    [4, 1, 2],
    [5, 2, 2],
    [6, 1, 1],
  ]);
});

test('the same call twice without a failure is two calls', () => {
  const record = recordOf([
    request(1, 1, 'client', 'gateway-1'),
    request(2, 2, 'gateway-1', 'catalog-1', 1),
    response(3, 2),
    request(4, 3, 'gateway-1', 'catalog-1', 1),
    response(5, 3),
    response(6, 1),
  ]);
  expect(traceTree(record, 1, record.count, 9)!.spans.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
});

test('at a moment of the past it is what had happened by then', () => {
  const record = recordOf(shop);
  const tree = traceTree(record, 1, 5, 15)!;
  expect(tree.spans.map(({ id, endMs }) => [id, endMs])).toEqual([
    [1, null],
    [2, 15],
    [4, null],
  ]);
  expect([tree.isOver, tree.endMs]).toEqual([false, 15]);
});

test('the time a connection took belongs to the first request on it', () => {
  const connection = (atMs: number, state: 'connecting' | 'open'): TraceEvent => ({
    kind: 'connection',
    atMs,
    id: 900,
    state,
    from: 'client',
    to: 'gateway-1',
    port: 8080,
  });
  const on900 = (event: TraceEvent) => ({ ...event, connection: 900 }) as TraceEvent;
  const record = recordOf([
    connection(1, 'connecting'),
    connection(4, 'open'),
    on900(request(5, 1, 'client', 'gateway-1')),
    response(6, 1),
    on900(request(7, 2, 'client', 'gateway-1')),
    response(8, 2),
  ]);
  expect(traceTree(record, 1, record.count, 9)!.spans[0]!.connect).toEqual({ fromMs: 1, toMs: 4 });
  expect(traceTree(record, 1, record.count, 9)!.startMs).toBe(1);
  expect(traceTree(record, 2, record.count, 9)!.spans[0]!.connect).toBeNull();
});

test('commands of a database stand under the request that they were sent for', () => {
  const operation = {
    kind: 'operation',
    atMs: 14,
    endpoint: 'postgres-1',
    connection: 7,
    name: 'SELECT',
    text: 'SELECT 1',
    startMs: 13,
    cause: 2,
  } as unknown as TraceEvent;
  const record = recordOf([
    request(10, 1, 'client', 'gateway-1'),
    request(11, 2, 'gateway-1', 'orders-1', 1),
    operation,
    response(15, 2),
    response(16, 1),
  ]);
  const span = traceTree(record, 1, record.count, 20)!.spans[2]!;
  expect(span).toMatchObject({
    kind: 'operation',
    parent: 2,
    depth: 2,
    from: 'orders-1',
    to: 'postgres-1',
    startMs: 13,
  });
});

test('the list has each request from outside once, with what became of it', () => {
  const record = recordOf(shop);
  const list = new TraceList();
  list.sync(record, record.count);
  expect(
    [...list.traces.values()].map(({ root, calls, failedCalls, endMs }) => [root, calls, failedCalls, endMs]),
  ).toEqual([
    [1, 4, 1, 32],
    [3, 0, 0, 31],
  ]);
  list.sync(record, 6);
  expect(list.traces.get(1)).toMatchObject({ calls: 2, failedCalls: 1, endMs: null });
});

test('filters: by service, by failure anywhere below, by text; slowest first', () => {
  const record = recordOf(shop);
  const list = new TraceList();
  list.sync(record, record.count);
  const found = (filter: object) =>
    matchingTraces(list.traces.values(), { service: '', show: 'all', search: '', order: 'newest', ...filter }, 40).map(
      ({ root }) => root,
    );
  expect(found({})).toEqual([3, 1]);
  expect(found({ service: 'inventory' })).toEqual([1]);
  expect(found({ show: 'failed' })).toEqual([1]);
  expect(found({ show: 'slow' })).toEqual([]);
  expect(found({ search: 'PRODUCTS' })).toEqual([3, 1]);
  expect(found({ search: '404' })).toEqual([]);
  expect(found({ order: 'slowest' })).toEqual([1, 3]);
});
