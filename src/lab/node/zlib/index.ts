/**
 * node:zlib: deflate and gzip both ways, as streams (stream.ts), with callbacks and synchronous, over pako (codec.ts).
 * Compressed bytes are zlib's; Node's build of it finds other matches in places, so lengths may differ by a few bytes.
 *
 * Left out: Brotli and zstd, and params() with another level. Each says so when it is called.
 */
import { missing, codes as nodeCodes } from '../errors.ts';
import { codes, constants } from './constants.ts';
import { bytesOf, processBuffer, processBufferSync, Zlib } from './stream.ts';

const zlib: any = { crc32 };

const MODES = {
  Deflate: constants.DEFLATE,
  Inflate: constants.INFLATE,
  Gzip: constants.GZIP,
  Gunzip: constants.GUNZIP,
  DeflateRaw: constants.DEFLATERAW,
  InflateRaw: constants.INFLATERAW,
  Unzip: constants.UNZIP,
};

for (const [name, mode] of Object.entries(MODES)) add(name, engineClass(name, mode));

const ABSENT = ['BrotliCompress', 'BrotliDecompress', 'ZstdCompress', 'ZstdDecompress'];
for (const name of ABSENT) {
  add(name, function Absent() {
    missing(`zlib.${name}`, 'Use gzip or deflate: `Accept-Encoding: gzip, deflate`.');
  });
}

Object.defineProperties(zlib, {
  constants: { value: constants, enumerable: true },
  codes: { value: codes, enumerable: true },
});
for (const [name, value] of Object.entries(constants)) {
  if (!name.startsWith('BROTLI')) Object.defineProperty(zlib, name, { value });
}

export default zlib;

/** A constructor that works without `new` too, as old packages call it. */
function engineClass(name: string, mode: number): any {
  const Engine: any = function (this: any, given?: any): any {
    if (!(this instanceof Engine)) return new Engine(given);
    // zlib cannot write raw streams with a window of 256 bytes.
    const opts = name === 'DeflateRaw' && given?.windowBits === 8 ? { ...given, windowBits: 9 } : given;
    Zlib.call(this, opts, mode);
    return undefined;
  };
  Object.defineProperty(Engine, 'name', { value: name });
  Object.setPrototypeOf(Engine.prototype, Zlib.prototype);
  Object.setPrototypeOf(Engine, Zlib);
  return Engine;
}

/** `Gzip`, `createGzip`, `gzip` and `gzipSync`. */
function add(name: string, Engine: any): void {
  const lower = name[0]!.toLowerCase() + name.slice(1);
  const named = (as: string, run: any) => Object.defineProperty(run, 'name', { value: as });
  zlib[name] = Engine;
  Object.defineProperty(zlib, `create${name}`, {
    configurable: true,
    enumerable: true,
    value: named(`create${name}`, (options?: any) => new Engine(options)),
  });
  zlib[lower] = named('asyncBufferWrapper', (buffer: any, options: any, callback: any) =>
    typeof options === 'function'
      ? processBuffer(new Engine({}), buffer, options)
      : processBuffer(new Engine(options), buffer, callback),
  );
  zlib[`${lower}Sync`] = named('syncBufferWrapper', (buffer: any, options?: any) =>
    processBufferSync(new Engine(options), buffer),
  );
}

let table: Uint32Array | null = null;

/** The CRC of gzip and PNG (ISO 3309), from `value` on. */
function crc32(data: any, value = 0): number {
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) {
    throw new nodeCodes.ERR_INVALID_ARG_TYPE('data', ['Buffer', 'TypedArray', 'DataView', 'string'], data);
  }
  if (typeof value !== 'number') throw new nodeCodes.ERR_INVALID_ARG_TYPE('value', 'number', value);
  if (!Number.isInteger(value)) throw new nodeCodes.ERR_OUT_OF_RANGE('value', 'an integer', value);
  if (value < 0 || value > 2 ** 32 - 1)
    throw new nodeCodes.ERR_OUT_OF_RANGE('value', `>= 0 && <= ${2 ** 32 - 1}`, value);
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    for (let i = 0; i < 8; i++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n >>> 0;
  });
  let crc = ~value;
  for (const byte of typeof data === 'string' ? Buffer.from(data) : bytesOf(data)) {
    crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
