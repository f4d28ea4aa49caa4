/** Http2ServerRequest: a request as node:http gives it. Source: Node 24's lib/internal/http2/compat.js. */
import { codes as nodeCodes } from '../../errors.ts';
import { Readable } from '../../stream/index.ts';
import { validateString } from '../../validators.ts';
import { getAuthority } from '../headers.ts';
import { kProxySocket, kRequest } from '../symbols.ts';
import { streamSocket } from './socket.ts';

const kAborted = Symbol('aborted');
const kHeaders = Symbol('headers');
const kRawHeaders = Symbol('rawHeaders');
const kRawTrailers = Symbol('rawTrailers');
const kState = Symbol('state');
const kStream = Symbol('stream');
const kTrailers = Symbol('trailers');

export class Http2ServerRequest extends Readable {
  [key: string | symbol]: any;

  constructor(stream: any, headers: any, options: any, rawHeaders: any) {
    super({ autoDestroy: false, ...options });
    this[kState] = { closed: false, didRead: false };
    this[kHeaders] = headers;
    this[kRawHeaders] = rawHeaders;
    this[kTrailers] = {};
    this[kRawTrailers] = [];
    this[kStream] = stream;
    this[kAborted] = false;
    stream[kProxySocket] = null;
    stream[kRequest] = this;
    stream.on('trailers', onTrailers);
    stream.on('end', onEnd);
    // Errors of the stream are not the request's.
    stream.on('error', () => {});
    stream.on('aborted', onAborted);
    stream.on('close', onClose);
    stream.on('timeout', onTimeout);
    this.on('pause', () => stream.pause());
    this.on('resume', () => stream.resume());
  }

  get aborted() {
    return this[kAborted];
  }
  get complete() {
    return this[kAborted] || this.readableEnded || this[kState].closed || this[kStream].destroyed;
  }
  get stream() {
    return this[kStream];
  }
  get headers() {
    return this[kHeaders];
  }
  get rawHeaders() {
    return this[kRawHeaders];
  }
  get trailers() {
    return this[kTrailers];
  }
  get rawTrailers() {
    return this[kRawTrailers];
  }
  get httpVersionMajor() {
    return 2;
  }
  get httpVersionMinor() {
    return 0;
  }
  get httpVersion() {
    return '2.0';
  }
  get socket() {
    const stream = this[kStream];
    if (stream[kProxySocket] === null) stream[kProxySocket] = streamSocket(stream);
    return stream[kProxySocket];
  }
  get connection() {
    return this.socket;
  }
  get method() {
    return this[kHeaders][':method'];
  }
  set method(method) {
    validateString(method, 'method');
    if (method.trim() === '') throw new nodeCodes.ERR_INVALID_ARG_VALUE('method', method);
    this[kHeaders][':method'] = method;
  }
  get authority() {
    return getAuthority(this[kHeaders]);
  }
  get scheme() {
    return this[kHeaders][':scheme'];
  }
  get url() {
    return this[kHeaders][':path'];
  }
  set url(url) {
    this[kHeaders][':path'] = url;
  }

  _read(): void {
    const state = this[kState];
    if (state.didRead) process.nextTick(() => this[kStream].resume());
    else {
      state.didRead = true;
      this[kStream].on('data', onData);
    }
  }

  setTimeout(msecs: number, callback?: any): this {
    if (!this[kState].closed) this[kStream].setTimeout(msecs, callback);
    return this;
  }
}

function onData(this: any, chunk: any): void {
  const request = this[kRequest];
  if (request !== undefined && !request.push(chunk)) this.pause();
}

function onTrailers(this: any, trailers: any, _flags: number, rawTrailers: string[]): void {
  const request = this[kRequest];
  if (request === undefined) return;
  Object.assign(request[kTrailers], trailers);
  request[kRawTrailers].push(...rawTrailers);
}

function onEnd(this: any): void {
  this[kRequest]?.push(null);
}

function onAborted(this: any): void {
  const request = this[kRequest];
  if (request === undefined || request[kState].closed) return;
  request[kAborted] = true;
  request.emit('aborted');
}

function onTimeout(this: any): void {
  this[kRequest]?.emit('timeout');
}

function onClose(this: any): void {
  const request = this[kRequest];
  if (request === undefined) return;
  const state = request[kState];
  state.closed = true;
  request.push(null);
  // Nobody reads it: as with node:http, the rest is thrown away.
  if (!state.didRead && !request._readableState.resumeScheduled) request.resume();
  this[kProxySocket] = null;
  this[kRequest] = undefined;
  request.emit('close');
}
