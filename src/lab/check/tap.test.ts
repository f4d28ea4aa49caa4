import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Tap } from './tap.ts';

function tapOf(
  requests: readonly { at: number; from?: string; to?: string; cause?: number; method?: string; path?: string }[],
): Tap {
  const tap = new Tap();
  requests.forEach(({ at, from = 'gateway-1', to = 'inventory-1', cause = 0, method = 'GET', path = '/stock' }, i) => {
    tap.listen({ kind: 'request', atMs: at, id: i + 1, cause, from, to, method, path, connection: i });
  });
  return tap;
}

test('a query selects by service or replica, method, path and time', () => {
  const tap = tapOf([
    { at: 100, to: 'catalog-1' },
    { at: 200, to: 'catalog-2' },
    { at: 300, to: 'inventory-1', method: 'POST' },
    { at: 400, from: 'inventory-1', to: 'inventory-1', path: '/healthz' },
  ]);
  expect(tap.requests({ to: 'catalog' }).count).toBe(2);
  expect(tap.requests({ to: 'catalog-2' }).count).toBe(1);
  expect(tap.requests({ method: 'POST' }).count).toBe(1);
  expect(tap.requests({ to: 'inventory' }).count).toBe(1); // a probe from inside is no request between services
  expect(tap.requests({ between: [100, 200] }).count).toBe(1);
  expect(tap.requests({ path: /^\/st/ }).count).toBe(3);
});

test('the busiest sliding second is found wherever it begins', () => {
  const times = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 60 });
  fc.assert(
    fc.property(times, (unsorted) => {
      const sorted = [...unsorted].sort((a, b) => a - b);
      const expected = Math.max(
        0,
        ...sorted.map((from) => sorted.filter((at) => at >= from && at < from + 1000).length),
      );
      expect(tapOf(sorted.map((at) => ({ at }))).requests().maxPerSecond).toBe(expected);
    }),
  );
});

test('requests per user request follow the chain of causes', () => {
  const tap = tapOf([
    { at: 0, from: 'client', to: 'gateway-1' }, // 1
    { at: 1, cause: 1, from: 'gateway-1', to: 'orders-1' }, // 2
    { at: 2, cause: 2, from: 'orders-1', to: 'bank-1' }, // 3
    { at: 3, cause: 2, from: 'orders-1', to: 'bank-1' }, // 4
    { at: 4, from: 'client', to: 'gateway-1' }, // 5
  ]);
  const toBank = tap.requests({ to: 'bank' });
  expect([...toBank.perRoot]).toEqual([[1, 2]]);
  expect(toBank.maxPerRoot).toBe(2);
  expect(toBank.repeats.list.map(({ id }) => id)).toEqual([4]);
  expect(tap.amplification({ to: 'bank' })).toBe(1); // 2 calls for 2 user requests
});

test('bins cover the whole window, also where nothing happened', () => {
  const tap = tapOf([{ at: 1000 }, { at: 1050 }, { at: 1250 }]);
  expect(tap.requests({ between: [1000, 1400] }).bins(100)).toEqual([2, 0, 1, 0]);
  expect(tap.requests({ between: [1000, 4000] }).perSecond).toEqual([3, 0, 0]);
});

test('open sockets: the greatest number at one moment of the window', () => {
  const tap = new Tap();
  const event = (id: number, atMs: number, state: 'connecting' | 'open' | 'closed') =>
    tap.listen({ kind: 'connection', atMs, id, state, from: 'gateway-1', to: 'inventory-1', port: 8082 });
  event(1, 0, 'connecting');
  event(1, 1, 'open');
  event(2, 5, 'connecting');
  event(1, 10, 'closed');
  event(3, 10, 'connecting');
  expect(tap.openSocketsMax({ to: 'inventory' })).toBe(2);
  expect(tap.openSocketsMax({ to: 'inventory', between: [0, 5] })).toBe(1);
  expect(tap.openSocketsMax({ to: 'bank' })).toBe(0);
});

test('a call is a request, or a connection tried that never carried one', () => {
  const tap = new Tap();
  const connecting = (id: number, atMs: number) =>
    tap.listen({ kind: 'connection', atMs, id, state: 'connecting', from: 'gateway-1', to: 'inventory-1', port: 8082 });
  const request = (id: number, atMs: number, connection: number) =>
    tap.listen({
      kind: 'request',
      atMs,
      id,
      cause: 0,
      from: 'gateway-1',
      to: 'inventory-1',
      method: 'GET',
      path: '/',
      connection,
    });
  connecting(1, 0);
  request(1, 1, 1);
  request(2, 500, 1);
  connecting(2, 600);
  connecting(3, 1500);
  expect(tap.calls({ from: 'gateway', to: 'inventory' }).list.map(({ atMs }) => atMs)).toEqual([1, 500, 600, 1500]);
  expect(tap.calls({ to: 'inventory', between: [0, 1000] }).maxPerSecond).toBe(3);
});
