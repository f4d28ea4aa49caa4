import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheStatus, closeCache } from './cache.ts';
import { closeDatabase, connectToDatabase, DatabaseError } from './database.ts';
import { changeItem, parseChange, readItem } from './items.ts';

const port = Number(process.env.PORT ?? 8081);
const drainMs = Number(process.env.DRAIN_MS ?? 2500);
const bodyBytesMax = 64 * 1024;

let state: 'starting' | 'ready' | 'draining' = 'starting';

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    const status = error instanceof DatabaseError ? 503 : 500;
    console.error(`${request.method} ${request.url} ${status}: ${error instanceof Error ? error.message : error}`);
    if (!response.headersSent) reply(response, status, { error: status === 503 ? 'no database' : 'internal error' });
  });
});
// How long a client may take to send its request; Node's own limit is five minutes.
server.requestTimeout = 5000;

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://worker');
  const route = `${request.method} ${pathname}`;

  // Ready means: has reached the database, and is not about to leave. A cache that is down makes no worker unready,
  // or its failure would take all of them out at once; neither does a database that fails later, for hits go on.
  if (route === 'GET /healthz') return reply(response, state === 'ready' ? 200 : 503, { state, cache: cacheStatus() });

  const id = /^\/items\/([1-9]\d{0,8})$/.exec(pathname)?.[1];
  if (id === undefined) return reply(response, 404, { error: `no route for ${route}` });

  if (request.method === 'GET') {
    const { item, from } = await readItem(Number(id));
    response.setHeader('x-read-from', from);
    return item ? reply(response, 200, item) : reply(response, 404, { error: `no item ${id}` });
  }

  if (request.method === 'PUT') {
    const body = await readBody(request);
    if (body === null) return reply(response, 413, { error: `more than ${bodyBytesMax} bytes` });
    const change = parseChange(body);
    if (change === null) return reply(response, 400, { error: 'expected { "name": "…", "priceCents": 100 }' });
    const item = await changeItem(Number(id), change);
    return item ? reply(response, 200, item) : reply(response, 404, { error: `no item ${id}` });
  }

  response.setHeader('allow', 'GET, PUT');
  reply(response, 405, { error: `no route for ${route}` });
}

server.listen(port, () => console.log(`worker listens on ${port}`));
await connectToDatabase();
if (state === 'starting') {
  state = 'ready';
  console.log('worker is ready');
}

// First out of the load balancer, then no new connections, then what has begun, then the pools. Docker waits 10 s.
process.once('SIGTERM', async () => {
  state = 'draining';
  await sleep(drainMs);
  server.close(async () => {
    await Promise.all([closeCache(), closeDatabase()]);
    process.exit(0);
  });
});

/** The body as text; null when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // What is too long is read to its end but not kept, so that the client hears why it was refused.
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  return bytes > bodyBytesMax ? null : Buffer.concat(chunks).toString('utf8');
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const json = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}
