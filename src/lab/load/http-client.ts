/**
 * A small HTTP/1.1 client straight on the network's connections: what load, health probes and the request client
 * use. It is the outside world, so it costs no virtual CPU. One request at a time on a connection, idle connections
 * are kept and reused, and a reply ends by content-length, by chunks or by FIN (RFC 9112 §6.3).
 */
import type { ScheduledEvent, Scheduler } from '../core/scheduler.ts';
import type { Connection, ConnectionHandler, Host } from '../net/network.ts';
import { ReplyParser } from './reply-parser.ts';

export interface HttpRequest {
  readonly method: string;
  /** `http://gateway:8080/products`; port 80 when it names none. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For everything: lookup, connect, reply. 0 for none. */
  readonly timeoutMs: number;
}

export interface HttpReply {
  /** 0 when no whole reply arrived; `error` then says why. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** ECONNREFUSED, ECONNRESET, ETIMEDOUT, ENOTFOUND …; `TIMEOUT` for our own; `EPROTO` for what is no HTTP. */
  readonly error: string | null;
  /** Connection id, to find the request in the trace; 0 when none was made. */
  readonly connection: number;
}

export interface PendingRequest {
  /** Gives up; the callback is not called. */
  abort(): void;
}

export interface HttpClientOptions {
  /** Reuse connections (default). Without, each request says `connection: close`. */
  readonly keepAlive?: boolean;
  readonly userAgent?: string;
}

/** Node's servers close an idle connection after 5 s; reusing it at that moment is a reset that nobody meant to measure. */
const IDLE_US_MAX = 4_000_000;

const NO_BYTES = new Uint8Array(0);
const encoder = new TextEncoder();

export class HttpClient {
  readonly host: Host;
  private readonly scheduler: Scheduler;
  private readonly keepAlive: boolean;
  private readonly userAgent: string;
  private readonly idle = new Map<string, Socket[]>();
  private readonly active = new Set<Exchange>();
  /** Requests without headers and body of their own, by method; a target lives as long as `targets` keeps it. */
  private readonly encoded = new WeakMap<Target, Map<string, Uint8Array>>();

  constructor(host: Host, scheduler: Scheduler, options: HttpClientOptions = {}) {
    this.host = host;
    this.scheduler = scheduler;
    this.keepAlive = options.keepAlive ?? true;
    this.userAgent = options.userAgent ?? 'loadbearing';
  }

  /** Sends one request; `onReply` is called exactly once unless aborted, never before `request` returned. */
  request(request: HttpRequest, onReply: (reply: HttpReply) => void): PendingRequest {
    const exchange = new Exchange(request, (reply) => {
      this.active.delete(exchange);
      onReply(reply);
    });
    this.active.add(exchange);
    const target = parseTarget(request.url);
    if (target === null) {
      this.scheduler.after(0, () => exchange.fail('EINVAL'));
      return { abort: () => this.abort(exchange) };
    }
    const timeoutUs = request.timeoutMs * 1000;
    if (timeoutUs > 0) {
      exchange.timer = this.scheduler.after(timeoutUs, () => exchange.fail('TIMEOUT'));
      exchange.cancelTimer = () => exchange.timer !== null && this.scheduler.cancel(exchange.timer);
    }
    exchange.bytes = this.bytesOf(request, target);
    const socket = this.takeIdle(target.origin);
    if (socket !== null) socket.send(exchange);
    else this.open(target, exchange);
    return { abort: () => this.abort(exchange) };
  }

  /** Ends all connections and forgets all requests. */
  close(): void {
    for (const exchange of [...this.active]) this.abort(exchange);
    for (const sockets of this.idle.values()) for (const socket of sockets) socket.connection?.close();
    this.idle.clear();
  }

  private abort(exchange: Exchange): void {
    this.active.delete(exchange);
    exchange.drop();
  }

