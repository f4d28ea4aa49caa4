/**
 * Connections of fetch, as undici keeps them: one pool an origin, as many connections as there are requests at a time,
 * one request on a connection, kept for 4 s or what the server announces less 2 s.
 *
 * Source: undici's lib/dispatcher/pool.js, client.js and client-h1.js.
 */

import { joinPieces } from '../http/bytes.ts';
import { ParseError } from '../http/parse-error.ts';
import { BODY, HttpParser, NO_BODY, type ParserOwner } from '../http/parser.ts';
import type { AsyncContext } from '../kernel.ts';
import { IdleTimer } from '../net/idle.ts';
import type { Consumer } from '../net/socket.ts';
import { createConnection } from '../net.ts';
import { bodyTimeoutError, connectTimeoutError, headersTimeoutError, parserError, socketError } from './errors.ts';
import { secure } from './secure.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 300_000;
const BODY_TIMEOUT_MS = 300_000;
const KEEP_ALIVE_MS = 4000;
const KEEP_ALIVE_MS_MAX = 600_000;
/** How much earlier than announced by the server a connection is given up. */
const KEEP_ALIVE_THRESHOLD_MS = 2000;

/** One request on its way; what the pool tells its maker. */
export interface Exchange {
  readonly context: AsyncContext;
  readonly method: string;
  /** Request line and fields, with the empty line. */
  readonly head: Uint8Array;
  readonly body: Uint8Array | null;
  /** Sends the body in pieces after the head, as chunks; null when there is none such. */
  readonly streamBody:
    | ((write: (bytes: Uint8Array, next: () => void) => void, done: () => void, fail: (error: unknown) => void) => void)
    | null;
  onHead(parser: HttpParser): void;
  onBody(chunk: Uint8Array): void;
  onComplete(): void;
  onError(error: unknown): void;
}

class Pool {
  readonly hostname: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly connections: PoolConnection[] = [];

  constructor(hostname: string, port: number, isSecure: boolean) {
    this.hostname = hostname;
    this.port = port;
    this.isSecure = isSecure;
  }

  dispatch(exchange: Exchange): PoolConnection {
    const nowUs = __kernel.loopUs();
    for (const connection of this.connections) {
      if (connection.isFree(nowUs)) {
        connection.take(exchange);
        return connection;
      }
    }
    const connection = new PoolConnection(this);
    this.connections.push(connection);
    connection.take(exchange);
    return connection;
  }

  remove(connection: PoolConnection): void {
    const at = this.connections.indexOf(connection);
    if (at >= 0) this.connections.splice(at, 1);
  }
}

const pools = new Map<string, Pool>();

export function poolOf(hostname: string, port: number, isSecure = false): Pool {
  const key = isSecure ? `https://${hostname}:${port}` : `${hostname}:${port}`;
  let pool = pools.get(key);
  if (pool === undefined) {
    pool = new Pool(hostname, port, isSecure);
    pools.set(key, pool);
  }
  return pool;
}

const INFORMATION = 0;
const HEAD = 1;
const DONE = 2;

export class PoolConnection implements Consumer, ParserOwner {
  private readonly pool: Pool;
  private readonly socket: any;
  private parser: HttpParser;
  private exchange: Exchange | null = null;
  private isConnected = false;
  private isSending = false;
  private stage = INFORMATION;
  private connectTimer = 0;
  private readonly idle: IdleTimer;
  private keepAliveMs = KEEP_ALIVE_MS;
  private reason: unknown = null;
  /** A connection takes its next request in a later turn of the loop, as undici's does. */
  private freeSinceUs = -1;

  constructor(pool: Pool) {
    this.pool = pool;
    this.parser = new HttpParser(false, this, 16_384);
    this.idle = new IdleTimer(() => this.onIdle());
    const { hostname, port, isSecure } = pool;
    const options = { host: hostname, port, keepAlive: true, keepAliveInitialDelay: 60_000 };
    const socket = isSecure ? secure.connect!(options) : createConnection(options);
    this.socket = socket;
    socket._consume(this);
    socket.on(isSecure ? 'secureConnect' : 'connect', () => this.onConnect());
    socket.on('error', (error: Error) => {
      this.reason ??= error;
    });
    socket.on('close', () => this.onClose());
    this.connectTimer = __kernel.setTimer(
      CONNECT_TIMEOUT_MS,
      () => {
        this.connectTimer = 0;
        socket.destroy(connectTimeoutError(attempted(socket, hostname, port), CONNECT_TIMEOUT_MS));
      },
      false,
    );
  }

  isFree(nowUs: number): boolean {
    return this.exchange === null && this.isConnected && !this.socket.destroyed && this.freeSinceUs !== nowUs;
  }

  take(exchange: Exchange): void {
    this.exchange = exchange;
    this.stage = INFORMATION;
    this.socket._context = exchange.context;
    if (this.isConnected) this.send();
  }

  /** The requester gave up: a request that was sent cannot be taken back, so its connection goes. */
  abort(exchange: Exchange): void {
    if (this.exchange !== exchange) return;
    this.exchange = null;
    if (!this.isConnected) return;
    this.socket.destroy();
  }

  pause(): void {
    this.socket._handle?.readStop();
  }

