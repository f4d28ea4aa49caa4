/**
 * crypto.subtle: HMAC, AES, ECDSA, ECDH, Ed25519, X25519, RSA signatures, PBKDF2 and HKDF. Answers come in a later event,
 * as they come from a thread in Node. Random values come from the process's seed.
 *
 * Left out: RSA encryption and key generation, Ed448, the newer algorithms of Node 24.
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { aesCbc, aesCtr, aesGcm, aesKeyWrap } from './aes.ts';
import { findDigest, hmac } from './digests.ts';
import { type CryptoKey, makeKey, materialOf } from './keys/crypto-key.ts';
import { ecAgree, ecPublic, ecSign, ecVerify, findCurve, newEcSecret, okp } from './keys/curves.ts';
import { ecKey, fromJwk, fromPkcs8, fromSpki, type KeyData, publicOf, toJwk, toPkcs8, toSpki } from './keys/data.ts';
import { pssSign, pssVerify, rsaSign, rsaVerify } from './keys/rsa.ts';

const fail = (message: string, name: string): never => {
  throw new DOMException(message, name);
};
const OPERATION = 'The operation failed for an operation-specific reason';

export function bytesOf(data: any): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError('The data is not an ArrayBuffer, Buffer, TypedArray, or DataView.');
}

const bufferOf = (bytes: Uint8Array) => bytes.slice().buffer as ArrayBuffer;

const NAMES = new Map(
  (
    'HMAC AES-GCM AES-CBC AES-CTR AES-KW ECDSA ECDH Ed25519 X25519 RSASSA-PKCS1-v1_5 RSA-PSS PBKDF2 HKDF SHA-1 ' +
    'SHA-256 SHA-384 SHA-512'
  )
    .split(' ')
    .map((name) => [name.toLowerCase(), name]),
);

/** With the name as the specification writes it, and the hash as an object. */
function normalize(given: any): any {
  const algorithm = typeof given === 'string' ? { name: given } : { ...given };
  const name = NAMES.get(String(algorithm.name).toLowerCase());
  if (name === undefined) fail('Unrecognized algorithm name', 'NotSupportedError');
  algorithm.name = name;
  if (algorithm.hash !== undefined) algorithm.hash = { name: normalize(algorithm.hash).name };
  return algorithm;
}

/** What each kind of key may be used for: of a secret key, or of a public and a private one. */
const ALLOWED: Readonly<
  Record<string, { readonly secret?: string; readonly public?: string; readonly private?: string }>
> = {
  HMAC: { secret: 'sign verify' },
  'AES-GCM': { secret: 'encrypt decrypt wrapKey unwrapKey' },
  'AES-CBC': { secret: 'encrypt decrypt wrapKey unwrapKey' },
  'AES-CTR': { secret: 'encrypt decrypt wrapKey unwrapKey' },
  'AES-KW': { secret: 'wrapKey unwrapKey' },
  PBKDF2: { secret: 'deriveKey deriveBits' },
  HKDF: { secret: 'deriveKey deriveBits' },
  ECDSA: { public: 'verify', private: 'sign' },
  Ed25519: { public: 'verify', private: 'sign' },
  'RSASSA-PKCS1-v1_5': { public: 'verify', private: 'sign' },
  'RSA-PSS': { public: 'verify', private: 'sign' },
  ECDH: { public: '', private: 'deriveKey deriveBits' },
  X25519: { public: '', private: 'deriveKey deriveBits' },
};

function checkUsages(algorithm: any, data: KeyData, usages: readonly string[]): void {
  const type = data.kind === 'secret' ? 'secret' : data.secret === undefined ? 'public' : 'private';
  const allowed = (ALLOWED[algorithm.name]?.[type] ?? '').split(' ');
  if (usages.some((usage) => !allowed.includes(usage))) {
    fail(`Unsupported key usage for ${algorithm.name} key`, 'SyntaxError');
  }
  if (type !== 'public' && usages.length === 0)
    fail(`Usages cannot be empty when importing a ${type} key.`, 'SyntaxError');
}

