/** CompressionStream and DecompressionStream, over node:zlib as in Node. Source: the Compression standard. */

import { showAs } from './classes.ts';
import { pairFromDuplex } from './from-node.ts';

const KINDS: Readonly<Record<string, readonly [compress: string, decompress: string]>> = {
  deflate: ['createDeflate', 'createInflate'],
  'deflate-raw': ['createDeflateRaw', 'createInflateRaw'],
  gzip: ['createGzip', 'createGunzip'],
  brotli: ['createBrotliCompress', 'createBrotliDecompress'],
};

function makePair(what: string, format: any, side: 0 | 1): any {
  if (!Object.hasOwn(KINDS, `${format}`)) {
    const error = new TypeError(
      `Failed to construct '${what}': 1st argument '${format}' is not a valid enum value of type CompressionFormat.`,
    );
    throw Object.assign(error, { code: 'ERR_INVALID_ARG_VALUE' });
  }
  const zlib: any = process.getBuiltinModule('zlib');
  const make = zlib[KINDS[`${format}`]![side]];
  return pairFromDuplex(side === 0 ? make() : make({ rejectGarbageAfterEnd: true }), { mapError: typeError });
}

/** The standard wants a TypeError; Node keeps the code and tells the cause. */
const typeError = (cause: any) => Object.assign(new TypeError(undefined, { cause }), { code: cause.code });

export class CompressionStream {
  readonly #pair: any;
  constructor(format: any) {
    this.#pair = makePair('CompressionStream', format, 0);
  }
  get readable() {
    return this.#pair.readable;
  }
  get writable() {
    return this.#pair.writable;
  }
}

export class DecompressionStream {
  readonly #pair: any;
  constructor(format: any) {
    this.#pair = makePair('DecompressionStream', format, 1);
  }
  get readable() {
    return this.#pair.readable;
  }
  get writable() {
    return this.#pair.writable;
  }
}

for (const Class of [CompressionStream, DecompressionStream])
  showAs(Class, ({ readable, writable }) => ({ readable, writable }));
