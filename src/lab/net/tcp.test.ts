import { describe, expect, test } from 'vitest';
import { DROP, NetError, RESET } from './network.ts';
import { bytesOf, TestNet } from './test-net.ts';

// One way between two hosts is 200 µs, a round trip 400 µs; 1000 bytes take 8 µs on the wire.

function two(seed?: number) {
  const net = new TestNet(seed);
  return { net, a: net.host('a-1'), b: net.host('b-1') };
}

describe('handshake', () => {
  test('the client is open after one round trip, the server half a round trip later', () => {
    const { net, a, b } = two();
    const server = net.listen(b, 80);
    const client = net.connect(a, b.address, 80);
    net.run(10);
    expect(client.told).toEqual(['connect 0.4']);
    expect(server.accepted[0]!.told).toEqual(['accept 0.6']);
    expect(a.openConnections).toBe(1);
    expect(b.openConnections).toBe(1);
  });

  test('data written in onConnect comes with the third segment: accept, then data, at 0.6 ms', () => {
    const { net, a, b } = two();
    const server = net.listen(b, 80);
    const client = net.connect(a, b.address, 80);
    client.onConnectHook = (peer) => peer.send('hi');
    net.run(10);
    expect(server.accepted[0]!.told).toEqual(['accept 0.6', 'data 2 0.6']);
  });

  test('data written before onConnect waits for it', () => {
    const { net, a, b } = two();
    const server = net.listen(b, 80);
    const client = net.connect(a, b.address, 80);
    client.send('ear');
    client.send('ly');
    net.run(10);
    expect(server.accepted[0]!.text).toBe('early');
  });

  test('a closed port refuses after one round trip', () => {
    const { net, a, b } = two();
    const client = net.connect(a, b.address, 80);
    net.run(10);
    expect(client.told).toEqual(['connect ECONNREFUSED 0.4', 'close 0.4']);
    expect(net.trace.events.map((event) => event.kind === 'connection' && event.state)).toEqual([
      'connecting',
      'refused',
    ]);
  });

  test('a host that is down refuses', () => {
    const { net, a, b } = two();
    net.listen(b, 80);
    b.down();
    const client = net.connect(a, b.address, 80);
    net.run(10);
    expect(client.told[0]).toBe('connect ECONNREFUSED 0.4');
  });

  test('a listener on 127.0.0.1 hears only its own host', () => {
    const { net, a, b } = two();
    net.listen(b, 80, 511, '127.0.0.1');
    const outside = net.connect(a, b.address, 80);
    const inside = net.connect(b, '127.0.0.1', 80);
    net.run(10);
    expect(outside.told[0]).toBe('connect ECONNREFUSED 0.4');
    expect(inside.told[0]).toBe('connect 0.04'); // 2 × 20 µs
  });

  test('the client outside is 500 µs away: open after 1 ms', () => {
    const net = new TestNet();
    net.listen(net.host('gateway-1'), 8080);
    const client = net.connect(net.network.client, net.network.host('gateway-1')!.address, 8080);
    net.run(10);
    expect(client.told).toEqual(['connect 1']);
  });

  test('an address without a host is unreachable: a neighbour after 3 s of ARP, another network at once', () => {
    const { net, a } = two();
    const neighbour = net.connect(a, '10.0.0.77', 80);
    const far = net.connect(a, '93.184.216.34', 80);
    net.run(10_000);
    expect(neighbour.told[0]).toBe('connect EHOSTUNREACH 3000');
    expect(far.told[0]).toBe('connect EHOSTUNREACH 0');
  });

  test('SYNs that vanish are repeated after 1, 2, 3, 4, 5, 7, 11, 19, 35, 67 s and given up after 131 s, as by Linux 6.18', () => {
    const { net, a, b } = two();
    net.listen(b, 80);
    net.rule('a-1', 'b-1', () => DROP);
    const client = net.connect(a, b.address, 80);
    net.run(200_000);
    expect(client.told).toEqual(['connect ETIMEDOUT 131000', 'close 131000']);
    expect(
      net.trace
        .packets()
        .filter((packet) => packet.fate === 'retransmitted')
        .map((packet) => packet.atMs),
    ).toEqual([1000, 2000, 3000, 4000, 5000, 7000, 11_000, 19_000, 35_000, 67_000]);
  });

  test('a SYN-ACK that vanishes has the same effect as a lost SYN, and opens one connection', () => {
    const { net, a, b } = two();
    const server = net.listen(b, 80);
    const heal = net.rule('b-1', 'a-1', () => DROP);
    const client = net.connect(a, b.address, 80);
    net.run(500);
    heal();
    net.run(1000);
    expect(client.told).toEqual(['connect 1000.4']);
    expect(server.accepted).toHaveLength(1);
  });

  test('a rule that resets SYNs refuses after one round trip', () => {
    const { net, a, b } = two();
    net.listen(b, 80);
    net.rule('*', 'b-1', (packet) => (packet.kind === 'syn' ? RESET : 0));
    const client = net.connect(a, b.address, 80);
    net.run(10);
    expect(client.told).toEqual(['connect ECONNREFUSED 0.4', 'close 0.4']);
  });

  test('a full backlog drops the SYN; the client gets in a second later when there is room', () => {
    const { net, a, b } = two();
    const held: (() => void)[] = [];
    b.deliver = (run) => held.push(run); // the process is paused, its kernel is not
    // Linux takes one more than the backlog says.
    const server = net.listen(b, 80, 1);
    const clients = [1, 2, 3].map(() => net.connect(a, b.address, 80));
    net.run(500);
    expect(clients.map((client) => client.told)).toEqual([['connect 0.4'], ['connect 0.4'], []]);
    expect(server.accepted).toHaveLength(0);
    b.deliver = (run) => run();
    for (const run of held) run();
    expect(server.accepted).toHaveLength(2);
    net.run(1000);
    expect(clients[2]!.told).toEqual(['connect 1000.4']);
    expect(server.accepted).toHaveLength(3);
  });

  test('closing while connecting tells only onClose, and the server never hears of it', () => {
    const { net, a, b } = two();
    const server = net.listen(b, 80);
    const client = net.connect(a, b.address, 80);
    client.connection.close();
    net.run(10);
    expect(client.told).toEqual(['close 0']);
    expect(server.accepted).toHaveLength(0);
    expect(b.openConnections).toBe(0);
  });

  test('on a host that is down nobody may listen, and connecting gets nowhere', () => {
    const net = new TestNet();
    const host = net.network.addHost('a-1', 'a');
    expect(() => host.listen(80, '', 1, () => {})).toThrowErrorMatchingInlineSnapshot(
      `[Error: Host a-1 is down: call up() before a process on it may listen.]`,
    );
    const probe = net.connect(host, net.host('b-1').address, 80);
    net.run(1);
    expect(probe.told).toEqual(['connect EHOSTUNREACH 0', 'close 0']);
  });
});

