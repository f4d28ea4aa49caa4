/** crypto.createHash and createHmac: streams when used as such, plain objects otherwise. */
import { codes } from '../errors.ts';
import { Transform } from '../stream/index.ts';
import { validateString } from '../validators.ts';
import { digestOf, findDigest, hmac } from './digests.ts';

/**
 * A Transform that is set up only when somebody uses it as a stream. Express makes a hash for each reply's ETag and
 * never does.
 */
function LazyTransform(this: any, options: unknown): void {
  this._options = options;
}
LazyTransform.prototype = Object.create(Transform.prototype, { constructor: { value: LazyTransform } });
for (const name of ['_readableState', '_writableState']) {
  Object.defineProperty(LazyTransform.prototype, name, {
    configurable: true,
    get(this: any) {
      Transform.call(this, this._options);
      return this[name];
    },
    set(this: any, value: unknown) {
      Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
    },
  });
}

export function toBytes(data: any, encoding?: string, name = 'data'): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, (encoding === 'buffer' ? 'utf8' : encoding) as BufferEncoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new codes.ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
}

export function output(bytes: Uint8Array, encoding?: string): any {
  const buffer: any = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
  return encoding !== undefined && encoding !== 'buffer' ? buffer.toString(encoding) : buffer;
}

const STATE = Symbol('kState');

function setUp(target: any, state: any, options: unknown): void {
  LazyTransform.call(target, options);
  target[STATE] = { hash: state, isFinal: false };
}

const methods = {
  update(this: any, data: any, encoding?: string) {
    if (this[STATE].isFinal) throw new codes.ERR_CRYPTO_HASH_FINALIZED();
    this[STATE].hash.update(toBytes(data, encoding));
    return this;
  },
  digest(this: any, encoding?: string) {
    if (this[STATE].isFinal) throw new codes.ERR_CRYPTO_HASH_FINALIZED();
    this[STATE].isFinal = true;
    return output(this[STATE].hash.digest(), encoding);
  },
  _transform(this: any, chunk: any, encoding: string, done: () => void) {
    this.update(chunk, encoding);
    done();
  },
  _flush(this: any, done: () => void) {
    this.push(this.digest());
    done();
  },
};

export const Hash: any = function Hash(this: any, algorithm: any, options?: any) {
  if (new.target === undefined) return new (Hash as any)(algorithm, options);
  validateString(algorithm, 'algorithm');
  const digest = findDigest(algorithm);
  if (digest === undefined) throw new Error('Digest method not supported');
  setUp(this, digest.create(), options);
};

export const Hmac: any = function Hmac(this: any, algorithm: any, key: any, options?: any) {
  if (new.target === undefined) return new (Hmac as any)(algorithm, key, options);
  validateString(algorithm, 'hmac');
  const digest = digestOf(algorithm);
  const secret = key?.type === 'secret' ? key.export() : key;
  if (typeof secret !== 'string' && !ArrayBuffer.isView(secret) && !(secret instanceof ArrayBuffer)) {
    const expected = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'];
    throw new codes.ERR_INVALID_ARG_TYPE('key', expected, key);
  }
  setUp(this, hmac.create(digest, toBytes(secret, 'utf8', 'key')), options);
};

for (const Class of [Hash, Hmac]) {
  Class.prototype = Object.create(LazyTransform.prototype, { constructor: { value: Class, configurable: true } });
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(Class.prototype, name, { value, writable: true, configurable: true });
  }
}
Object.defineProperty(Hash.prototype, 'copy', {
  value(this: any, options?: any) {
    if (this[STATE].isFinal) throw new codes.ERR_CRYPTO_HASH_FINALIZED();
    const copy = Object.create(Hash.prototype);
    setUp(copy, this[STATE].hash.clone(), options);
    return copy;
  },
});
