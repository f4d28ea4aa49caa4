/**
 * The streams of node:zlib: a Transform over a codec, which works outside of the event loop's turn as Node's thread
 * pool does, or at once for the `…Sync` functions.
 *
 * Source: Node 24's lib/zlib.js.
 */
import { defineError, codes as nodeCodes } from '../errors.ts';
import { finished, Transform } from '../stream/index.ts';
import { validateBoolean, validateFunction } from '../validators.ts';
import { Codec, type CodecError } from './codec.ts';
import { constants } from './constants.ts';

defineError('ERR_BUFFER_TOO_LARGE', 'Cannot create a Buffer larger than %s bytes', RangeError);
defineError(
  'ERR_TRAILING_JUNK_AFTER_STREAM_END',
  'Trailing junk found after the end of the compressed stream',
  TypeError,
);

const { Z_BLOCK, Z_DEFAULT_CHUNK, Z_FINISH, Z_FULL_FLUSH, Z_MIN_CHUNK, Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH } =
  constants;
const { GUNZIP, GZIP, INFLATE, UNZIP } = constants;
const MAX_LENGTH = 2 ** 53 - 1;

const kFlushFlag = Symbol('kFlushFlag');
const kError = Symbol('kError');

/** Flush flags from weak to strong, and for each an empty chunk that carries it through the writable's queue. */
const FLUSHES = [Z_NO_FLUSH, Z_BLOCK, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH];
const flushChunks: any[] = [];
for (const flag of FLUSHES) flushChunks[flag] = Object.assign(Buffer.alloc(0), { [kFlushFlag]: flag });
const stronger = (a: number, b: number) => (FLUSHES.indexOf(a as any) > FLUSHES.indexOf(b as any) ? a : b);

/** Undefined and NaN give the default; anything else is a finite number within the bounds. */
function inRange(value: any, name: string, min: number, max: number, otherwise: number): number {
  if (!isGiven(value, name)) return otherwise;
  if (value < min || value > max) throw new nodeCodes.ERR_OUT_OF_RANGE(name, `>= ${min} and <= ${max}`, value);
  return value;
}

function isGiven(value: any, name: string): boolean {
  if (value === undefined || Number.isNaN(value)) return false;
  if (Number.isFinite(value)) return true;
  if (typeof value !== 'number') throw new nodeCodes.ERR_INVALID_ARG_TYPE(name, 'number', value);
  throw new nodeCodes.ERR_OUT_OF_RANGE(name, 'a finite number', value);
}