describe('ports', () => {
  test('a port that is listened on is in use, until the listener closes', () => {
    const { net, b } = two();
    const { listener } = net.listen(b, 8080);
    expect(() => b.listen(8080, '', 1, () => {})).toThrowErrorMatchingInlineSnapshot(
      `[Error: listen EADDRINUSE: address already in use :::8080]`,
    );
    expect(() => b.listen(8080, '0.0.0.0', 1, () => {})).toThrow(NetError);
    listener.close();
    expect(b.listen(8080, '', 1, () => {}).port).toBe(8080);
  });

  test('port 0 takes a free one from the ephemeral range', () => {
    const { b } = two();
    const first = b.listen(0, '', 1, () => {});
    const second = b.listen(0, '', 1, () => {});
    expect(first.port).toBeGreaterThanOrEqual(32768);
    expect(second.port).not.toBe(first.port);
  });

  test('connections take different local ports; when all 28,232 are taken there is none', () => {
    const { net, a, b } = two();
    net.listen(b, 80, 50_000);
    const ports = new Set<number>();
    for (let i = 0; i < 28_232; i++) ports.add(net.connect(a, b.address, 80).connection.localPort);
    expect(ports.size).toBe(28_232);
    const last = net.connect(a, b.address, 80);
    net.run(10);
    expect(last.told[0]).toBe('connect EADDRNOTAVAIL 0');
  });

  test('a closed connection gives its port back', () => {
    const { net, a, b } = two();
    for (let i = 0; i < 30_000; i++) {
      net.connect(a, b.address, 80);
      if (i % 10_000 === 0) net.run(10); // refused
    }
    net.run(10);
    net.listen(b, 80);
    const client = net.connect(a, b.address, 80);
    net.run(10);
    expect(client.told[0]).toMatch(/^connect \d/);
  });

  test('a listener that closes resets those it has not accepted', () => {
    const { net, a, b } = two();
    b.deliver = () => {};
    const { listener } = net.listen(b, 80);
    const client = net.connect(a, b.address, 80);
    net.run(1);
    listener.close();
    net.run(1);
    expect(client.told).toEqual(['connect 0.4', 'read ECONNRESET 1.2', 'close 1.2']);
  });

  test('a connection that is reset in the backlog is accepted all the same: its data first, then ECONNRESET', () => {
    const { net, a, b } = two();
    const held: (() => void)[] = [];
    b.deliver = (run) => held.push(run); // the process is busy
    const server = net.listen(b, 80, 1);
    const client = net.connect(a, b.address, 80);
    client.send('hi');
    net.run(1);
    client.connection.reset();
    net.run(1);
    b.deliver = (run) => run();
    for (const run of held.splice(0)) run();
    expect(server.accepted[0]!.told).toEqual(['accept 2', 'data 2 2', 'read ECONNRESET 2', 'close 2']);
    expect(b.openConnections).toBe(0);
    net.connect(a, b.address, 80);
    net.run(10);
    expect(server.accepted).toHaveLength(2); // its place in the backlog is free
  });

  test('a connection whose listener closes first is never accepted', () => {
    const { net, a, b } = two();
    const held: (() => void)[] = [];
    b.deliver = (run) => held.push(run);
    const server = net.listen(b, 80, 1);
    net.connect(a, b.address, 80);
    net.run(1);
    server.listener.close();
    for (const run of held.splice(0)) run();
    expect(server.accepted).toHaveLength(0);
  });
});

