/** Functions of numbers. Those that engines compute differently in the last bit come from @stdlib, and are given to 15 digits. */
import atan2 from '@stdlib/math-base-special-atan2';
import cbrt from '@stdlib/math-base-special-cbrt';
import exp from '@stdlib/math-base-special-exp';
import log10 from '@stdlib/math-base-special-log10';
import pow from '@stdlib/math-base-special-pow';
import { ln } from '../../../core/random.ts';
import { divisionByZero, PgError } from '../errors.ts';
import * as N from '../types/numeric.ts';
import { Numeric } from '../types/numeric.ts';
import { checkBigint, checkInt, INT4 } from '../types/types.ts';
import { def } from './registry.ts';

export function mathFunctions(): void {
  def('abs(int4) int4', ([v]) => checkInt(Math.abs(v), INT4));
  def('abs(int8) int8', ([v]) => checkBigint(v < 0n ? -v : v));
  def('abs(numeric) numeric', ([v]) => (v.sign < 0 ? N.negate(v) : v));
  def('abs(float8) float8', ([v]) => Math.abs(v));
  def('sign(numeric) numeric', ([v]) => Numeric.ofInt(v.sign));
  def('sign(float8) float8', ([v]) => Math.sign(v));
  for (const name of ['ceil', 'ceiling']) {
    def(`${name}(numeric) numeric`, ([v]) => v.ceil());
    def(`${name}(float8) float8`, ([v]) => Math.ceil(v));
  }
  def('floor(numeric) numeric', ([v]) => v.floor());
  def('floor(float8) float8', ([v]) => Math.floor(v));
  def('round(numeric) numeric', ([v]) => v.round(0));
  def('round(numeric, int4) numeric', ([v, n]) => v.round(n));
  def('round(float8) float8', ([v]) => {
    const floor = Math.floor(v);
    const part = v - floor;
    return part < 0.5 || (part === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  });
  def('trunc(numeric) numeric', ([v]) => v.trunc(0));
  def('trunc(numeric, int4) numeric', ([v, n]) => v.trunc(n));
  def('trunc(float8) float8', ([v]) => Math.trunc(v));
  def('mod(int4, int4) int4', ([a, b]) => {
    if (b === 0) throw divisionByZero();
    return (a % b) + 0;
  });
  def('mod(int8, int8) int8', ([a, b]) => {
    if (b === 0n) throw divisionByZero();
    return a % b;
  });
  def('mod(numeric, numeric) numeric', ([a, b]) => N.modulo(a, b));
  def('div(numeric, numeric) numeric', ([a, b]) => N.divide(a, b).trunc(0));
  def('gcd(int4, int4) int4', ([a, b]) => {
    while (b) [a, b] = [b, a % b];
    return Math.abs(a);
  });
  def('sqrt(numeric) numeric', ([v]) => N.sqrt(v));
  def('sqrt(float8) float8', ([v]) => {
    if (v < 0) throw new PgError('2201F', 'cannot take square root of a negative number');
    return Math.sqrt(v);
  });
  def('cbrt(float8) float8', ([v]) => round15(cbrt(v)));
  for (const name of ['power', 'pow']) {
    def(`${name}(numeric, numeric) numeric`, ([a, b]) => N.power(a, b));
    def(`${name}(float8, float8) float8`, ([a, b]) => (Number.isInteger(b) ? wholePower(a, b) : round15(pow(a, b))));
  }
  def('exp(float8) float8', ([v]) => round15(exp(v)));
  def('ln(float8) float8', ([v]) => round15(ln(positive(v))));
  def('ln(numeric) numeric', ([v]) => Numeric.parse(round15(ln(positive(v.number()))).toFixed(16)));
  def('log(float8) float8', ([v]) => round15(log10(positive(v))));
  def('log(numeric) numeric', ([v]) => Numeric.parse(round15(log10(positive(v.number()))).toFixed(16)));
  for (const name of ['sin', 'cos', 'tan', 'asin', 'acos', 'atan'] as const)
    def(`${name}(float8) float8`, ([v]) => round15(Math[name](v)));
  def('atan2(float8, float8) float8', ([a, b]) => round15(atan2(a, b)));
  def('radians(float8) float8', ([v]) => (v / 180) * Math.PI);
  def('degrees(float8) float8', ([v]) => (v / Math.PI) * 180);
  def('pi() float8', () => Math.PI);
  def('random() float8', (_, x) => x.session.cluster.machine.random(), { volatile: true });
  def('setseed(float8) void', () => '', { volatile: true });
  def('width_bucket(float8, float8, float8, int4) int4', ([v, lo, hi, n]) =>
    v < lo ? 0 : v >= hi ? n + 1 : Math.floor(((v - lo) / (hi - lo)) * n) + 1,
  );
  def('scale(numeric) int4', ([v]) => v.scale);
  def('trim_scale(numeric) numeric', ([v]) => {
    let r: Numeric = v;
    while (r.scale > 0 && r.n % 10n === 0n) r = new Numeric(r.n / 10n, r.scale - 1);
    return r;
  });
}

/** Cut to 15 digits, so that engines that differ in the last bit agree. */
const round15 = (v: number): number => (Number.isFinite(v) ? Number(v.toPrecision(15)) : v);

function positive(v: number): number {
  if (v === 0) throw new PgError('2201E', 'cannot take logarithm of zero');
  if (v < 0) throw new PgError('2201E', 'cannot take logarithm of a negative number');
  return v;
}

function wholePower(a: number, b: number): number {
  let result = 1;
  let base = a;
  for (let n = Math.abs(b); n > 0 && n < 4096; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result *= base;
    base *= base;
  }
  return Math.abs(b) >= 4096 ? round15(pow(a, b)) : b < 0 ? 1 / result : result;
}
