const WEB_BFF_URL = process.env.WEB_BFF_URL ?? 'http://web-bff:8086';
const timeoutMs = Number(process.env.TIMEOUT_MS ?? 2000);

export interface PageReply {
  readonly status: number;
  readonly body: unknown;
}

/** Pages are composed by the web team's backend; the gateway passes them on as they are. */
export function productPage(sku: string): Promise<PageReply> {
  return passOn(`${WEB_BFF_URL}/pages/products/${encodeURIComponent(sku)}`);
}

export function productsPage(): Promise<PageReply> {
  return passOn(`${WEB_BFF_URL}/pages/products`);
}

async function passOn(url: string): Promise<PageReply> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return { status: response.status, body: await response.json() };
  } catch (error) {
    console.error(`no page from web-bff: ${error instanceof Error ? error.message : error}`);
    return { status: 503, body: { error: 'the page cannot be made right now' } };
  }
}
