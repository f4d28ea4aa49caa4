/**
 * One connection of an HTTP server: bytes through the parser to requests, responses in their order, timeouts, upgrade
 * and errors. Source: Node 24's lib/_http_server.js, connectionListenerInternal and what it registers.
 */
import type { AsyncContext } from '../kernel.ts';
import type { Consumer } from '../net/socket.ts';
import { connectionReset } from './errors.ts';
import { detachSignal, readStart } from './incoming.ts';
import { ParseError } from './parse-error.ts';
import { BODY, HttpParser, type ParserOwner, UPGRADE } from './parser.ts';
import { emitClose } from './server-response.ts';

const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i;

export class ServerConnection implements Consumer, ParserOwner {
  readonly socket: any;
  /** The message that the parser is in; null between messages. */
  incoming: any = null;
  /** When the message now being received began, µs; -1 between messages. A connection that says nothing counts from its start. */
  messageStartUs: number;
  isHeadComplete = false;
  private readonly server: any;
  private readonly parser: HttpParser;
  private isFreed = false;
  /** Requests that are not answered yet, and responses that wait for earlier ones. */
  private readonly requests: any[] = [];
  private readonly outgoing: any[] = [];
  private outgoingBytes = 0;
  private requestCount = 0;
  private isKeepAliveTimed = false;

  constructor(server: any, socket: any) {
    this.server = server;
    this.socket = socket;
    this.messageStartUs = __kernel.loopUs();
    this.parser = new HttpParser(true, this, server.maxHeaderSize || 16_384);
    if (typeof server.maxHeadersCount === 'number') this.parser.maxHeaderPairs = server.maxHeadersCount << 1;
    socket.server = server;
    socket.parser = this.parser;
    socket._paused = false;
    socket._httpConnection = this;
    if (server.timeout && typeof socket.setTimeout === 'function') socket.setTimeout(server.timeout);
    socket.on('timeout', this.onTimeout);
    socket.on('error', this.onError);
    socket.on('end', this.onEnd);
    socket.on('close', this.onClose);
    socket.on('drain', this.onDrain);
    if (typeof socket._consume === 'function') {
      socket._consume(this);
      socket._handle?.readStart();
    } else socket.on('data', this.onBytes);
  }

  // --- bytes

