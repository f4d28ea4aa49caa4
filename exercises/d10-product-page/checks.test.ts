import { type LoadResult, type System, type Traffic, up, vary } from 'loadbearing';
import { beforeAll, expect, test } from 'vitest';

// One run: healthy, with a change of prices → reviews slow → healed → price dead → healed → one list in silence.
let shop: System;
let traffic: Traffic;
let healthy: number;
let priceChange: number;
let reviewsSlow: number;
let reviewsHealed: number;
let priceDead: number;
let priceHealed: number;
let end: number;
/** What one call to the slowest dependency takes, ms. */
let slowestMs: number;
/** Calls that one list page of 20 products makes to each dependency. */
let listCalls: Record<string, number>;

interface Truth {
  names: Record<string, string>;
  oldPrices: Record<string, number>;
  newPrices: Record<string, number>;
  stock: Record<string, number>;
  ratings: Record<string, { average: number; count: number }>;
}
let truth: Truth;

/** A page asked for less than this before a fault may meet it. */
const edge = 1000;
/** A price on a page may be this old. */
const ageMsMax = 5000;
/** Ways to the dependencies, each longer than a network cable: they have work to do. */
const waysMs = { catalog: 10, price: 16, inventory: 22, reviews: 28 } as const;

beforeAll(async () => {
  shop = await up();
  const scale = vary(0.7, 1.4);
  for (const [service, ms] of Object.entries(waysMs)) {
    for (const caller of ['gateway', 'web-bff', 'client']) shop.link(caller, service).latency(ms * scale);
  }
  truth = await readTruth();
  slowestMs = await timeOfOneCall();
  const skus = Object.keys(truth.names);

  traffic = shop.load({
    requests: (i) => ({
      get: i % 10 === 9 ? 'http://gateway:8080/products' : `http://gateway:8080/products/${skus[i % skus.length]}`,
    }),
    rate: vary(38, 44),
  });

  healthy = shop.now();
  await shop.sleep(vary('4s', '7s'));
  shop.note('every price changes');
  priceChange = shop.now();
  await Promise.all(skus.map(raisePrice));
  await shop.sleep(vary('9s', '11s'));

  shop.note('reviews become slow');
  reviewsSlow = shop.now();
  const slow = ['gateway', 'web-bff'].map((caller) => shop.link(caller, 'reviews').latency('3s'));
  await shop.sleep(vary('17s', '24s'));
  for (const fault of slow) fault.heal();
  reviewsHealed = shop.now();
  await shop.sleep(vary('7s', '9s'));

  shop.note('the price service hangs');
  priceDead = shop.now();
  const dead = shop.service('price').pause();
  await shop.sleep(vary('15s', '19s'));
  dead.heal();
  priceHealed = shop.now();
  await shop.sleep(vary('7s', '9s'));
  end = shop.now();
  await traffic.stop();

  // Long enough for anything that was kept to have aged.
  await shop.sleep('10s');
  const from = shop.now();
  await shop.request({ get: 'http://gateway:8080/products' });
  listCalls = {};
  for (const service of Object.keys(waysMs)) {
    listCalls[service] = shop.tap.requests({ to: service, between: [from, shop.now()] }).count;
  }
});

test('a healthy page is whole and true', () => {
  const pages = traffic.window(healthy, reviewsSlow - edge);
  expect(pages.errorRate, 'failed pages, %').toBeLessThanOrEqual(0.001);
  expect(pages.share(isWhole), 'pages with everything, and all of it true, %').toBeGreaterThanOrEqual(0.999);
});

test('a page takes as long as its slowest part, not as all together', () => {
  const pages = traffic.window(healthy, reviewsSlow - edge).where(isProductPage);
  expect(pages.latency.p50 - slowestMs, 'median of the product page beyond its slowest part, ms').toBeLessThanOrEqual(
    10,
  );
});

test('slow reviews cost the page its stars and nothing else', () => {
  const pages = traffic.window(reviewsSlow, reviewsHealed);
  expect(pages.latency.p99, 'p99 of all pages, ms').toBeLessThanOrEqual(400);
  expect(pages.errorRate, 'failed pages, %').toBeLessThanOrEqual(0.001);
  expect(
    pages.share((page) => isWhole(page) || isWithoutReviews(page)),
    'pages true but for marked stars, %',
  ).toBeGreaterThanOrEqual(0.999);
});

test('without a price there is no page, and that is said quickly', () => {
  const pages = traffic.window(priceDead, priceHealed);
  const priceless = pages.results.filter((page) => page.status === 200 && !isWhole(page));
  expect(priceless.length, 'pages without a true price').toBe(0);
  // What was kept for a moment may still be shown at first.
  const later = traffic.window(priceDead + ageMsMax + 1000, priceHealed - edge);
  expect(
    later.share(({ status }) => status === 503),
    'pages answered 503, %',
  ).toBeGreaterThanOrEqual(0.99);
  expect(pages.latency.p99, 'p99 of all pages, ms').toBeLessThanOrEqual(400);
});

