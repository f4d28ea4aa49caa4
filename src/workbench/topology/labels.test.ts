import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { previewTopology } from '../session/preview.ts';
import { trackOf } from './geometry.ts';
import {
  BEAM_HALF_PX,
  type BeamLabels,
  boxAround,
  crosses,
  Ground,
  overlap,
  placeLabels,
  placesAlong,
  placeText,
} from './labels.ts';
import { type LayoutService, layOut } from './layout.ts';

/** What the longest texts take: `1000/s` and `12.3 ms` at 6.6 px a letter. */
const boxesOf = ({ rate, second }: BeamLabels) => [
  ...(rate === null ? [] : [boxAround(rate, 40, 11)]),
  ...(second === null ? [] : [boxAround(second, 46, 11)]),
];

function drawing(services: readonly LayoutService[], width: number, height: number) {
  const layout = layOut(services, [], width, height);
  const tracks = new Map(layout.beams.map((beam) => [beam.key, trackOf(beam.points)]));
  return { layout, tracks, ...placeLabels(layout, height, tracks) };
}

/** What touches what it must not, in words. */
function touches({ layout, tracks, labels }: ReturnType<typeof drawing>): readonly string[] {
  const all = [...labels].flatMap(([key, each]) => boxesOf(each).map((box) => ({ key, box })));
  return all.flatMap(({ key, box }, i) => [
    ...all.slice(i + 1).flatMap((other) => (overlap(box, other.box) ? [`${key} on ${other.key}`] : [])),
    ...layout.members.flatMap((member) => (overlap(box, member) ? [`${key} on ${member.name}`] : [])),
    ...[...tracks].flatMap(([other, track]) => (crosses(track, box, 5) ? [`${other} through ${key}`] : [])),
  ]);
}

const systems = ['shop', 'checkout', 'cache'].map((id) => {
  const compose = readFileSync(`sandboxes/${id}/compose.yaml`, 'utf8');
  return [id, previewTopology({ 'compose.yaml': compose }).services] as const;
});

describe.each(systems)('%s', (_id, services) => {
  // What the structure has of a window of 1440, 1024 and 390 px.
  test.each([
    [978, 386],
    [978, 336],
    [1024, 340],
    [366, 440],
  ])('no figure touches another or a member, and no beam runs through one: %d × %d', (width, height) => {
    const made = drawing(services, width, height);
    expect(touches(made)).toEqual([]);
    const withRate = [...made.labels.values()].filter(({ rate }) => rate !== null);
    // On a phone the figures of a large system's bundles stay in its menus.
    if (width > 900) expect(withRate.length).toBe(made.layout.beams.length);
    else expect(withRate.length).toBeGreaterThanOrEqual(4);
  });
});

test('whatever the system, figures touch nothing', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), { maxLength: 12 }),
      fc.integer({ min: 260, max: 1400 }),
      fc.integer({ min: 200, max: 700 }),
      (edges, width, height) => {
        const services = names.map((name) => ({
          name,
          replicas: 1,
          dependsOn: edges.filter(([from]) => from === name).map(([, to]) => to),
          isPublished: name === 'a',
        }));
        expect(touches(drawing(services, width, height))).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});

test('texts that come and go take places that are free, each its own, and leave the figures where they are', () => {
  const { ground, tracks, labels } = drawing(systems[0]![1], 978, 386);
  const before = structuredClone([...labels]);
  const own = ground.copy();
  const track = tracks.get('gateway→inventory')!;
  const places = [1, 2].map(() => placeText(own, placesAlong(track, 0.3, 60), 60, 'gateway→inventory')!);
  const boxes = places.map((at) => boxAround(at, 60, 12));
  expect(boxes.some((box, i) => boxes.slice(i + 1).some((other) => overlap(box, other)))).toBe(false);
  expect([...labels]).toEqual(before);
  expect(ground.isFree(boxes[0]!, 'gateway→inventory')).toBe(true);
});

test('in a crowd a text that must be said has a beam behind it rather than none, and still touches no other text', () => {
  const { ground, tracks } = drawing(systems[1]![1], 366, 440);
  const own = ground.copy();
  const boxes = [...tracks].slice(0, 4).flatMap(([key, track]) => {
    const at = placeText(own, placesAlong(track, 0.5, 70), 70, key);
    return at === null ? [] : [boxAround(at, 70, 12)];
  });
  expect(boxes.length).toBeGreaterThan(2);
  expect(boxes.some((box, i) => boxes.slice(i + 1).some((other) => overlap(box, other)))).toBe(false);
});

test('a beam runs through a box that its line is near to, not one behind its end', () => {
  const track = trackOf([
    { x: 0, y: 0 },
    { x: 100, y: 100 },
  ]);
  expect(crosses(track, boxAround({ x: 60, y: 40 }, 20, 12), BEAM_HALF_PX)).toBe(true);
  expect(crosses(track, boxAround({ x: 90, y: 20 }, 20, 12), BEAM_HALF_PX)).toBe(false);
  expect(crosses(track, boxAround({ x: 130, y: 130 }, 20, 12), BEAM_HALF_PX)).toBe(false);
  expect(new Ground(layOut([], [], 300, 200), 200, new Map()).isFree(boxAround({ x: 299, y: 20 }, 20, 12))).toBe(false);
});
