import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { transfer } from './bank.ts';

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error(error);
    if (!response.headersSent) reply(response, 500, { error: 'internal error' });
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://payment');
  const route = `${request.method} ${pathname}`;

  if (route === 'GET /healthz') return reply(response, 200, { status: 'ok' });

  if (route === 'POST /charges') {
    const { cart, amountCents } = JSON.parse(await readBody(request)) as { cart: string; amountCents: number };
    try {
      return reply(response, 201, { cart, transfer: await transfer(cart, amountCents) });
    } catch (error) {
      return reply(response, 503, { error: `no transfer: ${error instanceof Error ? error.message : error}` });
    }
  }

  reply(response, 404, { error: `no route for ${route}` });
}

const port = Number(process.env.PORT ?? 8085);
server.listen(port, () => console.log(`payment listens on ${port}`));

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
