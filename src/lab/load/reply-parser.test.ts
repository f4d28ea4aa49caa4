import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplyParser } from './reply-parser.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (body: Uint8Array) => new TextDecoder().decode(body);

function parseInPieces(wire: string, cuts: readonly number[]): ReplyParser {
  const parser = new ReplyParser();
  const all = bytes(wire);
  const at = [...new Set(cuts.map((cut) => cut % all.length))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...at, all.length]) {
    if (to > from) parser.push(all.slice(from, to));
    from = to;
  }
  return parser;
}

const cuts = fc.array(fc.nat(), { maxLength: 30 });

test('content-length: the same reply however the bytes are cut', () => {
  const wire = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{"stock":"ä","n"}';
  fc.assert(
    fc.property(cuts, (at) => {
      const parser = parseInPieces(wire, at);
      expect(parser.push(new Uint8Array(0))).toBe('whole');
      expect([parser.status, parser.headers['content-type'], text(parser.body), parser.willClose]).toEqual([
        200,
        'application/json',
        '{"stock":"ä","n"}',
        false,
      ]);
    }),
  );
});

test('chunked: sizes, extensions and trailers are taken off, however the bytes are cut', () => {
  const wire =
    'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nKeep-Alive: timeout=7\r\n\r\n5;x=1\r\nhello\r\nA\r\n, world 12\r\n0\r\nX-End: 1\r\n\r\n';
  fc.assert(
    fc.property(cuts, (at) => {
      const parser = parseInPieces(wire, at);
      expect(parser.push(new Uint8Array(0))).toBe('whole');
      expect([parser.status, text(parser.body), parser.keepAliveSeconds, parser.willClose]).toEqual([
        201,
        'hello, world 12',
        7,
        false,
      ]);
    }),
  );
});

test('neither length nor chunks: the body ends with the connection', () => {
  const parser = new ReplyParser();
  expect(parser.push(bytes('HTTP/1.1 200 OK\r\n\r\nall of'))).toBe('more');
  expect(parser.push(bytes(' it'))).toBe('more');
  expect(parser.end()).toBe('whole');
  expect(text(parser.body)).toBe('all of it');
});

test('100 Continue is skipped; 204 and the reply to HEAD have no body', () => {
  const continued = new ReplyParser();
  expect(continued.push(bytes('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'))).toBe('whole');
  expect(continued.status).toBe(204);
  const head = new ReplyParser();
  head.isHead = true;
  expect(head.push(bytes('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n'))).toBe('whole');
});

test('a connection that ends within a reply, and what is no HTTP, are broken', () => {
  const cut = new ReplyParser();
  cut.push(bytes('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'));
  expect(cut.end()).toBe('broken');
  expect(new ReplyParser().push(bytes('SSH-2.0-OpenSSH\r\n\r\n'))).toBe('broken');
  expect(new ReplyParser().push(bytes('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'))).toBe('broken');
});

test('bytes after the reply: it is whole, but the connection is not reused', () => {
  const parser = new ReplyParser();
  expect(parser.push(bytes('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok!'))).toBe('whole');
  expect([text(parser.body), parser.willClose]).toEqual(['ok', true]);
});

test('HTTP/1.0 and connection: close are not kept', () => {
  for (const head of ['HTTP/1.0 200 OK', 'HTTP/1.1 200 OK\r\nConnection: close']) {
    const parser = new ReplyParser();
    expect(parser.push(bytes(`${head}\r\nContent-Length: 0\r\n\r\n`))).toBe('whole');
    expect(parser.willClose).toBe(true);
  }
});
