/**
 * createCipheriv and createDecipheriv: AES in GCM, CBC and CTR. The work is done in final(): update() keeps the data and
 * gives back nothing but in CTR and GCM as many bytes, so that whoever puts the parts together has the same.
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
    this._given = 0;
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
    this._parts.push(toBytes(data, inputEncoding).slice());
    return output(this._more(), outputEncoding);
  }

  /** The bytes that can be given before the end is known: a stream cipher's all, of blocks those before the last. */
  _more(): Uint8Array {
    const data = Buffer.concat(this._parts);
    let whole: Uint8Array;
    if (this._mode === 'ctr') whole = aesCtr(this._key, this._iv, data);
    else if (this._mode === 'gcm') whole = this._gcmStream(data);
    else {
      const hold = this._encrypts || !this._pads ? 0 : 1;
      const blocks = Math.max(0, Math.ceil((data.length - (hold ? 0 : 15)) / 16) - hold) * 16;
      whole =
        blocks === 0 ? new Uint8Array(0) : aesCbc(this._key, this._iv, data.subarray(0, blocks), this._encrypts, false);
    }
    const more = whole.slice(this._given);
    this._given = whole.length;
    return more;
  }

  /** GCM's text is CTR's; the tag decides at the end. The keystream is what encryption of zeros gives. */
  _gcmStream(data: Uint8Array): Uint8Array {
    const stream = aesGcm(this._key, this._iv, new Uint8Array(data.length), undefined, true);
    return data.map((byte, i) => byte ^ stream[i]!);
  }

  final(outputEncoding?: string): any {
    if (this._isFinal) throw state('final');
    this._isFinal = true;
    const data = Buffer.concat(this._parts);
    if (this._mode === 'ctr') return output(new Uint8Array(0), outputEncoding);
    if (this._mode === 'gcm') {
      this._finishGcm(data);
      return output(new Uint8Array(0), outputEncoding);
    }
    if (!this._encrypts && data.length % 16 !== 0) throw wrongLength();
    if (!this._pads && data.length % 16 !== 0) throw wrongLength();
    let whole: Uint8Array;
    try {
      whole = aesCbc(this._key, this._iv, data, this._encrypts, this._pads);
    } catch {
      throw openssl('1C800064', 'bad decrypt', 'ERR_OSSL_BAD_DECRYPT');
    }
    return output(whole.slice(this._given), outputEncoding);
  }

  _finishGcm(data: Uint8Array): void {
    if (this._encrypts) {
      this._tag = aesGcm(this._key, this._iv, data, this._aad, true).slice(data.length).slice(0, this._tagLength);
      return;
    }
    const text = this._gcmStream(data);
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
