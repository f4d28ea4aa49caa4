/** Header objects and lists of node:http2: checks, defaults, and both directions. Source: Node 24's lib/internal/http2/util.js. */
import { isToken } from '../http/parse-error.ts';
import { constants } from './constants.ts';
import { codes } from './errors.ts';
import type { Header } from './hpack/encoder.ts';
import { kAuthority, kProtocol, kSensitiveHeaders, kStrictSingleValueFields } from './symbols.ts';

const VALID_PSEUDO = new Set([':status', ':method', ':authority', ':scheme', ':path', ':protocol']);

const SINGLE_VALUE = new Set(
  (
    ':status :method :authority :scheme :path :protocol access-control-allow-credentials access-control-max-age ' +
    'access-control-request-method age authorization content-encoding content-language content-length content-location ' +
    'content-md5 content-range content-type date dnt etag expires from host if-match if-modified-since if-none-match ' +
    'if-range if-unmodified-since last-modified location max-forwards proxy-authorization range referer retry-after tk ' +
    'upgrade-insecure-requests user-agent x-content-type-options'
  ).split(' '),
);

const CONNECTION_SPECIFIC = new Set([
  'connection',
  'upgrade',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
]);

export type PseudoCheck = (key: string) => void;

export function assertValidPseudoHeader(key: string): void {
  if (!VALID_PSEUDO.has(key)) throw new codes.ERR_HTTP2_INVALID_PSEUDOHEADER(key);
}

export function assertValidPseudoHeaderResponse(key: string): void {
  if (key !== ':status') throw new codes.ERR_HTTP2_INVALID_PSEUDOHEADER(key);
}

export function assertValidPseudoHeaderTrailer(key: string): void {
  throw new codes.ERR_HTTP2_INVALID_PSEUDOHEADER(key);
}

export function assertIsObject(value: any, name: string, types?: string[]): void {
  if (value !== undefined && (value === null || typeof value !== 'object' || Array.isArray(value))) {
    throw new codes.ERR_INVALID_ARG_TYPE(name, types ?? 'Object', value);
  }
}

/** The fields in the order in which they leave: pseudo-headers first. `given` is an object or `[name, value, …]`. */
export function buildHeaders(given: any, checkPseudo: PseudoCheck, isStrict: boolean): Header[] {
  const pseudo: Header[] = [];
  const rest: Header[] = [];
  const singles = new Set<string>();
  const sensitive = new Set((given[kSensitiveHeaders] ?? []).map((name: string) => name.toLowerCase()));
  const add = (name: string, input: any): void => {
    const key = name.toLowerCase();
    let value = input;
    const isSingle = SINGLE_VALUE.has(key);
    if (Array.isArray(value)) {
      if (value.length === 0) return;
      if (value.length === 1) value = String(value[0]);
      else if (isSingle && isStrict) throw new codes.ERR_HTTP2_HEADER_SINGLE_VALUE(key);
    } else value = String(value);
    if (isSingle && isStrict) {
      if (singles.has(key)) throw new codes.ERR_HTTP2_HEADER_SINGLE_VALUE(key);
      singles.add(key);
    }
    const isSensitive = sensitive.has(key);
    if (key[0] === ':') {
      checkPseudo(key);
      pseudo.push(field(key, value, isSensitive));
      return;
    }
    if (!isSingle) {
      if (!isToken(key)) throw new codes.ERR_INVALID_HTTP_TOKEN('Header name', key);
      if (CONNECTION_SPECIFIC.has(key) || (key === 'te' && value !== 'trailers')) {
        throw new codes.ERR_HTTP2_INVALID_CONNECTION_HEADERS(key);
      }
    }
    for (const one of Array.isArray(value) ? value : [value]) rest.push(field(key, String(one), isSensitive));
  };
  if (Array.isArray(given)) {
    for (let i = 0; i < given.length; i += 2) {
      if (given[i + 1] !== undefined && given[i] !== '') add(given[i], given[i + 1]);
    }
  } else {
    for (const key of Object.keys(given)) if (given[key] !== undefined && key !== '') add(key, given[key]);
  }
  return [...pseudo, ...rest];
}

