/**
 * createCipheriv and createDecipheriv: AES in GCM, CBC and CTR, in pieces and as streams, over @noble/ciphers, which knows
 * only whole texts: CBC goes on with the last block as its vector, CTR with its counter, GCM's tag is made at the end.
 */
import { codes, defineError } from '../errors.ts';
import { Transform } from '../stream/index.ts';
import { aesCbc, aesCtr, aesGcm } from './aes.ts';
import { output, toBytes } from './hash.ts';
import { KeyObject } from './keys/key-object.ts';

defineError('ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
defineError('ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length', RangeError);
defineError('ERR_CRYPTO_INVALID_IV', 'Invalid initialization vector', TypeError);
defineError('ERR_CRYPTO_INVALID_AUTH_TAG', 'Invalid authentication tag length: %s', TypeError);

export const cipherNames = ['cbc', 'ctr', 'gcm'].flatMap((mode) =>
  [128, 192, 256].map((bits) => `aes-${bits}-${mode}`),
);

const TAG = 16;

class Cipher extends Transform {
  [key: string]: any;

  constructor(name: string, key: any, iv: any, options: any, encrypts: boolean) {
    super(options);
    const match = /^aes-?(128|192|256)-(cbc|ctr|gcm)$/i.exec(String(name));
    if (match === null) throw new codes.ERR_CRYPTO_UNKNOWN_CIPHER();
    this._mode = match[2]!.toLowerCase();
    this._key = key instanceof KeyObject ? new Uint8Array(key.export()) : toBytes(key, 'utf8', 'key').slice();
    if (this._key.length !== Number(match[1]) / 8) throw new codes.ERR_CRYPTO_INVALID_KEYLEN();
    this._iv = toBytes(iv, 'utf8', 'iv').slice();
    if (this._iv.length === 0 || (this._mode !== 'gcm' && this._iv.length !== 16))
      throw new codes.ERR_CRYPTO_INVALID_IV();
    this._encrypts = encrypts;
    this._parts = [];
    this._rest = new Uint8Array(0);
    /** Bytes so far, and the counter of the first block. */
    this._length = 0;
    this._counter = firstCounter(this._mode, this._iv);
    this._aad = undefined;
    this._tag = undefined;
    this._tagLength = options?.authTagLength ?? TAG;
    this._pads = true;
    this._isFinal = false;
  }

  setAutoPadding(pads = true): this {
    this._pads = pads;
    return this;
  }

  setAAD(data: any): this {
    this._aad = toBytes(data).slice();
    return this;
  }

  update(data: any, inputEncoding?: string, outputEncoding?: string): any {
    if (this._isFinal) throw state('update');
    return output(this._more(toBytes(data, inputEncoding).slice()), outputEncoding);
  }

  /** What can be given before the end is known: of a stream cipher all, of blocks those before the last. */
  _more(chunk: Uint8Array): Uint8Array {
    if (this._mode !== 'cbc') return this._stream(chunk);
    const data = this._rest.length === 0 ? chunk : Buffer.concat([this._rest, chunk]);
    // The last block of what is decrypted may be padding.
    const held = !this._encrypts && this._pads && data.length % 16 === 0 ? 16 : data.length % 16;
    const length = Math.max(0, data.length - held);
    this._rest = data.slice(length);
    if (length === 0) return new Uint8Array(0);
    const blocks = data.subarray(0, length);
    const result = aesCbc(this._key, this._iv, blocks, this._encrypts, false);
    this._iv = (this._encrypts ? result : blocks).slice(length - 16);
    return result;
  }

  /** CTR from where it stands; GCM's text is CTR's, its tag decides at the end. */
  _stream(chunk: Uint8Array): Uint8Array {
    if (this._mode === 'gcm') this._parts.push(chunk);
    if (this._counter === null) return this._gcmText(chunk);
    const skip = this._length % 16;
    const counter = plus(this._counter, Math.floor(this._length / 16));
    this._length += chunk.length;
    return aesCtr(this._key, counter, Buffer.concat([new Uint8Array(skip), chunk])).slice(skip);
  }

  /** With a nonce that is not 12 bytes long the first counter is a hash: all of the text is made again. */
  _gcmText(chunk: Uint8Array): Uint8Array {
    const stream = aesGcm(this._key, this._iv, new Uint8Array(this._length + chunk.length), undefined, true);
    const start = this._length;
    this._length += chunk.length;
    return chunk.map((byte, i) => byte ^ stream[start + i]!);
  }

  final(outputEncoding?: string): any {
    if (this._isFinal) throw state('final');
    this._isFinal = true;
    if (this._mode === 'gcm') this._finishGcm();
    return output(this._mode === 'cbc' ? this._lastBlock() : new Uint8Array(0), outputEncoding);
  }

  _lastBlock(): Uint8Array {
    const rest: Uint8Array = this._rest;
    if (this._encrypts && this._pads) return aesCbc(this._key, this._iv, rest, true);
    if (rest.length % 16 !== 0 || (this._pads && rest.length === 0)) throw wrongLength();
    if (rest.length === 0) return rest;
    try {
      return aesCbc(this._key, this._iv, rest, false, this._pads);
    } catch {
      throw openssl('1C800064', 'bad decrypt', 'ERR_OSSL_BAD_DECRYPT');
    }
  }

  _finishGcm(): void {
    const data = Buffer.concat(this._parts);
    if (this._encrypts) {
      this._tag = aesGcm(this._key, this._iv, data, this._aad, true).slice(data.length).slice(0, this._tagLength);
      return;
    }
    // Encrypting what came out gives the tag that should have been.
    this._length = 0;
    const text = this._counter === null ? this._gcmText(data) : aesCtr(this._key, this._counter, data);
    const expected = aesGcm(this._key, this._iv, text, this._aad, true).slice(text.length);
    const isRight = this._tag !== undefined && Buffer.compare(expected.subarray(0, this._tag.length), this._tag) === 0;
    if (!isRight) throw new Error('Unsupported state or unable to authenticate data');
  }

  _transform(chunk: any, encoding: any, done: (error?: any) => void): void {
    this.push(this.update(chunk, encoding));
    done();
  }

  _flush(done: (error?: any) => void): void {
    try {
      this.push(this.final());
      done();
    } catch (error) {
      done(error);
    }
  }
}

function firstCounter(mode: string, iv: Uint8Array): Uint8Array | null {
  if (mode !== 'gcm') return iv;
  // NIST SP 800-38D §7.1: 1 is for the tag, the text begins with 2.
  return iv.length === 12 ? Uint8Array.from([...iv, 0, 0, 0, 2]) : null;
}

/** A big-endian counter, `blocks` further. */
function plus(counter: Uint8Array, blocks: number): Uint8Array {
  const next = counter.slice();
  let carry = blocks;
  for (let i = 15; i >= 0 && carry > 0; i--) {
    carry += next[i]!;
    next[i] = carry % 256;
    carry = Math.floor(carry / 256);
  }
  return next;
}

function state(method: string): Error {
  const message = method === 'final' ? 'Invalid state' : 'Trying to add data in unsupported state';
  return Object.assign(new Error(message), { code: 'ERR_CRYPTO_INVALID_STATE' });
}

function openssl(number: string, reason: string, code: string): Error {
  const error = new Error(`error:${number}:Provider routines::${reason}`);
  return Object.assign(error, { library: 'Provider routines', reason, code });
}

const wrongLength = () => openssl('1C80006B', 'wrong final block length', 'ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH');

export class Cipheriv extends Cipher {
  constructor(name: string, key: any, iv: any, options?: any) {
    super(name, key, iv, options, true);
  }
  getAuthTag(): any {
    if (this._tag === undefined) {
      throw Object.assign(new Error('Invalid state for operation getAuthTag'), { code: 'ERR_CRYPTO_INVALID_STATE' });
    }
    return Buffer.from(this._tag);
  }
}

export class Decipheriv extends Cipher {
  constructor(name: string, key: any, iv: any, options?: any) {
    super(name, key, iv, options, false);
  }
  setAuthTag(tag: any, encoding?: string): this {
    const bytes = toBytes(tag, encoding).slice();
    if (bytes.length > 16 || bytes.length < 4) throw new codes.ERR_CRYPTO_INVALID_AUTH_TAG(bytes.length);
    this._tag = bytes;
    return this;
  }
}
