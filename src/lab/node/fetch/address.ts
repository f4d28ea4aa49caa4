/** Where a request goes, taken apart once for each address that a service calls; it calls the same few. */

export interface Address {
  /** Serialized. */
  readonly href: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  /** `catalog:8081`, as the Host header says it. */
  readonly host: string;
  readonly origin: string;
  readonly path: string;
  readonly hasCredentials: boolean;
  /** The head of a GET without fields of its own, as bytes; made when first sent. */
  plainHead: Uint8Array | null;
}

const known = new Map<string, Address>();

/** Throws what `new URL(text)` throws. */
export function addressOf(text: string): Address {
  let address = known.get(text);
  if (address === undefined) {
    address = takeApart(new URL(text));
    if (known.size > 1000) known.clear();
    known.set(text, address);
  }
  return address;
}

function takeApart(url: URL): Address {
  const { href, protocol, hostname, port, host, origin, pathname, search, username, password } = url;
  return {
    href,
    protocol,
    hostname: hostname[0] === '[' ? hostname.slice(1, -1) : hostname,
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    host,
    origin,
    path: pathname + search,
    hasCredentials: username !== '' || password !== '',
    plainHead: null,
  };
}