export function bytesOf(value: any): any {
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

const isAnyBuffer = (value: any) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

export const Zlib: any = function Zlib(this: any, given: any, mode: number): void {
  let opts = given;
  const own = readOptions(opts, mode);
  let chunkSize: number = Z_DEFAULT_CHUNK;
  if (opts) {
    if (isGiven(opts.chunkSize, 'options.chunkSize')) {
      chunkSize = opts.chunkSize;
      if (chunkSize < Z_MIN_CHUNK)
        throw new nodeCodes.ERR_OUT_OF_RANGE('options.chunkSize', `>= ${Z_MIN_CHUNK}`, chunkSize);
    }
  }
  const flag = (name: string, otherwise: number) =>
    inRange(opts?.[name], `options.${name}`, Z_NO_FLUSH, Z_BLOCK, otherwise);
  this._defaultFlushFlag = flag('flush', Z_NO_FLUSH);
  this._finishFlushFlag = flag('finishFlush', Z_FINISH);
  this._defaultFullFlushFlag = Z_FULL_FLUSH;
  this._maxOutputLength = inRange(opts?.maxOutputLength, 'options.maxOutputLength', 1, MAX_LENGTH, MAX_LENGTH);
  if (opts?.rejectGarbageAfterEnd !== undefined) {
    validateBoolean(opts.rejectGarbageAfterEnd, 'options.rejectGarbageAfterEnd');
  }
  if (opts && (opts.encoding || opts.objectMode || opts.writableObjectMode)) {
    opts = { ...opts, encoding: null, objectMode: false, writableObjectMode: false };
  }
  Transform.call(this, { autoDestroy: true, ...opts });
  this[kError] = null;
  this.bytesWritten = 0;
  this._handle = new Codec(mode, own);
  this._outBuffer = Buffer.allocUnsafe(chunkSize);
  this._outOffset = 0;
  this._chunkSize = chunkSize;
  this._info = opts?.info;
  this._rejectGarbageAfterEnd = own.rejectsGarbage;
  this._level = own.level;
  this._strategy = own.strategy;
  this._mode = mode;
};
Object.setPrototypeOf(Zlib.prototype, Transform.prototype);
Object.setPrototypeOf(Zlib, Transform);

function readOptions(opts: any, mode: number) {
  const readsHeader = mode === INFLATE || mode === GUNZIP || mode === UNZIP;
  const minBits = constants.Z_MIN_WINDOWBITS + (mode === GZIP ? 1 : 0);
  let dictionary = opts?.dictionary;
  if (dictionary !== undefined) {
    if (!isAnyBuffer(dictionary)) {
      const expected = ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'];
      throw new nodeCodes.ERR_INVALID_ARG_TYPE('options.dictionary', expected, dictionary);
    }
    dictionary = bytesOf(dictionary);
  }
  return {
    windowBits:
      opts && (opts.windowBits == null || opts.windowBits === 0) && readsHeader
        ? 0
        : inRange(opts?.windowBits, 'options.windowBits', minBits, 15, 15),
    level: inRange(opts?.level, 'options.level', -1, 9, -1),
    memLevel: inRange(opts?.memLevel, 'options.memLevel', 1, 9, 8),
    strategy: inRange(opts?.strategy, 'options.strategy', 0, constants.Z_FIXED, 0),
    dictionary,
    rejectsGarbage: opts?.rejectGarbageAfterEnd === true,
  };
}

const proto = Zlib.prototype;

Object.defineProperty(proto, '_closed', {
  configurable: true,
  enumerable: true,
  get(this: any) {
    return !this._handle;
  },
});

proto.reset = function (this: any): void {
  if (!this._handle) throw new nodeCodes.ERR_INTERNAL_ASSERTION('zlib binding closed');
  this._handle.reset();
};

proto._flush = function (this: any, callback: any): void {
  this._transform(Buffer.alloc(0), '', callback);
};

proto._final = (callback: any): void => callback();

proto.flush = function (this: any, given: any, then: any): void {
  let kind = given;
  let callback = then;
  if (typeof kind === 'function' || (kind === undefined && !callback)) {
    callback = kind;
    kind = this._defaultFullFlushFlag;
  }
  kind = inRange(kind, 'kind', Z_NO_FLUSH, Z_BLOCK, this._defaultFullFlushFlag);
  if (this.writableFinished) {
    if (callback) process.nextTick(callback);
  } else if (this.writableEnded) {
    if (callback) this.once('end', callback);
  } else this.write(flushChunks[kind], '', callback);
};

proto.close = function (this: any, callback?: any): void {
  if (callback) finished(this, callback);
  this.destroy();
};

proto._destroy = function (this: any, error: any, callback: any): void {
  this._handle = null;
  callback(error);
};

/** Waits for a full flush: the codec must not change while it works. */
proto.params = function (this: any, level: number, strategy: number, callback: any): void {
  inRange(level, 'level', -1, 9, -1);
  inRange(strategy, 'strategy', 0, constants.Z_FIXED, 0);
  if (this._level === level && this._strategy === strategy) process.nextTick(callback);
  else {
    throw new Error(
      'zlib.params() with another level or strategy is not part of the lab. Create a new stream with these options.',
    );
  }
};

proto._transform = function (this: any, chunk: any, _encoding: string, callback: any): void {
  let flush = typeof chunk[kFlushFlag] === 'number' ? chunk[kFlushFlag] : this._defaultFlushFlag;
  if (this.writableEnded && this.writableLength === chunk.byteLength) flush = stronger(flush, this._finishFlushFlag);
  if (this._handle === null) process.nextTick(callback);
  else new Work(this, bytesOf(chunk), flush, callback).next();
};

/** One chunk on its way through the codec, a buffer of output at a time. */
class Work {
  private readonly stream: any;
  private input: Uint8Array;
  private readonly flush: number;
  private readonly callback: (error?: Error) => void;

  constructor(stream: any, input: Uint8Array, flush: number, callback: (error?: Error) => void) {
    this.stream = stream;
    this.input = input;
    this.flush = flush;
    this.callback = callback;
  }

  next(): void {
    const { stream } = this;
    const codec: Codec = stream._handle;
    if (codec === null) {
      this.callback();
      return;
    }
    const error = codec.step(this.flush, this.input, stream._outBuffer, stream._outOffset);
    // The thread pool's answer comes in a later turn of the loop.
    setImmediate(() => this.onWorked(codec, error));
  }

  private onWorked(codec: Codec, error: CodecError | null): void {
    const { stream } = this;
    if (stream.destroyed) {
      this.callback();
      return;
    }
    if (error !== null) {
      fail(stream, error);
      return;
    }
    stream.bytesWritten += this.input.length - codec.availIn;
    const end = stream._chunkSize - codec.availOut;
    let isFull = false;
    if (end > stream._outOffset) {
      const out = stream._outBuffer.subarray(stream._outOffset, end);
      stream._outOffset = end;
      isFull = !stream.push(out);
    }
    if (stream.destroyed) {
      this.callback();
      return;
    }
    if (codec.availOut === 0) renewBuffer(stream);
    if (end === stream._chunkSize) {
      // The buffer was filled: there may be more.
      this.input = this.input.subarray(this.input.length - codec.availIn);
      if (isFull) this.waitForReader();
      else this.next();
      return;
    }
    if (codec.availIn > 0) {
      // Room and input are left: the compressed data ended before its container did.
      if (stream._rejectGarbageAfterEnd) {
        const junk = new nodeCodes.ERR_TRAILING_JUNK_AFTER_STREAM_END();
        stream.destroy(junk);
        this.callback(junk);
        return;
      }
      stream.push(null);
    }
    this.callback();
  }

  private waitForReader(): void {
    const { stream } = this;
    const original = stream._read;
    stream._read = (size: number) => {
      stream._read = original;
      this.next();
      stream._read(size);
    };
  }
}

function renewBuffer(stream: any): void {
  stream._outOffset = 0;
  stream._outBuffer = Buffer.allocUnsafe(stream._chunkSize);
}

function fail(stream: any, { message, errno, code }: CodecError): void {
  const error = Object.assign(new Error(message), { errno, code });
  stream.destroy(error);
  stream[kError] = error;
}

// --- one buffer

/** `gzip(buffer, callback)`: through a stream, so that it takes its time. */
export function processBuffer(engine: any, given: any, callback: any): void {
  validateFunction(callback, 'callback');
  const input = isAnyBuffer(given) && !(given instanceof Uint8Array) ? bytesOf(given) : given;
  const chunks: any[] = [];
  let length = 0;
  engine.on('data', (chunk: any) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length <= engine._maxOutputLength) return;
    engine.close();
    engine.removeAllListeners('end');
    callback(new nodeCodes.ERR_BUFFER_TOO_LARGE(engine._maxOutputLength));
  });
  engine.on('error', (error: any) => {
    engine.removeAllListeners('end');
    callback(error);
  });
  engine.on('end', () => {
    const buffer = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length);
    engine.close();
    callback(null, engine._info ? { buffer, engine } : buffer);
  });
  engine.end(input);
}

