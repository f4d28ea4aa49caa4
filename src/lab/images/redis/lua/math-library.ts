/** `math`. What engines compute with different last bits comes from @stdlib, so a script is the same everywhere. */
import acos from '@stdlib/math-base-special-acos';
import asin from '@stdlib/math-base-special-asin';
import atan from '@stdlib/math-base-special-atan';
import atan2 from '@stdlib/math-base-special-atan2';
import cos from '@stdlib/math-base-special-cos';
import exp from '@stdlib/math-base-special-exp';
import ln from '@stdlib/math-base-special-ln';
import log10 from '@stdlib/math-base-special-log10';
import pow from '@stdlib/math-base-special-pow';
import sin from '@stdlib/math-base-special-sin';
import tan from '@stdlib/math-base-special-tan';
import { Random } from '../../../core/random.ts';
import type { Args, Library } from './library.ts';

export function mathLibrary(): Library {
  // As in Redis, the same numbers in each run of a script, unless it seeds them.
  let random = new Random(0);
  const one = (compute: (x: number) => number) => (args: Args) => [compute(args.number(0))];
  return {
    abs: one(Math.abs),
    acos: one(acos),
    asin: one(asin),
    atan: one(atan),
    atan2: (args) => [atan2(args.number(0), args.number(1))],
    ceil: one(Math.ceil),
    cos: one(cos),
    deg: one((x) => x / (Math.PI / 180)),
    exp: one(exp),
    floor: one(Math.floor),
    fmod: (args) => [args.number(0) % args.number(1)],
    log: one(ln),
    log10: one(log10),
    max: (args) => [Math.max(args.number(0), ...args.all.map((_, i) => args.number(i)))],
    min: (args) => [Math.min(args.number(0), ...args.all.map((_, i) => args.number(i)))],
    mod: (args) => [args.number(0) % args.number(1)],
    modf: (args) => {
      const x = args.number(0);
      const whole = Math.trunc(x);
      return [whole, Number.isFinite(x) ? x - whole : 0];
    },
    pow: (args) => [pow(args.number(0), args.number(1))],
    rad: one((x) => x * (Math.PI / 180)),
    random: (args) => {
      const value = random.float();
      if (args.all.length === 0) return [value];
      const [low, high] = args.all.length === 1 ? [1, args.int(0)] : [args.int(0), args.int(1)];
      if (low > high) throw args.fail(args.all.length - 1, 'interval is empty');
      return [Math.floor(value * (high - low + 1)) + low];
    },
    randomseed: (args) => {
      random = new Random(args.int(0) | 0);
      return [];
    },
    sin: one(sin),
    sqrt: one(Math.sqrt),
    tan: one(tan),
  };
}
