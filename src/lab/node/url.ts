/** node:url. URL and URLSearchParams are the host's: synchronous and the same everywhere. */
import { codes } from './errors.ts';
import path from './path.ts';
import { format as legacyFormat, parse, resolve, resolveObject, Url } from './url-legacy.ts';
import { validateString } from './validators.ts';

export function fileURLToPath(value: any): string {
  const url = typeof value === 'string' ? new URL(value) : value;
  if (!isUrl(url)) throw new codes.ERR_INVALID_ARG_TYPE('path', ['string', 'URL'], value);
  if (url.protocol !== 'file:') throw new codes.ERR_INVALID_URL_SCHEME('file');
  if (url.hostname !== '') throw new codes.ERR_INVALID_FILE_URL_HOST('linux');
  if (/%2f/i.test(url.pathname)) throw new codes.ERR_INVALID_FILE_URL_PATH('must not include encoded / characters');
  return decodeURIComponent(url.pathname);
}

export function pathToFileURL(value: string): URL {
  validateString(value, 'path');
  let resolved = path.resolve(value);
  if (value.endsWith('/') && !resolved.endsWith('/')) resolved += '/';
  const encoded = resolved.replace(/[%\\\n\r\t?#]/g, (char: string) => encodeURIComponent(char));
  return new URL(`file://${encoded}`);
}

const isUrl = (value: any): boolean => Boolean(value?.href && value.protocol && value.auth === undefined);

/** What http.request takes, from a URL. */
export function urlToHttpOptions(url: any): any {
  const { hostname, protocol, port } = url;
  const options: any = {
    ...url,
    protocol,
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search: url.search,
    pathname: url.pathname,
    path: `${url.pathname || ''}${url.search || ''}`,
    href: url.href,
  };
  if (port !== '') options.port = Number(port);
  if (url.username || url.password) {
    options.auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  }
  return options;
}

export function format(value: any, options: any = {}): string {
  if (!(value instanceof URL)) return legacyFormat(value);
  const url = new URL(value.href);
  if (options.fragment === false) url.hash = '';
  if (options.search === false) url.search = '';
  if (options.auth === false) {
    url.username = '';
    url.password = '';
  }
  return url.href;
}

export const domainToASCII = (domain: string): string => {
  try {
    return new URL(`ws://${domain}`).hostname;
  } catch {
    return '';
  }
};

export default {
  URL,
  URLSearchParams,
  Url,
  parse,
  resolve,
  resolveObject,
  format,
  domainToASCII,
  domainToUnicode: (domain: string) => domain,
  fileURLToPath,
  fileURLToPathBuffer: (value: any) => Buffer.from(fileURLToPath(value)),
  pathToFileURL,
  urlToHttpOptions,
};
