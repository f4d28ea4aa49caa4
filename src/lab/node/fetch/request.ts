/** Request. Source: the Fetch standard §5.4, undici for messages. */

import { isToken } from '../http/parse-error.ts';
import { customInspect } from '../util/inspect.ts';
import { type Address, addressOf } from './address.ts';
import { type Body, BodyOwner, extractBody, getBody, setBody } from './body.ts';
import { fillList, HeaderList, type Headers, listOfHeaders, makeHeaders } from './headers.ts';

/** A request as fetch needs it; made from an address and options without the objects that only a program looks at. */
export interface Plan {
  readonly address: Address;
  readonly method: string;
  readonly headers: HeaderList;
  readonly body: Body | null;
  /** The body's bytes when they are known. */
  readonly bytes: Uint8Array | null;
  readonly redirect: 'follow' | 'error' | 'manual';
  readonly signal: any;
}

const NORMALIZED = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']);
const FORBIDDEN = new Set(['CONNECT', 'TRACE', 'TRACK']);
const REDIRECTS = ['follow', 'error', 'manual'];

/** Throws what `new Request(input, init)` throws. */
export function planOf(input: any, init: any): Plan {
  const base = isRequest(input) ? planFrom(input) : null;
  const address = base === null ? parseAddress(input) : base.address;
  if (init === undefined || init === null) {
    if (base !== null) return takeBody(input, base);
    return {
      address,
      method: 'GET',
      headers: new HeaderList(),
      body: null,
      bytes: null,
      redirect: 'follow',
      signal: null,
    };
  }
  if (typeof init !== 'object') {
    throw new TypeError('Request constructor: Expected init ("init") to be one of: Null, Undefined, Object.');
  }
  const method = init.method === undefined ? (base?.method ?? 'GET') : checkMethod(init.method);
  const redirect = init.redirect ?? base?.redirect ?? 'follow';
  if (!REDIRECTS.includes(redirect)) {
    throw new TypeError(
      `Request constructor: ${redirect} is not an accepted type. Expected one of follow, error, manual.`,
    );
  }
  const signal = init.signal === undefined ? (base?.signal ?? null) : checkSignal(init.signal);
  const headers = init.headers === undefined ? (base?.headers.copy() ?? new HeaderList()) : new HeaderList();
  if (init.headers !== undefined) fillList(headers, init.headers);
  if (init.body === undefined || init.body === null) {
    const kept = base === null ? null : takeBody(input, base);
    return { address, method, headers, body: kept?.body ?? null, bytes: kept?.bytes ?? null, redirect, signal };
  }
  if (method === 'GET' || method === 'HEAD') throw new TypeError('Request with GET/HEAD method cannot have body.');
  const { body, bytes, type } = extractBody(init.body);
  if (bytes === null && init.duplex == null) {
    throw new TypeError('RequestInit: duplex option is required when sending a body.');
  }
  if (type !== null && !headers.has('content-type')) headers.append('content-type', type);
  return { address, method, headers, body, bytes, redirect, signal };
}

function parseAddress(input: any): Address {
  const text = `${input}`;
  let address: Address;
  try {
    address = addressOf(text);
  } catch {
    throw new TypeError(`Failed to parse URL from ${text}`, { cause: invalidUrl(text) });
  }
  if (address.hasCredentials) {
    throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${text}`);
  }
  return address;
}

function invalidUrl(input: string): TypeError {
  return Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input });
}

function checkMethod(method: any): string {
  const text = `${method}`;
  const upper = text.toUpperCase();
  if (!isToken(text)) throw new TypeError(`'${text}' is not a valid HTTP method.`);
  if (FORBIDDEN.has(upper)) throw new TypeError(`'${text}' HTTP method is unsupported.`);
  return NORMALIZED.has(upper) ? upper : text;
}

function checkSignal(signal: any): any {
  if (signal === null) return null;
  if (
    typeof signal !== 'object' ||
    typeof signal.aborted !== 'boolean' ||
    typeof signal.addEventListener !== 'function'
  ) {
    throw new TypeError('Request constructor: Expected signal ("init.signal") to be an instance of AbortSignal.');
  }
  return signal;
}

let isRequest: (value: unknown) => value is Request;
let planFrom: (request: Request) => Plan;

/** A Request's body goes to the one that sends it. */
function takeBody(request: Request, plan: Plan): Plan {
  const body = getBody(request);
  if (body === null) return plan;
  if (body.isTaken) {
    throw new TypeError('Cannot construct a Request with a Request object that has already been used.');
  }
  setBody(request, usedUp());
  return plan;
}

function usedUp(): Body {
  const { body } = extractBody('');
  body.isUsed = true;
  body.isLocked = true;
  return body;
}

export class Request extends BodyOwner {
  #plan: Plan;
  #headers: Headers | null = null;
  #signal: any = null;
  #isKeptAlive = false;

  static {
    isRequest = (value): value is Request => typeof value === 'object' && value !== null && #plan in value;
    planFrom = (request) => request.#plan;
  }

  constructor(input: any, init: any = undefined) {
    super();
    this.#plan = planOf(input, init);
    this.#isKeptAlive = Boolean(init?.keepalive ?? (isRequest(input) && input.keepalive));
    setBody(this, this.#plan.body);
  }

  get method() {
    return this.#plan.method;
  }
  get url() {
    return this.#plan.address.href;
  }
  get headers(): Headers {
    this.#headers ??= makeHeaders(this.#plan.headers, false);
    return this.#headers;
  }
  get redirect() {
    return this.#plan.redirect;
  }
  get signal(): any {
    this.#signal ??= this.#plan.signal ?? new AbortController().signal;
    return this.#signal;
  }
  get duplex() {
    return 'half';
  }
  get mode() {
    return 'cors';
  }
  get credentials() {
    return 'same-origin';
  }
  get cache() {
    return 'default';
  }
  get referrer() {
    return 'about:client';
  }
  get referrerPolicy() {
    return '';
  }
  get integrity() {
    return '';
  }
  get keepalive() {
    return this.#isKeptAlive;
  }
  get isReloadNavigation() {
    return false;
  }
  get isHistoryNavigation() {
    return false;
  }
  get destination() {
    return '';
  }

  clone(): Request {
    const body = getBody(this);
    if (body?.isTaken) {
      throw new TypeError('Request.clone: Body has already been consumed.');
    }
    const copy = new Request(this.url);
    copy.#plan = { ...this.#plan, headers: listOfHeaders(this.headers).copy() };
    if (body !== null) {
      const [own, other] = body.tee();
      setBody(this, own);
      setBody(copy, other);
      this.#plan = { ...this.#plan, body: own };
      copy.#plan = { ...copy.#plan, body: other };
    }
    return copy;
  }

  get [Symbol.toStringTag]() {
    return 'Request';
  }

  [customInspect](depth: number, options: any, inspect: any) {
    if (depth < 0) return this;
    const { method, url, headers, destination, referrer, referrerPolicy, mode, credentials, cache } = this;
    const { redirect, integrity, keepalive, isReloadNavigation, isHistoryNavigation, signal } = this;
    const first = { method, url, headers, destination, referrer, referrerPolicy, mode, credentials, cache };
    const rest = { redirect, integrity, keepalive, isReloadNavigation, isHistoryNavigation, signal };
    return `Request ${inspect({ ...first, ...rest }, options)}`;
  }
}
