import { expect, test } from 'vitest';
import type { ToolResult } from '../../server.ts';
import type { TestMachine } from '../../test-machine.ts';
import { AmqpTestClient, bootNode } from '../test-client.ts';

const run = (machine: TestMachine, command: string): ToolResult => {
  let result: ToolResult | null = null;
  machine.server!.tool(command.split(' '), (given) => {
    result = given;
  });
  return result!;
};

function withQueues(): TestMachine {
  const machine = bootNode();
  const client = new AmqpTestClient(machine);
  client.declare('orders', { 'x-max-length': 5 });
  client.declare('Größe');
  client.publish('', 'orders', '1');
  client.call('basic.consume', { queue: 'orders', consumerTag: 'c1', arguments: [] });
  client.publish('', 'orders', '2');
  return machine;
}

test('list_queues prints a table, and the same as data', () => {
  const machine = withQueues();
  const { stdout, value, exitCode } = run(
    machine,
    'rabbitmqctl -q list_queues name messages_ready messages_unacknowledged consumers',
  );
  expect(stdout).toBe('name\tmessages_ready\tmessages_unacknowledged\tconsumers\norders\t0\t2\t1\nGröße\t0\t0\t0\n');
  expect(value).toEqual([
    { name: 'orders', messages_ready: 0, messages_unacknowledged: 2, consumers: 1 },
    { name: 'Größe', messages_ready: 0, messages_unacknowledged: 0, consumers: 0 },
  ]);
  expect(exitCode).toBe(0);
});

test('lists have titles without -q, are JSON when asked, and refuse columns that are none', () => {
  const machine = withQueues();
  expect(run(machine, 'rabbitmqctl list_queues').stdout).toBe(
    'Timeout: 60.0 seconds ...\nListing queues for vhost / ...\nname\tmessages\norders\t2\nGröße\t0\n',
  );
  expect(JSON.parse(run(machine, 'rabbitmqctl list_queues name --formatter json').stdout)).toEqual([
    { name: 'orders' },
    { name: 'Größe' },
  ]);
  expect(run(machine, 'rabbitmqctl list_queues name nonsense')).toMatchObject({
    exitCode: 64,
    stderr: 'Error (argument validation): Info key(s) nonsense are not supported\n',
  });
});

test('consumers, connections, channels, exchanges, bindings, users and virtual hosts are listed', () => {
  const machine = withQueues();
  for (const what of ['consumers', 'connections', 'channels', 'exchanges', 'bindings', 'users', 'vhosts']) {
    const { value, exitCode } = run(machine, `rabbitmqctl -q list_${what}`);
    expect([what, exitCode]).toEqual([what, 0]);
    expect((value as unknown[]).length, what).toBeGreaterThan(0);
  }
  expect(run(machine, 'rabbitmqctl -q list_consumers queue_name consumer_tag active').stdout).toBe(
    'queue_name\tconsumer_tag\tactive\norders\tc1\ttrue\n',
  );
});

test('health checks say yes when the node is up, and no before', () => {
  const machine = bootNode({ env: { LAB_BOOT_MS: '3000' } });
  expect(run(machine, 'rabbitmq-diagnostics -q check_running').exitCode).toBe(69);
  expect(run(machine, 'rabbitmq-diagnostics -q ping').exitCode).toBe(0);
  machine.advance(3000);
  expect(run(machine, 'rabbitmq-diagnostics -q ping').stdout).toBe('Ping succeeded\n');
  expect(run(machine, 'rabbitmq-diagnostics -q check_running').stdout).toBe(
    'RabbitMQ on node rabbit@server is fully booted and running\n',
  );
  expect(run(machine, 'rabbitmq-diagnostics -q check_port_connectivity').stdout).toBe(
    'Successfully connected to ports 5672 on node rabbit@server.\n',
  );
  expect(run(machine, 'rabbitmq-diagnostics -q check_local_alarms').exitCode).toBe(0);
  expect(run(machine, 'rabbitmqctl status').stdout).toContain('RabbitMQ version: 4.');
});

test('queues are purged and deleted, messages published and read', () => {
  const machine = withQueues();
  expect(run(machine, 'rabbitmqadmin publish routing_key=Größe payload=hello').stdout).toBe('Message published\n');
  expect(run(machine, 'rabbitmqadmin get queue=Größe').value).toMatchObject([{ payload: 'hello', redelivered: false }]);
  expect(run(machine, 'rabbitmqctl purge_queue Größe').value).toBe(1);
  expect(run(machine, 'rabbitmqctl delete_queue Größe').exitCode).toBe(0);
  expect(run(machine, 'rabbitmqctl delete_queue Größe')).toMatchObject({
    exitCode: 64,
    stderr: 'Error:\nQueue not found\n',
  });
  expect(run(machine, 'rabbitmqctl frobnicate').exitCode).toBe(64);
  expect(run(machine, 'ls').exitCode).toBe(127);
});
