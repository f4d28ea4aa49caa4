import { describe, expect, test } from 'vitest';
import { AmqpTestClient, bootNode, TestFiles } from './test-client.ts';

const PERSISTENT = { deliveryMode: 2 };

describe('what outlives the process', () => {
  test('a killed node has its durable queues, bindings and persistent messages, and nothing else', () => {
    const first = bootNode();
    const client = new AmqpTestClient(first);
    client.declare('kept');
    client.declare('gone', {}, { durable: false });
    client.call('exchange.declare', { exchange: 'x', type: 'topic', durable: true, arguments: [] });
    client.call('queue.bind', { queue: 'kept', exchange: 'x', routingKey: 'a.#', arguments: [] });
    client.publish('', 'kept', 'persistent', PERSISTENT);
    client.publish('', 'kept', 'transient');
    client.publish('x', 'a.b', 'routed', PERSISTENT);
    first.kill();
    const again = new AmqpTestClient(bootNode({ files: first.files }));
    expect(again.drain('kept')).toEqual(['persistent+', 'routed+']);
    again.publish('x', 'a.c', 'still bound');
    expect(again.get('kept')).toBe('still bound');
    expect(again.call('queue.declare', { queue: 'gone', passive: true, arguments: [] })?.args.replyCode).toBe(404);
  });

  test('after an orderly stop only what had been delivered is marked as redelivered', () => {
    const first = bootNode();
    const client = new AmqpTestClient(first);
    client.declare('q');
    client.publish('', 'q', 'delivered', PERSISTENT);
    client.publish('', 'q', 'waiting', PERSISTENT);
    client.getMessage('q');
    first.server!.signal('SIGTERM');
    client.receive();
    expect(client.inbox.find(({ name }) => name === 'connection.close')?.args.replyCode).toBe(320);
    first.advance(5000);
    expect(first.exited?.code).toBe(0);
    const again = new AmqpTestClient(bootNode({ files: first.files }));
    expect(again.drain('q')).toEqual(['delivered+', 'waiting']);
  });

  test('acknowledged messages do not come back, purged and deleted ones neither', () => {
    const first = bootNode();
    const client = new AmqpTestClient(first);
    for (const queue of ['a', 'b', 'c']) client.declare(queue);
    for (const queue of ['a', 'b', 'c']) for (const body of ['1', '2']) client.publish('', queue, body, PERSISTENT);
    client.get('a');
    client.call('queue.purge', { queue: 'b' });
    client.call('queue.delete', { queue: 'c' });
    first.kill();
    const again = new AmqpTestClient(bootNode({ files: first.files }));
    expect([again.drain('a'), again.drain('b')]).toEqual([['2+'], []]);
    expect(again.declare('c')?.args.messageCount).toBe(0);
  });

  test('a quorum queue keeps every message and counts the delivery that the crash ended', () => {
    const first = bootNode();
    const client = new AmqpTestClient(first);
    client.declare('q', { 'x-queue-type': 'quorum' });
    client.publish('', 'q', 'taken');
    client.publish('', 'q', 'waiting');
    client.getMessage('q');
    first.kill();
    const again = new AmqpTestClient(bootNode({ files: first.files }));
    const taken = again.getMessage('q');
    expect([taken?.body, taken?.args.redelivered]).toEqual(['taken', true]);
    expect(taken?.properties?.headers).toEqual([['x-delivery-count', { type: 'long', value: 1 }]]);
    expect(again.getMessage('q')?.args.redelivered).toBe(false);
  });

  test('a confirmed persistent message survives a loss of power', () => {
    const first = bootNode({ syncMs: 5 });
    const client = new AmqpTestClient(first);
    client.declare('q');
    client.call('confirm.select');
    client.publish('', 'q', 'confirmed', PERSISTENT);
    first.advance(4);
    expect(client.take('basic.ack')).toEqual([]);
    first.advance(20);
    expect(client.take('basic.ack')).toHaveLength(1);
    client.publish('', 'q', 'not yet', PERSISTENT);
    first.kill();
    first.files.losePower();
    const again = new AmqpTestClient(bootNode({ files: first.files }));
    expect(again.drain('q')).toEqual(['confirmed+']);
  });

  test('all confirms that wait share one sync', () => {
    const machine = bootNode({ syncMs: 5 });
    machine.advance(100);
    const client = new AmqpTestClient(machine);
    client.declare('q');
    client.call('confirm.select');
    const before = machine.diskSteps;
    for (let i = 0; i < 100; i++) client.publish('', 'q', String(i), PERSISTENT);
    machine.advance(20);
    const acks = client.take('basic.ack');
    expect(acks.at(-1)?.args).toEqual({ deliveryTag: 100, multiple: true });
    // 100 appends and two syncs: the first message's own, and that of the 99 others.
    expect(machine.diskSteps - before).toBe(102);
  });

  test('the log is replaced by a snapshot when most of it is of messages that are gone', () => {
    const machine = bootNode();
    const client = new AmqpTestClient(machine);
    client.declare('q');
    client.call('confirm.select');
    const body = 'x'.repeat(100_000);
    for (let i = 0; i < 200; i++) {
      client.publish('', 'q', body, PERSISTENT);
      client.get('q');
    }
    client.publish('', 'q', 'last', PERSISTENT);
    const bytes = machine.files
      .list('/var/lib/rabbitmq')
      .reduce((sum, path) => sum + machine.files.read(path)!.length, 0);
    expect(bytes).toBeLessThan(6_000_000);
    machine.kill();
    expect(new AmqpTestClient(bootNode({ files: machine.files })).drain('q')).toEqual(['last+']);
  });
});