describe('bytes', () => {
  test('a segment takes 200 µs and 8 ns a byte: 1000 bytes arrive after 208 µs, in one event', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    const before = net.scheduler.executed;
    client.connection.write(new Uint8Array(1000), 0);
    net.run(10);
    expect(server.told.at(-1)).toBe('data 1000 10.208');
    expect(net.scheduler.executed - before).toBe(1);
  });

  test('what is written in one callback arrives together', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    client.send('head,');
    client.send('body');
    net.run(10);
    expect(server.text).toBe('head,body');
    expect(server.received).toHaveLength(1);
    expect(net.trace.packets(10).map((packet) => packet.bytes)).toEqual([9]);
  });

  test('a small first write does not make a large second one faster', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    client.send('h');
    client.connection.write(new Uint8Array(50_000), 0); // 400 µs on the wire
    net.run(10);
    expect(server.told.at(-1)).toBe('data 50001 10.6');
  });

  test('two connections share the wire: the second waits for the first', () => {
    const { net, a, b } = two();
    const [first, firstServer] = net.pair(a, b, 80);
    const [second, secondServer] = net.pair(a, b, 81);
    first.connection.write(new Uint8Array(50_000), 0);
    second.send('x');
    net.run(10);
    expect(firstServer.told.at(-1)).toBe('data 50000 20.6');
    expect(secondServer.told.at(-1)).toBe('data 1 20.6');
  });

  test('the receiver cannot reach the sender by changing what it got, nor the sender the receiver', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    const sent = bytesOf('abc');
    client.connection.write(sent, 0);
    sent.fill(0);
    net.run(10);
    expect(server.text).toBe('abc');
  });

  test('jitter does not change the order', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    const delays = [5000, 0, 3000];
    net.rule('a-1', 'b-1', (packet) => (packet.kind === 'data' ? delays.shift()! : 0));
    for (const text of ['1', '2', '3']) {
      client.send(text);
      net.run(0.1);
    }
    net.run(20);
    expect(server.text).toBe('123');
    expect(server.told.at(-1)).toMatch(/15\.2/);
  });

  test('counters: written, read, not yet acknowledged', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    client.send('hello');
    expect(client.connection.bytesQueued).toBe(5);
    net.run(0.2);
    expect(client.connection.bytesQueued).toBe(5); // the acknowledgement is on its way
    net.run(0.3);
    expect(client.connection.bytesQueued).toBe(0);
    expect(client.connection.bytesWritten).toBe(5);
    expect(server.connection.bytesRead).toBe(5);
  });
});

