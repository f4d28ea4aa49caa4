/**
 * node:dns and node:dns/promises over the lab's resolver, which knows service names and nothing else: A records only.
 *
 * Source: Node 24's lib/dns.js.
 */
import { codes, lookupError } from './errors.ts';
import { isIP } from './net/address.ts';
import { validateFunction, validateString } from './validators.ts';

export const ADDRCONFIG = 1024;
export const V4MAPPED = 2048;
export const ALL = 256;

interface LookupOptions {
  family: number;
  all: boolean;
}

/** lookup(hostname[, options], callback), as getaddrinfo. */
export function lookup(hostname: any, options: any, callback?: any): any {
  const done = typeof options === 'function' ? options : callback;
  const wanted = lookupOptions(hostname, typeof options === 'function' ? undefined : options);
  validateFunction(done, 'callback');
  addressesOf(hostname, wanted, (error, addresses) => {
    if (error !== null) done(error);
    else if (wanted.all) done(null, addresses);
    else done(null, addresses[0]!.address, addresses[0]!.family);
  });
  return { hostname, family: wanted.family };
}

function lookupOptions(hostname: any, options: any): LookupOptions {
  if (hostname) validateString(hostname, 'hostname');
  const given = typeof options === 'number' ? { family: options } : (options ?? {});
  if (typeof given !== 'object') throw new codes.ERR_INVALID_ARG_TYPE('options', ['integer', 'object'], options);
  let family = given.family ?? 0;
  if (family === 'IPv4') family = 4;
  else if (family === 'IPv6') family = 6;
  if (family !== 0 && family !== 4 && family !== 6) {
    throw new codes.ERR_INVALID_ARG_VALUE('options.family', family, "must be one of: 0, 4, 6, 'IPv4', 'IPv6'");
  }
  return { family, all: Boolean(given.all) };
}

interface Address {
  address: string;
  family: number;
}

function addressesOf(
  hostname: any,
  { family }: LookupOptions,
  done: (error: Error | null, addresses: Address[]) => void,
): void {
  if (!hostname) {
    process.nextTick(done, null, [{ address: '127.0.0.1', family: 4 }]);
    return;
  }
  const literal = isIP(hostname);
  if (literal) {
    process.nextTick(done, null, [{ address: hostname, family: literal }]);
    return;
  }
  ask(hostname, (code, found) => {
    const all = found.map((address) => ({ address, family: isIP(address) }));
    const fitting = family === 0 ? all : all.filter((one) => one.family === family);
    if (code !== null) done(lookupError(code, 'getaddrinfo', hostname), []);
    else if (fitting.length === 0) done(lookupError('ENOTFOUND', 'getaddrinfo', hostname), []);
    else done(null, fitting);
  });
}

/** The kernel's resolver, with the caller's async context kept. */
function ask(hostname: string, done: (code: string | null, addresses: readonly string[], ttlMs: number) => void): void {
  const context = __kernel.getContext();
  __kernel.lookup(hostname, (code, addresses, ttlMs) => {
    __kernel.setContext(context);
    done(code, addresses, ttlMs);
  });
}

/** What c-ares says: `queryA ENOTFOUND catalog`. */
function queryError(code: string, syscall: string, hostname: string): Error {
  const error: any = new Error(`${syscall} ${code} ${hostname}`);
  return Object.assign(error, { errno: undefined, code, syscall, hostname });
}

/** A records from the resolver. They carry a TTL of 600 s, as Docker's do; from a cache, what is left of its own. */
export function resolve4(hostname: any, options: any, callback?: any): any {
  const done = typeof options === 'function' ? options : callback;
  const withTtl = typeof options === 'object' && options !== null && options.ttl;
  validateString(hostname, 'name');
  validateFunction(done, 'callback');
  ask(hostname, (code, addresses, ttlMs) => {
    const found = addresses.filter((address) => isIP(address) === 4);
    if (code !== null || found.length === 0) {
      done(queryError(code === 'EAI_AGAIN' ? 'ETIMEOUT' : (code ?? 'ENODATA'), 'queryA', hostname));
    } else done(null, withTtl ? found.map((address) => ({ address, ttl: Math.ceil(ttlMs / 1000) })) : found.slice());
  });
  return {};
}

