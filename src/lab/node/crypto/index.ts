/**
 * node:crypto: digests, HMAC, key derivation, randomness. Random bytes come from the process's seed, so that a run can
 * be repeated: never use them as real secrets. Keys, ciphers and signatures are in the full set (full.ts).
 */
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { codes, missing, plainError } from '../errors.ts';
import { notLoaded } from '../full-names.ts';
import { validateFunction, validateInteger, validateObject } from '../validators.ts';
import { randomUUID, crypto as webcrypto } from '../web-crypto.ts';
import { digestNames, digestOf } from './digests.ts';
import { Hash, Hmac, output, toBytes } from './hash.ts';

function later(callback: (...args: any[]) => void, ...args: any[]): void {
  setImmediate(() => callback(...args));
}

function randomBytes(size: number, callback?: (error: null, bytes: any) => void): any {
  validateInteger(size, 'size', 0, 2147483647);
  const bytes = Buffer.alloc(size);
  __kernel.fillRandom(bytes);
  if (callback === undefined) return bytes;
  validateFunction(callback, 'callback');
  later(callback, null, bytes);
  return undefined;
}

function randomFillSync(target: any, offset = 0, size = target.byteLength - offset): any {
  const bytes = ArrayBuffer.isView(target)
    ? new Uint8Array(target.buffer as ArrayBuffer, target.byteOffset, target.byteLength)
    : new Uint8Array(target);
  __kernel.fillRandom(bytes.subarray(offset, offset + size));
  return target;
}

function randomInt(...args: any[]): any {
  const callback = typeof args[args.length - 1] === 'function' ? args.pop() : undefined;
  const [min, max] = args.length === 1 ? [0, args[0]] : args;
  if (!Number.isSafeInteger(min)) throw new codes.ERR_INVALID_ARG_TYPE('min', 'a safe integer', min);
  if (!Number.isSafeInteger(max)) throw new codes.ERR_INVALID_ARG_TYPE('max', 'a safe integer', max);
  if (max <= min) {
    throw new codes.ERR_OUT_OF_RANGE('max', `greater than the value of "min" (${min})`, max);
  }
  const value = min + Math.floor(__kernel.random() * (max - min));
  if (callback === undefined) return value;
  later(callback, undefined, value);
  return undefined;
}

function timingSafeEqual(a: any, b: any): boolean {
  const [left, right] = [a, b].map((value, i) => {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return toBytes(value);
    const text = `The "buf${i + 1}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`;
    throw plainError('ERR_INVALID_ARG_TYPE', text, TypeError);
  }) as [Uint8Array, Uint8Array];
  if (left.length !== right.length) throw new codes.ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH();
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= left[i]! ^ right[i]!;
  return difference === 0;
}

function pbkdf2Sync(password: any, salt: any, iterations: number, length: number, digest: string): any {
  validateInteger(iterations, 'iterations', 1, 2147483647);
  validateInteger(length, 'keylen', 0, 2147483647);
  const options = { c: iterations, dkLen: length };
  return output(
    pbkdf2(digestOf(digest), toBytes(password, 'utf8', 'password'), toBytes(salt, 'utf8', 'salt'), options),
  );
}

function scryptSync(password: any, salt: any, length: number, options: any = {}): any {
  validateInteger(length, 'keylen', 0, 2147483647);
  const N = options.N ?? options.cost ?? 16384;
  const r = options.r ?? options.blockSize ?? 8;
  const p = options.p ?? options.parallelization ?? 1;
  if (N < 2 || (N & (N - 1)) !== 0) throw new codes.ERR_CRYPTO_INVALID_SCRYPT_PARAMS('N must be a power of 2');
  return output(
    scrypt(toBytes(password, 'utf8', 'password'), toBytes(salt, 'utf8', 'salt'), { N, r, p, dkLen: length }),
  );
}

/** The callback form of a synchronous derivation. */
function withCallback(run: (...args: any[]) => unknown) {
  return (...args: any[]) => {
    const callback = args.pop();
    validateFunction(callback, 'callback');
    later(callback, null, run(...args));
  };
}

function hash(algorithm: string, data: any, options: any = 'hex'): any {
  const encoding = typeof options === 'string' ? options : (options.outputEncoding ?? 'hex');
  return new Hash(algorithm).update(data).digest(encoding);
}

/** A symmetric key, for createHmac. */
class KeyObject {
  readonly type = 'secret';
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  get symmetricKeySize() {
    return this.#bytes.length;
  }
  export(): any {
    return output(this.#bytes.slice());
  }
}

const crypto: any = {
  Hash,
  Hmac,
  KeyObject,
  createHash: (algorithm: any, options: any) => new Hash(algorithm, options),
  createHmac: (algorithm: any, key: any, options: any) => new Hmac(algorithm, key, options),
  createSecretKey: (key: any, encoding: any) => new KeyObject(toBytes(key, encoding, 'key').slice()),
  getCiphers: () => [],
  getCurves: () => [],
  getFips: () => 0,
  getHashes: () => [...digestNames],
  getRandomValues: (array: any) => webcrypto.getRandomValues(array),
  hash,
  pbkdf2: withCallback(pbkdf2Sync),
  pbkdf2Sync,
  randomBytes,
  pseudoRandomBytes: randomBytes,
  randomFill(target: any, ...rest: any[]) {
    const callback = rest.pop();
    validateFunction(callback, 'callback');
    later(callback, null, randomFillSync(target, ...rest));
  },
  randomFillSync,
  randomInt,
  randomUUID(options?: any) {
    if (options !== undefined) validateObject(options, 'options');
    return randomUUID();
  },
  scrypt: withCallback(scryptSync),
  scryptSync,
  timingSafeEqual,
  subtle: webcrypto.subtle,
  webcrypto,
  constants: {},
};

/** What only the full set of built-ins has; crypto/full.ts puts it over these. */
const IN_FULL =
  'createCipheriv createDecipheriv createSign createVerify sign verify createPrivateKey createPublicKey generateKeyPair ' +
  'generateKeyPairSync generateKey generateKeySync diffieHellman hkdf hkdfSync';
for (const name of IN_FULL.split(' ')) {
  crypto[name] = () => {
    throw new Error(notLoaded(`crypto.${name}`));
  };
}

const ABSENT =
  'createDiffieHellman createECDH publicEncrypt publicDecrypt privateEncrypt privateDecrypt checkPrime generatePrime ' +
  'X509Certificate Certificate setEngine setFips secureHeapUsed';
for (const name of ABSENT.split(' ')) {
  crypto[name] = () => {
    missing(
      `crypto.${name}`,
      'The lab has hashes, HMAC, key derivation, AES, ECDSA, Ed25519, RSA signatures, X25519 and random values.',
    );
  };
}

export default crypto;
