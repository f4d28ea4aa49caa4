/**
 * `(0.1).toString(36)`: which digits a fraction has in a radix other than ten is left to the engine (ECMA-262
 * §6.1.6.1.20), and Firefox's differ from V8's. Random identifiers are made so, so the lab has one answer: V8's, which
 * Node gives, too. Replaced once in the realm, and only where the engine has another.
 */

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';
const bits = new DataView(new ArrayBuffer(8));

/** The shortest digits that lie nearer to `value` than half way to its neighbour, rounded to even. */
export function textInRadix(value: number, radix: number): string {
  if (value < 0) return `-${textInRadix(-value, radix)}`;
  let integer = Math.floor(value);
  let fraction = value - integer;
  let delta = Math.max(Number.MIN_VALUE, (nextAbove(value) - value) / 2);
  const digits: number[] = [];
  while (fraction >= delta) {
    fraction *= radix;
    delta *= radix;
    const digit = Math.floor(fraction);
    digits.push(digit);
    fraction -= digit;
    const roundsUp = fraction > 0.5 || (fraction === 0.5 && digit % 2 === 1);
    if (!roundsUp || fraction + delta <= 1) continue;
    // Nines become zeros of the next place, and zeros at the end are not written.
    while (digits.length > 0 && digits[digits.length - 1] === radix - 1) digits.pop();
    if (digits.length > 0) digits[digits.length - 1]!++;
    else integer++;
    break;
  }
  const tail = digits.length === 0 ? '' : `.${digits.map((digit) => DIGITS[digit]).join('')}`;
  return wholeInRadix(integer, radix) + tail;
}

/** Places that a double does not hold are zeros. */
function wholeInRadix(integer: number, radix: number): string {
  let zeros = '';
  while (integer / radix >= 2 ** 53) {
    integer /= radix;
    zeros += '0';
  }
  let text = '';
  do {
    const digit = integer % radix;
    text = DIGITS[Math.floor(digit)] + text;
    integer = (integer - digit) / radix;
  } while (integer > 0);
  return text + zeros;
}

function nextAbove(value: number): number {
  bits.setFloat64(0, value);
  bits.setBigUint64(0, bits.getBigUint64(0) + 1n);
  return bits.getFloat64(0);
}

const PROBES = [0.1, 1 / 3, 0.7390851332151607, 1e21, 1.5e24, 123456.789, 5e-324];

if (PROBES.some((probe) => probe.toString(36) !== textInRadix(probe, 36))) {
  const native = Number.prototype.toString;
  Object.defineProperty(Number.prototype, 'toString', {
    value: {
      toString(this: number, radix: unknown = 10): string {
        const base = Math.trunc(Number(radix));
        const value = Number.prototype.valueOf.call(this);
        if (base === 10 || Number.isSafeInteger(value) || !Number.isFinite(value) || !(base >= 2 && base <= 36))
          return native.call(value, radix as number);
        return textInRadix(value, base);
      },
    }.toString,
    writable: true,
    configurable: true,
  });
}
