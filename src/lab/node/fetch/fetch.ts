/** fetch(). Source: the Fetch standard §4, undici's lib/web/fetch/index.js. */
import { notLoaded } from '../full-names.ts';
import { latin1Bytes } from '../http/bytes.ts';
import type { HttpParser } from '../http/parser.ts';
import type { AsyncContext } from '../kernel.ts';
import { type Address, addressOf } from './address.ts';
import { Body } from './body.ts';
import { invalidArgumentError } from './errors.ts';
import { type Exchange, type PoolConnection, poolOf } from './pool.ts';
import { type Plan, planOf } from './request.ts';
import { makeResponse, NULL_BODY, type Response } from './response.ts';
import { secure } from './secure.ts';
import { web } from './web.ts';

const REDIRECTS_MAX = 20;
const REDIRECT_STATUS = new Set([301, 302, 303, 307, 308]);

/** Ports that the Fetch standard refuses, §2.9, in the range that a service might pick. */
const BAD_PORTS = new Set(
  (
    '0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 ' +
    '135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 ' +
    '1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080'
  )
    .split(' ')
    .map(Number),
);

export function fetch(input: any, init: any = undefined): Promise<Response> {
  return new Promise((resolve, reject) => {
    // What the promise's maker throws, it rejects with.
    if (input === undefined) throw new TypeError('Argument 1 cannot be undefined.');
    new Fetch(planOf(input, init), resolve, reject).start();
  });
}

const NOTHING = new Uint8Array(0);

class Fetch implements Exchange {
  readonly context: AsyncContext = __kernel.getContext();
  method: string;
  head: Uint8Array = NOTHING;
  body: Uint8Array | null = null;
  streamBody: Exchange['streamBody'] = null;
  private readonly plan: Plan;
  private readonly resolve: (response: Response) => void;
  private readonly reject: (reason: unknown) => void;
  private address: Address;
  private redirects = 0;
  private connection: PoolConnection | null = null;
  /** The response's body while it is being received. */
  private received: Body | null = null;
  private isSettled = false;
  private redirectTo: string | null = null;

  constructor(plan: Plan, resolve: (response: Response) => void, reject: (reason: unknown) => void) {
    this.plan = plan;
    this.method = plan.method;
    this.address = plan.address;
    this.resolve = resolve;
    this.reject = reject;
  }

  start(): void {
    const { signal } = this.plan;
    if (signal !== null) {
      if (signal.aborted) {
        this.reject(signal.reason);
        return;
      }
      signal.addEventListener('abort', this.onAbort);
    }
    this.setBody();
    this.send();
  }

  private setBody(): void {
    const { body, bytes } = this.plan;
    if (body === null) return;
    body.isUsed = true;
    body.isLocked = true;
    body.isSent = true;
    body.lockStream?.();
    if (bytes !== null) this.body = bytes;
    else this.streamBody = (write, done, fail) => sendChunks(body, write, done, fail);
  }

  private send(): void {
    const { address } = this;
    const refusal = refuse(address);
    if (refusal !== null) {
      this.fail(refusal);
      return;
    }
    const head = this.encodedHead(address);
    if (head instanceof Error) {
      this.fail(head);
      return;
    }
    this.head = head;
    this.connection = poolOf(address.hostname, address.port, address.protocol === 'https:').dispatch(this);
  }

  private encodedHead(address: Address): Uint8Array | Error {
    const isPlain = this.method === 'GET' && this.plan.headers.fields.size === 0;
    if (isPlain && address.plainHead !== null) return address.plainHead;
    const head = this.makeHead(address);
    if (typeof head !== 'string') return head;
    const bytes = latin1Bytes(head);
    if (isPlain) address.plainHead = bytes;
    return bytes;
  }

