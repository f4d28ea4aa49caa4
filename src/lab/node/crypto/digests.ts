/** Hash functions by OpenSSL's names, from @noble/hashes. SHA-3 and RIPEMD are left out: no service needs them, every page pays. */
import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512, sha512_256 } from '@noble/hashes/sha2.js';
import { codes } from '../errors.ts';

const digests: Record<string, any> = {
  md5,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  'sha512-256': sha512_256,
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
