import { createServer, type ServerResponse } from 'node:http';
import { ratedSkus, ratingsOf } from './ratings.ts';

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://reviews');
  if (request.method !== 'GET') return reply(response, 405, { error: 'only GET is answered here' });
  if (pathname === '/healthz') return reply(response, 200, { status: 'ok' });
  if (pathname === '/ratings') {
    const skus = searchParams.get('skus');
    return reply(response, 200, { ratings: ratingsOf(skus === null ? ratedSkus() : skus.split(',')) });
  }
  reply(response, 404, { error: `no route for ${pathname}` });
});

const port = Number(process.env.PORT ?? 8083);
server.listen(port, () => console.log(`reviews listens on ${port}`));

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});

function reply(response: ServerResponse, status: number, body: unknown): void {
  const json = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}
