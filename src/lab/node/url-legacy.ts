/**
 * url.parse, url.format and url.resolve, which Express and many packages still use. Source: Node 24's lib/url.js.
 */
import { codes } from './errors.ts';
import querystring from './querystring.ts';
import { validateString } from './validators.ts';

const SLASHED = new Set(['http', 'https', 'ftp', 'gopher', 'file', 'ws', 'wss']);
const isSlashed = (protocol: string | null) => protocol !== null && SLASHED.has(protocol.replace(/:$/, ''));
const isScript = (protocol: string | null) => protocol !== null && /^javascript:?$/i.test(protocol);

/** Characters that Node escapes in the rest of a URL, where they could end it or split a header. */
const ESCAPED: Record<string, string> = {
  '\t': '%09',
  '\n': '%0A',
  '\r': '%0D',
  ' ': '%20',
  '"': '%22',
  "'": '%27',
  '<': '%3C',
  '>': '%3E',
  '\\': '%5C',
  '^': '%5E',
  '`': '%60',
  '{': '%7B',
  '|': '%7C',
  '}': '%7D',
};

export const Url: any = function Url(this: any): void {
  this.protocol = null;
  this.slashes = null;
  this.auth = null;
  this.host = null;
  this.port = null;
  this.hostname = null;
  this.hash = null;
  this.search = null;
  this.query = null;
  this.pathname = null;
  this.path = null;
  this.href = null;
};

export function parse(url: any, parseQuery = false, slashesDenoteHost = false): any {
  if (url instanceof Url) return url;
  return new Url().parse(url, parseQuery, slashesDenoteHost);
}

