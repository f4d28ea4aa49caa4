/** For tests: the projects that are fuzzed. */
import { join } from 'node:path';
import { readTextFiles } from '../catalog/folder.ts';
import type { FuzzProject } from './test-fuzz.ts';
import { projectOf } from './test-lab.ts';

/** front → mid (twice) → back, by fetch with its pool, by http.request with an agent; back writes and reads files. */
export function chain(): FuzzProject {
  const back = `import http from 'node:http';
import fs from 'node:fs/promises';
http.createServer(async (request, response) => {
  const size = Number(new URL(request.url, 'http://x').searchParams.get('size'));
  try {
    await fs.appendFile('/tmp/log', request.url + '\\n');
    const lines = (await fs.readFile('/tmp/log', 'utf8')).length;
    response.setHeader('x-log', String(lines));
    response.end('x'.repeat(size));
  } catch (error) {
    response.writeHead(507).end(error.code);
  }
}).listen(8080);`;
  const mid = `import http from 'node:http';
const agent = new http.Agent({ keepAlive: true, maxSockets: 10 });
const server = http.createServer((request, response) => {
  const call = http.get('http://back:8080' + request.url, { agent, timeout: 1500 }, (reply) => {
    response.writeHead(reply.statusCode);
    reply.on('error', () => response.destroy());
    reply.pipe(response);
  });
  call.on('timeout', () => call.destroy(new Error('timeout')));
  call.on('error', (error) => { if (response.headersSent) response.destroy(); else response.writeHead(502).end(error.code ?? error.message); });
}).listen(8080);
// Leaves slowly: it is there for a while when nobody wants it any more.
process.on('SIGTERM', () => server.close(() => process.exit(0)));`;
  const front = `import http from 'node:http';
http.createServer(async (request, response) => {
  try {
    const reply = await fetch('http://mid:8080' + request.url, { signal: AbortSignal.timeout(2500) });
    const text = await reply.text();
    response.writeHead(reply.status).end(text);
  } catch (error) {
    response.writeHead(502).end(String(error.cause?.code ?? error.name));
  }
}).listen(8080);`;
  const sizeOf = (i: number) => [1, 300, 5000, 200_000][i % 4]!;
  return {
    files: projectOf({
      front: { main: front, compose: '    ports: ["8080:8080"]\n    restart: always\n    depends_on: [mid]\n' },
      mid: { main: mid, compose: '    restart: always\n    deploy:\n      replicas: 2\n    depends_on: [back]\n' },
      back: { main: back, compose: '    restart: always\n    x-lab:\n      cpu: 3ms\n' },
    }),
    services: [
      { name: 'front', replicas: 1 },
      { name: 'mid', replicas: 2 },
      { name: 'back', replicas: 1 },
    ],
    links: [
      ['client', 'front'],
      ['front', 'mid'],
      ['mid', 'back'],
    ],
    request: (i) => ({ method: 'GET', url: `http://front:8080/?size=${sizeOf(i)}` }),
    wrong: (i, body) => (body === 'x'.repeat(sizeOf(i)) ? null : `${body.length} bytes that are not the ${sizeOf(i)}`),
  };
}

/** The shop: product pages, single products and orders. */
export function shop(): FuzzProject {
  const files = readTextFiles(join(process.cwd(), 'sandboxes/shop'));
  return {
    files,
    services: ['gateway', 'catalog', 'inventory', 'reviews', 'orders'].map((name) => ({
      name,
      replicas: name === 'catalog' ? 2 : 1,
    })),
    links: [
      ['client', 'gateway'],
      ['gateway', 'catalog'],
      ['gateway', 'inventory'],
      ['gateway', 'reviews'],
      ['gateway', 'orders'],
      ['orders', 'inventory'],
    ],
    request: (i) =>
      i % 5 === 4
        ? {
            method: 'POST',
            url: 'http://gateway:8080/orders',
            headers: { 'content-type': 'application/json' },
            body: '{"items":[{"sku":"tent-1p","quantity":1}]}',
          }
        : { method: 'GET', url: 'http://gateway:8080/products' },
    wrong(i, body) {
      const found = JSON.parse(body) as { id?: unknown; products?: readonly unknown[] };
      const isRight = i % 5 === 4 ? found.id !== undefined : (found.products?.length ?? 0) > 0;
      return isRight ? null : `not what was asked for: ${body.slice(0, 100)}`;
    },
  };
}