  private makeHead({ host, path }: Address): string | Error {
    const { fields } = this.plan.headers;
    let head = `${this.method} ${path} HTTP/1.1\r\nhost: ${fields.get('host')?.value ?? host}\r\nconnection: ${this.method === 'HEAD' ? 'close' : 'keep-alive'}\r\n`;
    for (const [key, { name, value }] of fields) {
      if (key === 'host' || key === 'connection' || key === 'content-length') continue;
      if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) return invalidArgumentError(`invalid ${name} header`);
      head += `${name}: ${value}\r\n`;
    }
    if (!fields.has('accept')) head += 'accept: */*\r\n';
    if (!fields.has('accept-language')) head += 'accept-language: *\r\n';
    head += 'sec-fetch-mode: cors\r\n';
    if (!fields.has('user-agent')) head += 'user-agent: node\r\n';
    if (!fields.has('accept-encoding')) head += 'accept-encoding: gzip, deflate\r\n';
    if (this.body !== null) head += `content-length: ${this.body.length}\r\n`;
    else if (this.streamBody !== null) head += 'transfer-encoding: chunked\r\n';
    else if (this.method === 'POST' || this.method === 'PUT' || this.method === 'PATCH')
      head += 'content-length: 0\r\n';
    return `${head}\r\n`;
  }

  // --- the exchange

  onHead(parser: HttpParser): void {
    const { statusCode, statusMessage, headers } = parser;
    if (REDIRECT_STATUS.has(statusCode) && this.plan.redirect !== 'manual' && this.onRedirect(statusCode, headers))
      return;
    let body: Body | null = null;
    if (this.method !== 'HEAD' && !NULL_BODY.has(statusCode)) {
      const { connection } = this;
      body = new Body();
      body.onPause = () => connection?.pause();
      body.onResume = () => connection?.resume();
      body.onCancel = () => this.stop();
    }
    const shown = body === null ? null : this.decoded(body, headers);
    if (shown instanceof Error) {
      this.stop();
      this.fail(shown);
      return;
    }
    this.received = body;
    this.isSettled = true;
    this.resolve(makeResponse(statusCode, statusMessage, headers, shown, this.address.href, this.redirects > 0));
  }

  /** The body as the program sees it: without its content-encoding. */
  private decoded(body: Body, headers: readonly string[]): Body | Error {
    const field = fieldOf(headers, 'content-encoding');
    if (field === null) return body;
    const encodings = field.split(',').map((one) => one.trim().toLowerCase());
    if (encodings.includes('identity') || encodings.includes('')) return body;
    if (web.bodies === null) return new Error(notLoaded(`Decoding a response's content-encoding: ${field}`));
    return web.bodies.decoded(body, encodings) ?? body;
  }

  onBody(chunk: Uint8Array): void {
    this.received?.push(chunk);
  }

  onComplete(): void {
    if (this.redirectTo !== null) {
      this.address = addressOf(this.redirectTo);
      this.redirectTo = null;
      this.send();
      return;
    }
    this.forgetSignal();
    this.received?.end();
    this.received = null;
  }

  onError(error: unknown): void {
    if (this.isSettled) {
      this.forgetSignal();
      this.received?.fail(new TypeError('terminated', { cause: error }));
    } else this.fail(error);
  }

  private fail(cause: unknown): void {
    this.forgetSignal();
    if (this.isSettled) return;
    this.isSettled = true;
    this.reject(new TypeError('fetch failed', { cause }));
  }

  // --- redirects

  /** True when the response is not for the caller. */
  private onRedirect(status: number, headers: readonly string[]): boolean {
    const location = fieldOf(headers, 'location');
    if (location === null) return false;
    if (this.plan.redirect === 'error') return this.giveUp('unexpected redirect');
    let next: URL;
    try {
      next = new URL(location, this.address.href);
    } catch {
      return this.giveUp('Invalid URL');
    }
    if (next.protocol !== 'http:' && next.protocol !== 'https:')
      return this.giveUp('URL scheme must be a HTTP(S) scheme');
    if (++this.redirects > REDIRECTS_MAX) return this.giveUp('redirect count exceeded');
    if (status !== 303 && this.streamBody !== null) return this.giveUp('');
    this.changeMethod(status);
    if (next.origin !== this.address.origin) {
      for (const name of ['authorization', 'proxy-authorization', 'cookie', 'host']) this.plan.headers.delete(name);
    }
    this.redirectTo = next.href;
    return true;
  }

  private giveUp(reason: string): true {
    this.stop();
    this.fail(new Error(reason));
    return true;
  }

  private changeMethod(status: number): void {
    const becomesGet =
      ((status === 301 || status === 302) && this.method === 'POST') ||
      (status === 303 && this.method !== 'GET' && this.method !== 'HEAD');
    if (!becomesGet) return;
    this.method = 'GET';
    this.body = null;
    this.streamBody = null;
    for (const name of ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']) {
      this.plan.headers.delete(name);
    }
  }

  // --- giving up

  private onAbort = (): void => {
    const { reason } = this.plan.signal;
    const { received } = this;
    this.stop();
    this.forgetSignal();
    if (this.isSettled) received?.fail(reason);
    else {
      this.isSettled = true;
      this.reject(reason);
    }
  };

  private stop(): void {
    this.received = null;
    this.connection?.abort(this);
  }

  private forgetSignal(): void {
    this.plan.signal?.removeEventListener('abort', this.onAbort);
  }
}

function refuse({ protocol, port }: Address): Error | null {
  if (protocol === 'https:') {
    if (secure.connect === null) return new Error(notLoaded('https: in fetch').replace('node:http2', 'node:https'));
  } else if (protocol !== 'http:') return new Error('unknown scheme');
  return BAD_PORTS.has(port) ? new Error('bad port') : null;
}

function fieldOf(headers: readonly string[], wanted: string): string | null {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]!.toLowerCase() === wanted) return headers[i + 1]!;
  return null;
}

/** A body of unknown length, as the chunked coding. */
function sendChunks(
  body: Body,
  write: (bytes: Uint8Array, next: () => void) => void,
  done: () => void,
  fail: (error: unknown) => void,
): void {
  const next = (): void => {
    if (body.hasFailed) {
      fail(body.error);
      return;
    }
    const chunk = body.take();
    if (chunk !== null) write(framed(chunk), next);
    else if (body.isDone) write(framed(new Uint8Array(0)), done);
    else body.want(next);
  };
  next();
}

function framed(chunk: Uint8Array): Uint8Array {
  const size = `${chunk.length.toString(16)}\r\n`;
  const bytes = new Uint8Array(size.length + chunk.length + 2);
  for (let i = 0; i < size.length; i++) bytes[i] = size.charCodeAt(i);
  bytes.set(chunk, size.length);
  bytes[bytes.length - 2] = 13;
  bytes[bytes.length - 1] = 10;
  return bytes;
}
