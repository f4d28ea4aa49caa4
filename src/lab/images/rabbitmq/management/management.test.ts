import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TestMachine } from '../../test-machine.ts';
import { AmqpTestClient, bootNode, TestFiles } from '../test-client.ts';
import { parse } from './http.ts';

const GUEST = 'authorization: Basic Z3Vlc3Q6Z3Vlc3Q=';

function managed(files?: TestFiles): TestMachine {
  return bootNode({ argv: ['rabbitmq:4-management'], ...(files ? { files } : {}) });
}

function ask(machine: TestMachine, method: string, path: string, body?: unknown, auth = GUEST) {
  const client = machine.client(15_672);
  const text = body === undefined ? '' : JSON.stringify(body);
  client.send(`${method} ${path} HTTP/1.1\r\nhost: x\r\n${auth}\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
  const answer = client.text();
  const [head = '', rest = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.slice(9, 12)), head, json: rest === '' ? null : (JSON.parse(rest) as any) };
}

test('only images with management listen on 15672', () => {
  expect(() => bootNode().client(15_672)).toThrow();
  expect(ask(managed(), 'GET', '/api/whoami').json).toEqual({ name: 'guest', tags: ['administrator'] });
});

test('who does not say who they are is refused', () => {
  const machine = managed();
  expect(ask(machine, 'GET', '/api/overview', undefined, 'x: y')).toMatchObject({ status: 401, json: null });
  const wrong = ask(machine, 'GET', '/api/overview', undefined, 'authorization: Basic Z3Vlc3Q6eA==');
  expect(wrong).toMatchObject({ status: 401, json: { error: 'not_authorized', reason: 'Login failed' } });
});

test('queues, consumers, connections and channels are shown under the names of the real API', () => {
  const machine = managed();
  const client = new AmqpTestClient(machine);
  client.declare('a b', { 'x-max-length': 5 });
  client.call('basic.qos', { prefetchCount: 1 });
  client.publish('', 'a b', '1');
  client.publish('', 'a b', '2');
  client.call('basic.consume', { queue: 'a b', consumerTag: 'c', arguments: [] });
  expect(ask(machine, 'GET', '/api/queues/%2F/a%20b').json).toMatchObject({
    name: 'a b',
    vhost: '/',
    type: 'classic',
    durable: true,
    messages: 2,
    messages_ready: 1,
    messages_unacknowledged: 1,
    consumers: 1,
    arguments: { 'x-max-length': 5 },
    consumer_details: [{ consumer_tag: 'c', prefetch_count: 1 }],
  });
  expect(ask(machine, 'GET', '/api/consumers').json).toMatchObject([
    { queue: { name: 'a b', vhost: '/' }, ack_required: true },
  ]);
  expect(ask(machine, 'GET', '/api/connections').json).toMatchObject([
    { state: 'running', channels: 1, user: 'guest' },
  ]);
  expect(ask(machine, 'GET', '/api/channels').json).toMatchObject([
    { number: 1, messages_unacknowledged: 1, consumer_count: 1 },
  ]);
  expect(ask(machine, 'GET', '/api/overview').json).toMatchObject({
    queue_totals: { messages: 2 },
    object_totals: { channels: 1, connections: 1, consumers: 1, exchanges: 7, queues: 1 },
  });
  expect(ask(machine, 'GET', '/api/queues/%2F/none')).toMatchObject({ status: 404, json: { reason: 'Not Found' } });
});

test('queues, exchanges and bindings are made and ended, messages published and read', () => {
  const machine = managed();
  const queue = '/api/queues/%2F/q';
  expect(ask(machine, 'PUT', queue, { durable: true, arguments: { 'x-max-length': 5 } }).status).toBe(201);
  expect(ask(machine, 'PUT', queue, { durable: true, arguments: { 'x-max-length': 5 } }).status).toBe(204);
  expect(ask(machine, 'PUT', queue, { durable: true }).json).toEqual({
    error: 'bad_request',
    reason:
      "inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received none but current is the value '5' of type 'long'",
  });
  expect(ask(machine, 'PUT', '/api/exchanges/%2F/x', { type: 'topic' }).status).toBe(201);
  expect(ask(machine, 'POST', '/api/bindings/%2F/e/x/q/q', { routing_key: 'a.*' }).status).toBe(201);
  const message = { properties: { message_id: 'm' }, routing_key: 'a.b', payload: 'hi', payload_encoding: 'string' };
  expect(ask(machine, 'POST', '/api/exchanges/%2F/x/publish', message).json).toEqual({ routed: true });
  const get = (ackmode: string) => ask(machine, 'POST', `${queue}/get`, { count: 2, ackmode, encoding: 'auto' }).json;
  expect(get('ack_requeue_true')).toEqual([
    {
      payload_bytes: 2,
      redelivered: false,
      exchange: 'x',
      routing_key: 'a.b',
      message_count: 0,
      properties: { message_id: 'm' },
      payload: 'hi',
      payload_encoding: 'string',
    },
  ]);
  expect(get('ack_requeue_false')).toMatchObject([{ redelivered: true }]);
  expect(get('ack_requeue_false')).toEqual([]);
  expect(ask(machine, 'DELETE', '/api/bindings/%2F/e/x/q/q/a.*').status).toBe(204);
  expect(ask(machine, 'POST', '/api/exchanges/%2F/x/publish', message).json).toEqual({ routed: false });
  expect(ask(machine, 'DELETE', `${queue}/contents`).status).toBe(204);
  expect(ask(machine, 'DELETE', queue).status).toBe(204);
  expect(ask(machine, 'DELETE', queue).status).toBe(404);
  expect(ask(machine, 'PUT', '/api/queues/%2F/bad', undefined).status).toBe(201);
});

test('health checks tell of alarms and listeners', () => {
  const files = new TestFiles();
  const machine = managed(files);
  expect(ask(machine, 'GET', '/api/health/checks/alarms')).toMatchObject({ status: 200, json: { status: 'ok' } });
  expect(ask(machine, 'GET', '/api/health/checks/port-listener/5672').status).toBe(200);
  expect(ask(machine, 'GET', '/api/health/checks/port-listener/1').status).toBe(503);
  const client = new AmqpTestClient(machine);
  files.capacityBytes = 0;
  client.declare('q');
  client.publish('', 'q', 'm', { deliveryMode: 2 });
  expect(ask(machine, 'GET', '/api/health/checks/alarms')).toMatchObject({ status: 503, json: { alarms: ['disk'] } });
});

test('a connection is closed from outside', () => {
  const machine = managed();
  const client = new AmqpTestClient(machine);
  const [{ name }] = ask(machine, 'GET', '/api/connections').json;
  expect(ask(machine, 'DELETE', `/api/connections/${encodeURIComponent(name)}`).status).toBe(204);
  expect(client.take('connection.close')[0]?.args.replyText).toBe('CONNECTION_FORCED - Closed via management plugin');
});

test('definitions are loaded at start', () => {
  const files = new TestFiles();
  const definitions = {
    users: [{ name: 'app', password: 'secret', tags: 'administrator' }],
    queues: [{ name: 'q', vhost: '/', durable: true, arguments: { 'x-queue-type': 'quorum' } }],
    exchanges: [{ name: 'x', vhost: '/', type: 'fanout', durable: true }],
    bindings: [
      { source: 'x', vhost: '/', destination: 'q', destination_type: 'queue', routing_key: '', arguments: {} },
    ],
  };
  files.write('/etc/rabbitmq/definitions.json', new TextEncoder().encode(JSON.stringify(definitions)));
  const client = new AmqpTestClient(managed(files), { user: 'app', password: 'secret' });
  client.publish('x', '', 'm');
  expect(client.get('q')).toBe('m');
});

test('a request in any pieces is the same request; what is none is refused', () => {
  const text =
    'POST /api/a%20b?x=1 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), (cut) => {
      expect(parse(text.slice(0, cut))).toBe('more');
    }),
  );
  expect(parse(text)).toMatchObject({
    request: { method: 'POST', path: ['api', 'a b'], query: { x: '1' } },
    length: text.length,
  });
  for (const bad of [
    'nonsense\r\n\r\n',
    'GET x HTTP/1.1\r\n\r\n',
    'GET / HTTP/2.0\r\n\r\n',
    'GET / HTTP/1.1\r\nbad header\r\n\r\n',
    'GET /%zz HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n',
  ]) {
    expect(parse(bad), bad).toBe(400);
  }
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (garbage) => {
      const client = managed().client(15_672);
      expect(() => client.send(`${garbage}\r\n\r\n`)).not.toThrow();
    }),
    { numRuns: 50 },
  );
});
