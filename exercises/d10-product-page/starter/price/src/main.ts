import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { prices } from './prices.ts';

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error(error);
    if (!response.headersSent) reply(response, 500, { error: 'internal error' });
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://price');
  const route = `${request.method} ${pathname}`;

  if (route === 'GET /healthz') return reply(response, 200, { status: 'ok' });

  if (route === 'GET /prices') {
    const skus = searchParams.get('skus')?.split(',') ?? [...prices.keys()];
    const known = skus.filter((sku) => prices.has(sku));
    return reply(response, 200, { prices: Object.fromEntries(known.map((sku) => [sku, prices.get(sku)])) });
  }

  // How the pricing team changes a price.
  if (request.method === 'PUT' && pathname.startsWith('/prices/')) {
    const sku = decodeURIComponent(pathname.slice('/prices/'.length));
    const { priceCents } = JSON.parse(await readBody(request)) as { priceCents: number };
    if (!prices.has(sku)) return reply(response, 404, { error: `no item ${sku}` });
    prices.set(sku, priceCents);
    return reply(response, 200, { sku, priceCents });
  }

  reply(response, 404, { error: `no route for ${route}` });
}

const port = Number(process.env.PORT ?? 8085);
server.listen(port, () => console.log(`price listens on ${port}`));

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const json = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}
