import { expect, test } from 'vitest';
import { Link } from '../session/links.ts';
import type { EndedRequest, LiveRequest } from '../session/requests.ts';
import { trackOf } from './geometry.ts';
import { Motion } from './motion.ts';

const link = new Link('gateway', 'inventory');
const live = (id: number): LiveRequest => ({
  id,
  root: id,
  from: 'gateway-1',
  to: 'inventory-1',
  method: 'GET',
  path: '/',
  startMs: 0,
});
const ended = (id: number, outcome: EndedRequest['outcome'] = 'ok'): EndedRequest => ({
  ...live(id),
  durationMs: 5,
  outcome,
  status: 200,
  bytes: 1,
});
const sent = (id: number) => ({ kind: 'sent', atMs: 0, link, request: live(id) }) as const;
const answered = (id: number, outcome: EndedRequest['outcome'] = 'ok') =>
  ({
    kind: 'answered',
    atMs: 5,
    link,
    request: ended(id, outcome),
    isFailure: outcome !== 'ok',
    isSlow: false,
  }) as const;

function motion(): Motion {
  const made = new Motion();
  made.tracks = new Map([
    [
      link.key,
      trackOf([
        { x: 0, y: 0 },
        { x: 200, y: 0 },
      ]),
    ],
  ]);
  return made;
}

const run = (made: Motion, ms: number) => {
  for (let t = 0; t < ms; t += 20) made.advance(20);
};

test('a request goes out, waits at the service, and its reply comes back', () => {
  const made = motion();
  made.take(sent(1), 1);
  run(made, 200);
  expect(made.drawn()).toMatchObject([{ root: 1, isReply: false, outcome: 'none' }]);
  run(made, 400);
  expect(made.drawn()).toEqual([]); // waits: the member's queue shows it
  made.take(answered(1), 1);
  run(made, 200);
  expect(made.drawn()).toMatchObject([{ root: 1, isReply: true, outcome: 'ok' }]);
  run(made, 400);
  expect(made.isStill).toBe(true);
});

test('a call faster than the eye is drawn whole: out first, then back', () => {
  const made = motion();
  made.take(sent(1), 1);
  made.take(answered(1), 1);
  run(made, 200);
  expect(made.drawn()[0]?.isReply).toBe(false);
  run(made, 400);
  expect(made.drawn()[0]?.isReply).toBe(true);
});

test('on a link with 2 s latency it crawls for 2 s', () => {
  const made = motion();
  made.delays = new Map([[link.key, 2000]]);
  made.take(sent(1), 1);
  run(made, 1000);
  const { x } = made.drawn()[0]!;
  expect(x).toBeGreaterThan(80);
  expect(x).toBeLessThan(120);
});

test('a caller’s timeout ends the mark where it is', () => {
  const made = motion();
  made.delays = new Map([[link.key, 2000]]);
  made.take(sent(1), 1);
  run(made, 500);
  made.take(answered(1, 'timeout'), 1);
  run(made, 100);
  const [mark] = made.drawn();
  expect(mark).toMatchObject({ outcome: 'failed' });
  expect(mark!.x).toBeGreaterThan(30);
  expect(mark!.x).toBeLessThan(80);
});

test('a refused request ends at the door', () => {
  const made = motion();
  made.take(sent(1), 1);
  made.take(answered(1, 'refused'), 1);
  run(made, 600);
  expect(made.drawn()[0]?.x).toBeGreaterThan(170);
});

test('beyond a density requests are thinned out and the stream tells of the rest', () => {
  const made = motion();
  for (let id = 1; id <= 1000; id++) {
    made.take(sent(id), 1);
    made.advance(1);
  }
  expect(made.drawn().length).toBeLessThanOrEqual(40);
  expect(made.streamOf(link.key)).toBeGreaterThan(0.9);
  run(made, 8000);
  expect(made.streamOf(link.key)).toBe(0);
});

test('time that stands still moves nothing', () => {
  const made = motion();
  made.take(sent(1), 1);
  run(made, 100);
  const before = made.drawn();
  expect(made.drawn()).toEqual(before);
});

test('what is refused ends at the door, what gets no answer on the way, what has no name at its caller', () => {
  for (const [how, from, to] of [
    ['refused', 170, 200],
    ['unanswered', 80, 120],
    ['unresolved', 0, 30],
  ] as const) {
    const made = motion();
    made.take({ kind: 'unconnected', atMs: 0, link, root: 5, how }, 1);
    run(made, 460);
    expect(made.drawn()).toMatchObject([{ root: 5, outcome: 'failed' }]);
    expect(made.drawn()[0]!.x).toBeGreaterThanOrEqual(from);
    expect(made.drawn()[0]!.x).toBeLessThanOrEqual(to);
    run(made, 1500);
    expect(made.isStill).toBe(true);
  }
});

test('a packet that is sent again goes the way of the first one', () => {
  const made = motion();
  made.take({ kind: 'resent', atMs: 0, link, isReply: true }, 1);
  run(made, 100);
  expect(made.drawn()).toMatchObject([{ outcome: 'resent', isReply: true, root: 0 }]);
  expect(made.drawn()[0]!.x).toBeGreaterThan(150);
});
