import { expect, test } from 'vitest';
import { TestLab } from '../../test-lab.ts';

/** What a program logs; it names Math.sin, so it gets the full built-ins. */
async function said(code: string): Promise<unknown[]> {
  const lab = await TestLab.boot({ web: { main: `const f = Math.sin;\n${code}\nsetInterval(() => {}, 1e6);` } });
  lab.run(100);
  return lab.events.filter((event) => event.kind === 'log').map((event) => JSON.parse((event as any).text));
}

const FUNCTIONS = [
  ...['acos', 'asin', 'atan', 'atanh', 'cbrt', 'cos', 'cosh', 'exp', 'expm1', 'log', 'log10', 'log1p', 'log2', 'sin'],
  ...['sinh', 'asinh', 'acosh', 'tan', 'tanh'],
];

test('each function of Math is within two units in the last place of the engine’s', async () => {
  const xs = Array.from({ length: 101 }, (_, i) => (i - 50) / 5);
  const [found] = await said(`
    const xs = ${JSON.stringify(xs)};
    console.log(JSON.stringify(${JSON.stringify(FUNCTIONS)}.map((name) => xs.map((x) => String(Math[name](x))))));
  `);
  for (const [at, name] of FUNCTIONS.entries())
    for (const [i, x] of xs.entries()) {
      const engine = (Math as any)[name](x) as number;
      const own = Number((found as string[][])[at]![i]);
      if (!Number.isFinite(engine)) expect(own, `${name}(${x})`).toBe(engine);
      else
        expect(Math.abs(own - engine), `${name}(${x})`).toBeLessThanOrEqual(
          2 ** -51 * Math.max(1e-300, Math.abs(engine)),
        );
    }
});

test('special values are those of ECMA-262', async () => {
  const [found] = await said(`
    const inf = Infinity, text = (x) => Object.is(x, -0) ? '-0' : String(x);
    console.log(JSON.stringify([
      Math.pow(NaN, 0), Math.pow(1, inf), Math.pow(-8, 1 / 3), Math.pow(-2, 3), Math.pow(2, -1074), Math.pow(-0, -3),
      Math.hypot(), Math.hypot(3, 4), Math.hypot(NaN, inf), Math.hypot(1, 2, 2), Math.hypot(-0),
      Math.atan2(-0, -1), Math.atan2(0, -0), Math.sin(-0), Math.cbrt(-27), Math.log(-1), Math.log(0), Math.exp(-inf),
      Math.log10(1000), Math.log2(8), Math.expm1(-0), Math.atanh(1), Math.sin('1') === Math.sin(1), Math.sin(1e22),
    ].map(text)));
  `);
  expect(found).toEqual([
    ...['1', 'NaN', 'NaN', '-8', '5e-324', '-Infinity', '0', '5', 'Infinity', '3', '0'],
    ...['-3.141592653589793', '3.141592653589793', '-0', '-3', 'NaN', '-Infinity', '0'],
    ...['3', '3', '-0', 'Infinity', 'true', '-0.8522008497671888'],
  ]);
});

test('the operator ** is Math.pow, for bigints itself, and keeps its precedence', async () => {
  const [found] = await said(`
    let n = 3;
    const list = [2 ** 10, 2 ** 3 ** 2, (-2) ** 2, 1.1 ** 10, (n, 2) ** 3, 2 **
      4, String(2n ** 70n), 2 * 3 ** 2, 'x' ** 1];
    n **= 2;
    console.log(JSON.stringify([...list, n].map(String)));
  `);
  expect(found).toEqual([2 ** 10, 2 ** (3 ** 2), 4, 1.1 ** 10, 8, 16, 2n ** 70n, 18, Number.NaN, 9].map(String));
});
