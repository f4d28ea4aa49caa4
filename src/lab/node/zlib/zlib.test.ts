/** node:zlib on real Node and in the lab. Compressed bytes may differ between builds of zlib; what they inflate to may not. */
import { createHash } from 'node:crypto';
import * as nodeZlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSame } from '../test-same.ts';
import { Codec } from './codec.ts';
import { constants } from './constants.ts';

test('every form gives back what went in, and small inputs give the same bytes', async () => {
  await expectSame(`
    import zlib from 'node:zlib';
    import { promisify } from 'node:util';
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(50);
    for (const [pack, unpack] of [['gzip', 'gunzip'], ['deflate', 'inflate'], ['deflateRaw', 'inflateRaw'], ['gzip', 'unzip'], ['deflate', 'unzip']]) {
      const packed = zlib[pack + 'Sync'](text);
      log(pack, packed.toString('hex'));
      log(pack, zlib[unpack + 'Sync'](packed).toString() === text);
      const again = await promisify(zlib[pack])(text, { level: 1 });
      log(pack, again.toString('hex'), (await promisify(zlib[unpack])(again)).toString() === text);
      const empty = zlib[pack + 'Sync'](''); log(pack, empty.toString('hex'), zlib[unpack + 'Sync'](empty).length);
    }
    log('info', zlib.gzipSync(text, { info: true }).engine.bytesWritten);
    log('crc', zlib.crc32('hello'), zlib.crc32(Buffer.from('world'), zlib.crc32('hello ')));
    log('names', zlib.createGzip().constructor.name, zlib.Gzip.name, zlib.createGzip.name, zlib.constants.Z_SYNC_FLUSH, zlib.Z_FINISH, zlib.codes['-3']);
    log('names', zlib.createGzip() instanceof zlib.Gzip, zlib.Gzip() instanceof zlib.Gzip);
  `);
});

test('damaged, cut and followed data give the same errors', async () => {
  await expectSame(`
    import zlib from 'node:zlib';
    const packed = zlib.gzipSync('hello hello hello hello');
    const flipped = Buffer.from(packed); flipped[packed.length - 5] ^= 1;
    const zeros = Buffer.concat([packed, Buffer.alloc(5)]);
    for (const [name, data] of Object.entries({ none: Buffer.alloc(0), text: Buffer.from('not compressed'), cut: packed.subarray(0, 12), head: packed.subarray(0, 5), flipped, zeros, twice: Buffer.concat([packed, packed]), junk: Buffer.concat([packed, Buffer.from('xyz')]) })) {
      for (const how of ['gunzip', 'unzip', 'inflate', 'inflateRaw']) {
        attempt(name, () => zlib[how + 'Sync'](data).toString());
        await new Promise((resolve) => zlib[how](data, (error, result) => { log(name, how, error ? describe(error) : result.toString()); resolve(); }));
      }
    }
    attempt('sync flush', () => zlib.gunzipSync(packed.subarray(0, 20), { finishFlush: zlib.constants.Z_SYNC_FLUSH }).toString());
    attempt('junk', () => zlib.inflateSync(Buffer.concat([zlib.deflateSync('a'), Buffer.from('xyz')])).toString());
    attempt('junk', () => zlib.inflateSync(Buffer.concat([zlib.deflateSync('a'), Buffer.from('xyz')]), { rejectGarbageAfterEnd: true }).toString());
    attempt('limit', () => zlib.gunzipSync(zlib.gzipSync(Buffer.alloc(100000)), { maxOutputLength: 1000 }));
    attempt('args', () => zlib.gzipSync(5));
    attempt('args', () => zlib.gzipSync('a', { level: 99 }));
    attempt('args', () => zlib.gzipSync('a', { level: 'x' }));
    attempt('args', () => zlib.createGzip({ chunkSize: 1 }));
    attempt('args', () => zlib.gzip('a'));
    attempt('args', () => zlib.createGzip({ dictionary: 5 }));
    attempt('args', () => zlib.crc32(5));
    attempt('args', () => zlib.inflateSync(zlib.deflateSync('abcabc', { dictionary: Buffer.from('abc') })));
    attempt('args', () => zlib.inflateSync(zlib.deflateSync('abcabc', { dictionary: Buffer.from('abc') }), { dictionary: Buffer.from('abd') }));
    attempt('args', () => zlib.inflateSync(zlib.deflateSync('abcabc', { dictionary: Buffer.from('abc') }), { dictionary: Buffer.from('abc') }).toString());
  `);
});