test('a changed price is on every page within 5 s', () => {
  const pages = traffic.window(priceChange, reviewsSlow);
  const old = pages.results.filter((page) => page.status === 200 && !productsOf(page).every(hasPrice(page)));
  expect(old.length, 'pages with a price more than 5 s old').toBe(0);
});

test('a list of 20 products asks each service at most twice', () => {
  for (const [service, calls] of Object.entries(listCalls)) {
    expect(calls, `calls to ${service} for one list`).toBeLessThanOrEqual(2);
  }
});

test('pages are whole again 3 s after each repair', () => {
  const afterReviews = traffic.window(reviewsHealed + 3000, priceDead - edge);
  expect(afterReviews.share(isWhole), 'whole pages after reviews were repaired, %').toBeGreaterThanOrEqual(0.99);
  const afterPrice = traffic.window(priceHealed + 3000, end);
  expect(afterPrice.share(isWhole), 'whole pages after price was repaired, %').toBeGreaterThanOrEqual(0.99);
});

interface Shown {
  sku: string;
  name: string;
  priceCents: number;
  stock: number | null;
  rating: { average: number; count: number } | null;
}

function isProductPage({ url }: LoadResult): boolean {
  return !url.endsWith('/products');
}

/** The products on a page; none when it is no page, or not the one that was asked for. */
function productsOf(page: LoadResult): readonly Shown[] {
  const { json, url } = page;
  if (page.status !== 200 || !Array.isArray(json?.degraded)) return [];
  if (isProductPage(page)) return url.endsWith(`/${json.sku}`) ? [json] : [];
  return json.products?.length === 20 && new Set(json.products.map(({ sku }: Shown) => sku)).size === 20
    ? json.products
    : [];
}

function isWhole(page: LoadResult): boolean {
  const products = productsOf(page);
  return (
    products.length > 0 &&
    page.json.degraded.length === 0 &&
    products.every((one) => isTrue(page, one) && hasStars(one))
  );
}

function isWithoutReviews(page: LoadResult): boolean {
  const products = productsOf(page);
  const { degraded } = page.json ?? {};
  if (products.length === 0 || degraded.length !== 1 || degraded[0] !== 'reviews') return false;
  return products.every((one) => isTrue(page, one) && one.rating === null);
}

function isTrue(page: LoadResult, { sku, name, priceCents, stock }: Shown): boolean {
  return name === truth.names[sku] && stock === truth.stock[sku] && hasPrice(page)({ sku, priceCents });
}

/** The new price from 5 s after the change on, before that either, before the change the old one. */
function hasPrice({ dueMs, endMs }: LoadResult): (product: Pick<Shown, 'sku' | 'priceCents'>) => boolean {
  return ({ sku, priceCents }) => {
    const isOld = priceCents === truth.oldPrices[sku] && dueMs < priceChange + ageMsMax;
    const isNew = priceCents === truth.newPrices[sku] && endMs > priceChange;
    return isOld || isNew;
  };
}

function hasStars({ sku, rating }: Shown): boolean {
  const given = truth.ratings[sku];
  if (given === undefined) return rating === null;
  return rating !== null && rating.average === given.average && rating.count === given.count;
}

async function readTruth(): Promise<Truth> {
  const items = (await shop.request({ get: 'http://catalog:8081/items' })).json.items;
  const oldPrices = (await shop.request({ get: 'http://price:8085/prices' })).json.prices;
  const stock = (await shop.request({ get: 'http://inventory:8082/stock' })).json.stock;
  const ratings = (await shop.request({ get: 'http://reviews:8083/ratings' })).json.ratings;
  const names: Record<string, string> = {};
  const newPrices: Record<string, number> = {};
  for (const { sku, name } of items) {
    names[sku] = name;
    newPrices[sku] = oldPrices[sku] + 100;
  }
  return { names, oldPrices, newPrices, stock, ratings };
}

/** Reviews have the longest way. The second call goes over the connection of the first. */
async function timeOfOneCall(): Promise<number> {
  await shop.request({ get: 'http://reviews:8083/ratings?skus=mug' });
  return (await shop.request({ get: 'http://reviews:8083/ratings?skus=mug' })).durationMs;
}

async function raisePrice(sku: string): Promise<void> {
  const priceCents = truth.newPrices[sku];
  const reply = await shop.request({ put: `http://price:8085/prices/${sku}`, body: { priceCents } });
  if (reply.status !== 200) throw new Error(`the price of ${sku} cannot be changed: ${reply.status}`);
}
