/** ServerResponse. Source: Node 24's lib/_http_server.js. */
import { validateInteger, validateObject } from '../validators.ts';
import { codes } from './errors.ts';
import { checkHeaderValue, hasInvalidChar, validateHeaderName } from './header.ts';
import { OutgoingMessage } from './outgoing.ts';
import { STATUS_CODES } from './status.ts';

const CHUNKED = /(?:^|\W)chunked(?:$|\W)/i;

export const ServerResponse: any = function ServerResponse(this: any, req: any, options?: any): void {
  OutgoingMessage.call(this, options);
  if (req.method === 'HEAD') this._hasBody = false;
  this.req = req;
  this.sendDate = true;
  this._sent100 = false;
  this._expect_continue = false;
  this._exchange = null;
  if (req.httpVersionMajor < 1 || req.httpVersionMinor < 1) {
    this.useChunkedEncodingByDefault = CHUNKED.test(req.headers.te);
    this.shouldKeepAlive = false;
  }
};
Object.setPrototypeOf(ServerResponse.prototype, OutgoingMessage.prototype);
Object.setPrototypeOf(ServerResponse, OutgoingMessage);

const proto = ServerResponse.prototype;

proto.statusCode = 200;
proto.statusMessage = undefined;

/** For code that makes a response over a socket of its own; the server's connections use `_attach`. */
proto.assignSocket = function (this: any, socket: any): void {
  if (socket._httpMessage) throw new codes.ERR_HTTP_SOCKET_ASSIGNED();
  socket.on('close', onSocketClose);
  this._attach(socket);
};

function onSocketClose(this: any): void {
  if (this._httpMessage) emitClose(this._httpMessage);
}

proto.detachSocket = function (this: any, socket: any): void {
  socket.removeListener('close', onSocketClose);
  socket._httpMessage = null;
  this.socket = null;
};

proto._attach = function (this: any, socket: any): void {
  socket._httpMessage = this;
  this.socket = socket;
  this.emit('socket', socket);
  this._flush();
};

export function emitClose(response: any): void {
  if (response._closed) return;
  response.destroyed = true;
  response._closed = true;
  response._exchange?.settle();
  response.emit('close');
}

proto.writeInformation = function (this: any, statusCode: number, headers?: any, callback?: any): boolean {
  if (this._header) throw new codes.ERR_HTTP_HEADERS_SENT('write');
  validateInteger(statusCode, 'statusCode', 100, 199);
  if (statusCode === 101) throw new codes.ERR_HTTP_INVALID_STATUS_CODE(statusCode);
  let head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] || 'unknown'}\r\n`;
  for (const [name, value] of Object.entries(headers ?? {})) {
    validateHeaderName(name);
    for (const one of Array.isArray(value) ? value : [value]) {
      checkHeaderValue(name, one);
      head += `${name}: ${one}\r\n`;
    }
  }
  const isTaken = this._writeRaw(`${head}\r\n`, 'latin1', callback);
  this._flushPieces();
  return isTaken;
};

proto.writeContinue = function (this: any, callback?: any): void {
  this.writeInformation(100, null, callback);
  this._sent100 = true;
};

proto.writeProcessing = function (this: any, callback?: any): void {
  this.writeInformation(102, null, callback);
};

proto.writeEarlyHints = function (this: any, hints: any, callback?: any): void {
  validateObject(hints, 'hints');
  if (hints.link === null || hints.link === undefined) return;
  const { link, ...others } = hints;
  const joined = Array.isArray(link) ? link.join(', ') : link;
  if (joined.length === 0) return;
  this.writeInformation(103, { Link: joined, ...others }, callback);
};

proto._implicitHeader = function (this: any): void {
  this.writeHead(this.statusCode);
};

proto.writeHead = function (this: any, statusCode: any, reason?: any, obj?: any) {
  if (this._header) throw new codes.ERR_HTTP_HEADERS_SENT('write');
  const status = statusCode | 0;
  if (status < 100 || status > 999) throw new codes.ERR_HTTP_INVALID_STATUS_CODE(statusCode);
  if (typeof reason === 'string') this.statusMessage = reason;
  else {
    this.statusMessage ||= STATUS_CODES[status] || 'unknown';
    obj ??= reason;
  }
  this.statusCode = status;
  let headers = obj;
  if (this._outHeaders !== null) {
    if (obj) merge(this, obj);
    headers = this._outHeaders;
  }
  if (hasInvalidChar(this.statusMessage)) throw new codes.ERR_INVALID_CHAR('statusMessage');
  if (status === 204 || status === 304 || status < 200) this._hasBody = false;
  // The client expects 100 Continue and gets a final status: it may send the body all the same.
  if (this._expect_continue && !this._sent100) this.shouldKeepAlive = false;
  this._storeHeader(`HTTP/1.1 ${status} ${this.statusMessage}\r\n`, headers);
  return this;
};
proto.writeHeader = proto.writeHead;

/** Fields given to writeHead go over those set before; a flat array may name one several times. */
function merge(response: any, headers: any): void {
  if (!Array.isArray(headers)) {
    for (const name of Object.keys(headers)) if (name) response.setHeader(name, headers[name]);
    return;
  }
  if (headers.length % 2 !== 0) throw new codes.ERR_INVALID_ARG_VALUE('headers', headers);
  for (let i = 0; i < headers.length; i += 2) response.removeHeader(headers[i]);
  for (let i = 0; i < headers.length; i += 2) if (headers[i]) response.appendHeader(headers[i], headers[i + 1]);
}
