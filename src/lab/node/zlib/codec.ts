/**
 * One compression or decompression, in steps over caller's buffers: what Node's native zlib handle is, over pako.
 *
 * Source: Node 24's src/node_zlib.cc, ZlibContext.
 */
import {
  ZStream as Stream,
  type ZStream,
  zlibDeflate,
  zlibDeflateInit2,
  zlibDeflateReset,
  zlibDeflateSetDictionary,
  zlibInflate,
  zlibInflateInit2,
  zlibInflateReset,
  zlibInflateSetDictionary,
} from 'pako';
import { codes, constants } from './constants.ts';

const { DEFLATE, DEFLATERAW, GUNZIP, GZIP, INFLATE, INFLATERAW, UNZIP } = constants;
const { Z_BUF_ERROR, Z_DATA_ERROR, Z_FINISH, Z_NEED_DICT, Z_OK, Z_STREAM_END } = constants;

export interface CodecOptions {
  /** Bits of the window; 0 for what a stream's own header says. */
  readonly windowBits: number;
  readonly level: number;
  readonly memLevel: number;
  readonly strategy: number;
  readonly dictionary: Uint8Array | undefined;
  readonly rejectsGarbage: boolean;
}

export interface CodecError {
  readonly message: string;
  /** `Z_DATA_ERROR` */
  readonly code: string;
  /** -3 */
  readonly errno: number;
}

export class Codec {
  /** After a step: how much of the input is left, and how much room in the output. */
  availIn = 0;
  availOut = 0;
  private mode: number;
  private readonly options: CodecOptions;
  private readonly stream: ZStream = new Stream();
  private result: number = Z_OK;
  private gzipMagicSeen = 0;

  /** @param mode constants.DEFLATE … constants.UNZIP */
  constructor(mode: number, options: CodecOptions) {
    this.mode = mode;
    this.options = options;
    let bits = options.windowBits;
    if (mode === GZIP || mode === GUNZIP) bits += 16;
    if (mode === UNZIP) bits += 32;
    if (mode === DEFLATERAW || mode === INFLATERAW) bits = -bits;
    const { level, memLevel, strategy, dictionary } = options;
    if (this.isDeflating) zlibDeflateInit2(this.stream, level, 8, bits, memLevel, strategy as any);
    else zlibInflateInit2(this.stream, bits);
    if (dictionary !== undefined) this.setDictionary(dictionary);
  }

  private get isDeflating(): boolean {
    return this.mode === DEFLATE || this.mode === GZIP || this.mode === DEFLATERAW;
  }

  private setDictionary(dictionary: Uint8Array): void {
    if (this.mode === DEFLATE || this.mode === DEFLATERAW) zlibDeflateSetDictionary(this.stream, dictionary);
    else if (this.mode === INFLATERAW) zlibInflateSetDictionary(this.stream, dictionary);
  }

  /** Works until input or room is used up. */
  step(flush: number, input: Uint8Array, output: Uint8Array, outputAt: number): CodecError | null {
    const { stream } = this;
    stream.input = input;
    stream.next_in = 0;
    stream.avail_in = input.length;
    stream.output = output as Uint8Array<ArrayBuffer>;
    stream.next_out = outputAt;
    stream.avail_out = output.length - outputAt;
    this.result = this.isDeflating ? zlibDeflate(stream, flush as any) : this.inflate(flush);
    this.availIn = stream.avail_in;
    this.availOut = stream.avail_out;
    return this.error(flush);
  }

  private inflate(flush: number): number {
    const { stream, options } = this;
    if (this.mode === UNZIP) this.guessFormat(stream.input, stream.avail_in);
    let result: number = zlibInflate(stream, flush as any);
    if (this.mode !== INFLATERAW && result === Z_NEED_DICT && options.dictionary !== undefined) {
      result = zlibInflateSetDictionary(stream, options.dictionary);
      if (result === Z_OK) result = zlibInflate(stream, flush as any);
      else if (result === Z_DATA_ERROR) result = Z_NEED_DICT;
    }
    // Another member of the archive follows, or garbage; zeros are padding.
    while (
      stream.avail_in > 0 &&
      this.mode === GUNZIP &&
      result === Z_STREAM_END &&
      stream.input[stream.next_in] !== 0 &&
      !options.rejectsGarbage
    ) {
      this.reset();
      result = zlibInflate(stream, flush as any);
    }
    return result;
  }

  /** RFC 1952 §2.3.1: a gzip member begins with 1f 8b, which may arrive in two pieces. */
  private guessFormat(input: Uint8Array, length: number): void {
    for (let at = 0; at < length && this.mode === UNZIP; at++) {
      const isMagic = input[at] === (this.gzipMagicSeen === 0 ? 0x1f : 0x8b);
      this.gzipMagicSeen++;
      if (!isMagic) this.mode = INFLATE;
      else if (this.gzipMagicSeen === 2) this.mode = GUNZIP;
    }
  }

  reset(): void {
    if (this.isDeflating) zlibDeflateReset(this.stream);
    else zlibInflateReset(this.stream);
    if (this.options.dictionary !== undefined) this.setDictionary(this.options.dictionary);
  }

  private error(flush: number): CodecError | null {
    switch (this.result) {
      case Z_OK:
      case Z_BUF_ERROR:
        return this.stream.avail_out !== 0 && flush === Z_FINISH ? this.describe('unexpected end of file') : null;
      case Z_STREAM_END:
        return null;
      case Z_NEED_DICT:
        return this.describe(this.options.dictionary === undefined ? 'Missing dictionary' : 'Bad dictionary');
      default:
        return this.describe('Zlib error');
    }
  }

  private describe(message: string): CodecError {
    return { message: this.stream.msg || message, code: codes[String(this.result)], errno: this.result };
  }
}
