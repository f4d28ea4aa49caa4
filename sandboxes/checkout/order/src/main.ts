import { pool } from './database.ts';
import { type Asked, serve } from './http.ts';
import { isBusConnected, runBus, stopBus } from './messages.ts';
import { find, news, place, type Wish } from './orders.ts';
import { handlers } from './saga.ts';

async function postOrder({ headers, json }: Asked) {
  const key = headers['idempotency-key'];
  if (typeof key !== 'string' || key.length < 1 || key.length > 100) {
    return { status: 400, body: { error: 'expected the header Idempotency-Key, 1 to 100 characters' } };
  }
  const wish = parseWish(await json());
  if (wish === null) {
    return {
      status: 400,
      body: { error: 'expected { "customer": "…", "country": "CN", "items": [{ "sku": "…", "quantity": 1 }] }' },
    };
  }
  const placed = await place(key, wish);
  if (placed.state === 'unknown-sku') return { status: 422, body: { error: 'no such item' } };
  if (placed.state === 'other-wish') return { status: 422, body: { error: 'this key belongs to another order' } };
  // Accepted, not done. A repetition gets the same words, whatever has become of the order meanwhile.
  const { id, customer, country, items, totalCents } = placed.order;
  return { status: 202, body: { id, customer, country, items, totalCents, status: 'PENDING' } };
}

async function getOrder({ id }: Asked) {
  const order = await find(id);
  return order ? { status: 200, body: order } : { status: 404, body: { error: `no order ${id}` } };
}

async function getNews({ query }: Asked) {
  const after = Number(query.get('after') ?? 0);
  if (!Number.isSafeInteger(after)) return { status: 400, body: { error: 'expected after=<number>' } };
  return { status: 200, body: await news(after, 500) };
}

/** Null when it is not an order. One line an item: two of the same would be counted apart. */
function parseWish(body: unknown): Wish | null {
  const { customer, country, items } = (body ?? {}) as Partial<Wish>;
  if (typeof customer !== 'string' || typeof country !== 'string' || !Array.isArray(items)) return null;
  if (items.length < 1 || items.length > 50 || new Set(items.map((item) => item?.sku)).size < items.length) return null;
  const isValid = items.every(
    (item) =>
      typeof item?.sku === 'string' && Number.isInteger(item.quantity) && item.quantity > 0 && item.quantity <= 1000,
  );
  return isValid ? { customer, country, items: items.map(({ sku, quantity }) => ({ sku, quantity })) } : null;
}

let hasDatabase = false;
serve(
  Number(process.env.PORT ?? 8080),
  { 'POST /orders': postOrder, 'GET /orders': getOrder, 'GET /news': getNews },
  () => hasDatabase && isBusConnected(),
  () => stopBus().then(() => pool.end()),
);
// Fails when there is no database yet: the process ends, and its restart is the next try.
await pool.query('SELECT 1');
hasDatabase = true;
runBus('order', handlers);
