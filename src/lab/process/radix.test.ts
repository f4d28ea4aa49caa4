import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textInRadix } from './radix.ts';

test('any number in any radix is written as V8 writes it', () => {
  const native = Number.prototype.toString;
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.integer(),
    fc.double({ min: 2 ** 50, max: 2 ** 120, noNaN: true }),
  );
  fc.assert(
    fc.property(number, fc.integer({ min: 2, max: 36 }), (value, radix) => {
      fc.pre(radix !== 10 && !Object.is(value, -0));
      expect(textInRadix(value, radix)).toBe(native.call(value, radix));
    }),
    { numRuns: 20_000 },
  );
});

test('and V8’s own method was left alone', () => {
  expect(Number.prototype.toString.toString()).toContain('[native code]');
});