describe('resource alarms', () => {
  test('a full disk blocks publishers until there is room, and loses nothing', () => {
    const files = new TestFiles();
    const machine = bootNode({ files });
    const client = new AmqpTestClient(machine);
    const other = new AmqpTestClient(machine);
    client.declare('q');
    client.call('confirm.select');
    client.publish('', 'q', 'before', PERSISTENT);
    expect(client.take('basic.ack')).toHaveLength(1);
    files.capacityBytes = 0;
    client.publish('', 'q', 'does not fit', PERSISTENT);
    client.publish('', 'q', 'blocked', PERSISTENT);
    machine.advance(500);
    expect(client.take('connection.blocked')[0]?.args.reason).toBe('low on disk');
    expect(client.take('basic.ack')).toEqual([]);
    // Who does not publish goes on.
    expect(other.get('q')).toBe('before');
    expect(other.take('connection.blocked')).toEqual([]);
    files.capacityBytes = Infinity;
    machine.advance(2000);
    expect(client.take('connection.unblocked')).toHaveLength(1);
    expect(client.take('basic.ack').at(-1)?.args.deliveryTag).toBe(3);
    machine.kill();
    const again = new AmqpTestClient(bootNode({ files }));
    expect(again.drain('q')).toEqual(['does not fit+', 'blocked+']);
  });

  test('memory above the watermark blocks publishers until consumers have made room', () => {
    const machine = bootNode({
      env: { RABBITMQ_CONFIG_FILE: '/conf' },
      files: withFile('/conf', 'vm_memory_high_watermark.absolute = 120MB\n'),
    });
    const client = new AmqpTestClient(machine);
    client.declare('q');
    const body = 'x'.repeat(1_000_000);
    for (let i = 0; i < 12; i++) client.publish('', 'q', body);
    expect(client.take('connection.blocked')[0]?.args.reason).toBe('low on memory');
    expect(machine.logs.some((line) => line.includes('memory resource limit alarm set on node rabbit@server'))).toBe(
      true,
    );
    const consumer = new AmqpTestClient(machine);
    consumer.call('queue.purge', { queue: 'q' });
    machine.advance(1);
    expect(client.take('connection.unblocked')).toHaveLength(1);
  });
});

describe('time', () => {
  test('a client that is silent for two heartbeats is cut off, and what it held is delivered again', () => {
    const machine = bootNode();
    const silent = new AmqpTestClient(machine, { heartbeatS: 10 });
    silent.declare('q');
    silent.publish('', 'q', 'm');
    silent.getMessage('q');
    machine.advance(25_000);
    expect(silent.socket.closed).toBeNull();
    machine.advance(10_000);
    expect(silent.socket.closed).toBe('ended');
    expect(machine.logs.some((line) => line.includes('missed heartbeats from client, timeout: 10s'))).toBe(true);
    expect(new AmqpTestClient(machine).drain('q')).toEqual(['m+']);
  });

  test('the server sends a heartbeat every half of the timeout in which it sent nothing else', () => {
    const machine = bootNode();
    const client = new AmqpTestClient(machine, { heartbeatS: 10 });
    machine.advance(16_000);
    expect(client.take('heartbeat').length).toBeGreaterThanOrEqual(2);
  });

  test('a delivery that is not settled within the consumer timeout closes the channel', () => {
    const machine = bootNode();
    const client = new AmqpTestClient(machine);
    client.declare('q');
    client.publish('', 'q', 'm');
    client.getMessage('q');
    machine.advance(29 * 60_000);
    expect(client.take('channel.close')).toEqual([]);
    machine.advance(3 * 60_000);
    expect(client.take('channel.close')[0]?.args).toMatchObject({
      replyCode: 406,
      replyText:
        'PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms. This timeout value can be configured, see consumers doc guide to learn more',
    });
    expect(new AmqpTestClient(machine).drain('q')).toEqual(['m+']);
  });

  test('it listens after its boot time, and logs as the real one does', () => {
    const machine = bootNode({ env: { LAB_BOOT_MS: '3000' } });
    expect(() => machine.client(5672)).toThrow();
    machine.advance(3000);
    new AmqpTestClient(machine);
    expect(
      machine.logs.some((line) =>
        /^\d{4}-\d\d-\d\d [\d:.]{15}\+00:00 \[info\] <0\.\d+\.0> Server startup complete/.test(line),
      ),
    ).toBe(true);
    expect(machine.logs.at(-1)).toMatch(/user 'guest' authenticated and granted access to vhost '\/'$/);
  });
});

