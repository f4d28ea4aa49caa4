import { expect, test } from 'vitest';
import { Trace } from './trace.ts';

function sample(change?: (trace: Trace) => void): string {
  const trace = new Trace();
  trace.record({ kind: 'log', atMs: 1.5, endpoint: 'a-1', stream: 'stdout', text: 'hello', cause: 0 });
  trace.packet(2000, 1, 'a-1', 'b-1', 512, 'delivered');
  change?.(trace);
  return trace.hash;
}

test('the same events give the same hash; any field changes it', () => {
  expect(sample()).toBe(sample());
  const variants = [
    sample((t) => t.packet(2001, 1, 'a-1', 'b-1', 512, 'delivered')),
    sample((t) => t.packet(2000, 1, 'a-1', 'b-1', 512, 'dropped')),
    sample((t) => t.record({ kind: 'note', atMs: 3, text: 'x' })),
    sample((t) => t.record({ kind: 'note', atMs: 3.001, text: 'x' })),
    sample((t) => t.record({ kind: 'note', atMs: 3, text: 'y' })),
    sample(),
  ];
  expect(new Set(variants).size).toBe(variants.length);
});

test('stack frames, which browsers word differently, are not part of the identity', () => {
  const log = (text: string) =>
    sample((t) => t.record({ kind: 'log', atMs: 3, endpoint: 'a-1', stream: 'stderr', text, cause: 0 }));
  expect(log('Error: x\n    at f (file:///app/a.ts:1:1)\n')).toBe(log('Error: x\n    at file:///app/a.ts:1:2\n'));
  expect(log('Error: x\n    at f\n')).not.toBe(log('Error: y\n    at f\n'));
});

test('packets come back as they were written', () => {
  const trace = new Trace();
  for (let i = 0; i < 10_000; i++) trace.packet(i * 1000, i % 7, 'a-1', i % 2 ? 'b-1' : 'c-1', i, 'delivered');
  const found = trace.packets(9_000, 9_002);
  expect(found.map((p) => [p.atMs, p.connection, p.to, p.bytes])).toEqual([
    [9000, 9000 % 7, 'c-1', 9000],
    [9001, 9001 % 7, 'b-1', 9001],
  ]);
});

test('subscribers hear of everything but packets until they leave', () => {
  const trace = new Trace();
  const heard: string[] = [];
  const leave = trace.subscribe((event) => heard.push(event.kind));
  trace.record({ kind: 'note', atMs: 0, text: 'x' });
  trace.packet(0, 1, 'a', 'b', 1, 'delivered');
  leave();
  trace.record({ kind: 'note', atMs: 1, text: 'y' });
  expect(heard).toEqual(['note']);
});

test('listeners are told of packets that were lost or sent again, and the hash knows of no listener', () => {
  const heard: unknown[] = [];
  const packets = (trace: Trace) => {
    for (const fate of ['delivered', 'dropped', 'retransmitted'] as const)
      trace.packet(2500, 7, 'a-1', 'b-1', 10, fate);
  };
  const hash = sample((trace) => {
    trace.subscribe((event) => heard.push(event.kind === 'packet' && [event.atMs, event.connection, event.fate]));
    packets(trace);
  });
  expect(heard).toEqual([
    [2.5, 7, 'dropped'],
    [2.5, 7, 'retransmitted'],
  ]);
  expect(hash).toBe(sample(packets));
});
