/**
 * A client's request on its connection: the response from the parser, and what becomes of the connection afterwards.
 * Source: Node 24's lib/_http_client.js.
 */
import type { Consumer } from '../net/socket.ts';
import { connectionReset } from './errors.ts';
import { detachSignal, IncomingMessage, readStart } from './incoming.ts';
import { ParseError } from './parse-error.ts';
import { BODY, HttpParser, NO_BODY, type ParserOwner, UPGRADE } from './parser.ts';

export class ClientExchange implements Consumer, ParserOwner {
  private readonly req: any;
  private readonly socket: any;
  private readonly parser: HttpParser;
  private incoming: any = null;
  private isFreed = false;
  private skipsPending = false;

  constructor(req: any, socket: any) {
    this.req = req;
    this.socket = socket;
    const maxHeaderSize = req.maxHeaderSize || 16_384;
    this.parser = socket._responseParser ?? new HttpParser(false, this, maxHeaderSize);
    this.parser.reuse(this, maxHeaderSize);
    socket._responseParser = this.parser;
    req.parser = this.parser;
    socket.parser = this.parser;
    if (typeof socket._consume === 'function') socket._consume(this);
    else socket.on('data', this.onBytes);
    readStart(socket);
  }

  onBytes = (chunk: Uint8Array): void => {
    if (this.isFreed) return;
    const { req, socket } = this;
    const result = this.parser.execute(chunk);
    if (result instanceof ParseError) {
      result.rawPacket = Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length);
      this.free();
      socket.destroy();
      socket._hadError = true;
      req.emit('error', result);
    } else if (this.incoming?.upgrade) this.changeProtocol(chunk.subarray(result));
    else if (this.incoming?.complete && this.incoming.statusCode >= 200) this.free();
  };

  onReleased(): void {
    this.socket.on('data', this.onBytes);
  }

  onHead(parser: HttpParser): number {
    const { req, socket } = this;
    if (req.res) {
      // A second response to one request.
      this.skipsPending = true;
      socket.destroy();
      return BODY;
    }
    const res = new IncomingMessage(socket);
    this.incoming = res;
    res._context = req._context;
    res.httpVersionMajor = parser.major;
    res.httpVersionMinor = parser.minor;
    res.httpVersion = `${parser.major}.${parser.minor}`;
    res.statusCode = parser.statusCode;
    res.statusMessage = parser.statusMessage;
    res.rawHeaders = parser.headers;
    res.upgrade = parser.isUpgrade;
    if (req.joinDuplicateHeaders) res.joinDuplicateHeaders = true;
    req.res = res;
    if (res.upgrade) return UPGRADE;
    if (req.method === 'CONNECT') {
      res.upgrade = true;
      return UPGRADE;
    }
    if (res.statusCode < 200) {
      this.onInformation(res);
      return NO_BODY;
    }
    if (req.shouldKeepAlive && !parser.shouldKeepAlive && !req.upgradeOrConnect) req.shouldKeepAlive = false;
    res.req = req;
    res.on('end', onResponseEnd);
    if (req.aborted || !req.emit('response', res)) res._dump();
    if (req.method === 'HEAD') return NO_BODY;
    if (res.statusCode === 304) {
      res.complete = true;
      return NO_BODY;
    }
    return BODY;
  }

  /** 1xx: the final response is still to come. */
  private onInformation(res: any): void {
    const { req } = this;
    req.res = null;
    if (res.statusCode === 100) req.emit('continue');
    req.emit('information', {
      statusCode: res.statusCode,
      statusMessage: res.statusMessage,
      httpVersion: res.httpVersion,
      httpVersionMajor: res.httpVersionMajor,
      httpVersionMinor: res.httpVersionMinor,
      headers: res.headers,
      rawHeaders: res.rawHeaders,
    });
  }

  onBody(chunk: Uint8Array): void {
    if (!this.skipsPending) this.incoming?._onBody(chunk);
  }

  onComplete(trailers: string[]): void {
    if (this.skipsPending) return;
    this.incoming?._onComplete(trailers);
    readStart(this.socket);
  }

  /** The request was written whole; when its response has ended already, the connection is free now. */
  finish(): void {
    const { req } = this;
    if (req.res && req.shouldKeepAlive && req._ended && !req.destroyed) keepAlive(req);
  }

  settle(): void {}

  /** The socket's bytes are nobody's from now on. */
  free(): void {
    if (this.isFreed) return;
    this.isFreed = true;
    this.parser.free();
    this.req.parser = null;
    this.socket.parser = null;
    this.socket.removeListener('data', this.onBytes);
    if (this.socket._consumer === this) this.socket._consume(null);
  }

  onSocketEnd(): void {
    const { req, socket } = this;
    if (this.isFreed) return;
    if (!req.res && !socket._hadError) {
      socket._hadError = true;
      req.emit('error', connectionReset('socket hang up'));
    }
    this.parser.finish();
    this.free();
    socket.destroy();
  }

  onSocketClose(): void {
    const { req, socket } = this;
    const { res } = req;
    req.destroyed = true;
    if (res) {
      if (!res.complete) res.destroy(connectionReset('aborted'));
      req._closed = true;
      req.emit('close');
      if (!res.aborted && res.readable) res.push(null);
    } else {
      if (!socket._hadError) {
        socket._hadError = true;
        req.emit('error', connectionReset('socket hang up'));
      }
      req._closed = true;
      req.emit('close');
    }
    if (!this.isFreed) this.parser.finish();
    this.free();
  }

  private changeProtocol(rest: Uint8Array): void {
    const { req, socket } = this;
    const res = this.incoming;
    req.res = res;
    req._listensTimeout = false;
    this.free();
    const event = req.method === 'CONNECT' ? 'connect' : 'upgrade';
    if (req.listenerCount(event) === 0) {
      socket.destroy();
      return;
    }
    req.upgradeOrConnect = true;
    socket.emit('agentRemove');
    forgetSocket(socket);
    socket._httpMessage = null;
    socket.readableFlowing = null;
    req.emit(event, res, socket, Buffer.from(rest.buffer as ArrayBuffer, rest.byteOffset, rest.length));
    req.destroyed = true;
    req._closed = true;
    req.emit('close');
  }
}

