import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { allSkus, type Line, piecesOf, reserve, stockOf } from './stock.ts';

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error(error);
    if (!response.headersSent) reply(response, 500, { error: 'internal error' });
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://inventory');
  const route = `${request.method} ${pathname}`;

  if (route === 'GET /healthz') return reply(response, 200, { status: 'ok' });

  if (route === 'GET /stock') {
    const skus = searchParams.get('skus');
    return reply(response, 200, { stock: stockOf(skus === null ? allSkus() : skus.split(',')) });
  }

  if (request.method === 'GET' && pathname.startsWith('/stock/')) {
    const sku = decodeURIComponent(pathname.slice('/stock/'.length));
    const pieces = piecesOf(sku);
    if (pieces === undefined) return reply(response, 404, { error: `${sku} is not kept here` });
    return reply(response, 200, { sku, stock: pieces });
  }

  // PUT, because the caller chooses the id: a repeated request changes nothing.
  if (request.method === 'PUT' && pathname.startsWith('/reservations/')) {
    const id = decodeURIComponent(pathname.slice('/reservations/'.length));
    const lines = parseLines(await readBody(request));
    if (lines === null) return reply(response, 400, { error: 'expected { "items": [{ "sku": "…", "quantity": 1 }] }' });
    const result = reserve(id, lines);
    if (result.ok) return reply(response, 200, { id, status: 'reserved' });
    return reply(response, 409, { error: `not in stock: ${result.missing.join(', ')}` });
  }

  reply(response, 404, { error: `no route for ${route}` });
}

const port = Number(process.env.PORT ?? 8082);
server.listen(port, () => console.log(`inventory listens on ${port}`));

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parseLines(text: string): Line[] | null {
  try {
    const { items } = JSON.parse(text) as { items: Line[] };
    const valid = items.every(
      ({ sku, quantity }) => typeof sku === 'string' && Number.isInteger(quantity) && quantity > 0,
    );
    return valid && items.length > 0 ? items : null;
  } catch {
    return null;
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const json = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}
