/** Hash functions by OpenSSL's names, from @noble/hashes. */
import { hmac } from '@noble/hashes/hmac.js';
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512, sha512_256 } from '@noble/hashes/sha2.js';
import { sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js';
import { codes } from '../errors.ts';

const digests: Record<string, any> = {
  md5,
  ripemd160,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  'sha512-256': sha512_256,
  'sha3-256': sha3_256,
  'sha3-384': sha3_384,
  'sha3-512': sha3_512,
};

export const digestNames = Object.keys(digests);

export function findDigest(name: string): any {
  const key = name.toLowerCase();
  return digests[key] ?? digests[key.replace(/^sha-/, 'sha')] ?? digests[key.replace(/^rsa-/, '')];
}

export function digestOf(name: string): any {
  const digest = findDigest(name);
  if (digest === undefined) throw new codes.ERR_CRYPTO_INVALID_DIGEST(name);
  return digest;
}

export { hmac };