  resume(): void {
    this.socket._handle?.readStart();
  }

  // --- the socket

  private onConnect(): void {
    this.stopConnectTimer();
    this.isConnected = true;
    if (this.exchange !== null) {
      const before = __kernel.getContext();
      __kernel.setContext(this.exchange.context);
      this.send();
      __kernel.setContext(before);
    } else this.rest();
  }

  onBytes(chunk: Uint8Array): void {
    if (this.exchange === null) {
      // Nothing was asked.
      this.socket.destroy();
      return;
    }
    const result = this.parser.execute(chunk);
    if (!(result instanceof ParseError)) return;
    const isHpe = result.code === 'HPE_INVALID_CONSTANT';
    this.socket.destroy(parserError(result.reason, isHpe ? (undefined as any) : result.code));
  }

  onEof(): boolean {
    const before = this.exchange;
    const error = this.parser.finish();
    // A body without a length has just ended; everything else is cut short.
    if (error !== null || before === this.exchange) this.reason ??= socketError('other side closed', this.socket);
    this.socket.destroy();
    return true;
  }

  onReleased(): void {}

  private onClose(): void {
    this.stopConnectTimer();
    this.idle.stop();
    this.pool.remove(this);
    this.parser.free();
    const { exchange } = this;
    this.exchange = null;
    if (exchange === null) return;
    const before = __kernel.getContext();
    __kernel.setContext(exchange.context);
    exchange.onError(this.reason ?? socketError('closed', this.socket));
    __kernel.setContext(before);
  }

  private stopConnectTimer(): void {
    if (this.connectTimer !== 0) __kernel.clearTimer(this.connectTimer);
    this.connectTimer = 0;
  }

  // --- a request

  private send(): void {
    const { socket } = this;
    const { head, body, streamBody } = this.exchange!;
    socket._handle?.ref();
    socket._handle?.readStart();
    this.idle.start(HEADERS_TIMEOUT_MS);
    this.write(body === null ? head : joinPieces([head, body], head.length + body.length), null);
    if (streamBody !== null) this.sendStream(this.exchange!, streamBody);
  }

  private write(bytes: Uint8Array, next: (() => void) | null): void {
    const { socket } = this;
    if (socket._canWriteNow()) socket._writeNow(bytes, next);
    else socket.write(Buffer.from(bytes), next ?? undefined);
  }

  private sendStream(exchange: Exchange, streamBody: NonNullable<Exchange['streamBody']>): void {
    this.isSending = true;
    streamBody(
      (bytes, next) => {
        if (this.exchange !== exchange || this.socket.destroyed) return;
        this.write(bytes, next);
      },
      () => {
        this.isSending = false;
        if (this.exchange === exchange && this.stage === DONE) this.finish();
      },
      (error) => this.socket.destroy(error),
    );
  }

  // --- the response

  onHead(parser: HttpParser): number {
    const exchange = this.exchange!;
    if (parser.statusCode < 200) {
      if (parser.statusCode === 101) this.socket.destroy(socketError('bad upgrade', this.socket));
      return NO_BODY;
    }
    this.stage = HEAD;
    if (parser.shouldKeepAlive) this.keepAliveMs = announced(parser.headers);
    exchange.onHead(parser);
    this.idle.start(BODY_TIMEOUT_MS);
    return exchange.method === 'HEAD' ? NO_BODY : BODY;
  }

  onBody(chunk: Uint8Array): void {
    this.idle.refresh();
    this.exchange?.onBody(chunk);
  }

  onComplete(): void {
    if (this.stage !== HEAD) return;
    this.stage = DONE;
    const { exchange } = this;
    exchange?.onComplete();
    // The rest of the body will never be wanted; and after HEAD undici trusts no server to have sent no body.
    if (this.isSending || exchange?.method === 'HEAD') this.socket.destroy();
    this.finish();
  }

  private finish(): void {
    this.exchange = null;
    if (!this.parser.shouldKeepAlive || this.keepAliveMs <= 0) {
      this.socket.destroy();
      return;
    }
    this.freeSinceUs = __kernel.loopUs();
    this.rest();
  }

  private rest(): void {
    this.socket._handle?.unref();
    this.idle.start(this.keepAliveMs);
  }

  private onIdle(): void {
    if (this.exchange === null) this.socket.destroy();
    else if (this.stage === HEAD) this.socket.destroy(bodyTimeoutError());
    else this.socket.destroy(headersTimeoutError());
  }
}

function attempted(socket: any, hostname: string, port: number): string {
  const addresses = socket.autoSelectFamilyAttemptedAddresses;
  return Array.isArray(addresses) ? addresses.join(', ') : `${hostname}:${port}`;
}

/** The connection's keep-alive time after this response, ms. */
function announced(headers: readonly string[]): number {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (name.length !== 10 || name.toLowerCase() !== 'keep-alive') continue;
    const seconds = /timeout=(\d+)/.exec(headers[i + 1]!)?.[1];
    if (seconds === undefined) break;
    return Math.min(Number(seconds) * 1000 - KEEP_ALIVE_THRESHOLD_MS, KEEP_ALIVE_MS_MAX);
  }
  return KEEP_ALIVE_MS;
}
