/**
 * The image beside Debian's HAProxy: both in front of the same services, asked the same by a raw client; what comes back,
 * and which server answered, must be the same bytes.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Serving, serveImage } from '../../../engines/local/serve-image.ts';
import { freePorts } from '../test-servers.ts';
import program from './index.ts';
import { startReal } from './test-real.ts';

const folder = mkdtempSync(join(tmpdir(), 'haproxy-image-'));
const services: (http.Server | net.Server)[] = [];
let isHealthy = true;
let real: { stop(): Promise<void> } | null = null;
let image: Serving;
/** First ports of the real one's and of the image's listeners. */
let bases: readonly [number, number][] = [];
const FRONTENDS = ['web', 'weighted', 'least', 'slow', 'broken', 'down', 'rules', 'tcp', 'checked', 'close'] as const;

function config(ports: readonly number[], to: Readonly<Record<string, number>>): string {
  const bind = (name: (typeof FRONTENDS)[number]) => `bind 127.0.0.1:${ports[FRONTENDS.indexOf(name)]}`;
  return `
global
  maxconn 1000
defaults
  mode http
  timeout client 5s
  timeout server 300ms
  timeout connect 200ms
  timeout queue 150ms
  timeout http-request 2s
  option forwardfor
  retries 1
  option redispatch
frontend web
  ${bind('web')}
  default_backend pair
backend pair
  balance roundrobin
  server a 127.0.0.1:${to.a}
  server b 127.0.0.1:${to.b}
listen weighted
  ${bind('weighted')}
  server a 127.0.0.1:${to.a} weight 3
  server b 127.0.0.1:${to.b} weight 1
listen least
  ${bind('least')}
  balance leastconn
  server a 127.0.0.1:${to.a} maxconn 1
listen slow
  ${bind('slow')}
  server a 127.0.0.1:${to.a}
listen broken
  ${bind('broken')}
  server x 127.0.0.1:${to.x}
listen down
  ${bind('down')}
  server gone 127.0.0.1:${to.gone}
  server a 127.0.0.1:${to.a} backup
listen rules
  ${bind('rules')}
  acl api path_beg /api
  http-request deny if { path /secret }
  http-request deny deny_status 429 if { hdr(x-too-many) -m found } || { path /many }
  http-request return status 200 content-type text/plain string hello if { path /hello }
  http-request redirect location /new code 301 if { path /old }
  http-request set-header X-Api yes if api
  http-request del-header X-Secret
  use_backend pair if api
  default_backend single
backend single
  server b 127.0.0.1:${to.b}
listen tcp
  ${bind('tcp')}
  mode tcp
  server echo 127.0.0.1:${to.echo}
listen checked
  ${bind('checked')}
  option httpchk GET /healthz
  http-check expect status 200
  server a 127.0.0.1:${to.a} check inter 50ms fall 2 rise 2
  server b 127.0.0.1:${to.b} backup
listen close
  ${bind('close')}
  option http-server-close
  server a 127.0.0.1:${to.a}
`
    .replace(' || { path /many }', '')
    .replace('{ hdr(x-too-many) -m found }', '{ path /many }');
}

function service(name: string): http.Server {
  return http.createServer((request, response) => {
    const { url = '/' } = request;
    if (url === '/healthz') {
      response.statusCode = name === 'a' && !isHealthy ? 503 : 200;
      response.end('ok');
      return;
    }
    if (url.startsWith('/slow')) return void setTimeout(() => response.end('late'), Number(url.slice(6)));
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      response.sendDate = false;
      response.setHeader('X-Server', name);
      const seen = Object.keys(request.headers)
        .filter((key) => key !== 'host' && key !== 'connection')
        .sort();
      const text = `${name} ${request.method} ${url} ${seen.map((key) => `${key}=${request.headers[key]}`).join(';')} ${body.length}\n`;
      if (url.startsWith('/chunked')) {
        response.write(text);
        response.end('end');
      } else if (url.startsWith('/empty')) {
        response.statusCode = 204;
        response.end();
      } else {
        response.setHeader('Content-Length', text.length);
        response.end(text);
      }
    });
  });
}

beforeAll(async () => {
  const listen = async (server: http.Server | net.Server) => {
    services.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as net.AddressInfo).port;
  };
  const broken = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => socket.end(String(data).includes('/garbage') ? 'this is no HTTP\r\n\r\n' : ''));
  });
  const echo = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  const [gone = 0, ...ports] = await freePorts(1 + 2 * FRONTENDS.length);
  const to = {
    a: await listen(service('a')),
    b: await listen(service('b')),
    x: await listen(broken),
    echo: await listen(echo),
    gone,
  };
  const [ours, theirs] = [ports.slice(0, FRONTENDS.length), ports.slice(FRONTENDS.length)];
  bases = FRONTENDS.map((_, i) => [theirs[i]!, ours[i]!]);
  mkdirSync(join(folder, 'usr/local/etc/haproxy'), { recursive: true });
  writeFileSync(join(folder, 'usr/local/etc/haproxy/haproxy.cfg'), config(ours, to));
  image = serveImage({ program, argv: [], dataFolder: folder });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await image.listening;
  real = await startReal(config(theirs, to), theirs[0]!);
}, 30_000);

