import { describe, expect, test } from 'vitest';
import { DROP } from './network.ts';
import { TestNet, type TestPeer } from './test-net.ts';

const GET = 'GET /products HTTP/1.1\r\nHost: b\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';

/** An open connection from a to b at 10 ms, and the trace's HTTP events as lines. */
function scene() {
  const net = new TestNet();
  const a = net.host('a-1');
  const b = net.host('b-1');
  const [client, server] = net.pair(a, b);
  const seen = () =>
    net.trace.events.flatMap((event) => {
      if (event.kind === 'request')
        return [`${event.atMs} #${event.id}<${event.cause} ${event.from}>${event.to} ${event.method} ${event.path}`];
      if (event.kind === 'response')
        return [`${event.atMs} #${event.id} ${event.status} ${event.outcome} ${event.bytes}`];
      return [];
    });
  return { net, a, b, client, server, seen, tap: net.network.tap };
}

const answer = (server: TestPeer, text: string) => {
  server.onDataHook = () => server.send(text);
};

test('a request when it is written, its response when it has arrived', () => {
  const { net, client, server, seen, tap } = scene();
  answer(server, OK);
  client.send(GET, 7);
  expect(seen()).toEqual(['10 #1<7 a-1>b-1 GET /products']);
  net.run(10);
  expect(seen().slice(1)).toEqual([`10.4 #1 200 ok ${OK.length}`]);
  expect(tap.between('a', 'b')).toEqual({
    from: 'a',
    to: 'b',
    requests: 1,
    ok: 1,
    clientErrors: 0,
    serverErrors: 0,
    failed: 0,
  });
  expect(tap.between('b', 'a').requests).toBe(0);
});

test('statuses become outcomes', () => {
  const { net, client, server, seen } = scene();
  const statuses = [302, 404, 503];
  server.onDataHook = () => server.send(`HTTP/1.1 ${statuses.shift()} X\r\nContent-Length: 0\r\n\r\n`);
  for (let i = 0; i < 3; i++) {
    client.send(GET);
    net.run(10);
  }
  expect(
    seen()
      .filter((line) => !line.includes('GET'))
      .map((line) => line.split(' ').slice(1, 4).join(' ')),
  ).toEqual(['#1 302 ok', '#2 404 client-error', '#3 503 server-error']);
});

test('pipelined requests are answered in order; HEAD, 204 and 100 have no body', () => {
  const { net, client, server, seen } = scene();
  client.send('HEAD /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n');
  net.run(1);
  server.send(
    'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
  );
  net.run(1);
  expect(seen().map((line) => line.split(' ').slice(1).join(' '))).toEqual([
    '#1<0 a-1>b-1 HEAD /a',
    '#2<0 a-1>b-1 GET /b',
    '#1 200 ok 39',
    '#2 204 ok 27',
  ]);
});

test('the cause is that of the first byte', () => {
  const { client, seen } = scene();
  client.send(GET.slice(0, 5), 3);
  client.send(GET.slice(5), 4);
  expect(seen()).toEqual(['10 #1<3 a-1>b-1 GET /products']);
});

