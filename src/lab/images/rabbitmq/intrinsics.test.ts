import { expect, test } from 'vitest';
import { hardenIntrinsics } from '../../process/intrinsics.ts';
import { differences, supported, version } from './differences.ts';
import { AmqpTestClient, bootNode } from './test-client.ts';
import { longstr } from './wire/fields.ts';

test('it works where intrinsics cannot be changed, whatever names clients choose', () => {
  hardenIntrinsics();
  const machine = bootNode({ argv: ['rabbitmq:4-management'] });
  const client = new AmqpTestClient(machine);
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    client.declare(name);
    client.call('queue.bind', { queue: name, exchange: 'amq.headers', arguments: [[name, longstr('x')]] });
    client.publish('amq.headers', name, name, { headers: [[name, longstr('x')]], deliveryMode: 2 });
    const http = machine.client(15_672);
    const body = JSON.stringify({ count: 1, ackmode: 'ack_requeue_true', encoding: 'auto' });
    http.send(
      `POST /api/queues/%2F/${name}/get?${name}=1 HTTP/1.1\r\n${name}: x\r\nauthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n` +
        `content-length: ${body.length}\r\n\r\n${body}`,
    );
    const answer = http.text();
    expect(answer).toContain('200 OK');
    expect(answer).toContain(`"headers":{"${name}":"x"}`);
    machine.server!.tool(['rabbitmqctl', name], ({ exitCode }) => expect(exitCode).toBe(64));
    expect(machine.server!.figures()[`messages_ready ${name}`]).toBe(1);
    expect(client.get(name)).toBe(name);
  }
});

test('the page of differences has what it needs', () => {
  expect(version).toMatch(/^4\./);
  expect(supported).toContain('basic.publish');
  expect(supported.length).toBeGreaterThanOrEqual(30);
  expect(new Set(differences.map(({ what }) => what)).size).toBe(differences.length);
});
