/**
 * Four clients, one server: their commands in any order have the replies that the real server gives in the same order; and
 * cut into pieces that arrive interleaved they are still each done at one moment.
 */
import net from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, textOf } from './bytes.ts';
import { boot, RedisTestClient, replyEnd, request } from './test-client.ts';
import { startReal } from './test-real.ts';

const RUNS = 150;
const CLIENTS = 4;

const key = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom('1', '2', 'x', '', '10.5');
const small = fc.integer({ min: -3, max: 4 }).map(String);
const words = (...parts: (string | fc.Arbitrary<string>)[]) =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)));

/** Nothing that depends on time or chance, or waits. */
const command: fc.Arbitrary<string[]> = fc.oneof(
  words('SET', key, value),
  words('SET', key, value, fc.constantFrom('NX', 'XX', 'GET', 'KEEPTTL')),
  words('GET', key),
  words('INCR', key),
  words('INCRBYFLOAT', key, fc.constantFrom('0.1', '-2', '1e3')),
  words('APPEND', key, value),
  words('DEL', key),
  words('RENAME', key, key),
  words('COPY', key, key, 'REPLACE'),
  words('TYPE', key),
  words('RPUSH', key, value, value),
  words('LPOP', key),
  words('LMOVE', key, key, fc.constantFrom('LEFT', 'RIGHT'), fc.constantFrom('LEFT', 'RIGHT')),
  words('LRANGE', key, small, small),
  words('LREM', key, small, value),
  words('HSET', key, value, value),
  words('HINCRBY', key, value, small),
  words('HGETALL', key),
  words('HDEL', key, value),
  words('SADD', key, small, small),
  words('SREM', key, small),
  words('SINTER', key, key),
  words('ZADD', key, small, value, small, value),
  words('ZADD', key, fc.constantFrom('NX', 'GT', 'LT', 'CH', 'INCR'), small, value),
  words('ZRANGE', key, small, small, 'WITHSCORES'),
  words('ZRANK', key, value),
  words('ZPOPMIN', key),
  words('ZUNIONSTORE', key, '2', key, key),
  words('XADD', key, fc.constantFrom('1-1', '2-*', '3-3', '5'), 'f', value),
  words('XRANGE', key, '-', '+'),
  words('XGROUP', 'CREATE', key, 'g', '0'),
  words('XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '1', 'STREAMS', key, '>'),
  words('XACK', key, 'g', '1-1', '2-0'),
  words('XPENDING', key, 'g'),
  words('MULTI'),
  words('EXEC'),
  words('DISCARD'),
  words('WATCH', key),
  words('EXPIRE', key, fc.constantFrom('100', '-1'), fc.constantFrom('NX', 'GT', 'XX')),
  words('PERSIST', key),
  words('EVAL', "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])", '1', key, value),
  words('EVAL', "return redis.pcall('INCR', KEYS[1])", '1', key),
  words('OBJECT', 'ENCODING', key),
);

const steps = fc.array(fc.record({ client: fc.nat(CLIENTS - 1), command }), { minLength: 20, maxLength: 60 });

test(`${RUNS} interleavings of ${CLIENTS} clients have the replies of the real server`, async ({ skip }) => {
  const real = await startReal();
  if (real === null) return skip('redis-server is not installed: apt-get install redis-server');
  try {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const machine = boot(['--save', '']);
        const ours = Array.from({ length: CLIENTS }, () => new RedisTestClient(machine));
        const theirs = await Promise.all(Array.from({ length: CLIENTS }, () => connect(real.port)));
        await theirs[0]!(['FLUSHALL']);
        for (const { client, command } of all) {
          const expected = await theirs[client]!(command);
          expect(ours[client]!.call(...command), command.join(' ')).toBe(expected.replace(/\r\n$/, ''));
        }
        await Promise.all(theirs.map((send) => send(null)));
      }),
      { numRuns: RUNS, seed: 20_261_123 },
    );
  } finally {
    await real.stop();
  }
}, 60_000);

test('pieces of requests that arrive interleaved: counters count, lists keep the order of each client, transactions stay whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(CLIENTS - 1), fc.integer({ min: 1, max: 40 })), { maxLength: 200 }),
      (pieces) => {
        const machine = boot(['--save', '']);
        const streams = Array.from({ length: CLIENTS }, (_, client) => {
          const requests = Array.from({ length: 5 }, (__, i) => [
            ...[request('INCR', 'n'), request('RPUSH', 'list', `${client}:${i}`)],
            ...[request('MULTI'), request('INCR', 'x'), request('INCR', 'y'), request('EXEC')],
          ]).flat();
          return { client: new RedisTestClient(machine), bytes: bytesOf(requests.join('')), at: 0, text: '' };
        });
        const send = (client: number, size: number) => {
          const stream = streams[client]!;
          stream.client.connection.send(stream.bytes.subarray(stream.at, stream.at + size));
          stream.at += size;
          stream.text += stream.client.connection.text();
        };
        for (const [client, size] of pieces) send(client, size);
        streams.forEach((_, client) => {
          send(client, Infinity);
        });
        const counted = streams.flatMap(({ text }) =>
          [...text.matchAll(/(?<!\*2\r\n|\*2\r\n:\d+\r\n):(\d+)\r\n:/g)].map(([, n]) => Number(n)),
        );
        expect(counted.sort((a, b) => a - b)).toEqual(Array.from({ length: 5 * CLIENTS }, (_, i) => i + 1));
        for (const { text } of streams)
          for (const [, x, y] of text.matchAll(/\*2\r\n:(\d+)\r\n:(\d+)\r\n/g)) expect(x).toBe(y);
        const list = new RedisTestClient(machine).call('LRANGE', 'list', '0', '-1');
        for (let client = 0; client < CLIENTS; client++)
          expect([...list.matchAll(new RegExp(`^${client}:(\\d)`, 'gm'))].map(([, i]) => i).join('')).toBe('01234');
      },
    ),
  );
});

/** Sends a command and resolves with its reply; null ends the connection. */
async function connect(port: number): Promise<(command: readonly string[] | null) => Promise<string>> {
  const socket = net.connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.setNoDelay(true);
  return (command) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    if (command === null) {
      socket.destroy();
      resolve('');
      return promise;
    }
    let text = '';
    const onData = (chunk: Uint8Array) => {
      text += textOf(new Uint8Array(chunk));
      if (replyEnd(text, 0) === null) return;
      socket.off('data', onData);
      resolve(text);
    };
    socket.on('data', onData);
    socket.write(request(...command));
    return promise;
  };
}
