/**
 * The functions of Math whose last digits ECMA-262 §21.3.2 leaves to the engine, and which do differ: between V8 in Node
 * and in Chromium, and between both and Firefox. Here they are computed in JavaScript (@stdlib, after FreeBSD's msun), so a
 * seed gives one run everywhere. Part of the full built-ins: a program gets them when it names one of them.
 */

import acos from '@stdlib/math-base-special-acos';
import acosh from '@stdlib/math-base-special-acosh';
import asin from '@stdlib/math-base-special-asin';
import asinh from '@stdlib/math-base-special-asinh';
import atan from '@stdlib/math-base-special-atan';
import atan2 from '@stdlib/math-base-special-atan2';
import atanh from '@stdlib/math-base-special-atanh';
import cbrt from '@stdlib/math-base-special-cbrt';
import cos from '@stdlib/math-base-special-cos';
import cosh from '@stdlib/math-base-special-cosh';
import exp from '@stdlib/math-base-special-exp';
import expm1 from '@stdlib/math-base-special-expm1';
import hypot from '@stdlib/math-base-special-hypot';
import ln from '@stdlib/math-base-special-ln';
import log1p from '@stdlib/math-base-special-log1p';
import log2 from '@stdlib/math-base-special-log2';
import log10 from '@stdlib/math-base-special-log10';
import pow from '@stdlib/math-base-special-pow';
import sin from '@stdlib/math-base-special-sin';
import sinh from '@stdlib/math-base-special-sinh';
import tan from '@stdlib/math-base-special-tan';
import tanh from '@stdlib/math-base-special-tanh';
import { LabMath } from './math.ts';

/** ECMA-262 §21.3.2.18: any number of arguments, scaled by the largest so that no square overflows. */
function hypotOf(...values: unknown[]): number {
  const sizes = values.map((value) => Math.abs(Number(value)));
  if (sizes.includes(Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  return sizes.reduce((sum, size) => hypot(sum, size), 0);
}

/** ECMA-262 §6.1.6.1.3, which differs from C99 in the powers of NaN and one. */
function power(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  if (Number.isNaN(exponent) || ((base === 1 || base === -1) && !Number.isFinite(exponent))) return Number.NaN;
  return pow(base, exponent);
}

const exact: Record<string, (...args: any[]) => number> = {
  sin: (x) => sin(Number(x)),
  cos: (x) => cos(Number(x)),
  tan: (x) => tan(Number(x)),
  asin: (x) => asin(Number(x)),
  acos: (x) => acos(Number(x)),
  atan: (x) => atan(Number(x)),
  atan2: (a, b) => atan2(Number(a), Number(b)),
  sinh: (x) => sinh(Number(x)),
  cosh: (x) => cosh(Number(x)),
  tanh: (x) => tanh(Number(x)),
  asinh: (x) => asinh(Number(x)),
  acosh: (x) => acosh(Number(x)),
  atanh: (x) => atanh(Number(x)),
  exp: (x) => exp(Number(x)),
  expm1: (x) => expm1(Number(x)),
  log1p: (x) => log1p(Number(x)),
  log2: (x) => log2(Number(x)),
  log10: (x) => log10(Number(x)),
  cbrt: (x) => cbrt(Number(x)),
  pow: (a, b) => power(Number(a), Number(b)),
  log: (x) => ln(Number(x)),
  hypot: hypotOf,
};

/** Puts them into the process's Math. */
export function installExactMath(): void {
  for (const [name, compute] of Object.entries(exact)) {
    const { length } = (LabMath as any)[name];
    Object.defineProperty(compute, 'length', { value: length });
    Object.defineProperty(LabMath, name, { value: compute, writable: true, configurable: true });
  }
}
