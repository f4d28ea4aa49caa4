/** ServerHttp2Stream: respond, push, 1xx and files. Source: Node 24's lib/internal/http2/core.js. */
import { codes as nodeCodes } from '../errors.ts';
import { utcDate } from '../http/date.ts';
import { validateFunction } from '../validators.ts';
import { constants } from './constants.ts';
import { codes } from './errors.ts';
import {
  assertIsObject,
  assertValidPseudoHeader,
  assertValidPseudoHeaderResponse,
  buildHeaders,
  getAuthority,
} from './headers.ts';
import type { ProtocolStream } from './protocol/stream.ts';
import { Http2Stream } from './stream.ts';
import {
  kAuthority,
  kHandle,
  kID,
  kInfoHeaders,
  kInit,
  kProceed,
  kProtocol,
  kRawHeaders,
  kSensitiveHeaders,
  kSentHeaders,
  kSession,
  kState,
  kStrictSingleValueFields,
  kUpdateTimer,
  STREAM_HAS_TRAILERS,
  STREAM_HEAD_REQUEST,
  STREAM_HEADERS_SENT,
} from './symbols.ts';

const BODILESS = new Set([204, 205, 304]);

export class ServerHttp2Stream extends Http2Stream {
  constructor(session: any, handle: ProtocolStream, headers: any, options: any = {}) {
    super(session, options);
    this[kInit](handle.id, handle);
    this[kProtocol] = headers[':scheme'];
    this[kAuthority] = getAuthority(headers);
  }

  get pushAllowed() {
    const { session } = this;
    return (
      !this.destroyed && !this.closed && !session.closed && !session.destroyed && session.remoteSettings.enablePush
    );
  }

  pushStream(given: any, givenOptions: any, then?: any): void {
    if (!this.pushAllowed) throw new codes.ERR_HTTP2_PUSH_DISABLED();
    if (this[kID] % 2 === 0) throw new codes.ERR_HTTP2_NESTED_PUSH();
    const session = this[kSession];
    this[kUpdateTimer]();
    const [options, callback] = typeof givenOptions === 'function' ? [undefined, givenOptions] : [givenOptions, then];
    validateFunction(callback, 'callback');
    assertIsObject(options, 'options');
    assertIsObject(given, 'headers');
    const headers = Object.assign(Object.create(null), given);
    headers[':method'] ??= constants.HTTP2_METHOD_GET;
    if (getAuthority(headers) === undefined) headers[':authority'] = this[kAuthority];
    headers[':scheme'] ??= this[kProtocol];
    headers[':path'] ??= '/';
    const isHead = headers[':method'] === constants.HTTP2_METHOD_HEAD;
    const list = buildHeaders(headers, assertValidPseudoHeader, session[kStrictSingleValueFields]);
    const handle = session[kHandle].push(this[kHandle], list);
    if (handle === null) {
      process.nextTick(callback, new codes.ERR_HTTP2_OUT_OF_STREAMS());
      return;
    }
    const stream = new ServerHttp2Stream(session, handle, headers, { ...options });
    stream[kSentHeaders] = headers;
    stream.push(null);
    if (options?.endStream || isHead) stream.end();
    if (isHead) stream[kState].flags |= STREAM_HEAD_REQUEST;
    process.nextTick(callback, null, stream, headers, 0);
  }

  respond(headersParam?: any, given?: any): void {
    this._assertCanRespond();
    const state = this[kState];
    assertIsObject(given, 'options');
    const options = given ?? {};
    this[kUpdateTimer]();
    if (options.waitForTrailers) state.flags |= STREAM_HAS_TRAILERS;
    const { headers, list, status } = this._prepare(headersParam, options);
    if (Array.isArray(headersParam)) this[kRawHeaders] = headers;
    else this[kSentHeaders] = headers;
    state.flags |= STREAM_HEADERS_SENT;
    if (options.endStream || BODILESS.has(status) || this.headRequest) this.end();
    this[kHandle].respond(list, Boolean(options.endStream), Boolean(options.waitForTrailers));
  }

