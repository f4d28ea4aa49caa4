import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Decoded, decoderOf, type Protocol, protocolOf, type Side } from './index.ts';

type Part = string | number | readonly number[];
const bytes = (...parts: Part[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string' ? [...new TextEncoder().encode(part)] : typeof part === 'number' ? [part] : [...part],
    ),
  );
const int32 = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
const int16 = (value: number): number[] => [value >>> 8, value & 255];

/** All messages of a whole stream. */
function read(protocol: Protocol, side: Side, stream: Uint8Array, isStart = true): Decoded[] {
  const decoder = decoderOf(protocol, side);
  const all: Decoded[] = [];
  for (let at = 0; at < stream.length; ) {
    const decoded = decoder.read(stream.subarray(at), isStart && at === 0, false);
    if (decoded === null || decoded === 'partial') throw new Error(`${decoded} at ${at}`);
    all.push(decoded);
    at += decoded.length;
  }
  return all;
}
const titles = (...args: Parameters<typeof read>) => read(...args).map(({ title }) => title);

describe('HTTP/1.1', () => {
  test('requests and replies by length, in chunks and without a body', () => {
    const requests = 'GET /a HTTP/1.1\r\nhost: x\r\n\r\nPOST /b HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}';
    expect(titles('HTTP/1.1', 'client', bytes(requests))).toEqual(['GET /a', 'POST /b']);
    const replies =
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nHTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n';
    const [ok, bad] = read('HTTP/1.1', 'server', bytes(replies));
    expect(ok).toMatchObject({ title: '200 OK', detail: expect.stringMatching(/\n\nabcde$/) });
    expect(bad).toMatchObject({ title: '503 Service Unavailable', isBad: true });
  });

  test('of a packet whose end was not kept the beginning is shown', () => {
    const stream = bytes('HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\nbegin');
    expect(decoderOf('HTTP/1.1', 'server').read(stream, true, false)).toBe('partial');
    expect(decoderOf('HTTP/1.1', 'server').read(stream, true, true)).toMatchObject({
      title: '200 OK',
      length: stream.length,
    });
  });
});

describe('RESP', () => {
  test('commands as they are typed, replies as redis-cli prints them', () => {
    expect(titles('RESP', 'client', bytes('*2\r\n$3\r\nGET\r\n$3\r\na:1\r\n*1\r\n$4\r\nPING\r\n'))).toEqual([
      'GET a:1',
      'PING',
    ]);
    const replies =
      '+OK\r\n:3\r\n$-1\r\n$5\r\nhello\r\n-WRONGTYPE no\r\n*2\r\n$1\r\na\r\n*1\r\n:1\r\n_\r\n%1\r\n+k\r\n+v\r\n';
    expect(titles('RESP', 'server', bytes(replies))).toEqual([
      'OK',
      '(integer) 3',
      '(nil)',
      'hello',
      'WRONGTYPE no',
      'a (integer) 1',
      '(nil)',
      'k v',
    ]);
    expect(read('RESP', 'server', bytes('-ERR x\r\n'))[0]).toMatchObject({ isBad: true });
  });
});

describe('AMQP', () => {
  const frame = (type: number, channel: number, ...payload: number[]) =>
    bytes(type, int16(channel), int32(payload.length), payload, 0xce);
  const short = (text: string) => [text.length, ...bytes(text)];

  test('the protocol header, methods, content and heartbeats', () => {
    const stream = bytes(
      ...[
        bytes('AMQP', 0, 0, 9, 1),
        frame(1, 1, ...int16(60), ...int16(40), 0, 0, ...short('checkout'), ...short('payment.charge'), 0),
        frame(2, 1, ...int16(60), 0, 0, ...int32(0), ...int32(5), ...int16(0x9000), ...short('text/plain'), 2),
        frame(3, 1, ...bytes('hello')),
        frame(8, 0),
        frame(1, 1, ...int16(60), ...int16(120), ...int32(0), ...int32(7), 2),
        frame(1, 0, ...int16(10), ...int16(50), ...int16(320), ...short('CONNECTION_FORCED'), 0, 0, 0, 0),
      ].map((part) => [...part]),
    );
    expect(titles('AMQP 0-9-1', 'client', stream)).toEqual([
      'protocol AMQP 0-9-1',
      'basic.publish  checkout → payment.charge  #1',
      'content header, 5 bytes follow  #1',
      'body 5 bytes: hello  #1',
      'heartbeat',
      'basic.nack  7, requeue  #1',
      'connection.close  320 CONNECTION_FORCED',
    ]);
    const all = read('AMQP 0-9-1', 'client', stream);
    expect(all[2]!.detail).toBe('content-type: text/plain\ndelivery-mode: persistent');
    expect(all.filter(({ isBad }) => isBad).map(({ title }) => title.split(' ')[0])).toEqual([
      'basic.nack',
      'connection.close',
    ]);
  });
});

