/** Http2ServerResponse: a response as node:http gives it. Source: Node 24's lib/internal/http2/compat.js. */
import { codes as nodeCodes } from '../../errors.ts';
import { isToken } from '../../http/parse-error.ts';
import Stream from '../../stream/index.ts';
import { validateFunction, validateObject, validateString } from '../../validators.ts';
import { codes } from '../errors.ts';
import { assertValidPseudoHeader } from '../headers.ts';
import { kProxySocket, kRequest } from '../symbols.ts';
import { streamSocket } from './socket.ts';

const kHeaders = Symbol('headers');
const kResponse = Symbol('response');
const kState = Symbol('state');
const kStream = Symbol('stream');
const kTrailers = Symbol('trailers');

const PSEUDO = new Set([':status', ':method', ':path', ':authority', ':scheme']);
const warned = new Set<string>();

function warnOnce(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  process.emitWarning(text, 'UnsupportedWarning');
}

const warnStatusMessage = () => warnOnce('Status message is not supported by HTTP/2 (RFC7540 8.1.2.4)');

export class Http2ServerResponse extends Stream {
  [key: string | symbol]: any;

  constructor(stream: any, options?: any) {
    super(options);
    this[kState] = {
      closed: false,
      ending: false,
      destroyed: false,
      headRequest: false,
      sendDate: true,
      statusCode: 200,
    };
    this[kHeaders] = Object.create(null);
    this[kTrailers] = Object.create(null);
    this[kStream] = stream;
    stream[kProxySocket] = null;
    stream[kResponse] = this;
    this.writable = true;
    this.req = stream[kRequest];
    stream.on('drain', onDrain);
    stream.on('close', onClose);
    stream.on('wantTrailers', onWantTrailers);
    stream.on('timeout', onTimeout);
  }

  /** finalhandler looks whether it is there. */
  get _header() {
    return this.headersSent;
  }
  get writableEnded() {
    return this[kState].ending;
  }
  get finished() {
    return this[kState].ending;
  }
  get socket() {
    if (this[kState].closed) return undefined;
    const stream = this[kStream];
    if (stream[kProxySocket] === null) stream[kProxySocket] = streamSocket(stream);
    return stream[kProxySocket];
  }
  get connection() {
    return this.socket;
  }
  get stream() {
    return this[kStream];
  }
  get headersSent() {
    return this[kStream].headersSent;
  }
  get sendDate() {
    return this[kState].sendDate;
  }
  set sendDate(value) {
    this[kState].sendDate = Boolean(value);
  }
  get statusCode() {
    return this[kState].statusCode;
  }
  set statusCode(given) {
    const code = given | 0;
    if (code >= 100 && code < 200) throw new codes.ERR_HTTP2_INFO_STATUS_NOT_ALLOWED();
    if (code < 100 || code > 599) throw new codes.ERR_HTTP2_STATUS_INVALID(code);
    this[kState].statusCode = code;
  }
  get statusMessage() {
    warnStatusMessage();
    return '';
  }
  set statusMessage(_text) {
    warnStatusMessage();
  }

  // --- headers

  setTrailer(given: any, value: any): void {
    validateString(given, 'name');
    const name = given.trim().toLowerCase();
    assertValidHeader(name, value);
    this[kTrailers][name] = value;
  }

  addTrailers(headers: any): void {
    for (const key of Object.keys(headers)) this.setTrailer(key, headers[key]);
  }

  getHeader(name: any): any {
    validateString(name, 'name');
    return this[kHeaders][name.trim().toLowerCase()];
  }

  getHeaderNames(): string[] {
    return Object.keys(this[kHeaders]);
  }

  getHeaders(): any {
    return Object.assign(Object.create(null), this[kHeaders]);
  }

  hasHeader(name: any): boolean {
    validateString(name, 'name');
    return Object.hasOwn(this[kHeaders], name.trim().toLowerCase());
  }

  removeHeader(given: any): void {
    validateString(given, 'name');
    this._assertUnsent();
    const name = given.trim().toLowerCase();
    if (name === 'date') this[kState].sendDate = false;
    else delete this[kHeaders][name];
  }

