/** crypto.KeyObject and how one is made: createSecretKey, createPublicKey, createPrivateKey, generateKeyPair. */
import { codes, defineError, missing } from '../../errors.ts';
import { validateFunction } from '../../validators.ts';
import { toBytes } from '../hash.ts';
import { materialOf } from './crypto-key.ts';
import { ecPublic, findCurve, newEcSecret, okp } from './curves.ts';
import {
  type AsymmetricKey,
  ecKey,
  fromEncoded,
  fromJwk,
  isPrivate,
  type KeyData,
  publicOf,
  toJwk,
  toPkcs8,
  toSpki,
} from './data.ts';
import { fromPem, pem } from './der.ts';

defineError('ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', 'Invalid key object type %s, expected %s.', TypeError);

const materials = new WeakMap<object, KeyData>();

export class KeyObject {
  readonly type: 'secret' | 'public' | 'private';

  constructor(type: 'secret' | 'public' | 'private', data: KeyData) {
    this.type = type;
    materials.set(this, data);
  }

  /** From a CryptoKey. */
  static from(key: any): KeyObject {
    return objectOf(materialOf(key));
  }

  get [Symbol.toStringTag]() {
    return 'KeyObject';
  }

  get symmetricKeySize(): number | undefined {
    const data = materials.get(this)!;
    return data.kind === 'secret' ? data.bytes.length : undefined;
  }

  get asymmetricKeyType(): string | undefined {
    const data = materials.get(this)!;
    return data.kind === 'secret' ? undefined : data.kind === 'okp' ? data.name.toLowerCase() : data.kind;
  }

  get asymmetricKeyDetails(): any {
    const data = materials.get(this)!;
    if (data.kind === 'secret') return undefined;
    if (data.kind === 'ec') return { namedCurve: data.curve.openssl };
    if (data.kind === 'okp') return {};
    return { modulusLength: data.n.length * 8, publicExponent: BigInt(`0x${Buffer.from(data.e).toString('hex')}`) };
  }

  export(options: any = {}): any {
    const data = materials.get(this)!;
    if (options.format === 'jwk') return toJwk(data);
    if (data.kind === 'secret') return Buffer.from(data.bytes);
    const isPublic = this.type === 'public';
    const wanted = isPublic ? 'spki' : 'pkcs8';
    if (options.type !== wanted) {
      missing(`keyObject.export with type '${options.type}'`, `Export ${this.type} keys as '${wanted}' or as a JWK.`);
    }
    if (options.cipher !== undefined) missing('Encrypting an exported key', 'Export it without cipher and passphrase.');
    const bytes = isPublic ? toSpki(data) : toPkcs8(data);
    return options.format === 'pem' ? pem(isPublic ? 'PUBLIC KEY' : 'PRIVATE KEY', bytes) : Buffer.from(bytes);
  }

  equals(other: any): boolean {
    return other instanceof KeyObject && JSON.stringify(toJwk(dataOf(other))) === JSON.stringify(toJwk(dataOf(this)));
  }

  toCryptoKey(algorithm: any, extractable: boolean, usages: string[]): any {
    const data = materials.get(this)!;
    const { importKeySync } = require('../subtle.ts');
    if (data.kind !== 'secret') {
      const [format, bytes] = isPrivate(data) ? ['pkcs8', toPkcs8(data)] : ['spki', toSpki(data)];
      return importKeySync(format, bytes, algorithm, extractable, usages);
    }
    return importKeySync('raw', data.bytes, algorithm, extractable, usages);
  }
}

export const dataOf = (key: KeyObject): KeyData => materials.get(key)!;

function objectOf(data: KeyData): KeyObject {
  return new KeyObject(data.kind === 'secret' ? 'secret' : isPrivate(data) ? 'private' : 'public', data);
}

export function createSecretKey(key: any, encoding?: any): KeyObject {
  return new KeyObject('secret', { kind: 'secret', bytes: toBytes(key, encoding, 'key').slice() });
}

function unsupported(): never {
  const error = new Error('error:1E08010C:DECODER routines::unsupported');
  throw Object.assign(error, { library: 'DECODER routines', reason: 'unsupported', code: 'ERR_OSSL_UNSUPPORTED' });
}

