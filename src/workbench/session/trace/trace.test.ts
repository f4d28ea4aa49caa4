import { expect, test } from 'vitest';
import type { FaultSpec, Outcome, TraceEvent } from '../../../lab/core/events.ts';
import { RunRecord } from '../record/record.ts';
import { World } from '../world.ts';
import { matchingTraces, TraceList } from './list.ts';
import { traceTree } from './tree.ts';
import { whyFailed } from './why.ts';

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

type Connecting = Extract<TraceEvent, { kind: 'connection' }>;
const opening = (atMs: number, id: number, state: Connecting['state'], more: Partial<Connecting> = {}): TraceEvent => ({
  kind: 'connection',
  atMs,
  id,
  state,
  from: 'gateway-1',
  to: 'inventory-1',
  port: 8082,
  ...more,
});

test('a call that never became a request is a bar of its own, with its error, and its attempts are counted', () => {
  const record = recordOf([
    request(10, 1, 'client', 'gateway-1'),
    opening(11, 700, 'connecting', { cause: 1 }),
    opening(12, 700, 'refused', { error: 'ECONNREFUSED' }),
    opening(22, 0, 'unresolved', { to: 'inventory', port: 0, cause: 1, error: 'ENOTFOUND', startMs: 20 }),
    opening(30, 701, 'connecting', { cause: 1 }),
    opening(90, 701, 'closed'),
    // Of nobody's request, and one that opened and carried it.
    opening(40, 702, 'connecting'),
    opening(41, 702, 'refused', { error: 'ECONNREFUSED' }),
    opening(91, 703, 'connecting', { cause: 1 }),
    opening(92, 703, 'open'),
    { ...request(93, 2, 'gateway-1', 'inventory-1', 1), connection: 703 } as TraceEvent,
    response(94, 2),
    response(95, 1, 'server-error', 502),
  ]);
  const { spans, isOver } = traceTree(record, 1, record.count, 100)!;
  expect(isOver).toBe(true);
  expect(spans.map(({ kind, startMs, endMs, error, outcome }) => [kind, startMs, endMs, error, outcome])).toEqual([
    ['request', 10, 95, '', 'server-error'],
    ['connection', 11, 12, 'ECONNREFUSED', 'refused'],
    ['connection', 20, 22, 'ENOTFOUND', 'refused'],
    ['connection', 30, 90, '', 'aborted'],
    ['request', 93, 94, '', 'ok'],
  ]);
  expect(spans[3]).toMatchObject({ attempt: 3, attempts: 3, name: '8082' });
  const during = traceTree(record, 1, 5, 50)!;
  expect([during.isOver, during.spans.at(-1)!.endMs]).toEqual([false, null]);
  const list = new TraceList();
  list.sync(record, record.count);
  expect(list.traces.get(1)).toMatchObject({ calls: 4, failedCalls: 3 });
});

test('a connection torn down under a statement belongs to the request that waits for it', () => {
  const record = recordOf([
    opening(1, 800, 'connecting', { to: 'postgres-1' }),
    opening(2, 800, 'open', { to: 'postgres-1' }),
    request(10, 1, 'client', 'gateway-1'),
    opening(30, 800, 'reset', { to: 'postgres-1', cause: 1 }),
    response(31, 1, 'server-error', 500),
    opening(40, 801, 'reset', { to: 'postgres-1', cause: 1 }),
  ]);
  const [, torn, ...rest] = traceTree(record, 1, record.count, 50)!.spans;
  expect(torn).toMatchObject({ kind: 'connection', startMs: 30, endMs: 30, error: 'ECONNRESET', to: 'postgres-1' });
  expect(rest).toEqual([]);
});

test('users that were refused at the door are listed, and can be looked at', () => {
  const users = { from: 'client', to: 'gateway-1', port: 8080 };
  const record = recordOf([
    opening(2, 899, 'connecting', users),
    opening(3, 899, 'refused', { ...users, error: 'ECONNREFUSED' }),
    // Now it is up: before, no user would knock.
    { kind: 'process', atMs: 4, endpoint: 'gateway-1', state: 'healthy' },
    opening(5, 900, 'connecting', users),
    opening(6, 900, 'refused', { ...users, error: 'ECONNREFUSED' }),
  ]);
  const list = new TraceList();
  list.sync(record, record.count);
  const [row, ...others] = list.traces.values();
  expect(others).toEqual([]);
  expect(row).toMatchObject({ root: -900, from: 'client', to: 'gateway-1', outcome: 'refused', startMs: 5, endMs: 6 });
  expect(traceTree(record, -900, record.count, 9, row!.index)!.spans).toMatchObject([
    { kind: 'connection', id: -900, error: 'ECONNREFUSED', startMs: 5, endMs: 6 },
  ]);
});

test('why a call failed: the faults on its way, and who was away', () => {
  const world = new World();
  const latency = { kind: 'latency', from: 'gateway', to: 'inventory', latencyMs: 1 } as const;
  const fault = (atMs: number, id: number, state: 'on' | 'off', what: FaultSpec): TraceEvent => ({
    kind: 'fault',
    atMs,
    id,
    state,
    text: '',
    fault: what,
  });
  world.apply([
    { kind: 'process', atMs: 1, endpoint: 'inventory-1', state: 'healthy' },
    fault(2, 1, 'on', { ...latency, to: 'catalog' }),
    fault(3, 2, 'on', latency),
    fault(4, 2, 'off', latency),
    fault(5, 3, 'on', { kind: 'refuse', service: 'inventory' }),
    { kind: 'process', atMs: 6, endpoint: 'inventory-2', state: 'exited', reason: 'killed' },
  ]);
  const at = (to: string, startMs: number, endMs: number) => {
    const why = whyFailed(world, { from: 'gateway-1', to, startMs, endMs });
    return [why.faults.map(({ id }) => id), why.processes.map(({ endpoint }) => endpoint)];
  };
  expect(at('inventory-1', 7, 8)).toEqual([[3], []]);
  expect(at('inventory-1', 3, 4)).toEqual([[2], []]);
  expect(at('inventory-2', 7, 8)).toEqual([[3], ['inventory-2']]);
  expect(at('inventory', 5, 5.5)).toEqual([[3], []]);
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