const field = (name: string, value: string, isSensitive: boolean): Header =>
  isSensitive ? { name, value, isSensitive } : { name, value };

/** What 'stream' and 'response' give: values of one name joined, `set-cookie` as an array, `:status` a number. */
export function toHeaderObject(headers: readonly Header[]): any {
  const object: any = Object.create(null);
  for (const { name, value } of headers) {
    const existing = object[name];
    if (existing === undefined) {
      object[name] = name === ':status' ? Number(value) | 0 : name === 'set-cookie' ? [value] : value;
    } else if (SINGLE_VALUE.has(name)) {
      // The first one counts.
    } else if (name === 'set-cookie') existing.push(value);
    else object[name] = `${existing}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  object[kSensitiveHeaders] = headers.filter(({ isSensitive }) => isSensitive).map(({ name }) => name);
  return object;
}

export const toRawHeaders = (headers: readonly Header[]): string[] =>
  headers.flatMap(({ name, value }) => [name, value]);

export function getAuthority(headers: any): any {
  return headers[':authority'] !== undefined ? headers[':authority'] : headers.host;
}

export const isPayloadMeaningless = (method: string) => method === 'GET' || method === 'HEAD' || method === 'DELETE';

export interface PreparedRequest {
  /** Of a request given as an object. */
  readonly object: any;
  /** Of a request given as a list. */
  readonly raw: any;
  readonly list: Header[];
  readonly scheme: any;
  readonly authority: any;
  readonly method: any;
}

/** A request's headers with the defaults of its session. */
export function prepareRequest(given: any, session: any): PreparedRequest {
  if (Array.isArray(given)) return prepareRequestArray(given, session);
  const object: any = Object.assign(Object.create(null), given);
  if (object[':method'] === undefined) object[':method'] = constants.HTTP2_METHOD_GET;
  if (object[':method'] !== constants.HTTP2_METHOD_CONNECT || object[':protocol'] !== undefined) {
    if (getAuthority(object) === undefined) object[':authority'] = session[kAuthority];
    if (object[':scheme'] === undefined) object[':scheme'] = session[kProtocol].slice(0, -1);
    if (object[':path'] === undefined) object[':path'] = '/';
  } else checkConnect(object[':authority'], object[':scheme'], object[':path']);
  return {
    object,
    raw: undefined,
    list: buildHeaders(object, assertValidPseudoHeader, session[kStrictSingleValueFields]),
    scheme: object[':scheme'],
    authority: getAuthority(object),
    method: object[':method'],
  };
}

function checkConnect(authority: any, scheme: any, path: any): void {
  if (authority === undefined) throw new codes.ERR_HTTP2_CONNECT_AUTHORITY();
  if (scheme !== undefined) throw new codes.ERR_HTTP2_CONNECT_SCHEME();
  if (path !== undefined) throw new codes.ERR_HTTP2_CONNECT_PATH();
}

function prepareRequestArray(headers: any, session: any): PreparedRequest {
  const given: any = {};
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i][0] === ':') given[headers[i].toLowerCase()] = headers[i + 1];
  }
  const more: any[] = [];
  const otherwise = (name: string, value: any) => {
    given[name] = value;
    more.push(name, value);
  };
  if (given[':method'] === undefined) otherwise(':method', constants.HTTP2_METHOD_GET);
  if (given[':method'] !== constants.HTTP2_METHOD_CONNECT || given[':protocol'] !== undefined) {
    if (given[':authority'] === undefined && headers.host === undefined) otherwise(':authority', session[kAuthority]);
    if (given[':scheme'] === undefined) otherwise(':scheme', session[kProtocol].slice(0, -1));
    if (given[':path'] === undefined) otherwise(':path', '/');
  } else checkConnect(given[':authority'], given[':scheme'], given[':path']);
  const raw: any = more.length > 0 ? more.concat(headers) : headers;
  if (headers[kSensitiveHeaders] !== undefined) raw[kSensitiveHeaders] = headers[kSensitiveHeaders];
  return {
    object: undefined,
    raw,
    list: buildHeaders(raw, assertValidPseudoHeader, session[kStrictSingleValueFields]),
    scheme: given[':scheme'],
    authority: given[':authority'] ?? headers.host,
    method: given[':method'],
  };
}