/** The algorithm as the key will show it. */
function algorithmOf(algorithm: any, data: KeyData): any {
  const { name } = algorithm;
  if (data.kind === 'secret') {
    const length = data.bytes.length * 8;
    if (name === 'HMAC') {
      if (length === 0) fail('Zero-length key is not supported', 'DataError');
      return { name, length, hash: algorithm.hash };
    }
    if (name.startsWith('AES') && ![128, 192, 256].includes(length)) fail('Invalid key length', 'DataError');
    return name.startsWith('AES') ? { name, length } : { name };
  }
  if (data.kind === 'ec') {
    if (!name.startsWith('EC')) fail('Invalid key type', 'DataError');
    if (algorithm.namedCurve !== data.curve.name) fail('Named curve mismatch', 'DataError');
    return { name, namedCurve: data.curve.name };
  }
  if (data.kind === 'okp') return data.name === name ? { name } : fail('Invalid key type', 'DataError');
  if (!name.startsWith('RSA')) fail('Invalid key type', 'DataError');
  return { name, modulusLength: data.n.length * 8, publicExponent: data.e.slice(), hash: algorithm.hash };
}

function read(format: string, keyData: any, algorithm: any): KeyData {
  const isSecret = ALLOWED[algorithm.name]?.secret !== undefined;
  try {
    if (format === 'jwk') return fromJwk(keyData);
    const bytes = bytesOf(keyData).slice();
    if (format === 'raw' || format === 'raw-secret' || format === 'raw-public') {
      if (isSecret) return { kind: 'secret', bytes };
      const curve = findCurve(algorithm.namedCurve);
      if (algorithm.name.startsWith('EC') && curve !== undefined) return ecKey(curve, bytes);
      if (bytes.length === 32 && /25519$/.test(algorithm.name))
        return { kind: 'okp', name: algorithm.name, point: bytes };
    } else if (format === 'spki' && !isSecret) return fromSpki(bytes);
    else if (format === 'pkcs8' && !isSecret) return fromPkcs8(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return fail('Invalid keyData', 'DataError');
  }
  return fail(`Unable to import ${algorithm.name} using ${format} format`, 'NotSupportedError');
}

export function importKeySync(
  format: string,
  keyData: any,
  given: any,
  extractable: boolean,
  usages: string[],
): CryptoKey {
  const algorithm = normalize(given);
  if (ALLOWED[algorithm.name] === undefined) fail('Unrecognized algorithm name', 'NotSupportedError');
  const data = read(format, keyData, algorithm);
  checkUsages(algorithm, data, usages);
  return makeKey(data, algorithmOf(algorithm, data), extractable, usages);
}

const JWS: Readonly<Record<string, string>> = { 'SHA-1': '1', 'SHA-256': '256', 'SHA-384': '384', 'SHA-512': '512' };

/** The `alg` of a JWK, where the specification gives one. */
function jwkAlg({ name, hash, length }: any): string | undefined {
  if (name === 'HMAC') return `HS${JWS[hash.name]}`;
  if (name.startsWith('AES')) return `A${length}${name.slice(4)}`;
  if (name === 'RSASSA-PKCS1-v1_5') return `RS${JWS[hash.name]}`;
  if (name === 'RSA-PSS') return `PS${JWS[hash.name]}`;
  return name === 'Ed25519' ? 'Ed25519' : undefined;
}

function exportKeySync(format: string, key: CryptoKey): any {
  const data = materialOf(key);
  const { algorithm } = key;
  if (!key.extractable) fail('key is not extractable', 'InvalidAccessError');
  if (format === 'jwk') {
    const alg = jwkAlg(algorithm);
    return { key_ops: key.usages, ext: key.extractable, ...(alg === undefined ? {} : { alg }), ...toJwk(data) };
  }
  if (format === 'raw' && data.kind === 'secret') return bufferOf(data.bytes);
  if (format === 'raw' && key.type === 'public' && data.kind !== 'rsa') return bufferOf(data.point);
  if (format === 'spki' && key.type === 'public') return bufferOf(toSpki(data));
  if (format === 'pkcs8' && key.type === 'private') return bufferOf(toPkcs8(data));
  return fail(`Unable to export ${algorithm.name} ${key.type} key using ${format} format`, 'NotSupportedError');
}

const HMAC_BLOCKS: Readonly<Record<string, number>> = {
  'SHA-1': 512,
  'SHA-256': 512,
  'SHA-384': 1024,
  'SHA-512': 1024,
};

function random(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  __kernel.fillRandom(bytes);
  return bytes;
}

function generate(algorithm: any): KeyData {
  const { name } = algorithm;
  if (name === 'HMAC')
    return { kind: 'secret', bytes: random((algorithm.length ?? HMAC_BLOCKS[algorithm.hash.name]) / 8) };
  if (name.startsWith('AES')) return { kind: 'secret', bytes: random(algorithm.length / 8) };
  if (name.startsWith('EC')) {
    const curve = findCurve(algorithm.namedCurve);
    if (curve === undefined) return fail('Unrecognized namedCurve', 'NotSupportedError');
    const secret = newEcSecret(curve);
    return ecKey(curve, ecPublic(curve, secret), secret);
  }
  if (name.startsWith('RSA')) {
    throw new Error(
      `Generating ${name} keys is not part of the lab. Give the key as PEM or JWK, or use ES256 or EdDSA.`,
    );
  }
  if (!/25519$/.test(name)) return fail('Unrecognized algorithm name', 'NotSupportedError');
  const secret = okp.newSecret();
  return { kind: 'okp', name, point: okp.publicOf(name, secret), secret };
}

function generateKeySync(given: any, extractable: boolean, usages: readonly string[]): any {
  const algorithm = normalize(given);
  const data = generate(algorithm);
  const shown = algorithmOf(algorithm, data);
  if (data.kind === 'secret') {
    checkUsages(algorithm, data, usages);
    return makeKey(data, shown, extractable, usages);
  }
  const { public: forPublic, private: forPrivate } = ALLOWED[algorithm.name]!;
  const of = (allowed: string) => usages.filter((usage) => allowed.split(' ').includes(usage));
  if (usages.some((usage) => !`${forPublic} ${forPrivate}`.split(' ').includes(usage))) {
    fail(`Unsupported key usage for ${algorithm.name} key`, 'SyntaxError');
  }
  if (of(forPrivate!).length === 0) fail('Usages cannot be empty when creating a key.', 'SyntaxError');
  return {
    publicKey: makeKey(publicOf(data), shown, true, of(forPublic!)),
    privateKey: makeKey(data, shown, extractable, of(forPrivate!)),
  };
}

/** The key's material, when it fits and may be used so. */
function use(key: any, algorithm: any, usage: string): any {
  const data = materialOf(key);
  if (key.algorithm.name !== algorithm.name) fail('Key algorithm mismatch', 'InvalidAccessError');
  if (!key.usages.includes(usage)) fail(`Unable to use this key to ${usage}`, 'InvalidAccessError');
  return data;
}

function signSync(given: any, key: any, data: Uint8Array): Uint8Array {
  const algorithm = normalize(given);
  const material = use(key, algorithm, 'sign');
  switch (algorithm.name) {
    case 'HMAC':
      return hmac(findDigest(key.algorithm.hash.name), material.bytes, data);
    case 'ECDSA':
      return ecSign(material.curve, material.secret, algorithm.hash.name, data);
    case 'Ed25519':
      return okp.sign(material.secret, data);
    case 'RSASSA-PKCS1-v1_5':
      return rsaSign(material, key.algorithm.hash.name, data);
    default:
      return pssSign(material, key.algorithm.hash.name, algorithm.saltLength, data);
  }
}

function verifySync(given: any, key: any, signature: Uint8Array, data: Uint8Array): boolean {
  const algorithm = normalize(given);
  const material = use(key, algorithm, 'verify');
  switch (algorithm.name) {
    case 'HMAC': {
      const expected = hmac(findDigest(key.algorithm.hash.name), material.bytes, data);
      return Buffer.compare(expected, signature) === 0;
    }
    case 'ECDSA':
      return ecVerify(material.curve, material.point, algorithm.hash.name, data, signature);
    case 'Ed25519':
      return okp.verify(material.point, data, signature);
    case 'RSASSA-PKCS1-v1_5':
      return rsaVerify(material, key.algorithm.hash.name, data, signature);
    default:
      return pssVerify(material, key.algorithm.hash.name, algorithm.saltLength, data, signature);
  }
}

function cipher(
  usage: 'encrypt' | 'decrypt' | 'wrapKey' | 'unwrapKey',
  given: any,
  key: any,
  data: Uint8Array,
): Uint8Array {
  const algorithm = normalize(given);
  const { bytes } = use(key, algorithm, usage);
  const encrypts = usage === 'encrypt' || usage === 'wrapKey';
  try {
    if (algorithm.name === 'AES-KW') return aesKeyWrap(bytes, data, encrypts);
    if (algorithm.name === 'AES-CTR') return aesCtr(bytes, bytesOf(algorithm.counter), data);
    const iv = bytesOf(algorithm.iv);
    if (algorithm.name === 'AES-CBC') return aesCbc(bytes, iv, data, encrypts);
    const aad = algorithm.additionalData === undefined ? undefined : bytesOf(algorithm.additionalData);
    return aesGcm(bytes, iv, data, aad, encrypts);
  } catch {
    return fail(OPERATION, 'OperationError');
  }
}

function deriveBitsSync(given: any, key: any, length: number | null, usage = 'deriveBits'): Uint8Array {
  const algorithm = normalize(given);
  const data = materialOf(key);
  if (!key.usages.includes(usage)) fail(`baseKey does not have ${usage} usage`, 'InvalidAccessError');
  if (key.algorithm.name !== algorithm.name) fail('Key algorithm mismatch', 'InvalidAccessError');
  const size = length === null ? 0 : length / 8;
  const digest = algorithm.hash === undefined ? undefined : findDigest(algorithm.hash.name);
  if (algorithm.name === 'PBKDF2') {
    return pbkdf2(digest, data.bytes, bytesOf(algorithm.salt), { c: algorithm.iterations, dkLen: size });
  }
  if (algorithm.name === 'HKDF')
    return hkdf(digest, data.bytes, bytesOf(algorithm.salt), bytesOf(algorithm.info), size);
  const other = materialOf(algorithm.public);
  const shared =
    data.kind === 'ec' ? ecAgree(data.curve, data.secret, other.point) : okp.agree(data.secret, other.point);
  if (length === null) return shared;
  if (size > shared.length) fail('derived bit length is too small', 'OperationError');
  return shared.slice(0, size);
}

/** The answer, or the failure, in a later event. */
function later<T>(run: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      const value = run();
      setImmediate(() => resolve(value));
    } catch (error) {
      reject(error);
    }
  });
}