// --- listeners that a socket gets once, however many requests it carries

export function listenToSocket(socket: any): void {
  if (socket._isHttpClient) return;
  socket._isHttpClient = true;
  socket.on('error', onSocketError);
  socket.on('end', onSocketEnd);
  socket.on('close', onSocketClose);
  socket.on('drain', onSocketDrain);
  socket.on('timeout', onSocketTimeout);
}

function forgetSocket(socket: any): void {
  socket._isHttpClient = false;
  socket.removeListener('error', onSocketError);
  socket.removeListener('end', onSocketEnd);
  socket.removeListener('close', onSocketClose);
  socket.removeListener('drain', onSocketDrain);
  socket.removeListener('timeout', onSocketTimeout);
}

export function onSocketError(this: any, error: any): void {
  const req = this._httpMessage;
  if (!req) return;
  this._hadError = true;
  req.emit('error', error);
  req._exchange?.free();
  this.destroy();
}

function onSocketEnd(this: any): void {
  this._httpMessage?._exchange?.onSocketEnd();
}

function onSocketClose(this: any): void {
  const req = this._httpMessage;
  // A request that was given up before it took the socket is closed elsewhere.
  if (req && req.socket === this) req._exchange?.onSocketClose();
}

function onSocketDrain(this: any): void {
  const req = this._httpMessage;
  if (!req || req.finished || !req._needDrain) return;
  req._needDrain = false;
  req.emit('drain');
}

function onSocketTimeout(this: any): void {
  const req = this._httpMessage;
  if (!req) return;
  if (req._listensTimeout) {
    req._listensTimeout = false;
    req.emit('timeout');
  }
  req.res?.emit('timeout');
}

// --- the end of an exchange

function onResponseEnd(this: any): void {
  const { req } = this;
  const { socket } = req;
  detachSignal(this);
  req._ended = true;
  if (!req.shouldKeepAlive) {
    if (!socket.writable) return;
    if (typeof socket.destroySoon === 'function') socket.destroySoon();
    else socket.end();
  } else if (req.writableFinished && !this.aborted) keepAlive(req);
}

/** The connection goes back to the agent, after listeners of 'end' have run. */
function keepAlive(req: any): void {
  const { socket } = req;
  if (req._listensTimeout) {
    req._listensTimeout = false;
    socket.setTimeout(0);
  }
  req._exchange.free();
  process.nextTick(() => {
    req._closed = true;
    req.emit('close');
    req.socket?.emit('free');
  });
  req.destroyed = true;
  // The response must not close a connection that is somebody else's by then.
  if (req.res) req.res.socket = null;
}
