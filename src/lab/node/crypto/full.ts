/** What the full set of built-ins has over the core's node:crypto: keys, ciphers, signatures, key agreement. */
import { hkdf } from '@noble/hashes/hkdf.js';
import { validateFunction } from '../validators.ts';
import { Cipheriv, cipherNames, Decipheriv } from './cipher.ts';
import { digestOf } from './digests.ts';
import { toBytes } from './hash.ts';
import { EC_CURVES, ecAgree, okp } from './keys/curves.ts';
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  generateKeyPairSync,
  generateKeySync,
  KeyObject,
  privateKey,
  publicKey,
} from './keys/key-object.ts';
import { Sign, sign, Verify, verify } from './sign.ts';

function hkdfSync(digest: string, key: any, salt: any, info: any, length: number): ArrayBuffer {
  const bytes = key instanceof KeyObject ? key.export() : toBytes(key, 'utf8', 'ikm');
  return hkdf(digestOf(digest), bytes, toBytes(salt), toBytes(info), length).slice().buffer as ArrayBuffer;
}

function diffieHellman({ privateKey: own, publicKey: other }: any): any {
  const [secret, point] = [privateKey(own), publicKey(other)] as [any, any];
  return Buffer.from(
    secret.kind === 'ec' ? ecAgree(secret.curve, secret.secret, point.point) : okp.agree(secret.secret, point.point),
  );
}

/** @param core node:crypto of the core */
export function fullCrypto(core: any): any {
  return Object.assign(core, {
    Cipheriv,
    Decipheriv,
    KeyObject,
    Sign,
    Verify,
    createCipheriv: (name: any, key: any, iv: any, options: any) => new Cipheriv(name, key, iv, options),
    createDecipheriv: (name: any, key: any, iv: any, options: any) => new Decipheriv(name, key, iv, options),
    createPrivateKey,
    createPublicKey,
    createSecretKey,
    createSign: (algorithm: any, options: any) => new Sign(algorithm, options),
    createVerify: (algorithm: any, options: any) => new Verify(algorithm, options),
    diffieHellman,
    generateKey(type: string, options: any, callback: any) {
      validateFunction(callback, 'callback');
      const key = generateKeySync(type, options);
      setImmediate(() => callback(null, key));
    },
    generateKeyPair,
    generateKeyPairSync,
    generateKeySync,
    getCiphers: () => [...cipherNames],
    getCurves: () => EC_CURVES.map(({ openssl }) => openssl).sort(),
    hkdf(...args: any[]) {
      const callback = args.pop();
      validateFunction(callback, 'callback');
      const result = (hkdfSync as any)(...args);
      setImmediate(() => callback(null, result));
    },
    hkdfSync,
    sign,
    verify,
    constants: {
      RSA_PKCS1_PADDING: 1,
      RSA_PKCS1_PSS_PADDING: 6,
      RSA_PSS_SALTLEN_DIGEST: -1,
      RSA_PSS_SALTLEN_MAX_SIGN: -2,
      RSA_PSS_SALTLEN_AUTO: -2,
    },
  });
}
