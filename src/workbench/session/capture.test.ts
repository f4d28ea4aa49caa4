import { expect, test } from 'vitest';
import type { CapturedPacket } from '../../engines/engine.ts';
import { Capture } from './capture.ts';

const packet = (bytes: number): CapturedPacket => ({
  atMs: 1,
  connection: 1,
  from: 'a-1',
  to: 'b-1',
  bytes,
  fate: 'delivered',
  isFin: false,
  isRst: false,
  data: new Uint8Array(bytes),
});

test('nothing is kept while nobody looks', () => {
  const capture = new Capture();
  capture.take([packet(1)], 0);
  expect(capture.packets).toEqual([]);
});

test('the oldest packets give way, by number and by bytes, and are counted', () => {
  const capture = new Capture();
  capture.isOn.value = true;
  for (let i = 0; i < 30; i++)
    capture.take(
      Array.from({ length: 1000 }, () => packet(1)),
      1,
    );
  expect(capture.packets.length).toBeLessThanOrEqual(20_000);
  expect(capture.packets.length + capture.dropped).toBe(30_000 + 30);
  expect(capture.packets.at(-1)!.seq).toBe(30_000);

  capture.clear();
  for (let i = 0; i < 3000; i++) capture.take([packet(4096)], 0);
  expect(capture.packets.length * 4096).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect(capture.packets.length).toBeGreaterThan(1000);
});