describe('flow control', () => {
  test('a peer that does not read stops the writer after 128 KiB there and 128 KiB here', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    server.connection.pauseReading();
    let written = 0;
    const kib = new Uint8Array(1024);
    for (let i = 0; i < 1000; i++) {
      written++;
      if (!client.connection.write(kib, 0)) {
        net.run(50);
        if (client.told.at(-1)?.startsWith('drain')) client.told.pop();
        else break;
      }
    }
    expect(written).toBe(256);
    expect(server.received).toHaveLength(0);
    expect(client.connection.bytesQueued).toBe(128 * 1024);

    server.connection.resumeReading();
    net.run(50);
    expect(server.receivedBytes).toBe(256 * 1024);
    expect(client.told.at(-1)).toMatch(/^drain/);
  });

  test('a paused process acknowledges and reads later: no time-out however long it takes', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    const held: (() => void)[] = [];
    b.deliver = (run) => held.push(run);
    client.send('one');
    net.run(1);
    client.send('two');
    net.run(3_600_000);
    expect(client.connection.bytesQueued).toBe(0);
    expect(held).toHaveLength(1);
    held[0]!();
    expect(server.text).toBe('onetwo');
    expect(server.received).toHaveLength(1); // one read of all that is there
  });

  test('a window of 128 KiB bounds a transfer: with 1 s more of delay each way about 64 KiB/s', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    net.rule('*', '*', () => 1_000_000);
    client.connection.write(new Uint8Array(1024 * 1024), 0);
    net.run(15_500); // 7 round trips of 2 s and one way of 1 s make 15 s
    expect(server.receivedBytes).toBe(1024 * 1024);
    expect(Number(server.told.at(-1)!.split(' ')[2])).toBeGreaterThan(15_000);
  });

  test('a lost window update is made up for by the sender', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    server.connection.pauseReading();
    client.connection.write(new Uint8Array(300_000), 0);
    net.run(100);
    const heal = net.rule('b-1', 'a-1', () => DROP);
    server.connection.resumeReading();
    net.run(100);
    heal();
    net.run(1000);
    expect(server.receivedBytes).toBe(300_000);
  });
});