describe('what RabbitMQ 4 does otherwise than the server of the comparisons', () => {
  test('a quorum queue has a delivery limit of 20', () => {
    const client = new AmqpTestClient(bootNode());
    client.declare('q', { 'x-queue-type': 'quorum' });
    client.publish('', 'q', 'm');
    let deliveries = 0;
    for (let message = client.getMessage('q'); message && deliveries < 50; message = client.getMessage('q')) {
      deliveries++;
      client.call('basic.nack', { deliveryTag: message.args.deliveryTag, requeue: true });
    }
    expect(deliveries).toBe(21);
  });

  test('a quorum queue delivers two of high priority, then one of normal', () => {
    const client = new AmqpTestClient(bootNode());
    client.declare('q', { 'x-queue-type': 'quorum' });
    for (let i = 1; i <= 4; i++) client.publish('', 'q', `normal ${i}`, { priority: 4 });
    for (let i = 1; i <= 4; i++) client.publish('', 'q', `high ${i}`, { priority: 5 });
    expect(client.drain('q')).toEqual([
      'high 1',
      'high 2',
      'normal 1',
      'high 3',
      'high 4',
      'normal 2',
      'normal 3',
      'normal 4',
    ]);
  });

  test('a waiting consumer of higher priority becomes the single active one when nothing is out', () => {
    const machine = bootNode();
    const client = new AmqpTestClient(machine);
    client.declare('q', { 'x-queue-type': 'quorum', 'x-single-active-consumer': true });
    client.call('basic.consume', { queue: 'q', consumerTag: 'low', arguments: [] });
    client.publish('', 'q', '1');
    client.call('basic.consume', {
      queue: 'q',
      consumerTag: 'high',
      arguments: [['x-priority', { type: 'signedint', value: 5 }]],
    });
    client.call('basic.ack', { deliveryTag: 1 });
    client.publish('', 'q', '2');
    client.publish('', 'q', '3');
    expect(client.take('basic.deliver').map(({ args, body }) => `${body} ${args.consumerTag}`)).toEqual([
      '1 low',
      '2 high',
      '3 high',
    ]);
  });

  test('dead letters carry the last death beside the first, and what a client wrote into x-death does not count', () => {
    const client = new AmqpTestClient(bootNode());
    client.declare('dead');
    client.declare('q', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' });
    const claimed = [['x-death', { type: 'array', value: [] }]] as const;
    client.publish('', 'q', 'm', { headers: claimed });
    client.call('basic.reject', { deliveryTag: client.getMessage('q')!.args.deliveryTag, requeue: false });
    const headers = Object.fromEntries(
      client.getMessage('dead')!.properties!.headers!.map(([name, { value }]) => [name, value]),
    );
    expect(headers).toMatchObject({
      'x-first-death-queue': 'q',
      'x-last-death-queue': 'q',
      'x-last-death-reason': 'rejected',
    });
    expect(headers['x-death']).toHaveLength(1);
  });

  test('an exchange of unknown type is a failed precondition', () => {
    const client = new AmqpTestClient(bootNode());
    expect(client.call('exchange.declare', { exchange: 'x', type: 'strange', arguments: [] })?.args.replyText).toBe(
      "PRECONDITION_FAILED - unknown exchange type 'strange'",
    );
  });
});

test('a client that reads slowly gets no more than its socket holds; the rest waits for it', () => {
  const machine = bootNode();
  const slow = new AmqpTestClient(machine);
  slow.declare('q');
  slow.socket.socket.bytesQueued = 1_000_000;
  slow.call('basic.consume', { queue: 'q', consumerTag: 'c', noAck: true, arguments: [] });
  for (let i = 0; i < 10; i++) slow.publish('', 'q', String(i));
  const before = slow.take('basic.deliver').length;
  expect(before).toBeLessThan(2);
  slow.socket.socket.bytesQueued = 0;
  machine.turn(() => slow.socket.socket.onDrain());
  expect(before + slow.take('basic.deliver').length).toBe(10);
});

test('figures tell of each queue, of connections, channels, memory and disk', () => {
  const machine = bootNode();
  const client = new AmqpTestClient(machine);
  client.declare('orders');
  client.publish('', 'orders', '1');
  client.publish('', 'orders', '2');
  client.getMessage('orders');
  expect(machine.server!.figures()).toMatchObject({
    connections: 1,
    channels: 1,
    'messages_ready orders': 1,
    'messages_unacked orders': 1,
    'consumers orders': 0,
  });
});

test('every message handled is told to the machine and burns CPU', () => {
  const machine = bootNode();
  const client = new AmqpTestClient(machine);
  client.declare('orders');
  const before = machine.burntUs;
  client.publish('', 'orders', 'hello');
  expect(machine.operations.at(-1)).toMatchObject({ name: 'basic.publish', text: '(default) → orders (5 bytes)' });
  expect(machine.burntUs).toBeGreaterThan(before + 10);
});

function withFile(path: string, text: string): TestFiles {
  const files = new TestFiles();
  files.write(path, new TextEncoder().encode(text));
  return files;
}