afterAll(async () => {
  await real?.stop();
  image?.close();
  for (const server of services) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Sends the parts with a pause in between, and gives back all that comes until nothing comes any more. */
async function talk(port: number, parts: readonly string[], waitMs = 120): Promise<string> {
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  let text = '';
  let isEnded = false;
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    isEnded = true;
  });
  await once(socket, 'connect');
  for (const part of parts) {
    socket.write(part);
    for (let quiet = 0, before = -1; quiet < waitMs / 10 && !isEnded; quiet++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (text.length !== before) quiet = 0;
      before = text.length;
    }
  }
  socket.destroy();
  return `${text}${isEnded ? '<ended>' : '<open>'}`;
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

const TALKS: readonly (readonly [
  what: string,
  frontend: (typeof FRONTENDS)[number],
  parts: readonly string[],
  waitMs?: number,
])[] = [
  ['round robin over kept connections', 'web', [get('/1'), get('/2'), get('/3')]],
  ['weights', 'weighted', [get('/1'), get('/2'), get('/3'), get('/4'), get('/5'), get('/6'), get('/7'), get('/8')]],
  ['pipelined', 'slow', [get('/1') + get('/2')]],
  ['in pieces', 'slow', ['GET /pie', 'ces HTTP/1.1\r\nHo', 'st: x\r\n\r\n']],
  ['a body by length', 'slow', ['POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234', '56789']],
  [
    'a body in chunks',
    'slow',
    ['POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n', '0\r\n\r\n'],
  ],
  ['a response in chunks', 'slow', [get('/chunked')]],
  ['no content', 'slow', [get('/empty'), get('/after')]],
  ['HEAD', 'slow', ['HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n', get('/after')]],
  ['connection: close', 'slow', [get('/c', 'Connection: close\r\n')]],
  ['HTTP/1.0', 'slow', ['GET /old HTTP/1.0\r\n\r\n']],
  ['HTTP/1.0 kept', 'slow', ['GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n']],
  ['no request', 'slow', ['nonsense\r\n\r\n']],
  ['a header that is none', 'slow', ['GET / HTTP/1.1\r\nbad header\r\n\r\n']],
  [
    'lengths that contradict each other',
    'slow',
    ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ],
  ['a server that answers late', 'slow', [get('/slow/1000')], 600],
  ['a server that closes without an answer', 'broken', [get('/')], 400],
  ['a server that answers nonsense', 'broken', [get('/garbage')], 400],
  ['a server that is not there', 'down', [get('/')], 800],
  ['denied', 'rules', [get('/secret'), get('/x')]],
  ['denied with a status', 'rules', [get('/many')]],
  ['answered by a rule', 'rules', [get('/hello')]],
  ['redirected', 'rules', [get('/old')]],
  ['headers set and deleted, backend by path', 'rules', [get('/api/1', 'X-Secret: s\r\n')]],
  ['headers deleted, default backend', 'rules', [get('/x', 'X-Secret: s\r\n')]],
  ['mode tcp', 'tcp', ['hello ', 'world']],
  ['a connection to the server for each request', 'close', [get('/1'), get('/2')]],
  ['existing x-forwarded-for', 'slow', [get('/f', 'X-Forwarded-For: 1.2.3.4\r\n')]],
];

for (const [what, frontend, parts, waitMs] of TALKS) {
  test(`${what}: the same answer`, async ({ skip }) => {
    if (real === null) return skip('haproxy is not installed: apt-get install haproxy');
    const [theirs, ours] = bases[FRONTENDS.indexOf(frontend)]!;
    const [expected, given] = await Promise.all([talk(theirs, parts, waitMs), talk(ours, parts, waitMs)]);
    expect(plain(given)).toBe(plain(expected));
  });
}

/** Dates differ, and how a body is cut into chunks; nothing else may. */
function plain(text: string): string {
  const bare = text.replace(/date: [^\r]+\r\n/gi, '');
  if (!/transfer-encoding: chunked/i.test(bare)) return bare;
  return bare.replace(/\r\n[0-9a-f]+\r\n/gi, '\r\n').replace(/\n\r\n(?=end)/, '\n');
}

test('what waits too long for a place gets 503, in both', async ({ skip }) => {
  if (real === null) return skip('haproxy is not installed: apt-get install haproxy');
  const both = bases[FRONTENDS.indexOf('least')]!;
  const answers = await Promise.all(
    both.map(async (port) => {
      const first = talk(port, [get('/slow/250')], 400);
      await new Promise((resolve) => setTimeout(resolve, 30));
      const second = talk(port, [get('/waits')], 400);
      return [await first, await second].map((text) => plain(text).slice(0, 15));
    }),
  );
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[0]).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 503 Se']);
});

test('a server that fails its checks is left, and comes back', async ({ skip }) => {
  if (real === null) return skip('haproxy is not installed: apt-get install haproxy');
  const both = bases[FRONTENDS.indexOf('checked')]!;
  const server = async () =>
    Promise.all(both.map(async (port) => /x-server: (\w)/i.exec(await talk(port, [get('/')], 40))?.[1]));
  const seen = [await server()];
  isHealthy = false;
  await new Promise((resolve) => setTimeout(resolve, 400));
  seen.push(await server());
  isHealthy = true;
  await new Promise((resolve) => setTimeout(resolve, 400));
  seen.push(await server());
  expect(seen).toEqual([
    ['a', 'a'],
    ['b', 'b'],
    ['a', 'a'],
  ]);
});
