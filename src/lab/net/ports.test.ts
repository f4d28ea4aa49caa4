/** TIME_WAIT and what becomes of a machine whose ephemeral ports are all taken. */
import { describe, expect, test } from 'vitest';
import type { LabHost } from './host.ts';
import type { Host } from './network.ts';
import { TestNet, type TestServer } from './test-net.ts';

/** One minute, TCP_TIMEWAIT_LEN. */
const MINUTE_MS = 60_000;
const PORTS = 28_232;

interface Scene {
  readonly net: TestNet;
  readonly a: Host;
  readonly b: Host;
  readonly server: TestServer;
}

function scene(): Scene {
  const net = new TestNet();
  const [a, b] = [net.host('a-1'), net.host('b-1')];
  return { net, a, b, server: net.listen(b, 80, 4096) };
}

/** A connection that `who` closes first and the other then. */
function openAndClose({ net, a, b, server }: Scene, who: 'client' | 'server', from = a): number {
  const client = net.connect(from, b.address, 80);
  net.run(2);
  const accepted = server.accepted.at(-1)!;
  const [first, second] = who === 'client' ? [client, accepted] : [accepted, client];
  first.connection.close();
  net.run(1);
  second.connection.close();
  net.run(1);
  return client.connection.localPort;
}

describe('TIME_WAIT', () => {
  test('who closes first keeps the port for a minute', () => {
    const s = scene();
    openAndClose(s, 'client');
    expect(s.a.timeWaits).toBe(1);
    s.net.run(MINUTE_MS - 10);
    expect(s.a.timeWaits).toBe(1);
    s.net.run(10);
    expect(s.a.timeWaits).toBe(0);
  });

  test('when the server closes first the client has its port back at once', () => {
    const s = scene();
    openAndClose(s, 'server');
    expect(s.a.timeWaits).toBe(0);
  });

  test('both at once: the client waits, too', () => {
    const s = scene();
    const client = s.net.connect(s.a, s.b.address, 80);
    s.net.run(2);
    client.connection.close();
    s.server.accepted[0]!.connection.close();
    s.net.run(2);
    expect(s.a.timeWaits).toBe(1);
  });

  test('after a reset nobody waits', () => {
    const s = scene();
    const client = s.net.connect(s.a, s.b.address, 80);
    s.net.run(2);
    client.connection.reset();
    s.net.run(2);
    expect(s.a.timeWaits).toBe(0);
  });

  test('the world outside is many machines and never waits', () => {
    const s = scene();
    openAndClose(s, 'client', s.net.network.client);
    expect(s.net.network.client.timeWaits).toBe(0);
  });

  test('a machine that starts anew has all its ports', () => {
    const s = scene();
    openAndClose(s, 'client');
    s.a.down();
    s.a.up();
    expect(s.a.timeWaits).toBe(0);
  });
});

test('a peer that never closes its side holds the port for a minute (FIN_WAIT_2) and then meets a reset', () => {
  const s = scene();
  const client = s.net.connect(s.a, s.b.address, 80);
  s.net.run(2);
  client.connection.close();
  s.net.run(MINUTE_MS - 100);
  s.net.connect(s.a, s.b.address, 80);
  expect((s.a as LabHost).ends.size).toBe(2);
  s.net.run(200);
  s.net.connect(s.a, s.b.address, 80);
  expect((s.a as LabHost).ends.size).toBe(2);
  const server = s.server.accepted[0]!;
  server.send('are you there?');
  s.net.run(2);
  server.send('are you?');
  s.net.run(2);
  expect(server.told.map((line) => line.replace(/ [\d.]+$/, ''))).toEqual(['accept', 'end', 'write EPIPE', 'close']);
});

describe('all 28,232 ports to one destination wait', () => {
  // One after the other they would take 113 s and the first be free again; so 1,000 at a time, within a second.
  function exhaust(s: Scene): void {
    for (let left = PORTS; left > 0; left -= 1000) {
      const clients = Array.from({ length: Math.min(left, 1000) }, () => s.net.connect(s.a, s.b.address, 80));
      s.net.run(20);
      for (const client of clients) client.connection.close();
      s.net.run(2);
      for (const { connection } of s.server.accepted.splice(0)) connection.close();
      s.net.run(2);
    }
  }

  test('the next connect fails with EADDRNOTAVAIL at once, one to another destination does not', () => {
    const s = scene();
    const c = s.net.host('c-1');
    s.net.listen(c, 80);
    exhaust(s);
    expect(s.a.timeWaits).toBe(PORTS);
    const client = s.net.connect(s.a, s.b.address, 80);
    const other = s.net.connect(s.a, c.address, 80);
    s.net.run(2);
    expect(client.told.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'connect EADDRNOTAVAIL',
      expect.stringContaining('close'),
    ]);
    expect(other.told[0]).toContain('connect ');
    expect(other.told.length).toBe(1);
  });

  test('a minute after the first was closed it works again', () => {
    const s = scene();
    exhaust(s);
    s.net.run(MINUTE_MS);
    const client = s.net.connect(s.a, s.b.address, 80);
    s.net.run(2);
    expect(client.told[0]).toMatch(/^connect \d/);
  });
});