  private open(target: Target, exchange: Exchange): void {
    this.host.lookup(target.hostname, (error, addresses) => {
      if (exchange.isDone) return;
      const address = addresses[0];
      if (error !== null || address === undefined) {
        exchange.fail(error ?? 'ENOTFOUND');
        return;
      }
      const socket = new Socket((freed) => this.release(target.origin, freed));
      socket.exchange = exchange;
      exchange.socket = socket;
      const connection = this.host.connect({ address, port: target.port, handler: socket, cause: 0 });
      socket.connection = connection;
      exchange.connection = connection.id;
    });
  }

  private takeIdle(origin: string): Socket | null {
    const sockets = this.idle.get(origin);
    // Oldest first: the load is many users, so it shall not press everything through one connection.
    for (;;) {
      const socket = sockets?.shift();
      if (socket === undefined) return null;
      if (socket.isOpen && this.scheduler.nowUs < socket.idleUntilUs) return socket;
      if (socket.isOpen) socket.connection?.close();
      socket.isOpen = false;
    }
  }

  private release(origin: string, socket: Socket): void {
    if (!this.keepAlive) {
      socket.isOpen = false;
      socket.connection?.close();
      return;
    }
    socket.idleUntilUs = this.scheduler.nowUs + Math.min(IDLE_US_MAX, socket.serverIdleUs);
    const sockets = this.idle.get(origin);
    if (sockets === undefined) this.idle.set(origin, [socket]);
    else sockets.push(socket);
  }

  /** A load asks for the same few pages again and again. */
  private bytesOf(request: HttpRequest, target: Target): Uint8Array {
    if (request.headers !== undefined || request.body !== undefined) return this.encode(request, target);
    const { method } = request;
    let bytes = this.encoded.get(target)?.get(method);
    if (bytes === undefined) {
      bytes = this.encode(request, target);
      const known = this.encoded.get(target);
      if (known === undefined) this.encoded.set(target, new Map([[method, bytes]]));
      else known.set(method, bytes);
    }
    return bytes;
  }

  private encode(request: HttpRequest, target: Target): Uint8Array {
    const body = request.body === undefined ? NO_BYTES : encoder.encode(request.body);
    let head = `${request.method} ${target.path} HTTP/1.1\r\n`;
    const given = new Set<string>();
    for (const [name, value] of Object.entries(request.headers ?? {})) {
      given.add(name.toLowerCase());
      head += `${name}: ${value}\r\n`;
    }
    if (!given.has('host')) head += `host: ${target.origin}\r\n`;
    if (!given.has('user-agent')) head += `user-agent: ${this.userAgent}\r\n`;
    if (!given.has('accept')) head += 'accept: */*\r\n';
    if (!given.has('connection')) head += this.keepAlive ? 'connection: keep-alive\r\n' : 'connection: close\r\n';
    if (body.length > 0 || request.body !== undefined) head += `content-length: ${body.length}\r\n`;
    const headBytes = encoder.encode(`${head}\r\n`);
    if (body.length === 0) return headBytes;
    const bytes = new Uint8Array(headBytes.length + body.length);
    bytes.set(headBytes);
    bytes.set(body, headBytes.length);
    return bytes;
  }
}

/** One request on its way: ends once, by reply, error, timeout or abort. */
class Exchange {
  readonly request: HttpRequest;
  private readonly onReply: (reply: HttpReply) => void;
  bytes: Uint8Array = NO_BYTES;
  timer: ScheduledEvent | null = null;
  cancelTimer: (() => void) | null = null;
  socket: Socket | null = null;
  connection = 0;
  isDone = false;

  constructor(request: HttpRequest, onReply: (reply: HttpReply) => void) {
    this.request = request;
    this.onReply = onReply;
  }

  succeed(parser: ReplyParser): void {
    if (this.isDone) return;
    this.finish();
    this.onReply(new WholeReply(parser, this.connection));
  }

  fail(error: string): void {
    if (this.isDone) return;
    this.drop();
    this.onReply({ status: 0, headers: {}, body: NO_BYTES, error, connection: this.connection });
  }

