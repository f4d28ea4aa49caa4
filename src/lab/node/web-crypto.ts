/** The crypto global (Web Crypto): random values from the process's seed, and digests; the rest is in the full set. */

import { codes } from './errors.ts';
import { notLoaded } from './full-names.ts';
import { typedArrayName } from './util/types.ts';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** RFC 9562 version 4. */
export function randomUUID(): string {
  const bytes = new Uint8Array(16);
  __kernel.fillRandom(bytes);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  let text = '';
  bytes.forEach((byte, i) => {
    text += (i === 4 || i === 6 || i === 8 || i === 10 ? '-' : '') + HEX[byte]!;
  });
  return text;
}

class SubtleCrypto {
  digest(algorithm: any, data: any): Promise<ArrayBuffer> {
    return new Promise((resolve) => {
      const { findDigest } = require('./crypto/digests.ts');
      const name = typeof algorithm === 'string' ? algorithm : algorithm?.name;
      const digest = /^sha-/i.test(`${name}`) ? findDigest(`${name}`) : undefined;
      if (digest === undefined) throw new DOMException('Unrecognized algorithm name', 'NotSupportedError');
      if (!ArrayBuffer.isView(data) && !(data instanceof ArrayBuffer)) {
        throw new TypeError(
          "Failed to execute 'digest' on 'SubtleCrypto': 2nd argument is not instance of ArrayBuffer, Buffer, TypedArray, or DataView.",
        );
      }
      const bytes = ArrayBuffer.isView(data)
        ? new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
        : new Uint8Array(data);
      const result: Uint8Array = digest(bytes);
      // The real one works in a thread: its answer comes in a later event.
      setImmediate(() => resolve(result.slice().buffer as ArrayBuffer));
    });
  }
}
const ABSENT =
  'encrypt decrypt sign verify generateKey deriveKey deriveBits importKey exportKey wrapKey unwrapKey'.split(' ');
for (const name of ABSENT) {
  Object.defineProperty(SubtleCrypto.prototype, name, {
    // crypto/install.ts puts the real ones here.
    configurable: true,
    value: () => Promise.reject(new Error(notLoaded(`crypto.subtle.${name}`))),
  });
}

class Crypto {
  readonly #subtle = new SubtleCrypto();
  get subtle() {
    return this.#subtle;
  }
  getRandomValues<T extends ArrayBufferView>(array: T): T {
    const name = typedArrayName(array);
    if (name === undefined || name.startsWith('Float')) {
      throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    }
    if (array.byteLength > 65_536) {
      throw new DOMException('The requested length exceeds 65,536 bytes', 'QuotaExceededError');
    }
    __kernel.fillRandom(new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength));
    return array;
  }
  randomUUID(options?: any): string {
    if (options !== undefined && (typeof options !== 'object' || options === null)) {
      throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
    }
    return randomUUID();
  }
}

export const crypto = new Crypto();
export { Crypto, SubtleCrypto };
