const CATALOG_URL = process.env.CATALOG_URL ?? 'http://catalog:8081';
const PRICE_URL = process.env.PRICE_URL ?? 'http://price:8085';
const INVENTORY_URL = process.env.INVENTORY_URL ?? 'http://inventory:8082';
const REVIEWS_URL = process.env.REVIEWS_URL ?? 'http://reviews:8083';

// The gateway composes the pages itself; web-bff is no longer asked.

export interface PageReply {
  readonly status: number;
  readonly body: unknown;
}

interface Item {
  readonly sku: string;
  readonly name: string;
}

type BySku<T> = Readonly<Record<string, T>>;

interface Parts {
  readonly prices: BySku<number>;
  readonly stock: BySku<number> | null;
  readonly ratings: BySku<unknown> | null;
}

class NotFound extends Error {}

const waitMs = 300;
const pageSize = 20;

export function productPage(sku: string): Promise<PageReply> {
  return page(async () => {
    const [item, parts] = await Promise.all([
      getJson<Item>(`${CATALOG_URL}/items/${encodeURIComponent(sku)}`),
      partsOf([sku]),
    ]);
    return { ...toProduct(item, parts), degraded: missing(parts) };
  });
}

export function productsPage(): Promise<PageReply> {
  return page(async () => {
    const items = (await getJson<{ items: Item[] }>(`${CATALOG_URL}/items`)).items.slice(0, pageSize);
    const parts = await partsOf(items.map(({ sku }) => sku));
    return { products: items.map((item) => toProduct(item, parts)), degraded: missing(parts) };
  });
}

async function page(compose: () => Promise<unknown>): Promise<PageReply> {
  try {
    return { status: 200, body: await compose() };
  } catch (error) {
    if (error instanceof NotFound) return { status: 404, body: { error: error.message } };
    console.error(`no page: ${error instanceof Error ? error.message : error}`);
    return { status: 503, body: { error: 'the page cannot be made right now' } };
  }
}

async function partsOf(skus: readonly string[]): Promise<Parts> {
  const list = skus.map(encodeURIComponent).join(',');
  const [price, inventory, reviews] = await Promise.allSettled([
    getJson<{ prices: BySku<number> }>(`${PRICE_URL}/prices?skus=${list}`),
    getJson<{ stock: BySku<number> }>(`${INVENTORY_URL}/stock?skus=${list}`),
    getJson<{ ratings: BySku<unknown> }>(`${REVIEWS_URL}/ratings?skus=${list}`),
  ]);
  if (price.status === 'rejected') throw price.reason;
  return {
    prices: price.value.prices,
    stock: inventory.status === 'fulfilled' ? inventory.value.stock : null,
    ratings: reviews.status === 'fulfilled' ? reviews.value.ratings : null,
  };
}

function toProduct({ sku, name }: Item, { prices, stock, ratings }: Parts) {
  if (prices[sku] === undefined) throw new Error(`no price for ${sku}`);
  return { sku, name, priceCents: prices[sku], stock: stock && (stock[sku] ?? 0), rating: ratings?.[sku] ?? null };
}

function missing({ stock, ratings }: Parts): readonly string[] {
  return [...(stock === null ? ['stock'] : []), ...(ratings === null ? ['reviews'] : [])];
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(waitMs) });
  const body = (await response.json()) as T;
  if (response.status === 404) throw new NotFound(`${url} answered 404`);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return body;
}
