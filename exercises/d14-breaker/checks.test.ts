import { type LoadResult, type System, type Traffic, up, vary } from 'loadbearing';
import { beforeAll, expect, test } from 'vitest';

// One run: healthy → customers look at made-to-order items → inventory slow → healed.
let shop: System;
let traffic: Traffic;
/** Where each phase begins, virtual ms. */
let healthy: number;
let unkept: number;
let fault: number;
let heal: number;
let end: number;
/** When the check takes one piece of everything off the shelf, in the middle of the fault. */
let audit: { begin: number; done: number };
/** Pieces by sku, as inventory itself says: before and after the audit. */
let before: Record<string, number>;
let after: Record<string, number>;

const settle = 15_000;
/** A page asked for less than this before the fault may meet it. */
const edge = 1000;

beforeAll(async () => {
  shop = await up();
  before = await askShelf();
  const kept = Object.keys(before);
  const madeToOrder = ['tent-4p', 'pack-65', 'stove-gas', 'stove-wood', 'pot-set', 'knife'];

  let mixesUnkept = false;
  traffic = shop.load({
    requests: (i, random) => {
      const list = mixesUnkept && random.float() < 0.3 ? madeToOrder : kept;
      return { get: `http://gateway:8080/products/${list[i % list.length]}` };
    },
    rate: vary(45, 55),
  });

  healthy = shop.now();
  await shop.sleep(vary('9s', '12s'));

  shop.note('customers look at items that are made to order');
  unkept = shop.now();
  mixesUnkept = true;
  await shop.sleep(vary('8s', '10s'));
  mixesUnkept = false;

  shop.note('inventory becomes slow');
  fault = shop.now();
  const slow = shop.link('gateway', 'inventory').latency(vary('1.6s', '2.4s'));
  await shop.sleep(vary('15s', '30s'));
  await takeOneOfEach(kept);
  await shop.sleep(vary('15s', '30s'));
  slow.heal();

  shop.note('inventory is healthy again');
  heal = shop.now();
  after = await askShelf();
  await shop.sleep(settle + vary(7_000, 9_000));
  end = shop.now();
  await traffic.stop();
});

test('a healthy shop shows true stock', () => {
  const { errorRate } = traffic.window(healthy, unkept);
  expect(errorRate, 'failed pages, %').toBeLessThanOrEqual(0.001);
  const share = traffic.window(healthy, unkept).share(isTrue);
  expect(share, 'pages with true stock, %').toBeGreaterThan(0.99);
});

test('an item that inventory does not keep is no failure of inventory', () => {
  const pages = traffic.window(unkept, fault - edge);
  const others = pages.where((result) => skuOf(result) in before);
  expect(others.share(isTrue), 'pages of kept items with true stock, %').toBeGreaterThan(0.99);
  const madeToOrder = pages.where((result) => !(skuOf(result) in before));
  expect(
    madeToOrder.share(({ status, json }) => status === 200 && json?.stock === 0),
    'made to order: stock 0, %',
  ).toBeGreaterThan(0.99);
});

test('pages stay fast while inventory is slow', () => {
  const { latency } = traffic.window(fault, heal);
  expect(latency.p99, 'p99 of the product page, ms').toBeLessThanOrEqual(300);
});

test('pages keep coming while inventory is slow, and none shows a wrong number', () => {
  const pages = traffic.window(fault, heal);
  expect(pages.errorRate, 'failed pages, %').toBeLessThan(0.01);
  const untrue = pages.results.filter((result) => result.isOk && !isTrue(result) && !isMarked(result));
  expect(untrue.length, 'pages whose stock is wrong, or unknown and not marked').toBe(0);
});

test('a slow inventory is left alone', () => {
  const normal = shop.tap.calls({ from: 'gateway', to: 'inventory', between: [healthy, unkept] }).rate;
  const calls = shop.tap.calls({ from: 'gateway', to: 'inventory', between: [fault + settle, heal] });
  expect(calls.rate / normal, 'calls to inventory against normal, from 15 s into the fault, %').toBeLessThan(0.05);
  expect(calls.maxPerSecond, 'calls in the busiest second, /s').toBeLessThanOrEqual(4);
});

test('true stock is back within 15 s of the repair', () => {
  const pages = traffic.window(heal + settle, end);
  expect(pages.share(isTrue), 'pages with true stock, %').toBeGreaterThanOrEqual(0.99);
});

/** Inventory's own answer, over a link that the fault does not touch. */
async function askShelf(): Promise<Record<string, number>> {
  const reply = await shop.request({ get: 'http://inventory:8082/stock' });
  return reply.json.stock;
}

/** From here on, a number that was remembered from before is wrong. */
async function takeOneOfEach(skus: readonly string[]): Promise<void> {
  const begin = shop.now();
  const items = skus.map((sku) => ({ sku, quantity: 1 }));
  const reply = await shop.request({ put: 'http://inventory:8082/reservations/audit', body: { items } });
  if (reply.status !== 200) throw new Error(`the audit cannot take a piece of each: ${reply.status}`);
  audit = { begin, done: shop.now() };
}

function isTrue(result: LoadResult): boolean {
  const { json, dueMs, endMs } = result;
  const sku = skuOf(result);
  if (result.status !== 200 || json?.sku !== sku || !(json.priceCents > 0) || json.degraded.length > 0) return false;
  const wasBefore = dueMs < audit.done && json.stock === before[sku];
  const isAfter = endMs > audit.begin && json.stock === after[sku];
  return wasBefore || isAfter;
}

function isMarked({ status, json }: LoadResult): boolean {
  return status === 200 && json?.stock === null && json.degraded.includes('stock');
}

function skuOf({ url }: LoadResult): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
