/** node:util. */
import { codes, errnoOf } from '../errors.ts';
import { validateString } from '../validators.ts';
import { isDeepStrictEqual } from './deep-equal.ts';
import { format, formatWithOptions } from './format.ts';
import { inspect } from './inspect.ts';
import { parseArgs } from './parse-args.ts';
import { callbackify, deprecate, promisify } from './promisify.ts';
import { stripVTControlCharacters } from './string-width.ts';
import * as types from './types.ts';

export function inherits(constructor: any, superConstructor: any): void {
  if (typeof constructor !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('ctor', 'Function', constructor);
  if (typeof superConstructor !== 'function') {
    throw new codes.ERR_INVALID_ARG_TYPE('superCtor', 'Function', superConstructor);
  }
  Object.defineProperty(constructor, 'super_', { value: superConstructor, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, superConstructor.prototype);
}

/** Prints to stderr when NODE_DEBUG names the section, `*` allowed. */
export function debuglog(section: string, onReady?: (log: any) => void): any {
  const name = section.toUpperCase();
  const patterns = (process.env.NODE_DEBUG ?? '').toUpperCase().split(',').filter(Boolean);
  const enabled = patterns.some((pattern: string) =>
    new RegExp(`^${pattern.replace(/[|\\{}()[\]^$+?.]/g, '\\$&').replaceAll('*', '.*')}$`).test(name),
  );
  const log: any = (...args: any[]) => {
    if (enabled) __kernel.write(2, `${name} ${__kernel.pid}: ${format(...args)}\n`);
  };
  log.enabled = enabled;
  onReady?.(log);
  return log;
}

export function styleText(style: string | readonly string[], text: string, options: any = {}): string {
  validateString(text, 'text');
  const names = Array.isArray(style) ? style : [style];
  for (const name of names) {
    if (name !== 'none' && inspect.colors[name] === undefined) {
      throw new codes.ERR_INVALID_ARG_VALUE(
        'format',
        name,
        `must be one of: ${Object.keys(inspect.colors).join(', ')}`,
      );
    }
  }
  // stdout is a pipe here, and Node writes no colours to one unless told to.
  if (options.validateStream !== false) return text;
  return names.reduceRight((inner: string, name: string) => {
    const [open, close] = inspect.colors[name] ?? ['', ''];
    return name === 'none' ? inner : `\u001b[${open}m${inner}\u001b[${close}m`;
  }, text);
}

export function getSystemErrorName(errno: number): string | undefined {
  return SYSTEM_NAMES.find((name) => errnoOf(name) === errno);
}
const SYSTEM_NAMES = ['EACCES', 'EADDRINUSE', 'ECONNREFUSED', 'ECONNRESET', 'EEXIST', 'ENOENT', 'EPIPE', 'ETIMEDOUT'];

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal, resource: object): Promise<void> {
  if (resource === null || typeof resource !== 'object') {
    return Promise.reject(new codes.ERR_INVALID_ARG_TYPE('resource', 'Object', resource));
  }
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** A `.env` file's text as an object. */
export function parseEnv(content: string): Record<string, string> {
  validateString(content, 'content');
  const result: Record<string, string> = {};
  const line = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*("(?:\\.|[^"\\])*"|'[^']*'|`[^`]*`|[^#\n]*)/gm;
  for (const [, key, raw] of content.matchAll(line)) {
    const value = raw!.trim();
    const quoted = /^(["'`])([\s\S]*)\1$/.exec(value);
    result[key!] = quoted === null ? value : quoted[1] === '"' ? quoted[2]!.replaceAll('\\n', '\n') : quoted[2]!;
  }
  return result;
}

export default {
  aborted,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  getSystemErrorName,
  inherits,
  inspect,
  isArray: Array.isArray,
  isDeepStrictEqual,
  parseArgs,
  parseEnv,
  promisify,
  stripVTControlCharacters,
  styleText,
  toUSVString: (text: unknown) => String(text).toWellFormed(),
  types,
  TextDecoder,
  TextEncoder,
};