  drop(): void {
    if (this.isDone) return;
    this.finish();
    const socket = this.socket;
    if (socket === null) return;
    // As Node does: giving up on a request destroys its socket, and the server sees the client go.
    const wasOpen = socket.isOpen || !socket.hasFailed;
    socket.isOpen = false;
    socket.exchange = null;
    if (wasOpen) socket.connection?.close();
  }

  private finish(): void {
    this.isDone = true;
    this.cancelTimer?.();
  }
}

class WholeReply implements HttpReply {
  readonly status: number;
  readonly body: Uint8Array;
  readonly error = null;
  readonly connection: number;
  private readonly parser: ReplyParser;

  constructor(parser: ReplyParser, connection: number) {
    this.parser = parser;
    this.status = parser.status;
    this.body = parser.body;
    this.connection = connection;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.parser.headers;
  }
}

/** One connection of the pool. */
class Socket implements ConnectionHandler {
  connection: Connection | null = null;
  exchange: Exchange | null = null;
  isOpen = false;
  hasFailed = false;
  idleUntilUs = 0;
  serverIdleUs = IDLE_US_MAX;
  private parser = new ReplyParser();
  private readonly onFree: (socket: Socket) => void;

  constructor(onFree: (socket: Socket) => void) {
    this.onFree = onFree;
  }

  send(exchange: Exchange): void {
    this.exchange = exchange;
    exchange.socket = this;
    exchange.connection = this.connection!.id;
    this.parser = new ReplyParser();
    this.write(exchange);
  }

  onConnect(): void {
    this.isOpen = true;
    const exchange = this.exchange;
    if (exchange === null) this.connection?.close();
    else this.write(exchange);
  }

  onData(chunk: Uint8Array): void {
    const exchange = this.exchange;
    if (exchange === null) {
      // A reply to nothing: the server is confused; do not use the connection again.
      if (this.isOpen) this.connection?.close();
      this.isOpen = false;
      return;
    }
    const outcome = this.parser.push(chunk);
    if (outcome === 'broken') exchange.fail('EPROTO');
    else if (outcome === 'whole') this.finish(exchange);
  }

  onEnd(): void {
    const exchange = this.exchange;
    if (exchange !== null) {
      if (this.parser.end() === 'whole') this.finish(exchange);
      else exchange.fail('ECONNRESET'); // Node: "socket hang up"
    }
    if (this.isOpen) this.connection?.close();
    this.isOpen = false;
  }

  onDrain(): void {}

  onError(code: string): void {
    this.isOpen = false;
    this.hasFailed = true;
    this.exchange?.fail(code);
  }

  onClose(): void {
    this.isOpen = false;
    this.hasFailed = true;
    this.exchange?.fail('ECONNRESET');
  }

  private write(exchange: Exchange): void {
    this.parser.isHead = exchange.request.method === 'HEAD';
    this.connection!.write(exchange.bytes, 0);
  }

  private finish(exchange: Exchange): void {
    this.exchange = null;
    const { parser } = this;
    if (parser.willClose) {
      if (this.isOpen) this.connection?.close();
      this.isOpen = false;
    } else {
      this.serverIdleUs = parser.keepAliveSeconds * 1_000_000 - 1_000_000;
      this.onFree(this);
    }
    exchange.succeed(parser);
  }
}

interface Target {
  readonly hostname: string;
  readonly port: number;
  readonly path: string;
  readonly origin: string;
}

const targets = new Map<string, Target | null>();

function parseTarget(url: string): Target | null {
  const known = targets.get(url);
  if (known !== undefined) return known;
  const match = /^http:\/\/([^/:?#]+)(?::(\d+))?([/?][^#]*)?/i.exec(url);
  let target: Target | null = null;
  if (match !== null) {
    const port = match[2] === undefined ? 80 : Number(match[2]);
    const rest = match[3] ?? '/';
    target = {
      hostname: match[1]!,
      port,
      path: rest.startsWith('/') ? rest : `/${rest}`,
      origin: port === 80 ? match[1]! : `${match[1]}:${port}`,
    };
  }
  // A load of ever new paths must not fill the memory.
  if (targets.size > 10_000) targets.clear();
  targets.set(url, target);
  return target;
}