describe('losses', () => {
  test('a lost segment comes 200.4 ms later (RTT + 200 ms), and what was written meanwhile with it', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    let lost = 0;
    net.rule('a-1', 'b-1', (packet) => (packet.kind === 'data' && lost++ === 0 ? DROP : 0));
    client.send('first,');
    net.run(50);
    client.send('second');
    net.run(1000);
    expect(server.told.slice(1)).toEqual(['data 12 210.6']);
    expect(net.trace.packets(10).map(({ atMs, bytes, fate }) => [atMs, bytes, fate])).toEqual([
      [10, 6, 'dropped'],
      [210.4, 12, 'retransmitted'],
      [210.6, 12, 'delivered'],
    ]);
  });

  test('after the first repetition the time-out doubles: lost three times, 200.4 × (1 + 1 + 2) = 801.6 ms', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    let lost = 0;
    net.rule('a-1', 'b-1', (packet) => (packet.kind === 'data' && lost++ < 3 ? DROP : 0));
    client.send('x');
    net.run(5000);
    expect(server.told.at(-1)).toBe('data 1 811.8'); // 10 + 801.6 + 0.2
    client.send('y');
    net.run(1);
    expect(server.text).toBe('xy');
  });

  test('a sender that never hears gives up after a probe and 15 retransmissions, about 925 s', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    net.rule('a-1', 'b-1', () => DROP);
    client.send('x');
    net.run(1_000_000);
    // 200.4 ms for the probe, 200.4 ms × (2^10 − 1) = 205.0 s, then 6 × 120 s
    expect(client.told.slice(1)).toEqual(['read ETIMEDOUT 925219.6', 'close 925219.6']);
    expect(net.trace.packets().filter((packet) => packet.fate === 'retransmitted')).toHaveLength(16);
    expect(server.told).toHaveLength(1);
  });

  test('lost acknowledgements: the data arrives once, the sender repeats it and gives up all the same', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    net.rule('b-1', 'a-1', () => DROP);
    client.send('x');
    net.run(500);
    client.send('y'); // after a time-out the oldest bytes go first, and alone
    net.run(1_000_000);
    expect(server.text).toBe('x');
    expect(client.told.at(-2)).toMatch(/^read ETIMEDOUT/);
  });

  test('lost acknowledgements that come through in time leave no trace in the stream', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    const heal = net.rule('b-1', 'a-1', () => DROP);
    client.send('x');
    net.run(100);
    heal();
    net.run(10_000);
    expect(client.connection.bytesQueued).toBe(0);
    client.send('y');
    net.run(0.3);
    expect(server.text).toBe('xy');
    expect(client.connection.bytesQueued).toBe(1);
    net.run(0.1);
    expect(client.connection.bytesQueued).toBe(0);
  });

  test('a writer that waits goes on when a lost acknowledgement was made up for', () => {
    const { net, a, b } = two();
    const [client] = net.pair(a, b);
    const heal = net.rule('b-1', 'a-1', () => DROP);
    expect(client.connection.write(new Uint8Array(128 * 1024), 0)).toBe(false);
    net.run(100);
    heal();
    net.run(1000);
    expect(client.told.at(-1)).toMatch(/^drain/);
  });

  test('a duplicate that overtakes what it repeats changes nothing: the original arrives after 3 s, once', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    net.rule('a-1', 'b-1', ({ kind }) => (kind === 'data' ? 3_000_000 : 0));
    const heal = net.rule('b-1', 'a-1', () => DROP);
    client.connection.write(new Uint8Array(200_000), 0);
    heal();
    net.run(2990);
    expect(server.receivedBytes).toBe(0);
    net.run(20);
    expect(server.receivedBytes).toBe(128 * 1024);
    net.run(10_000);
    expect(server.receivedBytes).toBe(200_000);
  });

  test('a lost FIN is repeated', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    let lost = 0;
    net.rule('a-1', 'b-1', (packet) => (packet.kind === 'fin' && lost++ === 0 ? DROP : 0));
    client.connection.end();
    net.run(1000);
    expect(server.told.at(-1)).toBe('end 210.6');
  });

  test('an idle connection with keep-alive notices a silent peer: 5 s idle and 10 probes a second apart', () => {
    const { net, a, b } = two();
    const [client] = net.pair(a, b);
    client.connection.setKeepAlive(true, 5000);
    net.run(60_000);
    net.rule('*', '*', () => DROP);
    net.run(60_000);
    expect(client.told.slice(1)).toEqual(['read ETIMEDOUT 70010', 'close 70010']);
  });

  test('keep-alive costs nothing while no rule is in force, and a peer that answers stays', () => {
    const { net, a, b } = two();
    const [client] = net.pair(a, b);
    client.connection.setKeepAlive(true, 1000);
    const before = net.scheduler.executed;
    net.run(600_000);
    expect(net.scheduler.executed - before).toBe(0);
    net.rule('a-1', 'b-1', () => 1000);
    net.run(600_000);
    expect(client.told).toEqual(['connect 0.4']);
  });
});