/** Key material of what Node takes for a key: PEM, DER, JWK, a KeyObject or a CryptoKey. */
export function readKey(given: any, name = 'key'): KeyData {
  if (given instanceof KeyObject) return dataOf(given);
  if (given?.[Symbol.toStringTag] === 'CryptoKey') return materialOf(given);
  const isOptions = typeof given === 'object' && given !== null && 'key' in given;
  const key = isOptions ? given.key : given;
  if (isOptions && given.format === 'jwk') return fromJwk(key);
  if (isOptions && typeof key === 'object' && !ArrayBuffer.isView(key) && !(key instanceof ArrayBuffer))
    return readKey(key);
  if (isOptions && given.format === 'der') {
    const label = { spki: 'PUBLIC KEY', pkcs8: 'PRIVATE KEY', sec1: 'EC PRIVATE KEY', pkcs1: 'RSA PRIVATE KEY' }[
      given.type as string
    ];
    return fromEncoded(toBytes(key), label);
  }
  if (typeof key !== 'string' && !ArrayBuffer.isView(key) && !(key instanceof ArrayBuffer)) {
    const expected = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'KeyObject', 'CryptoKey'];
    throw new codes.ERR_INVALID_ARG_TYPE(name, expected, key);
  }
  const block = fromPem(typeof key === 'string' ? key : Buffer.from(toBytes(key)).toString());
  if (block === null) return unsupported();
  if (block.label === 'CERTIFICATE') missing('A key from a certificate', 'Give the public key itself.');
  if (block.label === 'ENCRYPTED PRIVATE KEY') missing('An encrypted private key', 'Give it without passphrase.');
  return fromEncoded(block.bytes, block.label);
}

function asymmetric(given: any): AsymmetricKey {
  const data = readKey(given);
  if (data.kind === 'secret') throw new codes.ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE('secret', 'private or public');
  return data;
}

export function privateKey(given: any): AsymmetricKey {
  const data = asymmetric(given);
  return isPrivate(data) ? data : unsupported();
}

export const publicKey = (given: any): AsymmetricKey => publicOf(asymmetric(given));

export const createPrivateKey = (given: any) => new KeyObject('private', privateKey(given));
export const createPublicKey = (given: any) => new KeyObject('public', publicKey(given));

function generate(type: string, options: any = {}): AsymmetricKey {
  if (type === 'ed25519' || type === 'x25519') {
    const name = type === 'ed25519' ? 'Ed25519' : 'X25519';
    const secret = okp.newSecret();
    return { kind: 'okp', name, point: okp.publicOf(name, secret), secret };
  }
  if (type !== 'ec') {
    missing(`crypto.generateKeyPair('${type}')`, "Use 'ec' or 'ed25519', or give the key as PEM.");
  }
  const curve = findCurve(options.namedCurve);
  if (curve === undefined)
    throw Object.assign(new TypeError('Invalid EC curve name'), { code: 'ERR_CRYPTO_INVALID_CURVE' });
  const secret = newEcSecret(curve);
  return ecKey(curve, ecPublic(curve, secret), secret);
}

export function generateKeyPairSync(type: string, options: any = {}): any {
  const data = generate(type, options);
  const pair = { publicKey: new KeyObject('public', publicOf(data)), privateKey: new KeyObject('private', data) };
  return {
    publicKey: options.publicKeyEncoding ? pair.publicKey.export(options.publicKeyEncoding) : pair.publicKey,
    privateKey: options.privateKeyEncoding ? pair.privateKey.export(options.privateKeyEncoding) : pair.privateKey,
  };
}

export function generateKeyPair(type: string, options: any, callback: any): void {
  validateFunction(callback, 'callback');
  const { publicKey: forPublic, privateKey: forPrivate } = generateKeyPairSync(type, options);
  setImmediate(() => callback(null, forPublic, forPrivate));
}

Object.defineProperty(generateKeyPair, Symbol.for('nodejs.util.promisify.custom'), {
  value: (type: string, options: any) =>
    new Promise((resolve, reject) => {
      generateKeyPair(type, options, (error: any, forPublic: any, forPrivate: any) =>
        error ? reject(error) : resolve({ publicKey: forPublic, privateKey: forPrivate }),
      );
    }),
});

export function generateKeySync(type: string, { length }: any): KeyObject {
  const bytes = new Uint8Array(Math.floor(length / 8));
  __kernel.fillRandom(bytes);
  if (type !== 'hmac' && type !== 'aes')
    throw new codes.ERR_INVALID_ARG_VALUE('type', type, 'must be a supported key type');
  return new KeyObject('secret', { kind: 'secret', bytes });
}
