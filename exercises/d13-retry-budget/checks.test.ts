import { type LoadResult, type System, type Traffic, up, vary } from 'loadbearing';
import { beforeAll, expect, test } from 'vitest';

// One run: healthy → 3 % of transfers fail → the bank is down → the bank is back.
let shop: System;
let traffic: Traffic;
/** Where each phase begins, virtual ms. */
let healthy: number;
let flaky: number;
let calm: number;
let fault: number;
let heal: number;
let end: number;
/** How often the bank moved money, by cart, up to the fault. The bank forgets its test transfers when it restarts. */
let charged: Map<string, number>;

/** An order placed less than this before a fault may meet it. */
const edge = 1000;

beforeAll(async () => {
  shop = await up();
  const skus = ['mug', 'knife', 'pillow', 'tarp', 'hammock'];
  traffic = shop.load({
    requests: (i) => ({
      post: 'http://gateway:8080/orders',
      body: { cart: `cart-${i}`, items: [{ sku: skus[i % skus.length], quantity: 1 }] },
    }),
    rate: vary(38, 42),
  });

  healthy = shop.now();
  await shop.sleep(vary('4s', '6s'));

  shop.note('three in a hundred transfers fail');
  flaky = shop.now();
  await bankFails(0.03);
  await shop.sleep(vary('34s', '37s'));
  await bankFails(0);
  calm = shop.now();
  await shop.sleep('2s');
  charged = await readLedger();

  shop.note('the bank is down');
  fault = shop.now();
  const refuses = shop.service('bank').refuse();
  shop.service('bank').kill();
  await shop.sleep(vary('18s', '24s'));
  refuses.heal();

  shop.note('the bank is back');
  heal = shop.now();
  await shop.sleep(vary('8s', '9s'));
  end = shop.now();
  await traffic.stop();
});

test('a healthy checkout takes every order', () => {
  const orders = traffic.window(healthy, flaky - edge);
  expect(orders.share(isConfirmed), 'orders confirmed, %').toBeGreaterThanOrEqual(0.999);
  expect(orders.latency.p99, 'p99 of an order, ms').toBeLessThanOrEqual(300);
});

test('a few failures in a hundred are repaired', () => {
  const orders = traffic.window(flaky, calm);
  expect(orders.share(isConfirmed), 'orders confirmed while 3 % of transfers fail, %').toBeGreaterThanOrEqual(0.995);
});

test('a dead bank is not hammered', () => {
  const perOrder = shop.tap.amplification({ to: 'bank', between: [fault, heal] });
  expect(perOrder, 'calls to the dead bank per order').toBeLessThanOrEqual(1.6);
});

test('no cart is charged twice, and none is confirmed without a charge', () => {
  const confirmed = traffic.window(healthy, calm).results.filter(isConfirmed);
  const twice = [...charged].filter(([, times]) => times > 1);
  expect(twice.length, 'carts charged twice').toBe(0);
  const unpaid = confirmed.filter(({ json }) => !charged.has(json.cart));
  expect(unpaid.length, 'orders confirmed without a charge').toBe(0);
  // The bank's test switch belongs to the checks.
  const others = shop.tap.requests({ to: 'bank', path: /^\/test/ }).where(({ from }) => from !== 'client');
  expect(others.count, 'test switches moved by services').toBe(0);
});

test('retries do not come in step', () => {
  const retries = shop.tap.requests({ to: 'bank', method: 'POST', between: [flaky, calm] }).byRoot();
  const gaps = retries.flatMap((calls) => calls.slice(1).map((call, i) => call.atMs - calls[i]!.atMs));
  expect(gaps.length, 'retries seen').toBeGreaterThanOrEqual(20);
  // Over one second 10 % would be even; three times that is the bar, of at least 20 retries.
  const bins = new Map<number, number>();
  for (const gap of gaps) bins.set(Math.floor(gap / 100), (bins.get(Math.floor(gap / 100)) ?? 0) + 1);
  expect(Math.max(...bins.values()) / gaps.length, 'retries after the same wait, to 100 ms, %').toBeLessThanOrEqual(
    0.3,
  );
});

test('orders are taken again when the bank is back', () => {
  const orders = traffic.window(heal + 5000, end);
  expect(orders.share(isConfirmed), 'orders confirmed from 5 s after the repair, %').toBeGreaterThanOrEqual(0.99);
});

function isConfirmed({ status, json, id }: LoadResult): boolean {
  return status === 201 && json?.status === 'confirmed' && json.cart === `cart-${id}`;
}

async function bankFails(share: number): Promise<void> {
  const reply = await shop.request({ put: 'http://bank:9000/test/failure-rate', body: { share } });
  if (reply.status !== 200) throw new Error(`the bank does not take the test setting: ${reply.status}`);
}

async function readLedger(): Promise<Map<string, number>> {
  const reply = await shop.request({ get: 'http://bank:9000/transfers' });
  const times = new Map<string, number>();
  for (const { reference } of reply.json.transfers) times.set(reference, (times.get(reference) ?? 0) + 1);
  return times;
}
