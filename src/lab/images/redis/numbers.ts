/** Numbers as Redis reads and writes them: strict 64-bit integers, and doubles as C's `%.17g`. */

export const INT64_MAX = 9223372036854775807n;
export const INT64_MIN = -9223372036854775808n;

/** As `string2ll`: no sign but −, no leading zero, no space. Null when it is no 64-bit integer. */
export function parseInt64(text: string): bigint | null {
  if (!isIntegerText(text)) return null;
  const value = BigInt(text);
  return value > INT64_MAX || value < INT64_MIN ? null : value;
}

/** The same as a number; beyond 2^53 it is rounded, which only ranges and counts may tolerate. */
export function parseInteger(text: string): number | null {
  if (text.length < 16) return isIntegerText(text) ? Number(text) : null;
  const value = parseInt64(text);
  return value === null ? null : Number(value);
}

function isIntegerText(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > 20) return false;
  let at = 0;
  if (text.charCodeAt(0) === 45) {
    if (length === 1) return false;
    at = 1;
  }
  const first = text.charCodeAt(at);
  if (first === 48) return length === 1;
  for (; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** Number when it is exact, otherwise bigint: the two kinds of integer reply. */
export const narrow = (value: bigint): number | bigint =>
  value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const HEX = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?\d+))?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** As `strtod` over the whole text; null for anything else, and for NaN. */
export function parseDouble(text: string): number | null {
  if (DECIMAL.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  const hex = HEX.exec(text);
  if (!hex || (!hex[2] && !hex[3])) return null;
  let value = 0;
  for (const digit of hex[2]! + hex[3]!) value = value * 16 + Number.parseInt(digit, 16);
  let exponent = Number(hex[4] ?? 0) - 4 * hex[3]!.length;
  for (; exponent > 0 && value !== Infinity && value !== 0; exponent--) value *= 2;
  for (; exponent < 0 && value !== 0; exponent++) value /= 2;
  return hex[1] === '-' ? -value : value;
}

/** As C's `%.<digits>g`. */
export function formatG(value: number, digits: number): string {
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  if (Number.isNaN(value)) return value < 0 ? '-nan' : 'nan';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa, power] = value.toExponential(digits - 1).split('e') as [string, string];
  const exponent = Number(power);
  const sign = mantissa.startsWith('-') ? '-' : '';
  const all = mantissa.replace(/[-.]/g, '').replace(/0+$/, '');
  if (exponent < -4 || exponent >= digits) {
    const size = Math.abs(exponent);
    const rest = all.length > 1 ? `.${all.slice(1)}` : '';
    return `${sign}${all[0]}${rest}e${exponent < 0 ? '-' : '+'}${size < 10 ? `0${size}` : size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${all}`;
  if (all.length <= exponent + 1) return sign + all + '0'.repeat(exponent + 1 - all.length);
  return `${sign}${all.slice(0, exponent + 1)}.${all.slice(exponent + 1)}`;
}

/** A score, as replies show it. */
export function formatDouble(value: number): string {
  // Integers of up to 15 digits look the same either way.
  if (Number.isInteger(value) && value < 1e15 && value > -1e15 && value !== 0) return String(value);
  return formatG(value, 17);
}