describe('ending', () => {
  test('FIN both ways: end, then close, on each side', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    server.onEndHook = (peer) => peer.connection.end();
    client.send('bye');
    client.connection.end();
    net.run(10);
    expect(server.told.slice(1)).toEqual(['data 3 10.2', 'end 10.2', 'close 10.2']);
    expect(client.told.slice(1)).toEqual(['end 10.4', 'close 10.4']);
    expect([a.openConnections, b.openConnections]).toEqual([0, 0]);
  });

  test('half-close: after end() the other direction still works', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    client.connection.end();
    net.run(10);
    server.send('still here');
    server.connection.end();
    net.run(10);
    expect(client.text).toBe('still here');
    expect(client.told.at(-1)).toMatch(/^close/);
    expect(server.told.at(-1)).toMatch(/^close/);
  });

  test('reset: the peer reads ECONNRESET, this side only closes', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    client.connection.reset();
    net.run(10);
    expect(client.told.slice(1)).toEqual(['close 10']);
    expect(server.told.slice(1)).toEqual(['read ECONNRESET 10.2', 'close 10.2']);
  });

  test('data that arrived before a reset is read first', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    client.send('last words');
    net.run(0.1);
    client.connection.reset();
    net.run(10);
    expect(server.told.slice(1)).toEqual(['data 10 10.2', 'read ECONNRESET 10.3', 'close 10.3']);
  });

  test('closing with unread data resets; without, it is a FIN', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    server.connection.pauseReading();
    client.send('unread');
    net.run(10);
    server.connection.close();
    net.run(10);
    expect(client.told.slice(1)).toEqual(['read ECONNRESET 20.2', 'close 20.2']);
    expect(server.told.slice(1)).toEqual(['close 20']);
  });

  test('writing to a peer that has closed: the first write is answered by RST, the second finds a broken pipe', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    server.connection.close();
    net.run(10);
    expect(client.told.slice(1)).toEqual(['end 10.2']);
    client.send('anyone?');
    net.run(10);
    expect(client.told.slice(1)).toEqual(['end 10.2']); // nobody reads any more: not noticed yet
    client.send('hello?');
    net.run(10);
    expect(client.told.slice(2)).toEqual(['write EPIPE 30', 'close 30']);
  });

  test('writing after a reset that was not read yet is ECONNRESET', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    client.connection.pauseReading();
    server.connection.reset();
    net.run(10);
    expect(client.told.slice(1)).toEqual([]);
    expect(client.send('x')).toBe(false);
    net.run(10);
    expect(client.told.slice(1)).toEqual(['write ECONNRESET 20', 'close 20']);
  });

  test('close() lets queued bytes out first', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    client.connection.write(new Uint8Array(500_000), 0);
    client.connection.close();
    net.run(50);
    expect(server.receivedBytes).toBe(500_000);
    expect(server.told.at(-1)).toMatch(/^end/);
  });

  test('a host that goes down resets its peers and tells its own owners nothing', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    b.down();
    net.run(10);
    expect(client.told.slice(1)).toEqual(['read ECONNRESET 10.2', 'close 10.2']);
    expect(server.told).toHaveLength(1);
    b.up();
    expect(b.openConnections).toBe(0);
  });

  test('a process that answers and exits at once: the answer arrives before the reset', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    server.send('done');
    b.down();
    net.run(10);
    expect(client.told.slice(1)).toEqual(['data 4 10.2', 'read ECONNRESET 10.2', 'close 10.2']);
  });

  test('a kill that a partition hides is noticed at the first write after the partition', () => {
    const { net, a, b } = two();
    const [client] = net.pair(a, b);
    const heal = net.rule('*', '*', () => DROP);
    b.down();
    b.up();
    net.run(1000);
    heal();
    net.run(1000);
    expect(client.told).toHaveLength(1);
    client.send('x');
    net.run(10);
    expect(client.told.slice(1)).toEqual(['read ECONNRESET 2010.4', 'close 2010.4']);
  });

  test('resetConnections cuts both ends, whoever opened', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    expect(net.network.resetConnections((from, to) => from.service === 'a' && to.service === 'b')).toBe(1);
    net.run(10);
    expect(client.told.at(-2)).toBe('read ECONNRESET 10.2');
    expect(server.told.at(-2)).toBe('read ECONNRESET 10.2');
    expect(net.network.resetConnections(() => true)).toBe(0);
  });

  test('nobody is called back from within a call', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    server.connection.pauseReading();
    client.send('x');
    net.run(10);
    server.connection.resumeReading();
    expect(server.received).toHaveLength(0);
    client.connection.reset();
    expect(client.told.at(-1)).not.toMatch(/^close/);
    net.run(10);
    expect(server.text).toBe('x');
  });
});
