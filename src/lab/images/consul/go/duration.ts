/** Durations as Go's `time` package reads and writes them; here they are nanoseconds. */

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

export const SECOND = 1e9;

/** `1h2m3.5s` → ns. Throws an Error with Go's words. */
export function parseDuration(text: string): number {
  const invalid = (what = 'invalid duration') => new Error(`time: ${what} ${quote(text)}`);
  let rest = text;
  let sign = 1;
  if (/^[+-]/.test(rest)) {
    if (rest[0] === '-') sign = -1;
    rest = rest.slice(1);
  }
  if (rest === '0') return 0;
  if (rest === '') throw invalid();
  let sum = 0;
  while (rest !== '') {
    const number = /^(?:\d+(?:\.\d*)?|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) throw invalid();
    rest = rest.slice(number.length);
    const unit = /^[^\d.]+/.exec(rest)?.[0];
    if (unit === undefined) throw invalid('missing unit in duration');
    const scale = UNITS[unit];
    if (scale === undefined) throw new Error(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
    rest = rest.slice(unit.length);
    sum += Number(number) * scale;
    if (sum > 9.223372036854775e18) throw invalid();
  }
  return sign * Math.round(sum);
}

/** As `Duration.String`: `1m30s`, `500ms`, `0s`. */
export function formatDuration(ns: number): string {
  if (ns === 0) return '0s';
  const sign = ns < 0 ? '-' : '';
  const all = Math.abs(ns);
  if (all < SECOND) {
    const [unit, scale] =
      all < 1e3 ? (['ns', 1] as const) : all < 1e6 ? (['µs', 1e3] as const) : (['ms', 1e6] as const);
    return `${sign}${decimal(all / scale)}${unit}`;
  }
  const hours = Math.floor(all / 3600e9);
  const minutes = Math.floor((all % 3600e9) / 60e9);
  const seconds = decimal((all % 60e9) / SECOND);
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}

function decimal(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, '');
}

/** As `%q` and `strconv.Quote` for text without control characters. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t').replace(/\r/g, '\\r')}"`;
}