  setHeader(name: any, value: any): void {
    validateString(name, 'name');
    this._assertUnsent();
    this._setHeader(name, value);
  }

  appendHeader(name: any, value: any): void {
    validateString(name, 'name');
    this._assertUnsent();
    this._appendHeader(name, value);
  }

  _assertUnsent(): void {
    if (this[kStream].headersSent) throw new codes.ERR_HTTP2_HEADERS_SENT();
  }

  /** The name as it is kept, or null for one that HTTP/2 has no use for. */
  _checked(given: string, value: any): string | null {
    const name = given.trim().toLowerCase();
    assertValidHeader(name, value);
    if (name === 'connection' && value !== 'trailers') return null;
    if (name[0] === ':') assertValidPseudoHeader(name);
    else if (!isToken(name)) this.destroy(new nodeCodes.ERR_INVALID_HTTP_TOKEN('Header name', name));
    return name;
  }

  _setHeader(given: string, value: any): void {
    const name = this._checked(given, value);
    if (name !== null) this[kHeaders][name] = value;
  }

  _appendHeader(given: string, value: any): void {
    const name = this._checked(given, value);
    if (name === null) return;
    const headers = this[kHeaders];
    if (!headers[name]) this.setHeader(name, value);
    else headers[name] = [headers[name], value].flat();
  }

  flushHeaders(): void {
    const state = this[kState];
    if (!state.closed && !this[kStream].headersSent) this.writeHead(state.statusCode);
  }

  writeHead(statusCode: number, statusMessage?: any, given?: any): this {
    const state = this[kState];
    if (state.closed || this.stream.destroyed || this.stream.closed) return this;
    this._assertUnsent();
    if (typeof statusMessage === 'string') warnStatusMessage();
    const headers = given === undefined && typeof statusMessage === 'object' ? statusMessage : given;
    if (Array.isArray(headers)) {
      if (!Array.isArray(headers[0]) && headers.length % 2 !== 0) {
        throw new nodeCodes.ERR_INVALID_ARG_VALUE('headers', headers);
      }
      const pairs: any[] = Array.isArray(headers[0])
        ? headers
        : headers.flatMap((key: any, i: number) => (i % 2 === 0 ? [[key, headers[i + 1]]] : []));
      for (const [key] of pairs) this.removeHeader(key);
      for (const [key, value] of pairs) this._appendHeader(key, value);
    } else if (typeof headers === 'object' && headers !== null) {
      for (const key of Object.keys(headers)) this._setHeader(key, headers[key]);
    }
    state.statusCode = statusCode;
    this[kHeaders][':status'] = statusCode;
    this[kStream].respond(this[kHeaders], {
      endStream: state.ending,
      waitForTrailers: true,
      sendDate: state.sendDate,
    });
    return this;
  }

  // --- body

  cork(): void {
    this[kStream].cork();
  }

  uncork(): void {
    this[kStream].uncork();
  }

  write(chunk: any, given?: any, then?: any): boolean {
    const state = this[kState];
    const [encoding, callback] = typeof given === 'function' ? ['utf8', given] : [given, then];
    const error = state.ending
      ? new nodeCodes.ERR_STREAM_WRITE_AFTER_END()
      : state.closed
        ? new codes.ERR_HTTP2_INVALID_STREAM()
        : null;
    if (error !== null) {
      if (typeof callback === 'function') process.nextTick(callback, error);
      this.destroy(error);
      return false;
    }
    if (state.destroyed) return false;
    const stream = this[kStream];
    if (!stream.headersSent) this.writeHead(state.statusCode);
    return stream.write(chunk, encoding, callback);
  }

