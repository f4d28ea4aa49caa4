/** Names and values of header fields: what may stand in them, and how they are compared. */
import { codes } from './errors.ts';
import { isToken } from './parse-error.ts';

/** Names seen before → lower case. A service uses a few dozen; the same string object makes comparison a pointer's. */
const keys = new Map<string, string>();

/** The lower-case name; throws ERR_INVALID_HTTP_TOKEN when it is none. */
export function headerKey(name: any, label = 'Header name'): string {
  const known = keys.get(name);
  if (known !== undefined) return known;
  if (typeof name !== 'string' || name === '' || !isToken(name)) throw new codes.ERR_INVALID_HTTP_TOKEN(label, name);
  return remember(name);
}

/** The lower-case name of anything that was received or is looked up. */
export function lowerName(name: string): string {
  return keys.get(name) ?? remember(name);
}

function remember(name: string): string {
  const lower = name.toLowerCase();
  // One object for all spellings, so that keys compare by identity.
  const key = keys.get(lower) ?? lower;
  if (!isToken(name)) return key;
  if (keys.size > 1000) keys.clear();
  keys.set(key, key);
  keys.set(name, key);
  return key;
}

const INVALID_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

export function hasInvalidChar(value: any): boolean {
  return INVALID_VALUE.test(value);
}

export function checkHeaderValue(name: string, value: any): void {
  if (value === undefined) throw new codes.ERR_HTTP_INVALID_HEADER_VALUE(value, name);
  if (hasInvalidChar(value)) throw new codes.ERR_INVALID_CHAR('header content', name);
}

export function validateHeaderName(name: any, label?: string): void {
  headerKey(name, label || 'Header name');
}

export function validateHeaderValue(name: any, value: any): void {
  checkHeaderValue(name, value);
}

/** Fields of which a message may have one; a second is dropped. All others are joined. Node's lib/_http_incoming.js. */
const SINGLE = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
]);

/** Adds a received field to `into`, with Node's rules for duplicates. */
export function addReceived(into: any, name: string, value: string, joinsDuplicates: boolean): void {
  const key = lowerName(name);
  const before = into[key];
  if (key === 'set-cookie') {
    if (before === undefined) into[key] = [value];
    else before.push(value);
  } else if (before === undefined) into[key] = value;
  else if (key === 'cookie') into[key] = `${before}; ${value}`;
  else if (!SINGLE.has(key) || joinsDuplicates) into[key] = `${before}, ${value}`;
}
