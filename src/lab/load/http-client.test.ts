import { expect, test } from 'vitest';
import { ok, TestServer, write } from './test-server.ts';

const text = (body: Uint8Array) => new TextDecoder().decode(body);

test('one request after the other goes over one connection', () => {
  const server = new TestServer((_head, connection) => ok(connection));
  const [first, second] = [server.client, server.client].map(() => {
    let status = 0;
    server.client.request({ method: 'GET', url: 'http://gateway:8080/a?b=1', timeoutMs: 1000 }, (reply) => {
      status = reply.status;
    });
    server.run(500);
    return status;
  });
  expect([first, second, server.accepted]).toEqual([200, 200, 1]);
  expect(server.heads[0]).toMatch(/^GET \/a\?b=1 HTTP\/1\.1\r\nhost: gateway:8080\r\n/);
});

test('a connection idle for longer than the server keeps it is not reused', () => {
  const server = new TestServer((_head, connection) => ok(connection));
  server.get(); // lets 20 s pass
  server.get();
  expect([server.accepted, server.ended]).toEqual([2, 1]);
});

test('two requests at a time go over two connections', () => {
  const server = new TestServer((_head, connection) => server.after(100, () => ok(connection)));
  let replies = 0;
  for (let i = 0; i < 2; i++) {
    server.client.request({ method: 'GET', url: 'http://gateway:8080/', timeoutMs: 1000 }, () => replies++);
  }
  server.run(1000);
  expect([replies, server.accepted]).toEqual([2, 2]);
});

test('without keep-alive each request says close and has its own connection', () => {
  const server = new TestServer((_head, connection) => ok(connection), { keepAlive: false });
  server.get();
  server.get();
  expect([server.accepted, server.ended]).toEqual([2, 2]);
  expect(server.heads[0]).toContain('connection: close');
});

test('a body is sent with its length in bytes', () => {
  const server = new TestServer((_head, connection) => ok(connection));
  server.get({ method: 'POST', body: '{"name":"ä"}', headers: { 'Content-Type': 'application/json' } });
  expect(server.heads[0]).toContain('content-length: 13');
  expect(server.heads[0]).toContain('Content-Type: application/json');
});

test('a chunked reply in pieces is put together', () => {
  const server = new TestServer((_head, connection) => {
    write(connection, 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel');
    server.after(50, () => write(connection, 'lo\r\n0\r\n\r\n'));
  });
  const reply = server.get();
  expect([reply.status, text(reply.body)]).toEqual([200, 'hello']);
});

test('errors: refused, unknown name, cut reply, no HTTP, silence', () => {
  const server = new TestServer((_head, connection) => {
    if (server.heads.length === 1) {
      write(connection, 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
      connection.end();
    } else if (server.heads.length === 2) write(connection, '220 mail.example ESMTP\r\n\r\n');
  });
  expect(server.get({ url: 'http://gateway:9999/' }).error).toBe('ECONNREFUSED');
  expect(server.get({ url: 'http://gatewya:8080/' }).error).toBe('ENOTFOUND');
  expect(server.get().error).toBe('ECONNRESET');
  expect(server.get().error).toBe('EPROTO');
  const silent = server.get({ timeoutMs: 700 });
  expect([silent.error, silent.status]).toEqual(['TIMEOUT', 0]);
  expect(server.get({ url: 'ftp://gateway/' }).error).toBe('EINVAL');
});

test('a request given up closes its connection, and its late reply reaches nobody', () => {
  const server = new TestServer((_head, connection) => server.after(500, () => ok(connection)));
  let replies = 0;
  server.client.request({ method: 'GET', url: 'http://gateway:8080/', timeoutMs: 100 }, () => replies++);
  const aborted = server.client.request({ method: 'GET', url: 'http://gateway:8080/', timeoutMs: 0 }, () => replies++);
  server.after(50, () => aborted.abort());
  server.run(5000);
  expect([replies, server.ended]).toEqual([1, 2]);
});

test('the server dies under a request: ECONNRESET', () => {
  const server = new TestServer(() => server.host.down());
  expect(server.get().error).toBe('ECONNRESET');
});
