import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TraceEvent } from '../../../lab/core/events.ts';
import { World } from '../world.ts';
import { EventReader, EventWriter } from './encoding.ts';
import { RunRecord } from './record.ts';
import { RecordView } from './view.ts';

const endpoint = fc.constantFrom('client', 'gateway-1', 'catalog-1', 'catalog-2', 'orders-1', 'postgres-1');
const outcome = fc.constantFrom('ok', 'client-error', 'server-error', 'refused', 'timeout', 'aborted');

/** What can happen, without its time; ids of responses, causes and faults are drawn from those there are. */
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('request' as const),
      from: endpoint,
      to: endpoint,
      path: fc.string({ maxLength: 12 }),
      pick: fc.nat(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('response' as const), outcome, status: fc.nat(600), pick: fc.nat() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('log' as const),
      endpoint,
      stream: fc.constantFrom('stdout', 'stderr'),
      text: fc.string({ unit: 'grapheme' }),
      pick: fc.nat(),
    }),
  },
  fc.record({ kind: fc.constant('note' as const), text: fc.string() }),
  fc.record({
    kind: fc.constant('process' as const),
    endpoint,
    state: fc.constantFrom('starting', 'running', 'exited', 'healthy'),
  }),
  fc.record({
    kind: fc.constant('sample' as const),
    endpoint,
    cpu: fc.double({ min: 0, max: 1, noNaN: true }),
    queued: fc.nat(9),
    connections: fc.nat(9),
    inFlight: fc.nat(9),
  }),
  fc.record({ kind: fc.constant('probe' as const), endpoint, passed: fc.boolean(), text: fc.string() }),
  fc.record({ kind: fc.constant('fault' as const), state: fc.constantFrom('on', 'off'), pick: fc.nat() }),
  fc.record({
    kind: fc.constant('operation' as const),
    endpoint,
    connection: fc.nat(9),
    name: fc.constantFrom('GET', 'SELECT'),
    text: fc.string(),
  }),
);

/** Runs whose requests end at most once and whose causes are earlier ones; some hold still for seconds. */
const runs = fc
  .array(fc.tuple(happening, fc.oneof({ weight: 9, arbitrary: fc.nat(60_000) }, fc.nat(4_000_000))), { maxLength: 200 })
  .map((drawn) => {
    let us = 0;
    const ids: number[] = [];
    const events: TraceEvent[] = [];
    for (const [what, gapUs] of drawn) {
      us += gapUs;
      const atMs = us / 1000;
      const { pick = 0, ...rest } = what as typeof what & { pick?: number };
      if (what.kind === 'request') {
        const cause = what.from === 'client' ? 0 : (ids[pick % Math.max(1, ids.length)] ?? 0);
        ids.push(ids.length + 1);
        events.push({ ...rest, atMs, id: ids.length, cause, method: 'GET', connection: pick % 50 } as TraceEvent);
      } else if (what.kind === 'response') {
        const id = ids[pick % Math.max(1, ids.length)];
        if (id !== undefined) events.push({ ...rest, atMs, id, bytes: pick } as TraceEvent);
      } else if (what.kind === 'log') events.push({ ...rest, atMs, cause: ids.at(-1) ?? 0 } as TraceEvent);
      else if (what.kind === 'fault') {
        const fault = { kind: 'partition', from: 'gateway', to: 'catalog' } as const;
        events.push({ ...rest, atMs, id: pick % 5, text: '', fault } as TraceEvent);
      } else if (what.kind === 'operation')
        events.push({ ...rest, atMs, startMs: Math.max(0, atMs - 3) } as TraceEvent);
      else events.push({ ...rest, atMs } as TraceEvent);
    }
    return { events, endMs: us / 1000 };
  });

/** All that panels can read; what views share of one run they see through their own lines and requests. */
const facts = (world: World) =>
  JSON.parse(
    JSON.stringify({ ...world, lines: world.logs.lines, dropped: world.logs.dropped }, (key, value) => {
      if (['roots', 'store', 'cached', 'cachedSeq'].includes(key)) return undefined;
      if (value instanceof Map) return [...value];
      if (value instanceof Set) return [...value].sort();
      return ArrayBuffer.isView(value) ? [...(value as Uint32Array)] : value;
    }),
  );

function derive(events: readonly TraceEvent[], atMs: number): World {
  const world = new World();
  world.apply(events.filter((event) => event.atMs <= atMs));
  world.advance(atMs);
  return world;
}

function recordOf(events: readonly TraceEvent[], endMs: number, chunkEvents: number, cuts: readonly number[] = []) {
  const record = new RunRecord({ chunkEvents });
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const to = Math.min(events.length, Math.max(from, cut));
    if (to > from) record.take(events.slice(from, to), events[to - 1]!.atMs);
    from = to;
  }
  record.take(events.slice(from), endMs);
  return record;
}

test('events come back from their bytes as they were', () => {
  fc.assert(
    fc.property(runs, ({ events }) => {
      const writer = new EventWriter();
      for (const event of events) writer.write(event);
      const reader = new EventReader(() => writer.finish());
      expect(events.map(() => reader.next())).toEqual(events);
      expect(reader.next()).toBeNull();
    }),
    { numRuns: 200 },
  );
});

