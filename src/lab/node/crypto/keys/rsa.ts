/** RSA signatures on BigInts: RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017 §8). Slow next to OpenSSL, and not in constant time. */
import { findDigest } from '../digests.ts';

export interface RsaKey {
  readonly kind: 'rsa';
  /** Big-endian bytes. */
  readonly n: Uint8Array;
  readonly e: Uint8Array;
  /** Of a private key: d, p, q, d mod p-1, d mod q-1, 1/q mod p. */
  readonly secret?: readonly Uint8Array[];
}

const toInt = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);

function toBytes(value: bigint, length: number): Uint8Array {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** By the Chinese remainder theorem, four times as fast. */
function decrypt(key: RsaKey, block: Uint8Array): Uint8Array {
  const [, p, q, dp, dq, qi] = key.secret!.map(toInt) as [bigint, bigint, bigint, bigint, bigint, bigint];
  const value = toInt(block);
  const [m1, m2] = [power(value, dp, p), power(value, dq, q)];
  const h = (qi * (((m1 - m2) % p) + p)) % p;
  return toBytes(m2 + h * q, key.n.length);
}

function encrypt(key: RsaKey, block: Uint8Array): Uint8Array | null {
  const value = toInt(block);
  const n = toInt(key.n);
  return value >= n ? null : toBytes(power(value, toInt(key.e), n), key.n.length);
}

/** DigestInfo up to the digest, RFC 8017 §9.2 note 1. */
const PREFIXES: Readonly<Record<string, string>> = {
  sha1: '3021300906052b0e03021a05000414',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

const plain = (hash: string) => hash.toLowerCase().replace(/^rsa-/, '').replace('-', '');

function pkcs1(key: RsaKey, hash: string, data: Uint8Array): Uint8Array {
  const info = Buffer.concat([Buffer.from(PREFIXES[plain(hash)]!, 'hex'), findDigest(hash)(data)]);
  const padding = new Uint8Array(key.n.length - info.length - 3).fill(0xff);
  return Buffer.concat([Uint8Array.of(0, 1), padding, Uint8Array.of(0), info]);
}

export const rsaSign = (key: RsaKey, hash: string, data: Uint8Array) => decrypt(key, pkcs1(key, hash, data));

export function rsaVerify(key: RsaKey, hash: string, data: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== key.n.length) return false;
  const block = encrypt(key, signature);
  return block !== null && Buffer.compare(block, pkcs1(key, hash, data)) === 0;
}

function mask(seed: Uint8Array, length: number, hash: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let i = 0, size = 0; size < length; i++) {
    const part: Uint8Array = findDigest(hash)(Buffer.concat([seed, Uint8Array.of(0, 0, i >>> 8, i & 0xff)]));
    parts.push(part);
    size += part.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}

const xor = (a: Uint8Array, b: Uint8Array) => a.map((byte, i) => byte ^ b[i]!);
const bitsOf = (n: Uint8Array) => toInt(n).toString(2).length;

/** RFC 8017 §9.1.1 */
export function pssSign(key: RsaKey, hash: string, saltLength: number, data: Uint8Array): Uint8Array {
  const salt = new Uint8Array(saltLength);
  __kernel.fillRandom(salt);
  const bits = bitsOf(key.n) - 1;
  const length = Math.ceil(bits / 8);
  const digest = findDigest(hash)(data);
  const h = findDigest(hash)(Buffer.concat([new Uint8Array(8), digest, salt]));
  const db = Buffer.concat([new Uint8Array(length - saltLength - h.length - 2), Uint8Array.of(1), salt]);
  const masked = xor(db, mask(h, db.length, hash));
  masked[0]! &= 0xff >>> (8 * length - bits);
  return decrypt(key, Buffer.concat([masked, h, Uint8Array.of(0xbc)]));
}

/** RFC 8017 §9.1.2 */
export function pssVerify(
  key: RsaKey,
  hash: string,
  saltLength: number,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== key.n.length) return false;
  const block = encrypt(key, signature);
  const bits = bitsOf(key.n) - 1;
  const length = Math.ceil(bits / 8);
  const encoded = block?.subarray(block.length - length);
  const digest: Uint8Array = findDigest(hash)(data);
  if (encoded === undefined || encoded[encoded.length - 1] !== 0xbc) return false;
  const h = encoded.subarray(length - digest.length - 1, length - 1);
  const db = xor(encoded.subarray(0, length - digest.length - 1), mask(h, length - digest.length - 1, hash));
  db[0]! &= 0xff >>> (8 * length - bits);
  const start = db.length - saltLength - 1;
  if (start < 0 || db[start] !== 1 || db.subarray(0, start).some((byte) => byte !== 0)) return false;
  const expected = findDigest(hash)(Buffer.concat([new Uint8Array(8), digest, db.subarray(start + 1)]));
  return Buffer.compare(expected, h) === 0;
}