describe('requests without an answer', () => {
  test('the server resets', () => {
    const { net, client, server, seen } = scene();
    client.send(GET);
    net.run(1);
    server.connection.reset();
    net.run(1);
    expect(seen().at(-1)).toBe('11.2 #1 0 reset 0');
  });

  test('the server closes before the whole body is there', () => {
    const { net, client, server, seen } = scene();
    client.send(GET);
    net.run(1);
    server.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort');
    server.connection.end();
    net.run(1);
    expect(seen().at(-1)).toMatch(/#1 0 reset 0$/);
  });

  test('the requester closes first; what comes later is not an answer any more', () => {
    const { net, client, server, seen, tap } = scene();
    client.send(GET);
    net.run(1);
    client.connection.close();
    server.send(OK);
    net.run(10);
    expect(seen().slice(1)).toEqual(['11 #1 0 aborted 0']);
    expect(tap.between('a', 'b').failed).toBe(1);
  });

  test('the server may read a request that nobody waits for any more; it is still the cause of what it does', () => {
    const { net, b, client, server, tap } = scene();
    const held: (() => void)[] = [];
    b.deliver = (run) => held.push(run);
    const causes: number[] = [];
    server.onDataHook = () => causes.push(tap.requestIdOf(client.connection.id));
    client.send(GET);
    net.run(1);
    client.connection.close();
    net.run(1);
    b.deliver = (run) => run();
    held[0]!();
    expect(causes).toEqual([1]);
    server.connection.close();
    net.run(1);
    expect(tap.requestIdOf(client.connection.id)).toBe(0);
  });

  test('the requester dies', () => {
    const { net, a, client, seen } = scene();
    client.send(GET);
    net.run(1);
    a.down();
    expect(seen().at(-1)).toBe('11 #1 0 aborted 0');
  });

  test('the server dies', () => {
    const { net, b, client, seen } = scene();
    client.send(GET);
    net.run(1);
    b.down();
    net.run(1);
    expect(seen().at(-1)).toBe('11.2 #1 0 reset 0');
  });

  test('TCP gives up', () => {
    const { net, client, seen } = scene();
    net.rule('*', '*', () => DROP);
    client.send(GET);
    net.run(1_000_000);
    expect(seen().at(-1)).toMatch(/#1 0 timeout 0$/);
  });
});

test('a body up to the end of the connection is complete at FIN', () => {
  const { net, client, server, seen } = scene();
  client.send(GET);
  net.run(1);
  server.send('HTTP/1.1 200 OK\r\n\r\nhello');
  server.connection.end();
  net.run(1);
  expect(seen().at(-1)).toMatch(/#1 200 ok 24$/);
});

test('an upgrade is answered with 101, then the bytes are nobody’s business', () => {
  const { net, client, server, seen } = scene();
  client.send('GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n');
  net.run(1);
  server.send('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  net.run(1);
  server.send(OK);
  client.send(GET);
  net.run(1);
  client.connection.close();
  expect(seen().map((line) => line.split(' ').slice(1, 4).join(' '))).toEqual(['#1<0 a-1>b-1 GET', '#1 101 ok']);
});

test('other protocols pass unseen', () => {
  const { net, client, server, seen } = scene();
  answer(server, '+PONG\r\n');
  client.send('*1\r\n$4\r\nPING\r\n');
  net.run(1);
  client.send(GET);
  net.run(1);
  expect(client.text).toContain('+PONG');
  expect(seen()).toEqual([]);
});

test('an answer to nothing stops the framing of answers', () => {
  const { net, client, server, seen } = scene();
  server.send('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n');
  net.run(1);
  client.send(GET);
  net.run(1);
  server.send(OK);
  net.run(1);
  expect(seen()).toHaveLength(1);
});

test('requestIdOf is the request that the server’s process has read and that is not answered', () => {
  const { net, b, client, server, tap } = scene();
  const held: (() => void)[] = [];
  b.deliver = (run) => held.push(run);
  const { id } = client.connection;
  client.send(GET);
  expect(tap.lastRequestIdOf(id)).toBe(1);
  expect(tap.requestIdOf(id)).toBe(0);
  net.run(1);
  expect(tap.requestIdOf(id)).toBe(0); // in the kernel, not in the process
  let inCallback = 0;
  server.onDataHook = () => {
    inCallback = tap.requestIdOf(id);
  };
  held.pop()!();
  expect(inCallback).toBe(1);
  server.send(OK);
  net.run(1);
  expect(tap.requestIdOf(id)).toBe(0);
  expect(tap.lastRequestIdOf(id)).toBe(1);
});

test('a request whose connection fails is not seen', () => {
  const net = new TestNet();
  const a = net.host('a-1');
  const b = net.host('b-1');
  net.connect(a, b.address, 80).send(GET);
  net.run(10);
  expect(net.trace.events.some((event) => event.kind === 'request')).toBe(false);
});

test('a trace context is in the trace as it was sent; whose bytes went last over a connection is known, HTTP or not', () => {
  const { net, client, server, tap } = scene();
  const context = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  answer(server, OK);
  client.send(GET.replace('Host: b', `Traceparent:  ${context}\r\nHost: b`), 7);
  net.run(10);
  client.send(GET, 8);
  net.run(10);
  const requests = net.trace.events.filter((event) => event.kind === 'request');
  expect(requests.map((event) => [event.traceparent, event.cause])).toEqual([
    [context, 7],
    [undefined, 8],
  ]);
  expect(tap.causeOf(client.connection.id)).toBe(8);
  const [other] = net.pair(net.host('c-1'), net.host('d-1'));
  other.send('*1\r\n$4\r\nPING\r\n', 9);
  expect(tap.causeOf(other.connection.id)).toBe(9);
});