test('any moment looked back at is what a fresh derivation up to it gives, whatever was looked at before', () => {
  const moments = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      runs,
      moments,
      fc.integer({ min: 1, max: 64 }),
      fc.array(fc.nat(200)),
      ({ events, endMs }, shares, n, cuts) => {
        const record = recordOf(events, endMs, n, cuts);
        expect(facts(record.world)).toEqual(facts(derive(events, endMs)));
        const view = new RecordView(record);
        for (const share of shares) {
          const atMs = Math.round(share * endMs * 1000) / 1000;
          view.toTime(atMs);
          expect(facts(view.world)).toEqual(facts(derive(events, atMs)));
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('a step back and a step forward are the same place', () => {
  fc.assert(
    fc.property(runs, fc.nat(), fc.integer({ min: 1, max: 40 }), ({ events, endMs }, where, n) => {
      fc.pre(events.length > 2);
      const view = new RecordView(recordOf(events, endMs, n));
      const index = 1 + (where % (events.length - 1));
      view.toIndex(index);
      const before = facts(view.world);
      expect(view.backBy('event')).toBe(true);
      expect(view.index).toBe(index - 1);
      expect(view.forwardBy('event')).toBe(true);
      expect(facts(view.world)).toEqual(before);
    }),
    { numRuns: 100 },
  );
});

const request = (id: number, atMs: number): TraceEvent => ({
  kind: 'request',
  atMs,
  id,
  cause: 0,
  from: 'client',
  to: 'gateway-1',
  method: 'GET',
  path: `/products/${id}`,
  connection: id,
});

test('a step back by request passes over what is none, also into an earlier part', () => {
  const notes = (from: number): TraceEvent[] =>
    [1, 2, 3, 4, 5].map((n) => ({ kind: 'note', atMs: from + n, text: 'still' }));
  const record = recordOf([request(1, 1), ...notes(1), request(2, 10), ...notes(10)], 20, 3);
  const view = new RecordView(record);
  view.toTime(20);
  expect(view.backBy('request') && view.atMs).toBe(10);
  expect(view.backBy('request') && view.atMs).toBe(1);
  expect(view.backBy('request')).toBe(false);
  expect(view.forwardBy('request') && view.atMs).toBe(10);
  expect(view.forwardBy('request')).toBe(false);
});

test('memory is bounded: the oldest events go, what they came to stays', () => {
  const record = new RunRecord({ chunkEvents: 500, bytesMax: 40_000 });
  for (let i = 1; i <= 20_000; i++) record.take([request(i, i)], i);
  expect(record.bytes).toBeLessThan(40_000 + 500 * 25);
  expect(record.startMs).toBeGreaterThan(10_000);
  const view = new RecordView(record);
  view.toTime(0);
  expect(view.atMs).toBe(record.startMs);
  expect(view.world.requests.rootsLive).toBe(Math.floor(record.startMs));
  expect(view.world.links.get('client→gateway')!.callsPerSecond.length).toBeGreaterThan(9);
});

test('a request takes some twenty bytes, its answer ten', () => {
  const record = new RunRecord();
  for (let i = 1; i <= 10_000; i++) {
    record.take([{ ...request(i, i), path: '/products' } as TraceEvent], i);
    record.take([{ kind: 'response', atMs: i + 0.5, id: i, status: 200, bytes: 1234, outcome: 'ok' }], i + 0.5);
  }
  expect(record.bytes / 20_000).toBeLessThan(14);
});

test('a record can be read in any pieces, also while it grows', () => {
  fc.assert(
    fc.property(
      runs,
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.nat(220), { maxLength: 8 }),
      ({ events, endMs }, n, cuts) => {
        const record = new RunRecord({ chunkEvents: n });
        const seen: TraceEvent[] = [];
        const read = (from: number, to: number) => record.read(from, to, (event) => seen.push(event) > 0);
        for (const event of events) {
          record.take([event], event.atMs);
          read(record.count - 1, record.count);
        }
        record.take([], endMs);
        expect(seen).toEqual(events);
        for (const [i, from] of cuts.entries()) {
          const to = cuts[i + 1] ?? events.length;
          seen.length = 0;
          read(from, to);
          expect(seen).toEqual(events.slice(from, Math.max(from, to)));
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('a moment is there when one goes to it, also when a process was ahead of the clock just before', () => {
  const fault = { kind: 'partition', from: 'gateway', to: 'catalog' } as const;
  const events: TraceEvent[] = [
    request(1, 10),
    // A process that burns CPU sends at the end of its turn; the page acts in between.
    request(2, 12),
    { kind: 'fault', atMs: 11, id: 1, state: 'on', text: '', fault },
    request(3, 13),
  ];
  const record = recordOf(events, 20, 100);
  const [moment] = record.world.moments.list;
  const view = new RecordView(record);
  view.toTime(moment!.atMs);
  expect(view.world.faults.active.size).toBe(1);
  expect(view.world.moments.list).toEqual([moment]);
  expect(view.world.requests.live.size).toBe(2);
});
