import { createServer, type ServerResponse } from 'node:http';
import { items } from './items.ts';

const bySku = new Map(items.map((item) => [item.sku, item]));

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://catalog');
  if (request.method !== 'GET') return reply(response, 405, { error: 'only GET is answered here' });
  if (pathname === '/healthz') return reply(response, 200, { status: 'ok' });
  if (pathname === '/items') return reply(response, 200, { items });
  if (pathname.startsWith('/items/')) {
    const sku = decodeURIComponent(pathname.slice('/items/'.length));
    const item = bySku.get(sku);
    return item ? reply(response, 200, item) : reply(response, 404, { error: `no item ${sku}` });
  }
  reply(response, 404, { error: `no route for ${pathname}` });
});

const port = Number(process.env.PORT ?? 8081);
server.listen(port, () => console.log(`catalog listens on ${port}`));

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});

function reply(response: ServerResponse, status: number, body: unknown): void {
  const json = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}
