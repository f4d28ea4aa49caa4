/** Exact decimals of any size, as PostgreSQL's numeric: a BigInt with a display scale. */
import { divisionByZero, invalidInput, outOfRange, PgError } from '../errors.ts';

export class Numeric {
  /** Value × 10^scale; meaningless when `special`. */
  readonly n: bigint;
  readonly scale: number;
  readonly special: 'NaN' | 'Infinity' | '-Infinity' | null;

  constructor(n: bigint, scale: number, special: Numeric['special'] = null) {
    this.n = n;
    this.scale = scale;
    this.special = special;
  }

  static readonly NaN = new Numeric(0n, 0, 'NaN');
  static readonly Infinity = new Numeric(0n, 0, 'Infinity');
  static readonly NegInfinity = new Numeric(0n, 0, '-Infinity');
  static readonly zero = new Numeric(0n, 0);

  static parse(text: string, typeName = 'numeric'): Numeric {
    const t = text.trim();
    const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(t);
    if (!match || (!match[2] && !match[3])) {
      const special = /^([+-]?)(nan|inf(?:inity)?)$/i.exec(t);
      if (special && (special[2]!.toLowerCase() !== 'nan' || !special[1])) {
        if (special[2]!.toLowerCase() === 'nan') return Numeric.NaN;
        return special[1] === '-' ? Numeric.NegInfinity : Numeric.Infinity;
      }
      throw invalidInput(typeName, text);
    }
    const [, sign, whole = '', fraction = '', exponent = '0'] = match;
    if (Math.abs(Number(exponent)) > 130000) throw new PgError('22003', 'value overflows numeric format');
    let n = BigInt(whole + fraction || '0');
    let scale = fraction.length - Number(exponent);
    if (scale < 0) {
      n *= pow10(-scale);
      scale = 0;
    }
    return new Numeric(sign === '-' ? -n : n, scale);
  }

  static ofInt(value: number | bigint): Numeric {
    return new Numeric(BigInt(value), 0);
  }

  /** Of a float8, with up to 15 significant digits as PostgreSQL converts it. */
  static ofFloat(value: number, digits = 15): Numeric {
    if (Number.isNaN(value)) return Numeric.NaN;
    if (!Number.isFinite(value)) return value > 0 ? Numeric.Infinity : Numeric.NegInfinity;
    return Numeric.parse(value.toPrecision(digits)).trimmed();
  }

  private trimmed(): Numeric {
    let { n, scale } = this;
    while (scale > 0 && n % 10n === 0n) {
      n /= 10n;
      scale--;
    }
    return new Numeric(n, scale);
  }

  get sign(): number {
    if (this.special) return this.special === '-Infinity' ? -1 : 1;
    return this.n < 0n ? -1 : this.n > 0n ? 1 : 0;
  }

  text(): string {
    if (this.special) return this.special;
    const digits = (this.n < 0n ? -this.n : this.n).toString().padStart(this.scale + 1, '0');
    const sign = this.n < 0n ? '-' : '';
    if (this.scale === 0) return sign + digits;
    return `${sign}${digits.slice(0, -this.scale)}.${digits.slice(-this.scale)}`;
  }

  number(): number {
    return this.special ? Number(this.special) : Number(this.text());
  }

  /** Rounded half away from zero to `scale` digits, which may be negative. */
  round(scale: number): Numeric {
    if (this.special) return this;
    if (scale >= this.scale) return new Numeric(this.n * pow10(scale - this.scale), scale);
    const n = divideRounded(this.n, pow10(this.scale - scale));
    return scale >= 0 ? new Numeric(n, scale) : new Numeric(n * pow10(-scale), 0);
  }

  trunc(scale = 0): Numeric {
    if (this.special) return this;
    if (scale >= this.scale) return this.round(scale);
    const n = this.n / pow10(this.scale - scale);
    return scale >= 0 ? new Numeric(n, scale) : new Numeric(n * pow10(-scale), 0);
  }

  floor(): Numeric {
    if (this.special) return this;
    const t = this.trunc(0);
    return this.n < 0n && compare(t, this) !== 0 ? new Numeric(t.n - 1n, 0) : t;
  }

  ceil(): Numeric {
    return negate(negate(this).floor());
  }

  /** As a whole number, rounded. */
  toBigInt(): bigint {
    if (this.special)
      throw new PgError('0A000', `cannot convert ${this.special === 'NaN' ? 'NaN' : 'infinity'} to bigint`);
    return this.round(0).n;
  }

  /** Applies numeric(precision, scale). */
  fit(precision: number, scale: number): Numeric {
    if (this.special === 'NaN') return this;
    const rounded = this.round(scale);
    const limit = pow10(Math.max(0, precision - scale + rounded.scale));
    if (this.special || (rounded.n < 0n ? -rounded.n : rounded.n) >= limit) {
      const what = this.special
        ? `A field with precision ${precision}, scale ${scale} cannot hold an infinite value.`
        : `A field with precision ${precision}, scale ${scale} must round to an absolute value less than ${precision === scale ? '1' : `10^${precision - scale}`}.`;
      throw new PgError('22003', 'numeric field overflow', { detail: what });
    }
    return rounded;
  }
}

const POWERS: bigint[] = [1n];
export function pow10(n: number): bigint {
  for (let i = POWERS.length; i <= n && i < 4096; i++) POWERS.push(POWERS[i - 1]! * 10n);
  return POWERS[n] ?? 10n ** BigInt(n);
}