  end(givenChunk?: any, givenEncoding?: any, then?: any): this {
    const stream = this[kStream];
    const state = this[kState];
    let [chunk, encoding, callback] = [givenChunk, givenEncoding, then];
    if (typeof chunk === 'function') [chunk, callback] = [null, chunk];
    else if (typeof encoding === 'function') [encoding, callback] = ['utf8', encoding];
    if ((state.closed || state.ending) && state.headRequest === stream.headRequest) {
      if (typeof callback === 'function') process.nextTick(callback);
      return this;
    }
    if (chunk !== null && chunk !== undefined) this.write(chunk, encoding);
    state.headRequest = stream.headRequest;
    state.ending = true;
    if (typeof callback === 'function') (stream.writableEnded ? this : stream).once('finish', callback);
    if (!stream.headersSent) this.writeHead(state.statusCode);
    if (state.closed || stream.destroyed) onClose.call(stream);
    else stream.end();
    return this;
  }

  destroy(error?: any): void {
    if (this[kState].destroyed) return;
    this[kState].destroyed = true;
    this[kStream].destroy(error);
  }

  setTimeout(msecs: number, callback?: any): void {
    if (!this[kState].closed) this[kStream].setTimeout(msecs, callback);
  }

  createPushResponse(headers: any, callback: any): void {
    validateFunction(callback, 'callback');
    if (this[kState].closed) {
      process.nextTick(callback, new codes.ERR_HTTP2_INVALID_STREAM());
      return;
    }
    this[kStream].pushStream(headers, {}, (error: any, stream: any) => {
      if (error) callback(error);
      else callback(null, new Http2ServerResponse(stream));
    });
  }

  // --- 1xx

  writeInformation(statusCode: number, headers?: any): boolean {
    if (typeof statusCode !== 'number' || statusCode < 100 || statusCode > 199 || statusCode === 101) {
      throw new codes.ERR_HTTP2_STATUS_INVALID(statusCode);
    }
    const stream = this[kStream];
    if (stream.headersSent || this[kState].closed) return false;
    if (headers != null) validateObject(headers, 'headers');
    stream.additionalHeaders({ ...headers, ':status': statusCode });
    return true;
  }

  writeContinue(): boolean {
    return this.writeInformation(100);
  }

  writeEarlyHints(hints: any): boolean {
    validateObject(hints, 'hints');
    const headers: any = Object.create(null);
    for (const key of Object.keys(hints)) {
      if (key === 'link') continue;
      const name = key.trim().toLowerCase();
      assertValidHeader(name, hints[key]);
      if (!isToken(name)) throw new nodeCodes.ERR_INVALID_HTTP_TOKEN('Header name', name);
      headers[name] = hints[key];
    }
    const link = Array.isArray(hints.link) ? hints.link.join(', ') : hints.link;
    if (!link) return false;
    headers.Link = link;
    return this.writeInformation(103, headers);
  }
}

for (const name of 'Corked HighWaterMark ObjectMode Finished Length NeedDrain'.split(' ')) {
  Object.defineProperty(Http2ServerResponse.prototype, `writable${name}`, {
    configurable: true,
    get(this: any) {
      return this[kStream][`writable${name}`];
    },
  });
}

function assertValidHeader(name: any, value: any): void {
  if (name === '' || typeof name !== 'string' || name.includes(' ')) {
    throw new nodeCodes.ERR_INVALID_HTTP_TOKEN('Header name', name);
  }
  if (PSEUDO.has(name)) throw new codes.ERR_HTTP2_PSEUDOHEADER_NOT_ALLOWED();
  if (value === undefined || value === null) throw new codes.ERR_HTTP2_INVALID_HEADER_VALUE(value, name);
  if (name === 'connection' && value !== 'trailers') {
    warnOnce(
      'The provided connection header is not valid, the value will be dropped from the header and will never be in use.',
    );
  }
}

function onDrain(this: any): void {
  this[kResponse]?.emit('drain');
}

function onTimeout(this: any): void {
  this[kResponse]?.emit('timeout');
}

function onWantTrailers(this: any): void {
  this.sendTrailers(this[kResponse][kTrailers]);
}

function onClose(this: any): void {
  const response = this[kResponse];
  if (response === undefined) return;
  const state = response[kState];
  if (this.headRequest !== state.headRequest) return;
  state.closed = true;
  this[kProxySocket] = null;
  this.removeListener('wantTrailers', onWantTrailers);
  this[kResponse] = undefined;
  response.emit('finish');
  response.emit('close');
}