/** `gzipSync(buffer)` */
export function processBufferSync(engine: any, given: any): any {
  if (typeof given !== 'string' && !isAnyBuffer(given)) {
    const expected = ['string', 'Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'];
    throw new nodeCodes.ERR_INVALID_ARG_TYPE('buffer', expected, given);
  }
  let input: Uint8Array = typeof given === 'string' ? Buffer.from(given) : bytesOf(given);
  const codec: Codec = engine._handle;
  const total = input.length;
  const chunks: any[] = [];
  let length = 0;
  do {
    const error = codec.step(engine._finishFlushFlag, input, engine._outBuffer, 0);
    if (error !== null) throw Object.assign(new Error(error.message), { errno: error.errno, code: error.code });
    const end = engine._chunkSize - codec.availOut;
    if (end > 0) chunks.push(engine._outBuffer.subarray(0, end));
    length += end;
    if (length > engine._maxOutputLength) {
      engine._handle = null;
      throw new nodeCodes.ERR_BUFFER_TOO_LARGE(engine._maxOutputLength);
    }
    renewBuffer(engine);
    input = input.subarray(input.length - codec.availIn);
  } while (codec.availOut === 0);
  engine._handle = null;
  if (codec.availIn > 0 && engine._rejectGarbageAfterEnd) throw new nodeCodes.ERR_TRAILING_JUNK_AFTER_STREAM_END();
  engine.bytesWritten = total - codec.availIn;
  const buffer = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length);
  return engine._info ? { buffer, engine } : buffer;
}
