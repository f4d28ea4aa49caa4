import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Line } from './inventory.ts';
import { charge } from './payment.ts';

interface Order {
  readonly id: string;
  /** The customer's cart: one cart is bought at most once. */
  readonly cart: string;
  readonly status: 'confirmed';
  readonly items: readonly Line[];
}

/** Everything costs the same in this week of sales. */
const PRICE_CENTS = 1000;

const orders = new Map<string, Order>();

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error(error);
    if (!response.headersSent) reply(response, 500, { error: 'internal error' });
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://orders');
  const route = `${request.method} ${pathname}`;

  if (route === 'GET /healthz') return reply(response, 200, { status: 'ok' });

  if (route === 'POST /orders') {
    const wanted = parseOrder(await readBody(request));
    if (wanted === null) {
      return reply(response, 400, { error: 'expected { "cart": "…", "items": [{ "sku": "…", "quantity": 1 }] }' });
    }
    const { cart, items } = wanted;
    const payment = await charge(
      cart,
      items.reduce((sum, { quantity }) => sum + quantity * PRICE_CENTS, 0),
    );
    if (!payment.ok) return reply(response, 503, { error: payment.error });
    const order: Order = { id: randomUUID(), cart, status: 'confirmed', items };
    orders.set(order.id, order);
    return reply(response, 201, order);
  }

  if (request.method === 'GET' && pathname.startsWith('/orders/')) {
    const id = decodeURIComponent(pathname.slice('/orders/'.length));
    const order = orders.get(id);
    return order ? reply(response, 200, order) : reply(response, 404, { error: `no order ${id}` });
  }

  reply(response, 404, { error: `no route for ${route}` });
}

const port = Number(process.env.PORT ?? 8084);
server.listen(port, () => console.log(`orders listens on ${port}`));

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parseOrder(text: string): { cart: string; items: Line[] } | null {
  try {
    const { cart, items } = JSON.parse(text) as { cart: unknown; items: Line[] };
    const valid = items.every(
      ({ sku, quantity }) => typeof sku === 'string' && Number.isInteger(quantity) && quantity > 0,
    );
    if (typeof cart !== 'string' || !valid || items.length === 0) return null;
    return { cart, items: items.map(({ sku, quantity }) => ({ sku, quantity })) };
  } catch {
    return null;
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const json = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}