test('streams: chunks, flush, errors and pipes', async () => {
  await expectSame(`
    import zlib from 'node:zlib';
    import { pipeline } from 'node:stream/promises';
    import { Readable } from 'node:stream';
    const gzip = zlib.createGzip();
    const gunzip = zlib.createGunzip();
    gzip.pipe(gunzip);
    gunzip.setEncoding('utf8');
    gunzip.on('data', (text) => log('reader', text));
    spy('reader', gunzip, ['end', 'close', 'error']);
    spy('writer', gzip, ['finish', 'end', 'close']);
    gzip.write('first ');
    await new Promise((resolve) => gzip.flush(resolve));
    await sleep(5);
    log('reader', 'flushed');
    gzip.write('second');
    await new Promise((resolve) => gzip.flush(zlib.constants.Z_SYNC_FLUSH, resolve));
    await sleep(5);
    gzip.end(' third');
    await sleep(5);
    // Sizes of the chunks: 16 KiB each.
    const sizes = [];
    const big = Buffer.from(Array.from({ length: 100000 }, (_, i) => i * 7919 % 251));
    const inflate = zlib.createInflate();
    inflate.on('data', (chunk) => sizes.push(chunk.length));
    inflate.end(zlib.deflateSync(big));
    await new Promise((resolve) => inflate.on('end', resolve));
    log('sizes', sizes.join());
    await pipeline(Readable.from([Buffer.from('nonsense')]), zlib.createGunzip(), async function* (source) { for await (const one of source) yield one; }, async (source) => { for await (const one of source); }).catch((error) => log('pipeline', describe(error)));
    const closed = spy('closed', zlib.createDeflate(), ['close', 'error', 'finish']);
    closed.write('x');
    closed.close(() => log('closed', 'callback'));
    await sleep(5);
    const slow = zlib.createDeflate({ highWaterMark: 10, chunkSize: 64 });
    log('pressure', slow.write(big), slow.writableLength);
    slow.resume().end();
    await new Promise((resolve) => slow.on('end', resolve));
    log('pressure', slow.bytesWritten, slow.writableFinished);
  `);
});

test("Brotli and zstd say what to use when they are called, and packages may read brotli's constants", async () => {
  const { inFullLab } = await import('../test-same.ts');
  const { seen } = await inFullLab(`
    import zlib from 'node:zlib';
    log('brotli', zlib.constants.BROTLI_OPERATION_FLUSH);
    attempt('brotli', () => zlib.brotliCompressSync('x'));
    attempt('brotli', () => zlib.createBrotliDecompress());
  `);
  expect(seen.brotli).toEqual([
    '1',
    'throws Error|zlib.BrotliCompress is not part of the lab. Use gzip or deflate: `Accept-Encoding: gzip, deflate`.',
    'throws Error|zlib.BrotliDecompress is not part of the lab. Use gzip or deflate: `Accept-Encoding: gzip, deflate`.',
  ]);
});

describe('the codec', () => {
  const options = { windowBits: 15, level: -1, memLevel: 8, strategy: 0, dictionary: undefined, rejectsGarbage: false };
  /** Feeds `input` in pieces of `pieceSize` and takes output in pieces of `room`. */
  function run(mode: number, input: Uint8Array, pieceSize: number, room: number): Uint8Array {
    const codec = new Codec(mode, { ...options, windowBits: mode === constants.UNZIP ? 0 : 15 });
    const output: Uint8Array[] = [];
    for (let at = 0; at <= input.length; at += pieceSize) {
      const isLast = at + pieceSize > input.length;
      let piece = input.subarray(at, at + pieceSize);
      for (let full = true; full; ) {
        const buffer = new Uint8Array(room);
        const error = codec.step(isLast ? constants.Z_FINISH : constants.Z_NO_FLUSH, piece, buffer, 0);
        if (error !== null) throw new Error(error.message);
        output.push(buffer.subarray(0, room - codec.availOut));
        piece = piece.subarray(piece.length - codec.availIn);
        full = codec.availOut === 0;
      }
    }
    return Buffer.concat(output);
  }

  test('what it compresses in any pieces real zlib reads, and the other way round', () => {
    const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }),
      fc.array(fc.constantFrom('ab', 'abc', 'xyz '), { maxLength: 900 }).map((words) => Buffer.from(words.join(''))),
    );
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 300 }), (data, piece, room) => {
        expect(sha(nodeZlib.gunzipSync(run(constants.GZIP, data, piece, room + 5)))).toBe(sha(data));
        expect(sha(run(constants.UNZIP, nodeZlib.gzipSync(data), piece, room))).toBe(sha(data));
        expect(sha(run(constants.UNZIP, nodeZlib.deflateSync(data), piece, room))).toBe(sha(data));
        expect(sha(nodeZlib.inflateRawSync(run(constants.DEFLATERAW, data, piece, room + 5)))).toBe(sha(data));
      }),
      { numRuns: 60 },
    );
  });
});
