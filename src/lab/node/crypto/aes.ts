/** AES by names, over @noble/ciphers: for Web Crypto and createCipheriv. */
import { aeskw, cbc, ctr, gcm } from '@noble/ciphers/aes.js';

/** @throws Error when the tag does not fit */
export function aesGcm(
  key: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
  aad: Uint8Array | undefined,
  encrypts: boolean,
): Uint8Array {
  const cipher = gcm(key, iv, aad);
  return encrypts ? cipher.encrypt(data) : cipher.decrypt(data);
}

export function aesCbc(key: Uint8Array, iv: Uint8Array, data: Uint8Array, encrypts: boolean, pads = true): Uint8Array {
  const cipher = cbc(key, iv, { disablePadding: !pads });
  return encrypts ? cipher.encrypt(data) : cipher.decrypt(data);
}

export const aesCtr = (key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array => ctr(key, iv).encrypt(data);

/** RFC 3394 */
export function aesKeyWrap(key: Uint8Array, data: Uint8Array, wraps: boolean): Uint8Array {
  return wraps ? aeskw(key).encrypt(data) : aeskw(key).decrypt(data);
}