  onBytes = (chunk: Uint8Array): void => {
    const { parser } = this;
    if (this.isFreed) return;
    if (parser.isIdle) {
      this.messageStartUs = __kernel.loopUs();
      this.isHeadComplete = false;
    }
    const result = parser.execute(chunk);
    if (result instanceof ParseError) {
      result.rawPacket = Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length);
      this.onError(result);
    } else if (this.incoming?.upgrade) this.changeProtocol(this.incoming, chunk.subarray(result));
  };

  onReleased(): void {
    this.socket.on('data', this.onBytes);
  }

  // --- the parser's events

  onHead(parser: HttpParser): number {
    const { server, socket } = this;
    this.isHeadComplete = true;
    const req = new server._IncomingMessage(socket);
    req.httpVersionMajor = parser.major;
    req.httpVersionMinor = parser.minor;
    req.httpVersion = parser.major === 1 && parser.minor === 1 ? '1.1' : `${parser.major}.${parser.minor}`;
    if (server.joinDuplicateHeaders) req.joinDuplicateHeaders = true;
    req.method = parser.method;
    req.url = parser.url;
    req.rawHeaders = parser.headers;
    req.upgrade = parser.isUpgrade;
    this.incoming = req;
    if (this.isKeepAliveTimed) {
      this.isKeepAliveTimed = false;
      socket.setTimeout(server.timeout || 0);
    }
    if (req.upgrade) {
      req.upgrade = req.method === 'CONNECT' || Boolean(server.shouldUpgradeCallback(req));
      if (req.upgrade) return UPGRADE;
      parser.isUpgrade = false;
    }
    this.enterRequest(req);
    this.handle(req, parser.shouldKeepAlive);
    return BODY;
  }

  onBody(chunk: Uint8Array): void {
    const req = this.incoming;
    if (req === null) return;
    __kernel.setContext(req._context);
    req._onBody(chunk);
  }

  onComplete(trailers: string[]): void {
    const req = this.incoming;
    this.messageStartUs = -1;
    if (req !== null) {
      if (req._context !== null) __kernel.setContext(req._context);
      if (req.upgrade) req.complete = true;
      else {
        this.incoming = null;
        req._onComplete(trailers);
      }
    }
    readStart(this.socket);
  }

  // --- requests and responses

  /** From here on everything follows from this request: that is what the trace and AsyncLocalStorage go by. */
  private enterRequest(req: any): void {
    const connection = this.socket._handle?.connection;
    const before: AsyncContext = __kernel.getContext();
    const cause = connection ? __kernel.requestIdOf(connection) : 0;
    req._context = { cause, stores: before.stores };
    __kernel.setContext(req._context);
    __kernel.inFlight(1);
    const costUs = __kernel.requestCostUs();
    if (costUs > 0) __kernel.burn(costUs);
  }

  private handle(req: any, shouldKeepAlive: boolean): void {
    const { server, socket } = this;
    this.requests.push(req);
    if (!socket._paused && (socket.writableNeedDrain || this.outgoingBytes >= socket.writableHighWaterMark)) {
      // Answers pile up: take no more requests until they are gone.
      socket._paused = true;
      if (socket._consumer) socket._handle?.readStop();
      else socket.pause();
    }
    const res = new server._ServerResponse(req, {
      highWaterMark: socket.writableHighWaterMark,
      rejectNonStandardBodyWrites: server.rejectNonStandardBodyWrites,
    });
    res._exchange = new Exchange(this, req, res);
    res._keepAliveTimeout = server.keepAliveTimeout;
    res._maxRequestsPerSocket = server.maxRequestsPerSocket;
    res.shouldKeepAlive = shouldKeepAlive;
    res._uniqueHeaders = server._uniqueHeaders;
    if (socket._httpMessage) {
      res._onPendingData = this.onPendingBytes;
      this.outgoing.push(res);
    } else res._attach(socket);
    if (server._optimizesEmpty && req.headers['content-length'] === undefined) {
      if (req.headers['transfer-encoding'] === undefined) req._dumpAndCloseReadable();
    }
    if (req.httpVersionMajor === 1 && req.httpVersionMinor === 1 && this.answerItself(req, res)) return;
    server.emit('request', req, res);
  }

  /** What the server answers, or asks, before the handler; true when that is all. */
  private answerItself(req: any, res: any): boolean {
    const { server, parser } = this;
    if (server.requireHostHeader && !parser.hasHost) {
      res.writeHead(400, ['Connection', 'close']);
      res.end();
      return true;
    }
    const max = server.maxRequestsPerSocket;
    if (typeof max === 'number' && max > 0) {
      this.requestCount++;
      res.maxRequestsOnConnectionReached = max <= this.requestCount;
      if (max < this.requestCount) {
        server.emit('dropRequest', req, this.socket);
        res.writeHead(503);
        res.end();
        return true;
      }
    }
    if (!parser.hasExpect) return false;
    if (CONTINUE.test(req.headers.expect)) {
      res._expect_continue = true;
      if (server.listenerCount('checkContinue') > 0) {
        server.emit('checkContinue', req, res);
        return true;
      }
      res.writeContinue();
      return false;
    }
    if (server.listenerCount('checkExpectation') > 0) server.emit('checkExpectation', req, res);
    else {
      res.writeHead(417);
      res.end();
    }
    return true;
  }

  /** The response has gone to the socket: make room for the next one. */
  onResponseFinished(req: any, res: any): void {
    const { socket, server } = this;
    detachSignal(req);
    this.requests.shift();
    if (req._lazyState === undefined || (!req._consuming && !req._readableState.resumeScheduled)) req._dump();
    socket._httpMessage = null;
    res.socket = null;
    __kernel.nextTick(() => emitClose(res));
    if (res._last) {
      if (typeof socket.destroySoon === 'function') socket.destroySoon();
      else socket.end();
      return;
    }
    const next = this.outgoing.shift();
    if (next !== undefined) {
      if (next.req._context) __kernel.setContext(next.req._context);
      next._attach(socket);
      return;
    }
    const timeoutMs = duration(server.keepAliveTimeout, 0);
    if (timeoutMs > 0 && typeof socket.setTimeout === 'function') {
      // A little longer than announced, so that a request sent at the last moment still finds the connection.
      socket.setTimeout(timeoutMs + duration(server.keepAliveTimeoutBuffer, 1000));
      this.isKeepAliveTimed = true;
    }
  }

  private onPendingBytes = (delta: number): void => {
    this.outgoingBytes += delta;
    this.onDrain();
  };

  // --- the socket's events

  private onDrain = (): void => {
    const { socket } = this;
    if (socket._paused && this.outgoingBytes <= socket.writableHighWaterMark) {
      socket._paused = false;
      readStart(socket);
    }
    const message = socket._httpMessage;
    if (message && !message.finished && message._needDrain && message.writableLength === 0) {
      message._needDrain = false;
      message.emit('drain');
    }
  };

  private onTimeout = (): void => {
    const { socket, server, incoming } = this;
    const byRequest = incoming && !incoming.complete && incoming.emit('timeout', socket);
    const response = socket._httpMessage;
    const byResponse = response?.emit('timeout', socket);
    const byServer = server.emit('timeout', socket);
    if (!byRequest && !byResponse && !byServer) socket.destroy();
  };

  private onEnd = (): void => {
    const { socket, server } = this;
    const error = this.isFreed ? null : this.parser.finish();
    if (error !== null) this.onError(error);
    else if (!server.httpAllowHalfOpen) socket.end();
    else if (this.outgoing.length > 0) this.outgoing[this.outgoing.length - 1]._last = true;
    else if (socket._httpMessage) socket._httpMessage._last = true;
    else socket.end();
  };

  private onClose = (): void => {
    const { socket } = this;
    this.free();
    const response = socket._httpMessage;
    for (const req of this.requests.splice(0)) {
      if (req._context !== null) __kernel.setContext(req._context);
      req.destroy(connectionReset('aborted'));
    }
    for (const res of this.outgoing.splice(0)) res.destroy(connectionReset('aborted'));
    if (response) {
      if (response.req?._context) __kernel.setContext(response.req._context);
      emitClose(response);
    }
  };

  onError = (error: any): void => {
    const { socket, server } = this;
    socket.removeListener('error', this.onError);
    if (socket.listenerCount('error') === 0) socket.on('error', () => {});
    if (server.emit('clientError', error, socket)) return;
    const response = socket._httpMessage;
    if (socket.writable && !response?._headerSent) {
      socket.write(`HTTP/1.1 ${refusal(error.code)}\r\nConnection: close\r\n\r\n`);
    }
    socket.destroy(error);
  };

  private changeProtocol(req: any, rest: Uint8Array): void {
    const { socket, server } = this;
    socket.removeListener('data', this.onBytes);
    socket.removeListener('end', this.onEnd);
    socket.removeListener('close', this.onClose);
    socket.removeListener('drain', this.onDrain);
    socket.removeListener('error', this.onError);
    socket.removeListener('timeout', this.onTimeout);
    this.free();
    const event = req.method === 'CONNECT' ? 'connect' : 'upgrade';
    if (server.listenerCount(event) === 0) {
      socket.destroy();
      return;
    }
    const connection = socket._handle?.connection;
    const cause = connection ? __kernel.requestIdOf(connection) : 0;
    req._context = { cause, stores: __kernel.getContext().stores };
    __kernel.setContext(req._context);
    socket.readableFlowing = null;
    server.emit(event, req, socket, Buffer.from(rest.buffer as ArrayBuffer, rest.byteOffset, rest.length));
  }

  private free(): void {
    if (this.isFreed) return;
    this.isFreed = true;
    this.parser.free();
    this.socket.parser = null;
    this.server._httpConnections.delete(this);
    if (this.socket._consumer === this) this.socket._consume(null);
  }
}

/** One request and its response: what is to happen when the response is done, once. */
class Exchange {
  private readonly connection: ServerConnection;
  private readonly req: any;
  private readonly res: any;
  private isSettled = false;

  constructor(connection: ServerConnection, req: any, res: any) {
    this.connection = connection;
    this.req = req;
    this.res = res;
  }

  finish(): void {
    this.settle();
    this.connection.onResponseFinished(this.req, this.res);
  }

  settle(): void {
    if (this.isSettled) return;
    this.isSettled = true;
    __kernel.inFlight(-1);
  }
}

function duration(ms: unknown, otherwise: number): number {
  return typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? ms : otherwise;
}

function refusal(code: string): string {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return '431 Request Header Fields Too Large';
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return '413 Payload Too Large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return '408 Request Timeout';
    default:
      return '400 Bad Request';
  }
}
