/**
 * What a peer gets back for frames that are wrong, odd or rare, from real Node's http2 and from the lab's: a raw socket
 * writes the bytes and notes the frames that come. RFC 9113 names the error of each.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectSame } from '../test-same.ts';
import { constants } from './constants.ts';
import * as F from './frames.ts';
import { Encoder } from './hpack/encoder.ts';
import { Connection, type ConnectionOwner } from './protocol/connection.ts';

const WIRE = `
  import http2 from 'node:http2';
  import net from 'node:net';
  const frame = (type, flags, id, payload = '') => { const body = Buffer.from(payload, 'hex'); const head = Buffer.alloc(9); head.writeUIntBE(body.length, 0, 3); head[3] = type; head[4] = flags; head.writeUInt32BE(id, 5); return Buffer.concat([head, body]); };
  const MAGIC = Buffer.from('PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n');
  const hello = Buffer.concat([MAGIC, frame(4, 0, 0), frame(4, 1, 0)]);
  // GET http / on authority x, by indexes of the static table.
  const GET = '828684410178', POST = '838684410178';
  const exchange = async (name, ...frames) => {
    const server = http2.createServer();
    const seen = [];
    server.on('sessionError', (error) => seen.push('sessionError ' + describe(error)));
    server.on('stream', (stream, headers) => {
      seen.push('stream ' + stream.id + ' ' + headers[':method'] + ' ' + headers[':path']);
      stream.on('error', (error) => seen.push('error ' + describe(error)));
      stream.on('aborted', () => seen.push('aborted'));
      stream.on('data', (chunk) => seen.push('data ' + chunk.length));
      stream.on('trailers', (trailers) => seen.push('trailers ' + Object.keys(trailers).join()));
      stream.on('end', () => { seen.push('end'); if (!stream.destroyed && !stream.headersSent) { stream.respond({ ':status': 200 }, { sendDate: false }); stream.end('ok'); } });
    });
    const port = await listen(server);
    const socket = net.connect(port, '127.0.0.1');
    let bytes = Buffer.alloc(0);
    const got = [];
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
        const length = bytes.readUIntBE(0, 3), [type, flags] = [bytes[3], bytes[4]], id = bytes.readUInt32BE(5), body = bytes.subarray(9, 9 + length);
        bytes = bytes.subarray(9 + length);
        const more = type === 3 ? 'code ' + body.readUInt32BE(0) : type === 7 ? 'last ' + body.readUInt32BE(0) + ' code ' + body.readUInt32BE(4) : type === 0 ? body.toString() : type === 8 ? body.readUInt32BE(0) : type === 6 ? body.toString('hex') : '';
        got.push([['DATA', 'HEADERS', 'PRIORITY', 'RST', 'SETTINGS', 'PUSH', 'PING', 'GOAWAY', 'WINDOW', 'CONT'][type], flags, id, more].join(' ').trim());
      }
    });
    socket.on('error', () => {});
    let isClosed = false;
    socket.on('close', () => { isClosed = true; });
    socket.setNoDelay(true);
    socket.write(hello);
    for (let i = 0; i < 100 && !got.includes('SETTINGS 1 0'); i++) await sleep(5);
    for (const one of frames) { socket.write(one); await sleep(15); }
    await sleep(60);
    log(name, got.join(' | '), '>', seen.join(' | '), isClosed ? 'closed' : 'open');
    socket.destroy();
    server.close();
  };
`;

test('requests, bodies, trailers, padding, priorities, unknown frames', async () => {
  await expectSame(`${WIRE.trim()}
    await Promise.all([
    exchange('get', frame(1, 5, 1, GET)),
    exchange('in pieces', ...[...Buffer.concat([frame(1, 5, 1, GET)])].map((byte) => Buffer.of(byte))),
    exchange('post', frame(1, 4, 1, POST), frame(0, 0, 1, '616263'), frame(0, 1, 1, '64')),
    exchange('padded', frame(1, 4 | 8, 1, '03' + POST + '000000'), frame(0, 1 | 8, 1, '02' + '6162' + '0000')),
    exchange('priority', frame(2, 0, 1, '0000000010'), frame(1, 5 | 32, 1, '0000000010' + GET)),
    exchange('continuation', frame(1, 1, 1, GET.slice(0, 4)), frame(9, 0, 1, GET.slice(4, 6)), frame(9, 4, 1, GET.slice(6))),
    exchange('trailers', frame(1, 4, 1, POST), frame(0, 0, 1, '61'), frame(1, 5, 1, '4001780179')),
    exchange('unknown', frame(77, 3, 1, 'abcdef'), frame(1, 5, 1, GET)),
    exchange('ping', frame(6, 0, 0, '0102030405060708')),
    exchange('two', frame(1, 5, 1, GET), frame(1, 5, 3, GET)),
    exchange('bye', frame(1, 5, 1, GET), frame(7, 0, 0, '0000000000000000')),
    exchange('reset', frame(1, 4, 1, POST), frame(3, 0, 1, '00000008')),
    exchange('empty data', frame(1, 4, 1, POST), frame(0, 0, 1), frame(0, 1, 1)),
    ]);
  `);
});

test('what breaks the protocol ends the connection or the stream, with the code of RFC 9113', async () => {
  const seen = await expectSame(`${WIRE.trim()}
    await Promise.all([
    exchange('DATA on stream 0', frame(0, 0, 0, '61')),
    exchange('HEADERS on stream 0', frame(1, 5, 0, GET)),
    exchange('even stream', frame(1, 5, 2, GET)),
    exchange('stream goes back', frame(1, 5, 5, GET), frame(1, 5, 3, GET)),
    exchange('DATA on an idle stream', frame(0, 1, 1, '61')),
    exchange('DATA after the end', frame(1, 5, 1, GET), frame(0, 1, 1, '61')),
    exchange('WINDOW_UPDATE of 0', frame(1, 4, 1, POST), frame(8, 0, 1, '00000000')),
    exchange('WINDOW_UPDATE of 0 for all', frame(8, 0, 0, '00000000')),
    exchange('WINDOW_UPDATE over the limit', frame(8, 0, 0, '7fffffff')),
    exchange('WINDOW_UPDATE over the limit of a stream', frame(1, 4, 1, POST), frame(8, 0, 1, '7fffffff')),
    exchange('WINDOW_UPDATE on an idle stream', frame(8, 0, 1, '00000001')),
    exchange('RST_STREAM on an idle stream', frame(3, 0, 1, '00000000')),
    exchange('SETTINGS of 5 bytes', frame(4, 0, 0, '0000000000')),
    exchange('SETTINGS on a stream', frame(4, 0, 1)),
    exchange('SETTINGS with a wrong push', frame(4, 0, 0, '000200000002')),
    exchange('SETTINGS with a wrong window', frame(4, 0, 0, '000480000000')),
    exchange('SETTINGS with a wrong frame size', frame(4, 0, 0, '000500000001')),
    exchange('SETTINGS acknowledged too often', frame(4, 1, 0)),
    exchange('PING of 7 bytes', frame(6, 0, 0, '01020304050607')),
    exchange('PING on a stream', frame(6, 0, 1, '0102030405060708')),
    exchange('PING acknowledged that was not sent', frame(6, 1, 0, '0102030405060708')),
    exchange('PUSH_PROMISE from a client', frame(5, 4, 1, '00000002' + GET)),
    exchange('CONTINUATION alone', frame(9, 4, 1, GET)),
    exchange('another frame inside a block', frame(1, 1, 1, GET), frame(6, 0, 0, '0102030405060708')),
    exchange('padding too long', frame(1, 4, 1, POST), frame(0, 9, 1, '0561')),
    exchange('a frame too large', frame(1, 4, 1, POST), frame(0, 0, 1, '00'.repeat(16385))),
    exchange('HPACK: no such index', frame(1, 5, 1, 'ff00')),
    exchange('HPACK: cut', frame(1, 5, 1, '0005')),
    exchange('no path', frame(1, 5, 1, '8286410178')),
    exchange('no authority', frame(1, 5, 1, '828684')),
    exchange('a pseudo-header twice', frame(1, 5, 1, GET + '82')),
    exchange('a pseudo-header after others', frame(1, 5, 1, '8286' + '4001780179' + '84410178')),
    exchange('a response from a client', frame(1, 5, 1, '88' + GET)),
    exchange('upper case', frame(1, 5, 1, GET + '4001580179')),
    exchange('connection header', frame(1, 5, 1, GET + '400a' + Buffer.from('connection').toString('hex') + '05' + Buffer.from('close').toString('hex'))),
    exchange('te', frame(1, 5, 1, GET + '40027465' + '04' + Buffer.from('gzip').toString('hex'))),
    exchange('too little for its content-length', frame(1, 4, 1, POST + '0f0d0135'), frame(0, 1, 1, '61')),
    exchange('too much for its content-length', frame(1, 4, 1, POST + '0f0d0131'), frame(0, 1, 1, '616263')),
    exchange('trailers that do not end', frame(1, 4, 1, POST), frame(1, 4, 1, '4001780179'), frame(0, 1, 1, '61')),
    exchange('pseudo-headers in trailers', frame(1, 4, 1, POST), frame(1, 5, 1, '82')),
    exchange('depends on itself', frame(2, 0, 1, '0000000110')),
    exchange('GOAWAY with an error', frame(1, 4, 1, POST), frame(7, 0, 0, '0000000000000002')),
    ]);
  `);
  expect(seen['DATA on stream 0']![0]).toContain(`GOAWAY 0 0 last 0 code ${constants.NGHTTP2_PROTOCOL_ERROR}`);
});

test('no bytes make the protocol fail in another way than with a last GOAWAY', () => {
  const globals: any = globalThis;
  const ticks: (() => void)[] = [];
  globals.__kernel = { setImmediate: (run: () => void) => ticks.push(run), loopUs: () => 0 };
  const original = process.nextTick;
  const drain = () => {
    for (let i = 0; ticks.length > 0 && i < 10_000; i++) ticks.shift()!();
  };
  const streamId = fc.constantFrom(0, 1, 3, 5, 2);
  const headers = new Encoder().encode([
    { name: ':method', value: 'POST' },
    { name: ':scheme', value: 'http' },
    { name: ':path', value: '/' },
    { name: ':authority', value: 'x' },
  ]);
  const frame = fc.oneof(
    fc.tuple(
      fc.constant(F.HEADERS),
      fc.constantFrom(0, 1, 4, 5, 13),
      streamId,
      fc.constantFrom(headers, new Uint8Array(3)),
    ),
    fc.tuple(fc.nat(10), fc.nat(255), streamId, fc.uint8Array({ maxLength: 20 })),
    fc.tuple(fc.constant(F.DATA), fc.constantFrom(0, 1), streamId, fc.uint8Array({ maxLength: 100 })),
    fc.tuple(
      fc.constant(F.SETTINGS),
      fc.constant(0),
      fc.constant(0),
      fc.constantFrom(new Uint8Array(0), Uint8Array.of(0, 4, 0, 0, 0, 9)),
    ),
  );
  try {
    (process as any).nextTick = (run: () => void) => ticks.push(run);
    globals.queueMicrotask = (run: () => void) => ticks.push(run);
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
        const sent: Uint8Array[] = [];
        const owner: ConnectionOwner = {
          onHeaders(stream) {
            stream.owner ??= {};
            stream.readStart();
            if (!stream.isLocalClosed && !stream.isClosed)
              stream.respond([{ name: ':status', value: '200' }], true, false);
          },
          onData() {},
          onEnd() {},
          onStreamClosed() {},
          onTrailersWanted() {},
          onSettings() {},
          onPing() {},
          onGoaway() {},
          onError() {},
          onGracefulCloseComplete() {},
        };
        const options = {
          maxOutstandingPings: 10,
          maxOutstandingSettings: 10,
          peerMaxConcurrentStreams: 100,
          maxHeaderListPairs: 128,
          maxInvalidFrames: 1000,
          maxDeflateTableSize: 4096,
        };
        const transport = {
          write(bytes: Uint8Array) {
            sent.push(bytes);
            return true;
          },
          pause() {},
          resume() {},
        };
        const connection = new Connection(true, options, owner, transport);
        connection.receive(F.MAGIC);
        connection.receive(F.frame(F.SETTINGS, 0, 0));
        for (const [type, flags, id, payload] of frames) {
          connection.receive(F.frame(type, flags, id, payload));
          drain();
        }
        drain();
        // What came back is well formed, and after a last GOAWAY there is nothing.
        const reader = new F.FrameReader();
        reader.push(F.frame(F.SETTINGS, 0, 0));
        reader.read();
        reader.push(Buffer.concat(sent));
        const types: number[] = [];
        for (let one = reader.read(); one !== null; one = reader.read()) types.push(one.type);
        expect(reader.bytesKept).toBe(0);
        if (connection.isTerminated) expect(types.at(-1)).toBe(F.GOAWAY);
        expect(connection.openRemote).toBe([...connection.counted].length);
      }),
      { numRuns: 400 },
    );
  } finally {
    (process as any).nextTick = original;
    delete globals.__kernel;
  }
});
