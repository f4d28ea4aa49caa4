/** Response. Source: the Fetch standard §5.5, undici for messages. */
import { customInspect } from '../util/inspect.ts';
import { type Body, BodyOwner, extractBody, getBody, setBody } from './body.ts';
import { fillList, HeaderList, Headers, listOfHeaders, makeHeaders } from './headers.ts';

/** Status codes whose responses have no body. */
export const NULL_BODY = new Set([101, 103, 204, 205, 304]);

/** A Response from what came over the network; `raw` is name, value, … */
export let makeResponse: (
  status: number,
  statusText: string,
  raw: readonly string[],
  body: Body | null,
  url: string,
  isRedirected: boolean,
) => Response;

export class Response extends BodyOwner {
  #status = 200;
  #statusText = '';
  #type = 'default';
  #url = '';
  #isRedirected = false;
  #raw: readonly string[] | null = null;
  #headers: Headers | null = null;

  static {
    makeResponse = (status, statusText, raw, body, url, isRedirected) => {
      const response = new Response();
      response.#status = status;
      response.#statusText = statusText;
      response.#type = 'basic';
      response.#url = url;
      response.#isRedirected = isRedirected;
      response.#raw = raw;
      setBody(response, body);
      return response;
    };
  }

  constructor(input: any = null, init: any = undefined) {
    super();
    if (init !== undefined && init !== null) this.#initialize(init);
    if (input === null || input === undefined) return;
    if (NULL_BODY.has(this.#status)) {
      throw new TypeError(`Response constructor: Invalid response status code ${this.#status}`);
    }
    const { body, type } = extractBody(input);
    setBody(this, body);
    const headers = listOfHeaders(this.headers);
    if (type !== null && !headers.has('content-type')) headers.append('content-type', type);
  }

  #initialize(init: any): void {
    const status = init.status === undefined ? 200 : Number(init.status) | 0;
    if (status < 200 || status > 599) {
      throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
    }
    const statusText = init.statusText === undefined ? '' : `${init.statusText}`;
    if (/[^\t\x20-\x7e\x80-\xff]/.test(statusText)) throw new TypeError('Invalid statusText');
    this.#status = status;
    this.#statusText = statusText;
    if (init.headers !== undefined) {
      const list = new HeaderList();
      fillList(list, init.headers);
      this.#headers = makeHeaders(list, false);
    }
  }

  static json(data: any, init: any = {}): Response {
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError('Value is not JSON serializable');
    const response = new Response(text, init);
    const given = new Headers(init?.headers);
    if (!given.has('content-type')) response.headers.set('content-type', 'application/json');
    return response;
  }

  static error(): Response {
    const response = new Response();
    response.#status = 0;
    response.#type = 'error';
    return response;
  }

  static redirect(url: any, status = 302): Response {
    if (![301, 302, 303, 307, 308].includes(status)) throw new RangeError(`Invalid status code ${status}`);
    const response = new Response(null, { status });
    response.headers.set('location', new URL(`${url}`).href);
    return response;
  }

  get status() {
    return this.#status;
  }
  get statusText() {
    return this.#statusText;
  }
  get ok() {
    return this.#status >= 200 && this.#status <= 299;
  }
  get type() {
    return this.#type;
  }
  get url() {
    return this.#url;
  }
  get redirected() {
    return this.#isRedirected;
  }
  get headers(): Headers {
    this.#headers ??= makeHeaders(
      this.#raw === null ? new HeaderList() : HeaderList.fromRaw(this.#raw),
      this.#raw !== null,
    );
    return this.#headers;
  }

  clone(): Response {
    const body = getBody(this);
    if (body?.isTaken) {
      throw new TypeError('Response.clone: Body has already been consumed.');
    }
    const copy = new Response();
    copy.#status = this.#status;
    copy.#statusText = this.#statusText;
    copy.#type = this.#type;
    copy.#url = this.#url;
    copy.#isRedirected = this.#isRedirected;
    copy.#headers = makeHeaders(listOfHeaders(this.headers).copy(), this.#raw !== null);
    if (body !== null) {
      const [own, other] = body.tee();
      setBody(this, own);
      setBody(copy, other);
    }
    return copy;
  }

  get [Symbol.toStringTag]() {
    return 'Response';
  }

  [customInspect](depth: number, options: any, inspect: any) {
    if (depth < 0) return this;
    const { status, statusText, headers, body, bodyUsed, ok, redirected, type, url } = this;
    return `Response ${inspect({ status, statusText, headers, body, bodyUsed, ok, redirected, type, url }, options)}`;
  }
}
