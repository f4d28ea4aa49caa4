import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { all, execute } from './ledger.ts';

/** The test system can be told to fail: this share of transfers, half of them before and half after the money moved. */
let failureRate = 0;

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error(error);
    if (!response.headersSent) reply(response, 500, { error: 'internal error' });
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://bank');
  const route = `${request.method} ${pathname}`;

  if (route === 'GET /healthz') return reply(response, 200, { status: 'ok' });
  if (route === 'GET /transfers') return reply(response, 200, { transfers: all() });

  if (route === 'POST /transfers') {
    const { reference, amountCents } = JSON.parse(await readBody(request)) as {
      reference: string;
      amountCents: number;
    };
    const key = request.headers['idempotency-key'];
    const draw = Math.random();
    if (draw < failureRate / 2) return reply(response, 503, { error: 'try again later' });
    const transfer = execute(reference, amountCents, typeof key === 'string' ? key : undefined);
    // The money moved, and the caller will never hear of it.
    if (draw < failureRate) return void request.socket.destroy();
    return reply(response, 201, transfer);
  }

  if (route === 'PUT /test/failure-rate') {
    failureRate = (JSON.parse(await readBody(request)) as { share: number }).share;
    return reply(response, 200, { share: failureRate });
  }

  reply(response, 404, { error: `no route for ${route}` });
}

const port = Number(process.env.PORT ?? 9000);
server.listen(port, () => console.log(`bank listens on ${port}`));

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
