import { expect, test } from 'vitest';
import type { CapturedPacket, TraceEvent } from '../../engines/engine.ts';
import { Capture } from '../session/capture.ts';
import { hexRows } from './hex.ts';
import { entriesOf, Streams } from './streams.ts';

const packet = (
  atMs: number,
  from: string,
  to: string,
  text: string,
  more: Partial<CapturedPacket> = {},
): CapturedPacket => {
  const data = new TextEncoder().encode(text);
  return {
    atMs,
    connection: 1,
    from,
    to,
    bytes: data.length,
    fate: 'delivered',
    isFin: false,
    isRst: false,
    data,
    ...more,
  };
};
const state = (atMs: number, what: 'connecting' | 'open' | 'reset'): TraceEvent => ({
  kind: 'connection',
  atMs,
  id: 1,
  state: what,
  from: 'worker-1',
  to: 'redis-1',
  port: 6379,
});

function captured(packets: readonly CapturedPacket[], events: readonly TraceEvent[] = []) {
  const capture = new Capture();
  capture.isOn.value = true;
  capture.follow(events);
  capture.take(packets, 0);
  const streams = new Streams();
  streams.follow(capture);
  return { capture, streams, wire: streams.wires.get(1)! };
}
const told = (...args: Parameters<typeof captured>) =>
  entriesOf(captured(...args).wire).entries.map(({ kind, side, title }) => [kind, side, title]);

test('handshake, messages that packets cut, a loss, its repetition and the end, in order', () => {
  const list = told(
    [
      packet(3, 'worker-1', 'redis-1', '*2\r\n$3\r\nGET'),
      packet(4, 'worker-1', 'redis-1', '\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n', { fate: 'dropped' }),
      packet(204, 'worker-1', 'redis-1', '\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n', { fate: 'retransmitted' }),
      packet(205, 'worker-1', 'redis-1', '\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n'),
      packet(206, 'redis-1', 'worker-1', '$1\r\n1\r\n+PONG\r\n'),
      packet(300, 'redis-1', 'worker-1', '', { isRst: true }),
    ],
    [state(1, 'connecting'), state(2, 'open'), state(300, 'reset')],
  );
  expect(list).toEqual([
    ['state', null, 'connecting'],
    ['state', null, 'open'],
    ['lost', 'client', ''],
    ['repeated', 'client', ''],
    ['message', 'client', 'GET a'],
    ['message', 'client', 'PING'],
    ['message', 'server', '1'],
    ['message', 'server', 'PONG'],
    ['state', null, 'reset'],
    ['rst', 'server', 'RST'],
  ]);
});

test('figures of a connection: bytes each way, what was lost and sent again', () => {
  const { wire } = captured(
    [
      packet(3, 'worker-1', 'redis-1', 'abc'),
      packet(4, 'redis-1', 'worker-1', 'de'),
      packet(5, 'redis-1', 'worker-1', 'de', { fate: 'dropped' }),
      packet(6, 'redis-1', 'worker-1', 'de', { fate: 'retransmitted' }),
    ],
    [state(2, 'open')],
  );
  expect(wire).toMatchObject({ port: 6379, state: 'open', bytesOut: 3, bytesIn: 2, lost: 1, repeated: 1 });
});

test('a capture that begins in the middle shows what it cannot read as bytes and goes on with the next packet', () => {
  const capture = new Capture();
  capture.isOn.value = true;
  capture.take(
    [
      packet(3, 'redis-1', 'worker-1', 'lo\r\n'),
      packet(4, 'worker-1', 'redis-1', '*1\r\n$4\r\nPING\r\n'),
      packet(5, 'redis-1', 'worker-1', '+PONG\r\n'),
    ],
    0,
  );
  const streams = new Streams();
  streams.follow(capture, () => ({ from: 'worker-1', to: 'redis-1', port: 6379 }));
  const list = entriesOf(streams.wires.get(1)!).entries.map(({ kind, side, title }) => [kind, side, title]);
  expect(list.map(([kind, , title]) => [kind, title])).toEqual([
    ['raw', ''],
    ['message', 'PING'],
    ['message', 'PONG'],
  ]);
});

test('only what came until the moment looked at is shown, and following twice adds nothing', () => {
  const { capture, streams, wire } = captured([packet(3, 'a-1', 'b-1', 'x'), packet(9, 'a-1', 'b-1', 'y')]);
  streams.follow(capture);
  expect(entriesOf(wire).entries).toHaveLength(2);
  expect(entriesOf(wire, 5).entries).toHaveLength(1);
});

test('hundreds of connections and thousands of packets stay within bounds', () => {
  const many = Array.from({ length: 3000 }, (_, i) => packet(i, 'a-1', 'b-1', 'x', { connection: i % 700 }));
  const one = Array.from({ length: 3000 }, (_, i) => packet(5000 + i, 'a-1', 'b-1', 'x', { connection: 1 }));
  const { streams } = captured([...many, ...one]);
  expect(streams.wires.size).toBeLessThanOrEqual(500);
  for (const { items } of streams.wires.values()) expect(items.length).toBeLessThanOrEqual(750);
});

test('bytes as hexdump prints them', () => {
  expect(hexRows(new TextEncoder().encode('GET é'), 8)).toEqual([
    { offset: '0000', hex: '47 45 54 20  c3 a9      ', text: 'GET ··' },
  ]);
});
