/** crypto.sign and verify, createSign and createVerify. ECDSA signatures are DER (RFC 3279 §2.2.3) unless dsaEncoding says otherwise. */
import { Writable } from '../stream/index.ts';
import { validateFunction } from '../validators.ts';
import { digestOf } from './digests.ts';
import { output, toBytes } from './hash.ts';
import { ecSign, ecVerify, okp } from './keys/curves.ts';
import type { AsymmetricKey } from './keys/data.ts';
import { der, INTEGER, integer, nodes, SEQUENCE, unsigned } from './keys/der.ts';
import { privateKey, publicKey } from './keys/key-object.ts';
import { pssSign, pssVerify, rsaSign, rsaVerify } from './keys/rsa.ts';

const PSS_PADDING = 6;

function signData(algorithm: any, data: Uint8Array, given: any): Uint8Array {
  const key = privateKey(given);
  if (key.kind === 'okp') return okp.sign(key.secret!, data);
  const hash = String(algorithm ?? 'sha256');
  digestOf(hash);
  if (key.kind === 'rsa') {
    return given?.padding === PSS_PADDING
      ? pssSign(key, hash, saltLength(given, hash), data)
      : rsaSign(key, hash, data);
  }
  const raw = ecSign(key.curve, key.secret!, hash, data);
  if (given?.dsaEncoding === 'ieee-p1363') return raw;
  return der(SEQUENCE, integer(raw.subarray(0, key.curve.size)), integer(raw.subarray(key.curve.size)));
}

/** RSA_PSS_SALTLEN_DIGEST is -1; without one OpenSSL takes as much as fits, which verifiers have to be told. */
const saltLength = (given: any, hash: string) =>
  typeof given.saltLength === 'number' && given.saltLength >= 0 ? given.saltLength : digestOf(hash).outputLen;

function verifyData(algorithm: any, data: Uint8Array, given: any, signature: Uint8Array): boolean {
  const key = publicKey(given);
  if (key.kind === 'okp') return okp.verify(key.point, data, signature);
  const hash = String(algorithm ?? 'sha256');
  digestOf(hash);
  if (key.kind === 'rsa') {
    return given?.padding === PSS_PADDING
      ? pssVerify(key, hash, saltLength(given, hash), data, signature)
      : rsaVerify(key, hash, data, signature);
  }
  const raw = given?.dsaEncoding === 'ieee-p1363' ? signature : rawSignature(signature, key);
  return raw !== null && ecVerify(key.curve, key.point, hash, data, raw);
}

function rawSignature(signature: Uint8Array, key: AsymmetricKey & { kind: 'ec' }): Uint8Array | null {
  try {
    const [r, s] = nodes(nodes(signature)[0]!.body);
    if (r?.tag !== INTEGER || s?.tag !== INTEGER) return null;
    return Buffer.concat([unsigned(r.body, key.curve.size), unsigned(s.body, key.curve.size)]);
  } catch {
    return null;
  }
}

export function sign(algorithm: any, data: any, key: any, callback?: any): any {
  const signature = Buffer.from(signData(algorithm, toBytes(data), key));
  if (callback === undefined) return signature;
  validateFunction(callback, 'callback');
  setImmediate(() => callback(null, signature));
  return undefined;
}

export function verify(algorithm: any, data: any, key: any, signature: any, callback?: any): any {
  const isValid = verifyData(algorithm, toBytes(data), key, toBytes(signature));
  if (callback === undefined) return isValid;
  validateFunction(callback, 'callback');
  setImmediate(() => callback(null, isValid));
  return undefined;
}

/** What Sign and Verify share: they collect data, also as a stream. */
class Collector extends Writable {
  [key: string]: any;
  constructor(algorithm: string, options?: any) {
    super(options);
    digestOf(algorithm);
    this._algorithm = algorithm;
    this._parts = [];
  }
  update(data: any, encoding?: string): this {
    this._parts.push(toBytes(data, encoding).slice());
    return this;
  }
  _write(chunk: any, encoding: string, done: () => void): void {
    this.update(chunk, encoding);
    done();
  }
}

export class Sign extends Collector {
  sign(key: any, encoding?: string): any {
    return output(Uint8Array.from(signData(this._algorithm, Buffer.concat(this._parts), key)), encoding);
  }
}

export class Verify extends Collector {
  verify(key: any, signature: any, encoding?: string): boolean {
    return verifyData(this._algorithm, Buffer.concat(this._parts), key, toBytes(signature, encoding));
  }
}