Url.prototype.parse = function (this: any, url: any, parseQuery = false, slashesDenoteHost = false) {
  validateString(url, 'url');
  // Backslashes before the query are slashes, as browsers have them.
  const queryAt = url.search(/[?#]/);
  const head = (queryAt === -1 ? url : url.slice(0, queryAt)).replaceAll('\\', '/');
  let rest = (head + (queryAt === -1 ? '' : url.slice(queryAt))).trim();

  const protocolMatch = /^[a-z0-9.+-]+:/i.exec(rest);
  let lowered = '';
  if (protocolMatch) {
    lowered = protocolMatch[0].toLowerCase();
    this.protocol = lowered;
    rest = rest.slice(lowered.length);
  }
  if (slashesDenoteHost || protocolMatch || /^\/\/[^@/]+@[^@/]+/.test(rest)) {
    const hasSlashes = rest.startsWith('//');
    if (hasSlashes && !(lowered && isScript(lowered))) {
      rest = rest.slice(2);
      this.slashes = true;
    }
  }
  // With slashes a host follows; without, only for protocols that are never written with them: `mailto:a@b`.
  const hasHost = this.slashes || (lowered !== '' && !isSlashed(lowered));
  if (hasHost && !isScript(lowered || null)) rest = parseAuthority(this, rest, url);
  if (!isScript(lowered || null)) rest = rest.replace(/[\t\n\r "'<>\\^`{|}]/g, (char: string) => ESCAPED[char]!);

  const hashAt = rest.indexOf('#');
  if (hashAt !== -1) {
    this.hash = rest.slice(hashAt);
    rest = rest.slice(0, hashAt);
  }
  const searchAt = rest.indexOf('?');
  if (searchAt !== -1) {
    this.search = rest.slice(searchAt);
    this.query = rest.slice(searchAt + 1);
    if (parseQuery) this.query = querystring.parse(this.query);
    rest = rest.slice(0, searchAt);
  } else if (parseQuery) {
    this.search = null;
    this.query = Object.create(null);
  }
  if (rest) this.pathname = rest;
  if (isSlashed(lowered || null) && this.hostname && !this.pathname) this.pathname = '/';
  if (this.pathname || this.search) this.path = (this.pathname || '') + (this.search || '');
  this.href = this.format();
  return this;
};

function parseAuthority(target: any, text: string, url: string): string {
  const end = /[/?#]/.exec(text)?.index ?? text.length;
  let authority = text.slice(0, end);
  let rest = text.slice(end);
  const at = authority.lastIndexOf('@');
  if (at !== -1) {
    target.auth = decodeURIComponent(authority.slice(0, at));
    authority = authority.slice(at + 1);
  }
  // Space and the like end the host; the rest becomes part of the path.
  const invalid = /[\t\n\r "<>\\^`{|}']/.exec(authority);
  if (invalid) {
    rest = authority.slice(invalid.index) + rest;
    authority = authority.slice(0, invalid.index);
  }
  const port = /:(\d*)$/.exec(authority);
  if (port) {
    if (port[1] !== '') target.port = port[1];
    authority = authority.slice(0, port.index);
  }
  target.hostname = authority.length > 255 ? '' : authority.toLowerCase();
  const isV6 = target.hostname.startsWith('[') && target.hostname.endsWith(']');
  if (!isV6 && target.hostname !== '') {
    if (/[\x00-\x20#%/:<>?@[\\\]^|]/.test(target.hostname)) {
      const error: any = new codes.ERR_INVALID_URL();
      error.input = url;
      throw error;
    }
    if (/[^\x00-\x7f]/.test(target.hostname)) target.hostname = new URL(`ws://${target.hostname}`).hostname;
  }
  target.host = target.hostname + (target.port ? `:${target.port}` : '');
  if (isV6) target.hostname = target.hostname.slice(1, -1);
  return rest;
}

export function format(value: any): string {
  let object = value;
  if (typeof object === 'string') object = parse(object);
  else if (typeof object !== 'object' || object === null) {
    throw new codes.ERR_INVALID_ARG_TYPE('urlObject', ['Object', 'string'], object);
  }
  return Url.prototype.format.call(object);
}

Url.prototype.format = function (this: any): string {
  const auth = this.auth ? `${encodeURIComponent(this.auth).replace(/%3A/i, ':')}@` : '';
  let protocol = this.protocol || '';
  let pathname = this.pathname || '';
  let hash = this.hash || '';
  let host = '';
  if (this.host) host = auth + this.host;
  else if (this.hostname) {
    const isV6 = this.hostname.includes(':') && !this.hostname.startsWith('[');
    host = auth + (isV6 ? `[${this.hostname}]` : this.hostname) + (this.port ? `:${this.port}` : '');
  }
  let query = '';
  if (this.query !== null && typeof this.query === 'object') query = querystring.stringify(this.query);
  let search = this.search || (query && `?${query}`) || '';
  if (protocol && !protocol.endsWith(':')) protocol += ':';
  pathname = pathname.replace(/[#?]/g, (char: string) => encodeURIComponent(char));
  if (this.slashes || isSlashed(protocol || null)) {
    if (this.slashes || host) {
      if (pathname && !pathname.startsWith('/')) pathname = `/${pathname}`;
      host = `//${host}`;
    } else if (protocol.startsWith('file')) host = '//';
  }
  search = search.replaceAll('#', '%23');
  if (hash && !hash.startsWith('#')) hash = `#${hash}`;
  if (search && !search.startsWith('?')) search = `?${search}`;
  return protocol + host + pathname + search + hash;
};

export function resolve(from: string, to: string): string {
  return parse(from, false, true).resolve(to);
}

export function resolveObject(from: any, to: any): any {
  return from ? parse(from, false, true).resolveObject(to) : to;
}

Url.prototype.resolve = function (this: any, relative: string): string {
  return this.resolveObject(parse(relative, false, true)).format();
};

/** RFC 3986 §5.2 on parsed URLs. */
Url.prototype.resolveObject = function (this: any, given: any): any {
  const relative = typeof given === 'string' ? parse(given, false, true) : given;
  const result = Object.assign(new Url(), this);
  result.hash = relative.hash;
  if (relative.href === '') {
    result.href = result.format();
    return result;
  }
  const take = (...keys: string[]) => {
    for (const key of keys) result[key] = relative[key];
  };
  if (relative.protocol && relative.protocol !== result.protocol) {
    Object.assign(result, relative);
    result.href = result.format();
    return result;
  }
  if (relative.slashes && relative.host !== null) {
    take('auth', 'host', 'hostname', 'port', 'search', 'query', 'slashes');
    result.pathname = dotless(relative.pathname ?? '/');
  } else if (relative.pathname) {
    take('search', 'query');
    const base = this.pathname ?? '';
    const merged = relative.pathname.startsWith('/')
      ? relative.pathname
      : base.slice(0, base.lastIndexOf('/') + 1) + relative.pathname;
    const isRooted = merged.startsWith('/') || result.host;
    result.pathname = dotless(isRooted && !merged.startsWith('/') ? `/${merged}` : merged);
  } else if (relative.search !== null) take('search', 'query');
  if (result.pathname !== null || result.search !== null) {
    result.path = (result.pathname || '') + (result.search || '');
  }
  result.href = result.format();
  return result;
};

function dotless(path: string): string {
  const isAbsolute = path.startsWith('/');
  const out: string[] = [];
  const parts = path.split('/');
  parts.forEach((part, i) => {
    const isLast = i === parts.length - 1;
    if (part === '.' || part === '..') {
      if (part === '..') {
        if (out.length > (isAbsolute ? 1 : 0) && out[out.length - 1] !== '..') out.pop();
        else if (!isAbsolute) out.push('..');
      }
      if (isLast) out.push('');
    } else out.push(part);
  });
  const joined = out.join('/');
  return isAbsolute && !joined.startsWith('/') ? `/${joined}` : joined;
}
