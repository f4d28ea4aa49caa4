import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constants } from './constants.ts';
import * as F from './frames.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const settingsFirst = F.frame(F.SETTINGS, 0, 0);

/** A reader that has seen the first SETTINGS. */
function reader(): F.FrameReader {
  const made = new F.FrameReader();
  made.push(settingsFirst);
  made.read();
  return made;
}

function readAll(from: F.FrameReader): F.Frame[] {
  const frames: F.Frame[] = [];
  for (let frame = from.read(); frame !== null; frame = from.read()) frames.push(frame);
  return frames;
}

const streamId = fc.integer({ min: 1, max: 0x7fffffff });
const payload = (maxLength: number) => fc.uint8Array({ maxLength });
const anyFrame = fc.oneof(
  fc.tuple(fc.constant(F.DATA), fc.constantFrom(0, F.END_STREAM), streamId, payload(300)),
  fc.tuple(fc.constant(F.HEADERS), fc.constantFrom(0, F.END_HEADERS), streamId, payload(300)),
  fc.tuple(fc.constant(F.CONTINUATION), fc.constant(F.END_HEADERS), streamId, payload(100)),
  fc.tuple(fc.constant(F.RST_STREAM), fc.constant(0), streamId, fc.uint8Array({ minLength: 4, maxLength: 4 })),
  fc.tuple(fc.constant(F.WINDOW_UPDATE), fc.constant(0), streamId, fc.uint8Array({ minLength: 4, maxLength: 4 })),
  fc.tuple(
    fc.constant(F.PING),
    fc.constantFrom(0, F.ACK),
    fc.constant(0),
    fc.uint8Array({ minLength: 8, maxLength: 8 }),
  ),
  fc.tuple(fc.constant(F.GOAWAY), fc.constant(0), fc.constant(0), fc.uint8Array({ minLength: 8, maxLength: 60 })),
  // An extension that nobody knows.
  fc.tuple(fc.integer({ min: 10, max: 255 }), fc.integer({ min: 0, max: 255 }), fc.nat(100), payload(50)),
);

describe('frames', () => {
  test('any sequence, cut anywhere, is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 80 })), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(([type, flags, id, body]) => F.frame(type, flags, id, body)));
        const from = reader();
        const seen: F.Frame[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const length = cuts.length === 0 ? bytes.length : cuts[i % cuts.length]!;
          from.push(bytes.subarray(at, at + length));
          seen.push(...readAll(from));
          at += length;
        }
        expect(seen.map(({ type, flags, streamId: id, payload: body }) => [type, flags, id, hex(body)])).toEqual(
          frames.map(([type, flags, id, body]) => [type, flags, id, hex(body)]),
        );
        expect(from.bytesKept).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('padding and priority are taken off, and counted for flow control', () => {
    const from = reader();
    from.push(F.frame(F.DATA, F.PADDED, 3, Uint8Array.of(2, 104, 105, 0, 0)));
    from.push(F.frame(F.HEADERS, F.PADDED | F.PRIORITY_FLAG, 5, Uint8Array.of(1, 0x80, 0, 0, 3, 15, 0x82, 0)));
    const [data, headers] = readAll(from);
    expect([Buffer.from(data!.payload).toString(), data!.length]).toEqual(['hi', 5]);
    expect([hex(headers!.payload), headers!.dependsOn]).toEqual(['82', 3]);
  });

  test('a header block is cut at the frame size and put together again', () => {
    fc.assert(
      fc.property(payload(2000), fc.integer({ min: 20, max: 500 }), fc.boolean(), (block, size, isPromise) => {
        const type = isPromise ? F.PUSH_PROMISE : F.HEADERS;
        const from = reader();
        for (const bytes of F.headerFrames(type, 0, 7, block, size, isPromise ? 4 : undefined)) {
          expect(bytes.length).toBeLessThanOrEqual(size + 9);
          from.push(bytes);
        }
        const frames = readAll(from);
        expect(hex(Buffer.concat(frames.map((frame) => frame.payload)))).toBe(hex(block));
        expect(frames.map(({ flags }) => flags & F.END_HEADERS)).toEqual(
          frames.map((_, i) => (i === frames.length - 1 ? F.END_HEADERS : 0)),
        );
        if (isPromise) expect(frames[0]!.promisedId).toBe(4);
      }),
      { numRuns: 100 },
    );
  });

  const { NGHTTP2_FRAME_SIZE_ERROR: SIZE, NGHTTP2_PROTOCOL_ERROR: PROTOCOL } = constants;
  const wrong: readonly [string, Uint8Array, number, boolean?][] = [
    ['DATA on stream 0', F.frame(F.DATA, 0, 0), PROTOCOL],
    ['HEADERS on stream 0', F.frame(F.HEADERS, 4, 0), PROTOCOL],
    ['SETTINGS on a stream', F.frame(F.SETTINGS, 0, 1), PROTOCOL],
    ['PING on a stream', F.frame(F.PING, 0, 1, new Uint8Array(8)), PROTOCOL],
    ['GOAWAY on a stream', F.frame(F.GOAWAY, 0, 1, new Uint8Array(8)), PROTOCOL],
    ['SETTINGS of 5 bytes', F.frame(F.SETTINGS, 0, 0, new Uint8Array(5)), SIZE],
    ['an ACK with settings', F.frame(F.SETTINGS, F.ACK, 0, new Uint8Array(6)), SIZE],
    ['PING of 7 bytes', F.frame(F.PING, 0, 0, new Uint8Array(7)), SIZE],
    ['RST_STREAM of 3 bytes', F.frame(F.RST_STREAM, 0, 1, new Uint8Array(3)), SIZE],
    ['WINDOW_UPDATE of 5 bytes', F.frame(F.WINDOW_UPDATE, 0, 1, new Uint8Array(5)), SIZE],
    ['GOAWAY of 7 bytes', F.frame(F.GOAWAY, 0, 0, new Uint8Array(7)), SIZE],
    ['PRIORITY of 4 bytes', F.frame(F.PRIORITY, 0, 1, new Uint8Array(4)), SIZE, true],
    ['padding as long as the frame', F.frame(F.DATA, F.PADDED, 1, Uint8Array.of(3, 1, 2)), PROTOCOL],
    ['a frame larger than allowed', F.frame(F.DATA, 0, 1, new Uint8Array(16_385)), SIZE],
  ];
  test.each(wrong)('%s has the error of RFC 9113', (_name, bytes, code, isStreamError = false) => {
    const from = reader();
    from.push(bytes);
    expect(() => readAll(from)).toThrow(expect.objectContaining({ code, isStreamError }));
  });

  test('what does not begin with SETTINGS is another protocol', () => {
    const from = new F.FrameReader();
    from.push(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(() => from.read()).toThrow(expect.objectContaining({ code: PROTOCOL }));
  });
});