describe('PostgreSQL', () => {
  const message = (type: string, ...body: Part[]): number[] => {
    const content = bytes(...body);
    return [...bytes(type, int32(content.length + 4)), ...content];
  };

  test('startup, statements with their values, rows and errors', () => {
    const start = bytes(int32(196_608), 'user', 0, 'shop', 0, 0);
    const client = bytes(
      int32(start.length + 4),
      [...start],
      message('P', 'by_id', 0, 'SELECT 1', 0, int16(0)),
      message('B', 0, 'by_id', 0, int16(0), int16(2), int32(2), '42', int32(-1)),
      message('Q', 'COMMIT', 0),
      message('X'),
    );
    expect(titles('PostgreSQL', 'client', client)).toEqual([
      'Startup  user: shop',
      'Parse  by_id: SELECT 1',
      'Bind  by_id (42, NULL)',
      'Query  COMMIT',
      'Terminate',
    ]);
    const server = bytes(
      message('R', int32(0)),
      message('T', int16(1), 'id', 0, new Array<number>(18).fill(0)),
      message('D', int16(2), int32(1), '7', int32(-1)),
      message('C', 'SELECT 1', 0),
      message('E', 'S', 'ERROR', 0, 'C', '40P01', 0, 'M', 'deadlock detected', 0, 0),
      message('Z', 'E'),
    );
    expect(titles('PostgreSQL', 'server', server)).toEqual([
      'Authentication  ok',
      'RowDescription  id',
      'DataRow  7 | NULL',
      'CommandComplete  SELECT 1',
      'ErrorResponse  40P01 deadlock detected',
      'ReadyForQuery  in a failed transaction',
    ]);
  });
});

test('a protocol is known by its port, else by what is said', () => {
  const none = new Uint8Array(0);
  expect(protocolOf(6379, none, none)).toBe('RESP');
  expect(protocolOf(8080, bytes('GET / HTTP/1.1\r\n'), none)).toBe('HTTP/1.1');
  expect(protocolOf(0, none, bytes('HTTP/1.1 200'))).toBe('HTTP/1.1');
  expect(protocolOf(0, bytes('*1\r\n$4\r\nPING\r\n'), none)).toBe('RESP');
  expect(protocolOf(0, bytes('AMQP', 0, 0, 9, 1), none)).toBe('AMQP 0-9-1');
  expect(protocolOf(0, bytes('Q', int32(9)), none)).toBe('PostgreSQL');
  expect(protocolOf(9999, bytes('\u0001\u0002'), none)).toBeNull();
});

test('no bytes make a decoder throw, stand still or read past the end', () => {
  const sizes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(
        fc.constantFrom(
          '*3\r\n$',
          'HTTP/1.1 2',
          'POST / HTTP/1.1\r\ncontent-length: ',
          'AMQP',
          'Q\0\0\0',
          'D\0\0\0',
          '\u0001\0\u0001\0\0\0',
        ),
        fc.uint8Array({ maxLength: 100 }),
      )
      .map(([start, rest]) => bytes(start, [...rest])),
  );
  fc.assert(
    fc.property(sizes, fc.boolean(), (stream, flag) => {
      for (const protocol of ['HTTP/1.1', 'RESP', 'AMQP 0-9-1', 'PostgreSQL'] as const) {
        for (const side of ['client', 'server'] as const) {
          const decoded = decoderOf(protocol, side).read(stream, flag, !flag);
          if (decoded === null || decoded === 'partial') continue;
          expect(decoded.length).toBeGreaterThan(0);
          expect(decoded.length).toBeLessThanOrEqual(stream.length);
        }
      }
      protocolOf(0, stream, stream);
    }),
    { numRuns: 1000 },
  );
});
