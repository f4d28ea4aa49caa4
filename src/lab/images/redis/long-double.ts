/**
 * The x87 long double in which INCRBYFLOAT and HINCRBYFLOAT compute: 64 bits of mantissa, so 10.5 + 0.1 is 10.6 and not
 * 10.59999999999999964. A value is n · 2^e with whole n.
 */

export interface LongDouble {
  readonly n: bigint;
  readonly e: number;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** Beyond long double's largest (about 1.19e4932) and below its smallest: infinite and zero. */
const EXPONENT_MAX = 4_932;

/** As `strtold` over the whole text. `'infinite'` for what a long double cannot hold; null for what is no number. */
export function parseLongDouble(text: string): LongDouble | 'infinite' | null {
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return 'infinite';
  const match = DECIMAL.exec(text);
  if (!match || (!match[2] && !match[3])) return null;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return { n: 0n, e: 0 };
  const exponent = Number(power) - fraction.length;
  if (exponent + whole.length + fraction.length > EXPONENT_MAX + 1) return 'infinite';
  if (exponent < -EXPONENT_MAX - 40) return { n: 0n, e: 0 };
  const size = exponent >= 0 ? round(digits * 10n ** BigInt(exponent), 0) : divide(digits, 10n ** BigInt(-exponent));
  return sign === '-' ? { n: -size.n, e: size.e } : size;
}

export function addLongDouble(a: LongDouble, b: LongDouble): LongDouble {
  const e = Math.min(a.e, b.e);
  return round((a.n << BigInt(a.e - e)) + (b.n << BigInt(b.e - e)), e);
}

/** As `%.17Lf` without trailing zeros, Redis's form for people. */
export function formatLongDouble({ n, e }: LongDouble): string {
  const isNegative = n < 0n;
  const scaled = (isNegative ? -n : n) * 10n ** 17n;
  const value = e >= 0 ? scaled << BigInt(e) : halfEven(scaled, BigInt(-e));
  const digits = value.toString().padStart(18, '0');
  const fraction = digits.slice(-17).replace(/0+$/, '');
  const text = digits.slice(0, -17) + (fraction ? `.${fraction}` : '');
  return isNegative && text !== '0' ? `-${text}` : text;
}

/** To 64 bits, half to even. */
function round(n: bigint, e: number): LongDouble {
  const size = n < 0n ? -n : n;
  const extra = bitsOf(size) - 64;
  if (extra <= 0) return { n, e };
  const kept = halfEven(size, BigInt(extra));
  return { n: n < 0n ? -kept : kept, e: e + extra };
}

function divide(n: bigint, by: bigint): LongDouble {
  // 67 bits of quotient at least, and one more that tells whether anything remained.
  const shift = Math.max(0, 67 - bitsOf(n) + bitsOf(by));
  const scaled = n << BigInt(shift);
  const rest = scaled % by === 0n ? 0n : 1n;
  return round(((scaled / by) << 1n) | rest, -shift - 1);
}

function halfEven(n: bigint, bits: bigint): bigint {
  const kept = n >> bits;
  const lost = n - (kept << bits);
  const half = 1n << (bits - 1n);
  return lost > half || (lost === half && (kept & 1n) === 1n) ? kept + 1n : kept;
}

const bitsOf = (n: bigint): number => (n === 0n ? 0 : n.toString(2).length);
