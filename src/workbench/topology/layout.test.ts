import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Layout, type LayoutService, layOut } from './layout.ts';

const service = (name: string, dependsOn: string[] = [], isPublished = false): LayoutService => ({
  name,
  replicas: 1,
  dependsOn,
  isPublished,
});
const shop = [
  service('gateway', ['catalog', 'inventory', 'orders', 'reviews'], true),
  service('catalog'),
  service('inventory'),
  service('reviews'),
  service('orders', ['inventory']),
];
const member = (layout: Layout, name: string) => layout.members.find((each) => each.name === name)!;

test('load flows from left to right: whoever is called stands behind its callers', () => {
  const layout = layOut(shop, [], 900, 400);
  expect(layout.direction).toBe('right');
  const x = (name: string) => member(layout, name).x;
  expect(x('client')).toBeLessThan(x('gateway'));
  expect(x('gateway')).toBeLessThan(x('orders'));
  expect(x('orders')).toBeLessThan(x('inventory'));
});

test('in a high and narrow place it flows down', () => {
  const layout = layOut(shop, [], 366, 440);
  expect(layout.direction).toBe('down');
  expect(member(layout, 'gateway').y).toBeLessThan(member(layout, 'orders').y);
});

test('members never overlap and stay inside, at all widths the workbench has', () => {
  for (const [width, height] of [
    [366, 440],
    [680, 340],
    [700, 300],
    [980, 420],
    [1400, 600],
  ] as const) {
    const { members } = layOut(shop, [], width, height);
    for (const a of members) {
      expect(a.x).toBeGreaterThanOrEqual(0);
      expect(a.y).toBeGreaterThanOrEqual(0);
      expect(a.x + a.width).toBeLessThanOrEqual(width);
      expect(a.y + a.height).toBeLessThanOrEqual(height);
      for (const b of members) {
        if (a === b) continue;
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart, `${a.name} and ${b.name} at ${width} × ${height}`).toBe(true);
      }
    }
  }
});

test('a link past another layer bends around it', () => {
  const layout = layOut(shop, [], 900, 400);
  expect(layout.beams.find((beam) => beam.key === 'gateway→inventory')?.points.length).toBe(3);
});

test('traffic without depends_on is drawn as seen, and only between known services', () => {
  const layout = layOut(
    shop,
    [
      { from: 'orders', to: 'catalog' },
      { from: 'gateway', to: 'nowhere' },
    ],
    900,
    400,
  );
  expect(layout.beams.find((beam) => beam.key === 'orders→catalog')?.isObserved).toBe(true);
  expect(layout.beams.some((beam) => beam.to === 'nowhere')).toBe(false);
});

test('the same input gives the same drawing', () => {
  expect(layOut(shop, [], 900, 400)).toEqual(layOut(shop, [], 900, 400));
});

test('any graph, cycles included, gets every member and every beam a place', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), { maxLength: 14 }),
      fc.integer({ min: 260, max: 1600 }),
      fc.integer({ min: 200, max: 900 }),
      (edges, width, height) => {
        const services = names.map((name) =>
          service(
            name,
            edges.filter(([from]) => from === name).map(([, to]) => to),
            name === 'a',
          ),
        );
        const layout = layOut(services, [], width, height);
        expect(layout.members.map((each) => each.name).sort()).toEqual(['a', 'b', 'c', 'client', 'd', 'e', 'f']);
        const distinct = new Set(edges.filter(([from, to]) => from !== to).map(([from, to]) => `${from}→${to}`));
        expect(layout.beams.length).toBe(distinct.size + 1);
        for (const beam of layout.beams) {
          for (const point of beam.points) expect(Number.isFinite(point.x) && Number.isFinite(point.y)).toBe(true);
        }
      },
    ),
  );
});

test.each([
  [978, 386],
  [978, 336],
  [900, 300],
  [366, 440],
])('members never overlap, also where many links pass between them: %d × %d', (width, height) => {
  const one = (name: string, ...dependsOn: string[]) => ({ name, replicas: 1, dependsOn, isPublished: false });
  const services = [
    { ...one('view', 'order', 'rabbit'), isPublished: true },
    { ...one('order', 'order-db', 'rabbit'), isPublished: true },
    ...['inventory', 'payment', 'shipping'].map((name) => one(name, `${name}-db`, 'rabbit')),
    ...['order-db', 'inventory-db', 'payment-db', 'shipping-db', 'rabbit'].map((name) => one(name)),
  ];
  const { members } = layOut(services, [], width, height);
  for (const a of members)
    for (const b of members) {
      const isApart =
        a === b || a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      expect(isApart, `${a.name} and ${b.name}`).toBe(true);
    }
});