export const subtleMethods: Readonly<Record<string, (...args: any[]) => Promise<any>>> = {
  importKey: (format, keyData, algorithm, extractable, usages) =>
    later(() => importKeySync(format, keyData, algorithm, Boolean(extractable), usages)),
  exportKey: (format, key) => later(() => exportKeySync(format, key)),
  generateKey: (algorithm, extractable, usages) =>
    later(() => generateKeySync(algorithm, Boolean(extractable), usages)),
  sign: (algorithm, key, data) => later(() => bufferOf(signSync(algorithm, key, bytesOf(data)))),
  verify: (algorithm, key, signature, data) =>
    later(() => verifySync(algorithm, key, bytesOf(signature), bytesOf(data))),
  encrypt: (algorithm, key, data) => later(() => bufferOf(cipher('encrypt', algorithm, key, bytesOf(data)))),
  decrypt: (algorithm, key, data) => later(() => bufferOf(cipher('decrypt', algorithm, key, bytesOf(data)))),
  deriveBits: (algorithm, key, length = null) => later(() => bufferOf(deriveBitsSync(algorithm, key, length))),
  deriveKey: (algorithm, key, wanted, extractable, usages) =>
    later(() => {
      const target = normalize(wanted);
      const length = target.length ?? (target.name === 'HMAC' ? HMAC_BLOCKS[target.hash.name]! : null);
      const bytes = deriveBitsSync(algorithm, key, length, 'deriveKey');
      return importKeySync('raw', bytes, target, Boolean(extractable), usages);
    }),
  wrapKey: (format, key, wrappingKey, algorithm) =>
    later(() => {
      const exported = exportKeySync(format, key);
      const bytes = format === 'jwk' ? Buffer.from(JSON.stringify(exported)) : bytesOf(exported);
      return bufferOf(cipher('wrapKey', algorithm, wrappingKey, bytes));
    }),
  unwrapKey: (format, wrapped, unwrappingKey, algorithm, keyAlgorithm, extractable, usages) =>
    later(() => {
      const bytes = cipher('unwrapKey', algorithm, unwrappingKey, bytesOf(wrapped));
      const keyData = format === 'jwk' ? JSON.parse(Buffer.from(bytes).toString()) : bytes;
      return importKeySync(format, keyData, keyAlgorithm, Boolean(extractable), usages);
    }),
};
