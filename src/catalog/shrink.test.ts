import { expect, test } from 'vitest';
import { shrink } from './shrink.ts';

/** Runs a function body. */
const run = (code: string) => new Function(code)();

test('classes and functions named like classes keep the names that programs see; others get short ones', async () => {
  const code = await shrink(`
    class Plain {} var Server2 = class _Server2 {}; let Later; Later = class {}; function Stream() {} var Odd = function Emitter() {};
    class Own { static name = 'mine'; } function helper() {} const make = (aLongParameter) => class Inner extends Plain { own = aLongParameter; };
    var __result = [Plain, Server2, Later, Stream, Odd, Own, make(1), class extends Later {}, helper].map((one) => one.name);export{__result as default};`);
  const names = run(code);
  expect(names.slice(0, 7)).toEqual(['Plain', 'Server', 'Later', 'Stream', 'Emitter', 'mine', 'Inner']);
  expect(code).not.toContain('aLongParameter');
});

test('a constructor is named before code behind it runs', async () => {
  const code = await shrink(
    `function Hash() {} Hash.prototype.x = 1; var __name = new Hash().constructor.name;\nexport{__name as default};`,
  );
  expect(run(code)).toBe('Hash');
});
