/** Elliptic curves by their names, over @noble/curves. Secret keys come from the process's seed. */
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { findDigest } from '../digests.ts';

export interface WeierstrassCurve {
  readonly kind: 'ec';
  /** As JWK and Web Crypto call it. */
  readonly name: string;
  /** As OpenSSL calls it. */
  readonly openssl: string;
  readonly oid: string;
  /** Bytes of a coordinate. */
  readonly size: number;
  readonly noble: typeof p256;
}

const ec = (name: string, openssl: string, oid: string, size: number, noble: any): WeierstrassCurve => ({
  kind: 'ec',
  name,
  openssl,
  oid,
  size,
  noble,
});

export const EC_CURVES: readonly WeierstrassCurve[] = [
  ec('P-256', 'prime256v1', '1.2.840.10045.3.1.7', 32, p256),
  ec('P-384', 'secp384r1', '1.3.132.0.34', 48, p384),
  ec('P-521', 'secp521r1', '1.3.132.0.35', 66, p521),
];

/** RFC 8410 */
export const OKP_OIDS: Readonly<Record<string, string>> = { Ed25519: '1.3.101.112', X25519: '1.3.101.110' };

export const findCurve = (name: string): WeierstrassCurve | undefined =>
  EC_CURVES.find((curve) => curve.name === name || curve.openssl === name || curve.oid === name);

function seed(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  __kernel.fillRandom(bytes);
  return bytes;
}

export function newEcSecret(curve: WeierstrassCurve): Uint8Array {
  return curve.noble.utils.randomSecretKey(seed(curve.noble.lengths.seed ?? 48));
}

export const ecPublic = (curve: WeierstrassCurve, secret: Uint8Array) => curve.noble.getPublicKey(secret, false);

/** True for a point on the curve, uncompressed. */
export function isPoint(curve: WeierstrassCurve, bytes: Uint8Array): boolean {
  try {
    curve.noble.Point.fromBytes(bytes).assertValidity();
    return true;
  } catch {
    return false;
  }
}

export const uncompressed = (curve: WeierstrassCurve, bytes: Uint8Array): Uint8Array =>
  curve.noble.Point.fromBytes(bytes).toBytes(false);

/** r and s one after the other. */
export function ecSign(curve: WeierstrassCurve, secret: Uint8Array, hash: string, data: Uint8Array): Uint8Array {
  return curve.noble.sign(findDigest(hash)(data), secret, { prehash: false, lowS: false });
}

export function ecVerify(
  curve: WeierstrassCurve,
  publicKey: Uint8Array,
  hash: string,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== curve.size * 2) return false;
  try {
    return curve.noble.verify(signature, findDigest(hash)(data), publicKey, { prehash: false, lowS: false });
  } catch {
    return false;
  }
}

export const ecAgree = (curve: WeierstrassCurve, secret: Uint8Array, publicKey: Uint8Array) =>
  curve.noble.getSharedSecret(secret, publicKey, true).slice(1);

export const okp = {
  newSecret: () => seed(32),
  publicOf: (name: string, secret: Uint8Array) =>
    name === 'Ed25519' ? ed25519.getPublicKey(secret) : x25519.getPublicKey(secret),
  sign: (secret: Uint8Array, data: Uint8Array) => ed25519.sign(data, secret),
  verify(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
    try {
      return ed25519.verify(signature, data, publicKey);
    } catch {
      return false;
    }
  },
  agree: (secret: Uint8Array, publicKey: Uint8Array) => x25519.getSharedSecret(secret, publicKey),
};
