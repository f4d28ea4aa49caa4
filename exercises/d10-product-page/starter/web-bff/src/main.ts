import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { CallError } from './call.ts';
import { productPage, productsPage } from './page.ts';

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    const isNotFound = error instanceof CallError && error.status === 404;
    const status = isNotFound ? 404 : error instanceof CallError ? 503 : 500;
    const message = error instanceof Error ? error.message : String(error);
    if (status === 500) console.error(error);
    if (!response.headersSent) reply(response, status, { error: status === 500 ? 'internal error' : message });
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://web-bff');
  if (request.method !== 'GET') return reply(response, 405, { error: 'only GET is answered here' });
  if (pathname === '/healthz') return reply(response, 200, { status: 'ok' });
  if (pathname === '/pages/products') {
    const { status, body } = await productsPage();
    return reply(response, status, body);
  }
  if (pathname.startsWith('/pages/products/')) {
    const { status, body } = await productPage(decodeURIComponent(pathname.slice('/pages/products/'.length)));
    return reply(response, status, body);
  }
  reply(response, 404, { error: `no route for ${pathname}` });
}

const port = Number(process.env.PORT ?? 8086);
server.listen(port, () => console.log(`web-bff listens on ${port}`));

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});

function reply(response: ServerResponse, status: number, body: unknown): void {
  const json = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}
