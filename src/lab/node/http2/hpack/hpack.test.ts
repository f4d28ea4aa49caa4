import http2 from 'node:http2';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader, HEADERS } from '../frames.ts';
import { CompressionError, Decoder } from './decoder.ts';
import { Encoder, type Header } from './encoder.ts';
import { decode, encodedLength, encodeInto } from './huffman.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const unhex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const pairs = (headers: readonly Header[]) => headers.map(({ name, value }) => `${name}: ${value}`);

describe('Huffman', () => {
  test('RFC 7541 C.4: www.example.com', () => {
    const out: number[] = [];
    encodeInto(out, 'www.example.com');
    expect(hex(Uint8Array.from(out))).toBe('f1e3c2e5f23a6ba0ab90f4ff');
  });

  test('every text comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        const out: number[] = [];
        encodeInto(out, text);
        expect(out.length).toBe(encodedLength(text));
        expect(decode(Uint8Array.from(out))).toBe(text);
      }),
    );
  });

  test('padding of a whole byte, of zeros, and EOS are errors', () => {
    expect(decode(unhex('f1e3c2e5f23a6ba0ab90f4ffff'))).toBe(null);
    expect(decode(unhex('f1e3c2e5f23a6ba0ab90f4fe'))).toBe(null);
    expect(decode(unhex('ffffffff'))).toBe(null);
  });
});

describe('RFC 7541 Appendix C', () => {
  /** Sequences on one connection: bytes → fields. */
  const examples: Record<string, [string, string[]][]> = {
    'C.3 requests without Huffman': [
      [
        '828684410f7777772e6578616d706c652e636f6d',
        [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
      ],
      [
        '828684be58086e6f2d6361636865',
        [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
      ],
      [
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
        [
          ':method: GET',
          ':scheme: https',
          ':path: /index.html',
          ':authority: www.example.com',
          'custom-key: custom-value',
        ],
      ],
    ],
    'C.4 requests with Huffman': [
      [
        '828684418cf1e3c2e5f23a6ba0ab90f4ff',
        [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
      ],
      [
        '828684be5886a8eb10649cbf',
        [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
      ],
      [
        '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
        [
          ':method: GET',
          ':scheme: https',
          ':path: /index.html',
          ':authority: www.example.com',
          'custom-key: custom-value',
        ],
      ],
    ],
  };
  for (const [name, blocks] of Object.entries(examples)) {
    test(name, () => {
      const decoder = new Decoder();
      for (const [bytes, fields] of blocks) expect(pairs(decoder.decode(unhex(bytes)))).toEqual(fields);
      expect(decoder.table.size).toBe(164);
    });
  }

  test('C.5: a table of 256 bytes evicts', () => {
    const decoder = new Decoder();
    decoder.decode(unhex('3fe101'));
    decoder.decode(
      unhex(
        '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
      ),
    );
    expect(decoder.table.size).toBe(222);
    expect(pairs(decoder.decode(unhex('4803333037c1c0bf')))).toEqual([
      ':status: 307',
      'cache-control: private',
      'date: Mon, 21 Oct 2013 20:13:21 GMT',
      'location: https://www.example.com',
    ]);
    expect(decoder.table.size).toBe(222);
  });
});

const word = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-'),
  minLength: 1,
  maxLength: 20,
});
const value = fc.string({ unit: fc.constantFrom(...' !"/0129:;=ABCXYZabcxyz~\xe9\xff'), maxLength: 60 });
const header = fc.oneof(
  fc.record({ name: word, value }),
  fc.record({ name: fc.constantFrom(':path', 'cookie', 'date', 'etag', 'authorization', 'x'), value }),
  fc.record({ name: word, value, isSensitive: fc.constant(true) }),
);

test('blocks come back in their order, whatever the sizes of the table', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(header, { maxLength: 12 }), fc.option(fc.nat(600))), { maxLength: 10 }),
      (blocks) => {
        const encoder = new Encoder();
        const decoder = new Decoder();
        for (const [headers, limit] of blocks) {
          if (limit !== null) {
            encoder.setLimit(limit);
            decoder.setLimit(limit);
          }
          const back = decoder.decode(encoder.encode(headers as Header[]));
          expect(pairs(back)).toEqual(pairs(headers as Header[]));
          expect(decoder.table.size).toBe(encoder.table.size);
          expect(decoder.table.size).toBeLessThanOrEqual(limit ?? 4096);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('damaged blocks are a compression error or other fields, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        new Decoder().decode(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(CompressionError);
      }
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['an index that is not there', 'ff80ffff0f'],
  ['index 0', '80'],
  ['a string longer than the block', '00057878'],
  ['a table larger than allowed', '3fe2ff07'],
  ['a size update after a field', '8220'],
])('%s is a compression error', (_name, bytes) => {
  expect(() => new Decoder().decode(unhex(bytes))).toThrow(CompressionError);
});

/** A pair of streams of which each reads what the other writes. */
function duplexPair(onBytes: (side: number, bytes: Uint8Array) => void): [Duplex, Duplex] {
  const sides: Duplex[] = [0, 1].map(
    (side) =>
      new Duplex({
        read() {},
        write(chunk, _encoding, done) {
          onBytes(side, chunk);
          sides[1 - side]!.push(chunk);
          done();
        },
        final(done) {
          sides[1 - side]!.push(null);
          done();
        },
      }),
  );
  return sides as [Duplex, Duplex];
}

test("real Node's header blocks are read, and ours are the same bytes", async () => {
  const wire: Uint8Array[][] = [[], []];
  const [clientSide, serverSide] = duplexPair((side, bytes) => wire[side]!.push(Uint8Array.from(bytes)));
  const server = http2.createServer();
  server.on('stream', (stream, headers) => {
    stream.respond({
      ':status': 200,
      etag: `"${headers[':path']}"`,
      'x-same': 'value',
      'set-cookie': ['a=1', 'b=2'],
      date: 'today',
    });
    stream.end();
  });
  server.emit('connection', serverSide);
  const session = http2.connect('http://example', { createConnection: () => clientSide });
  const requests = [
    { ':path': '/a', 'x-same': 'value', cookie: 'short', authorization: 'Bearer x' },
    { ':path': '/b', 'x-same': 'value', cookie: 'a rather long cookie, indexed', 'content-type': 'text/plain' },
    { ':path': '/a', 'x-same': 'other', accept: '*/*', [http2.sensitiveHeaders]: ['accept'] },
  ];
  for (const headers of requests) {
    await new Promise<void>((resolve) => session.request(headers).on('close', resolve).resume());
  }
  session.close();
  await new Promise((resolve) => session.on('close', resolve));
  for (const side of [0, 1]) {
    const reader = new FrameReader();
    const bytes = Buffer.concat(wire[side]!);
    reader.push(side === 0 ? bytes.subarray(24) : bytes);
    const decoder = new Decoder();
    const encoder = new Encoder();
    let blocks = 0;
    for (let frame = reader.read(); frame !== null; frame = reader.read()) {
      if (frame.type !== HEADERS) continue;
      const headers = decoder.decode(frame.payload);
      expect(hex(encoder.encode(headers))).toBe(hex(frame.payload));
      blocks++;
      if (side === 0) expect(pairs(headers)).toContain(`:path: ${requests[blocks - 1]![':path']}`);
    }
    expect(blocks).toBe(3);
  }
});
