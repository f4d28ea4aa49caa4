/** Paths and options as node:fs takes them. */
import { codes } from '../errors.ts';
import path from '../path.ts';
import { fileURLToPath } from '../url.ts';

/** An absolute, normalized path from a string, Buffer or file: URL. */
export function toPath(value: any, name = 'path'): string {
  let given = value;
  if (value instanceof URL) given = fileURLToPath(value);
  else if (value instanceof Uint8Array) given = Buffer.from(value).toString();
  if (typeof given !== 'string') throw new codes.ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'URL'], value);
  if (given.includes('\0')) {
    throw new codes.ERR_INVALID_ARG_VALUE(name, given, 'must be a string, Uint8Array, or URL without null bytes');
  }
  const resolved = path.resolve(given);
  return resolved;
}

/** The path as it was given, for messages. */
export function shown(value: any): string {
  return value instanceof URL ? fileURLToPath(value) : String(value);
}

export function optionsOf(options: any, defaults: any): any {
  if (options === undefined || options === null || typeof options === 'function') return defaults;
  if (typeof options === 'string') {
    if (!Buffer.isEncoding(options) && options !== 'buffer') {
      throw new codes.ERR_INVALID_ARG_VALUE('encoding', options, 'is invalid encoding');
    }
    return { ...defaults, encoding: options };
  }
  if (typeof options !== 'object') throw new codes.ERR_INVALID_ARG_TYPE('options', ['string', 'Object'], options);
  return { ...defaults, ...options };
}

/** Data to write, as bytes. */
export function toBytes(data: any, encoding: any): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding ?? 'utf8');
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  throw new codes.ERR_INVALID_ARG_TYPE('data', ['string', 'Buffer', 'TypedArray', 'DataView'], data);
}
