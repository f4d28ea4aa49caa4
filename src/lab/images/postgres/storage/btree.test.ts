import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bound, BTree, type Entry } from './btree.ts';
import { Tuple } from './heap.ts';
import { FROZEN } from './xact.ts';

const order = [
  { compare: (a: number, b: number) => a - b, desc: false, nullsFirst: false },
  { compare: (a: number, b: number) => a - b, desc: true, nullsFirst: true },
];
const column = fc.option(fc.integer({ min: 0, max: 12 }), { nil: null });
const bound = fc.option(
  fc.record({
    key: fc.oneof(fc.tuple(fc.integer({ min: 0, max: 12 })), fc.tuple(column, column)),
    inclusive: fc.boolean(),
  }),
  { nil: null },
);

describe('BTree', () => {
  it('gives the same ranges as a sorted list, both ways, after insertions and removals', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(column, column), { maxLength: 900 }),
        fc.array(fc.nat(), { maxLength: 80 }),
        bound,
        bound,
        (keys, gone, lo, hi) => {
          const tree = new BTree(order);
          for (const [i, key] of keys.entries()) tree.insert(key, new Tuple([], FROZEN, 0, i, 0, i));
          const all: Entry[] = [...tree.range(null, null)];
          expect(all.length).toBe(keys.length);
          for (const n of gone) if (all.length) tree.remove(all.splice(n % all.length, 1)[0]!);
          expect(tree.size).toBe(all.length);
          for (let i = 1; i < all.length; i++)
            expect(tree.compareKeys(all[i - 1]!.key, all[i]!.key)).toBeLessThanOrEqual(0);
          const isIn = (e: Entry, b: Bound | null, sign: number) => {
            if (!b) return true;
            const c = tree.compareKeys(e.key, b.key) * sign;
            return c > 0 || (c === 0 && b.inclusive);
          };
          const expected = all.filter((e) => isIn(e, lo, 1) && isIn(e, hi, -1));
          expect([...tree.range(lo, hi)]).toEqual(expected);
          expect([...tree.range(lo, hi, true)]).toEqual([...expected].reverse());
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes on in the right place when entries come while it runs', () => {
    const tree = new BTree(order);
    const put = (k: number) => tree.insert([k, 0], new Tuple([], FROZEN, 0, k, 0, k));
    for (let k = 0; k < 2000; k += 2) put(k);
    const seen: number[] = [];
    for (const { key } of tree.range(null, null)) {
      seen.push(key[0]);
      if (key[0] % 2 === 0 && key[0] < 1900) put(key[0] + 601);
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.filter((k) => k % 2 === 0).length).toBe(1000);
  });
});
