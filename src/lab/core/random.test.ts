import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ln, Random } from './random.ts';

test('one seed gives one sequence, another seed or name another', () => {
  const draw = (r: Random) => Array.from({ length: 5 }, () => r.uint32());
  expect(draw(new Random(7))).toEqual(draw(new Random(7)));
  expect(draw(new Random(7))).not.toEqual(draw(new Random(8)));
  expect(draw(Random.derive(7, 'load'))).toEqual(draw(Random.derive(7, 'load')));
  expect(draw(Random.derive(7, 'load'))).not.toEqual(draw(Random.derive(7, 'loss')));
});

test('the sequence of seed 1 is the same on every machine', () => {
  const r = new Random(1);
  expect(Array.from({ length: 4 }, () => r.uint32())).toMatchInlineSnapshot(`
    [
      2442144158,
      3238099751,
      3819917871,
      2104621829,
    ]
  `);
});

test('ln agrees with Math.log to 1e-14', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1, noNaN: true }), (x) => {
      expect(Math.abs(ln(x) - Math.log(x))).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(Math.log(x))));
    }),
  );
});

test('uniform and exponential draws have their means: 100,000 draws, 2 %', () => {
  const r = new Random(3);
  let uniform = 0;
  let exponential = 0;
  for (let i = 0; i < 100_000; i++) {
    uniform += r.between(10, 20);
    exponential += r.exponential(5);
  }
  expect(uniform / 100_000).toBeCloseTo(15, 1);
  expect(Math.abs(exponential / 100_000 - 5)).toBeLessThan(0.1);
});
