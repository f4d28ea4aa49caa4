import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BodyKind, Framer } from './http-framing.ts';
import { bytesOf } from './test-net.ts';

/** What a framer saw, as lines. */
function frame(kind: 'request' | 'response', chunks: readonly Uint8Array[], end = true, body?: BodyKind): string[] {
  const seen: string[] = [];
  const framer = new Framer(kind, {
    onHead: ({ method, path, status, headEnd }) => {
      seen.push(`${kind === 'request' ? `${method} ${path}` : status} @${headEnd}`);
      return body ?? 'framed';
    },
    onMessage: (bytes) => seen.push(`message ${bytes}`),
  });
  for (const chunk of chunks) framer.push(chunk, 0);
  const wasStopped = framer.isStopped;
  if (end) framer.end();
  if (wasStopped) seen.push('stopped');
  return seen;
}

const request = (text: string) => frame('request', [bytesOf(text)]);
const response = (text: string, body?: BodyKind) => frame('response', [bytesOf(text)], true, body);

describe('requests', () => {
  test('without a body, pipelined, with empty lines between', () => {
    expect(request('GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\nHEAD /x?y=1 HTTP/1.0\r\n\r\n')).toEqual([
      'GET / @27',
      'message 27',
      'HEAD /x?y=1 @53',
      'message 24',
    ]);
  });

  test('content-length in any case, with white space', () => {
    expect(request('POST /a HTTP/1.1\r\ncOnTent-lENGTH: \t5 \r\n\r\nhelloGET /b HTTP/1.1\r\n\r\n')).toEqual([
      'POST /a @41',
      'message 46',
      'GET /b @65',
      'message 19',
    ]);
  });

  test('chunks with extensions and trailers', () => {
    const head = 'POST /a HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n';
    const body = '5;name="v"\r\nhello\r\nA\r\n0123456789\r\n0\r\nDigest: x\r\n\r\n';
    expect(request(`${head}${body}`)).toEqual([`POST /a @${head.length}`, `message ${head.length + body.length}`]);
  });

  test('transfer-encoding wins over content-length', () => {
    const text = 'POST /a HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(request(text)).toEqual([expect.stringMatching(/^POST/), `message ${text.length}`]);
  });
});

describe('responses', () => {
  test('framed by the end of the connection when nothing else says', () => {
    expect(response('HTTP/1.1 200 OK\r\n\r\nabc')).toEqual(['200 @19', 'message 22']);
  });

  test('content-length 0, and a body that the caller says is not there', () => {
    expect(response('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')).toEqual(['404 @45', 'message 45']);
    expect(response('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n', 'none')).toEqual(['200 @39', 'message 39']);
  });

  test('an upgrade ends the framing', () => {
    expect(response('HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05', 'stop')).toEqual(['101 @36', 'stopped']);
  });
});

describe('what is no HTTP stops it', () => {
  test.each([
    ['*1\r\n$4\r\nPING\r\n'],
    ['AMQP\x00\x00\x09\x01'.padEnd(20_000, '\x00')],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['GET /\r\n\r\n'],
    ['GET  HTTP/1.1\r\n\r\n'],
    ['GET /a b HTTP/1.1\r\n\r\n'],
    ['GET / HTTP/1.1\n\n'],
    ['POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n'],
    ['POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n'],
    [`GET /${'x'.repeat(17_000)} HTTP/1.1\r\n\r\n`],
    [`GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(4000)}\r\n`],
  ])('%j', (text) => {
    expect(request(text)).toEqual(['stopped']);
    // The same when it trickles in.
    expect(frame('request', split(text, 7))).toEqual(['stopped']);
  });

  test('a bad chunk size', () => {
    expect(request('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n')).toEqual(['POST / @47', 'stopped']);
    expect(request(`POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${'F'.repeat(20)}\r\n`)).toEqual([
      'POST / @47',
      'stopped',
    ]);
  });
});

test('any split of the stream gives the same events', () => {
  fc.assert(
    fc.property(
      fc.array(message(), { maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      fc.string(),
      (messages, cuts, tail) => {
        for (const kind of ['request', 'response'] as const) {
          const text = messages.map((each) => each[kind]).join('') + tail;
          const whole = bytesOf(text);
          const expected = frame(kind, [whole]);
          expect(frame(kind, cut(whole, cuts))).toEqual(expected);
          expect(
            frame(
              kind,
              [...whole].map((byte) => Uint8Array.of(byte)),
            ),
          ).toEqual(expected);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('any bytes whatever neither throw nor depend on the split', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .constantFrom(
        'GET / HTTP/1.1',
        '\r\n',
        '\r\n\r\n',
        'HTTP/1.1 200 OK',
        'Content-Length: 3',
        '0\r\n\r\n',
        'Transfer-Encoding: chunked',
      )
      .map(bytesOf),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 10 }), (pieces, cuts) => {
      const whole = Uint8Array.from(pieces.flatMap((bytes) => [...bytes]));
      for (const kind of ['request', 'response'] as const) {
        expect(frame(kind, cut(whole, cuts))).toEqual(frame(kind, [whole]));
      }
    }),
    { numRuns: 1000 },
  );
});

/** A valid request and a valid response of the same body. */
function message() {
  const body = fc.string({ maxLength: 60 });
  const framing = fc.constantFrom('length', 'chunked', 'none');
  return fc.tuple(body, framing, fc.nat(9)).map(([text, how, n]) => {
    const length = bytesOf(text).length;
    const chunks = text === '' ? '0\r\n\r\n' : `${length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
    const fields = 'X-A: b\r\nConnection: keep-alive\r\n'.repeat(n % 3);
    const rest =
      how === 'length'
        ? `${fields}Content-Length: ${length}\r\n\r\n${text}`
        : how === 'chunked'
          ? `transfer-encoding: chunked\r\n${fields}\r\n${chunks}`
          : `${fields}Content-Length: 0\r\n\r\n`;
    return { request: `POST /p/${n} HTTP/1.1\r\n${rest}`, response: `HTTP/1.1 20${n % 4} OK\r\n${rest}` };
  });
}

function split(text: string, size: number): Uint8Array[] {
  const bytes = bytesOf(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));
}

function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set([0, ...cuts.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return at.slice(1).map((place, i) => bytes.slice(at[i], place));
}
