import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, compare, divide, modulo, multiply, Numeric, subtract } from './numeric.ts';

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.nat(12))
  .map(([n, scale]) => new Numeric(n, scale));

describe('Numeric', () => {
  it('reads back what it prints', () => {
    fc.assert(
      fc.property(decimal, (a) => {
        expect(Numeric.parse(a.text())).toEqual(a);
      }),
    );
  });

  it('adds, subtracts and multiplies exactly', () => {
    fc.assert(
      fc.property(decimal, decimal, decimal, (a, b, c) => {
        expect(compare(subtract(add(a, b), b), a)).toBe(0);
        expect(compare(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c)))).toBe(0);
      }),
    );
  });

  it('a quotient is off by at most half of its last digit, and a remainder is exact', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        fc.pre(b.n !== 0n);
        const q = divide(a, b);
        const error = subtract(multiply(q, b), a);
        const bound = multiply(b, new Numeric(5n, q.scale + 1));
        const size = (n: Numeric) => (n.sign < 0 ? new Numeric(-n.n, n.scale) : n);
        expect(compare(size(error), size(bound))).toBeLessThanOrEqual(0);
        expect(compare(size(modulo(a, b)), size(b))).toBeLessThan(0);
      }),
    );
  });

  it('rounds half away from zero and says what does not fit', () => {
    expect(Numeric.parse('2.5').round(0).text()).toBe('3');
    expect(Numeric.parse('-2.5').round(0).text()).toBe('-3');
    expect(Numeric.parse('1250').round(-2).text()).toBe('1300');
    expect(() => Numeric.parse('100').fit(4, 2)).toThrowErrorMatchingInlineSnapshot(`[Error: numeric field overflow]`);
  });
});