  /** The file is read whole: in the lab it lies in memory. */
  respondWithFile(path: any, headersParam?: any, given?: any): void {
    this._assertCanRespond();
    assertIsObject(given, 'options');
    const options = { ...given };
    for (const name of ['offset', 'length']) {
      if (options[name] !== undefined && typeof options[name] !== 'number') {
        throw new nodeCodes.ERR_INVALID_ARG_VALUE(`options.${name}`, options[name]);
      }
    }
    const headers = { ...headersParam };
    const status = headers[':status'] | 0 || 200;
    if (BODILESS.has(status) || this.headRequest) throw new codes.ERR_HTTP2_PAYLOAD_FORBIDDEN(status);
    const fs = require('../fs/index.ts').default;
    fs.stat(path, (error: any, stat: any) => {
      if (this.destroyed || this.closed) return;
      const failure =
        error ??
        (stat.isFile()
          ? null
          : Object.assign(new Error('Directories cannot be sent'), { code: 'ERR_HTTP2_SEND_FILE' }));
      if (failure !== null) {
        if (options.onError) options.onError(failure);
        else this.destroy(failure);
        return;
      }
      const range = { offset: options.offset ?? 0, length: options.length ?? -1 };
      if (options.statCheck?.call(this, stat, headers, range) === false || this.headersSent) return;
      const rest = Math.max(0, stat.size - range.offset);
      const length = range.length < 0 ? rest : Math.min(rest, range.length);
      headers['content-length'] = length;
      this.respond(headers, { waitForTrailers: options.waitForTrailers, sendDate: options.sendDate });
      this.end(fs.readFileSync(path).subarray(range.offset, range.offset + length));
    });
  }

  respondWithFD(): void {
    throw new Error(
      'http2stream.respondWithFD is not part of the lab. Use respondWithFile(path), or respond() and a stream of the file.',
    );
  }

  /** 1xx. */
  additionalHeaders(given: any): void {
    if (this.destroyed || this.closed) throw new codes.ERR_HTTP2_INVALID_STREAM();
    if (this.headersSent) throw new codes.ERR_HTTP2_HEADERS_AFTER_RESPOND();
    assertIsObject(given, 'headers');
    const headers = Object.assign(Object.create(null), given);
    if (headers[':status'] != null) {
      headers[':status'] |= 0;
      const status = headers[':status'];
      if (status === 101) throw new codes.ERR_HTTP2_STATUS_101();
      if (status < 100 || status >= 200) throw new codes.ERR_HTTP2_INVALID_INFO_STATUS(status);
    }
    this[kUpdateTimer]();
    const list = buildHeaders(headers, assertValidPseudoHeaderResponse, this.session[kStrictSingleValueFields]);
    this[kInfoHeaders] ??= [];
    this[kInfoHeaders].push(headers);
    this[kHandle].inform(list);
  }

  _assertCanRespond(): void {
    if (this.destroyed || this.closed) throw new codes.ERR_HTTP2_INVALID_STREAM();
    if (this.headersSent) throw new codes.ERR_HTTP2_HEADERS_SENT();
  }

  _prepare(given: any, options: any): { headers: any; list: any[]; status: number } {
    const sendsDate = options.sendDate == null || options.sendDate;
    let headers: any;
    let status: number;
    if (Array.isArray(given)) {
      headers = given;
      const valueOf = (name: string) => {
        const at = headers.findIndex((key: any, i: number) => i % 2 === 0 && key.toLowerCase() === name);
        return at < 0 ? undefined : headers[at + 1];
      };
      status = valueOf(':status') | 0;
      if (!status) headers.unshift(':status', (status = 200));
      if (sendsDate && valueOf('date') === undefined) headers.push('date', utcDate());
    } else {
      assertIsObject(given, 'headers', ['Object', 'Array']);
      headers = Object.assign(Object.create(null), given);
      status = headers[':status'] = headers[':status'] | 0 || 200;
      if (sendsDate && headers.date == null) headers.date = utcDate();
    }
    if (status < 200 || status > 599) throw new codes.ERR_HTTP2_STATUS_INVALID(status);
    const sensitive = headers[kSensitiveHeaders];
    if (sensitive !== undefined && !Array.isArray(sensitive)) {
      throw new nodeCodes.ERR_INVALID_ARG_VALUE('headers[http2.neverIndex]', sensitive);
    }
    const list = buildHeaders(headers, assertValidPseudoHeaderResponse, this.session[kStrictSingleValueFields]);
    return { headers, list, status };
  }
}

ServerHttp2Stream.prototype[kProceed] = ServerHttp2Stream.prototype.respond;
