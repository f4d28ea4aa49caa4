/** A small server: routes by method and first path segment. Every service has its own copy. */
import { createServer, type IncomingMessage } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Asked {
  /** What follows the route in the path; '' for none. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** The body's JSON; undefined when it is none. */
  readonly json: () => Promise<unknown>;
}

const bodyBytesMax = 64 * 1024;

/** Keys as `GET /orders`. Anything a route throws is answered 503: what can fail here is the database. */
export function serve(
  port: number,
  routes: Readonly<Record<string, (asked: Asked) => Promise<Answer>>>,
  isReady: () => boolean,
  stop: () => Promise<unknown>,
): void {
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
    const [, first, id = ''] = pathname.split('/');
    if (first === 'healthz') return { status: isReady() ? 200 : 503, body: { ready: isReady() } };
    const route = routes[`${request.method} /${first}`];
    if (!route) return { status: 404, body: { error: `no route for ${request.method} ${pathname}` } };
    return route({ id, query, headers: request.headers, json: () => readJson(request) });
  };
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(request).catch((error: unknown): Answer => {
      console.error(`${request.method} ${request.url}: ${error instanceof Error ? error.message : error}`);
      return { status: 503, body: { error: 'not now, please try again' } };
    });
    const json = JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
    response.end(json);
  });
  // How long a client may take to send its request; Node's own limit is five minutes.
  server.requestTimeout = 5000;
  server.listen(port, () => console.log(`listens on ${port}`));

  process.once('SIGTERM', () => {
    // Docker waits 10 s before it kills.
    setTimeout(() => process.exit(1), 8000).unref();
    server.close(() => stop().finally(() => process.exit(0)));
  });
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