/** No service has an IPv6 address in the lab. */
export function resolve6(hostname: any, options: any, callback?: any): any {
  const done = typeof options === 'function' ? options : callback;
  validateString(hostname, 'name');
  validateFunction(done, 'callback');
  ask(hostname, (code) => done(queryError(code ?? 'ENODATA', 'queryAaaa', hostname)));
  return {};
}

export function resolve(hostname: any, type: any, callback?: any): any {
  const done = typeof type === 'function' ? type : callback;
  const record = typeof type === 'function' || type === undefined ? 'A' : type;
  if (record === 'A') return resolve4(hostname, done);
  if (record === 'AAAA') return resolve6(hostname, done);
  throw new Error(`dns.resolve(name, '${record}') is not part of the lab: its names have A records only. Use 'A'.`);
}

let servers = ['127.0.0.11'];
export const getServers = () => servers.slice();

/** Remembered and given back; every name is answered by the lab all the same. */
export function setServers(list: readonly string[]): void {
  if (!Array.isArray(list)) throw new codes.ERR_INVALID_ARG_TYPE('servers', 'Array', list);
  servers = [...list];
}

let order = 'verbatim';
export const getDefaultResultOrder = () => order;
export function setDefaultResultOrder(value: string): void {
  if (!['verbatim', 'ipv4first', 'ipv6first'].includes(value)) {
    throw new codes.ERR_INVALID_ARG_VALUE('dnsOrder', value, "must be one of: 'verbatim', 'ipv4first', 'ipv6first'");
  }
  order = value;
}

function promised(run: (...args: any[]) => any): (...args: any[]) => Promise<any> {
  return (...args) =>
    new Promise((resolveWith, reject) => {
      run(...args, (error: unknown, value: unknown) => (error ? reject(error) : resolveWith(value)));
    });
}

function lookupPromise(hostname: any, options?: any): Promise<any> {
  const wanted = lookupOptions(hostname, options);
  return new Promise((resolveWith, reject) => {
    addressesOf(hostname, wanted, (error, addresses) => {
      if (error !== null) reject(error);
      else resolveWith(wanted.all ? addresses : addresses[0]);
    });
  });
}

const shared = { getServers, setServers, getDefaultResultOrder, setDefaultResultOrder };

export class Resolver {
  resolve4 = resolve4;
  resolve6 = resolve6;
  resolve = resolve;
  getServers = getServers;
  setServers = setServers;
  cancel(): void {}
}

class PromiseResolver {
  resolve4 = promised(resolve4);
  resolve6 = promised(resolve6);
  resolve = promised(resolve);
  getServers = getServers;
  setServers = setServers;
  cancel(): void {}
}

const errorCodes = {
  NODATA: 'ENODATA',
  FORMERR: 'EFORMERR',
  SERVFAIL: 'ESERVFAIL',
  NOTFOUND: 'ENOTFOUND',
  NOTIMP: 'ENOTIMP',
  REFUSED: 'EREFUSED',
  TIMEOUT: 'ETIMEOUT',
  CANCELLED: 'ECANCELLED',
};

export const promises = {
  lookup: lookupPromise,
  resolve: promised(resolve),
  resolve4: promised(resolve4),
  resolve6: promised(resolve6),
  Resolver: PromiseResolver,
  ...shared,
  ...errorCodes,
};

export default {
  lookup,
  resolve,
  resolve4,
  resolve6,
  Resolver,
  ADDRCONFIG,
  V4MAPPED,
  ALL,
  promises,
  ...shared,
  ...errorCodes,
};