function divideRounded(n: bigint, by: bigint): bigint {
  const half = by / 2n;
  return n >= 0n ? (n + half) / by : -((-n + half) / by);
}

export function compare(a: Numeric, b: Numeric): number {
  if (a.special || b.special) {
    const rank = (x: Numeric) => (x.special === 'NaN' ? 3 : x.special === 'Infinity' ? 2 : x.special ? 0 : 1);
    return rank(a) - rank(b);
  }
  const scale = Math.max(a.scale, b.scale);
  const x = a.n * pow10(scale - a.scale);
  const y = b.n * pow10(scale - b.scale);
  return x < y ? -1 : x > y ? 1 : 0;
}

export const negate = (a: Numeric): Numeric =>
  a.special
    ? a.special === 'NaN'
      ? a
      : a.special === 'Infinity'
        ? Numeric.NegInfinity
        : Numeric.Infinity
    : new Numeric(-a.n, a.scale);

/** The result with infinities and NaN, through floats, which are exact for these. */
function special(value: number): Numeric {
  return Number.isNaN(value) ? Numeric.NaN : value > 0 ? Numeric.Infinity : Numeric.NegInfinity;
}

export function add(a: Numeric, b: Numeric): Numeric {
  if (a.special || b.special) return special(a.number() + b.number());
  const scale = Math.max(a.scale, b.scale);
  return new Numeric(a.n * pow10(scale - a.scale) + b.n * pow10(scale - b.scale), scale);
}

export const subtract = (a: Numeric, b: Numeric): Numeric => add(a, negate(b));

export function multiply(a: Numeric, b: Numeric): Numeric {
  if (a.special || b.special) return special(a.number() * b.number());
  return new Numeric(a.n * b.n, a.scale + b.scale);
}

/** As `div_var` with the scale of `select_div_scale` (numeric.c): at least 16 significant digits. */
export function divide(a: Numeric, b: Numeric): Numeric {
  if (b.special || a.special) {
    if (!b.special && b.n === 0n && a.special !== 'NaN') throw divisionByZero();
    if (b.special && !a.special && b.special !== 'NaN') return Numeric.zero;
    return special(a.number() / b.number());
  }
  if (b.n === 0n) throw divisionByZero();
  const x = leading(a);
  const y = leading(b);
  let weight = x.weight - y.weight;
  if (x.digit <= y.digit) weight--;
  const scale = Math.min(Math.max(16 - weight * 4, a.scale, b.scale, 0), 1000);
  return divideTo(a, b, scale);
}

export function divideTo(a: Numeric, b: Numeric, scale: number): Numeric {
  let n = a.n;
  let d = b.n;
  const shift = scale - a.scale + b.scale;
  if (shift >= 0) n *= pow10(shift);
  else d *= pow10(-shift);
  if (d < 0n) {
    n = -n;
    d = -d;
  }
  return new Numeric(divideRounded(n, d), scale);
}

/** Weight and value of the first digit of base 10000, which numeric.c computes with. */
function leading(a: Numeric): { weight: number; digit: number } {
  if (a.n === 0n) return { weight: 0, digit: 0 };
  const digits = (a.n < 0n ? -a.n : a.n).toString();
  const exponent = digits.length - a.scale - 1;
  const weight = Math.floor(exponent / 4);
  const take = exponent - weight * 4 + 1;
  return { weight, digit: Number(digits.slice(0, take).padEnd(take, '0')) };
}

export function modulo(a: Numeric, b: Numeric): Numeric {
  if (a.special || b.special) {
    if (!b.special && b.n === 0n && a.special !== 'NaN') throw divisionByZero();
    if (b.special && b.special !== 'NaN' && !a.special) return a;
    return Numeric.NaN;
  }
  if (b.n === 0n) throw divisionByZero();
  const scale = Math.max(a.scale, b.scale);
  return new Numeric((a.n * pow10(scale - a.scale)) % (b.n * pow10(scale - b.scale)), scale);
}

export function sqrt(a: Numeric): Numeric {
  if (a.special) return a;
  if (a.n < 0n) throw new PgError('2201F', 'cannot take square root of a negative number');
  const { weight } = leading(a);
  const scale = Math.min(Math.max(16 - (Math.trunc((weight * 4) / 2) + 1), a.scale, 0) + (a.n === 0n ? 0 : 0), 1000);
  const shifted = a.n * pow10(2 * (scale + 1) - a.scale);
  return new Numeric(integerRoot(shifted), scale + 1).round(scale);
}

function integerRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const y = (x + n / x) >> 1n;
    if (y >= x) return x;
    x = y;
  }
}

export function power(a: Numeric, b: Numeric): Numeric {
  if (!b.special && !a.special && b.round(0).n * pow10(b.scale) === b.n) {
    const e = Number(b.round(0).n);
    if (a.n === 0n && e < 0) throw new PgError('2201F', 'zero raised to a negative power is undefined');
    if (Math.abs(e) <= 4000) {
      const scale = Math.min(Math.max(16, a.scale), 1000);
      if (e >= 0) return new Numeric(a.n ** BigInt(e), a.scale * e).round(scale);
      return divideTo(Numeric.ofInt(1), new Numeric(a.n ** BigInt(-e), a.scale * -e), scale);
    }
  }
  throw outOfRange('a power that is no whole number below 4000 of numeric');
}
