import { afterEach, expect, test } from 'vitest';
import { useNodeScripts } from '../../cli/node-scripts.ts';
import { builtinsFactory, bundleFactory, useScripts } from './evaluate.ts';

const code = 'return { kernel: __kernel, run() { return typeof fetch; } };';

afterEach(useNodeScripts);

test('main processes get functions of the built-ins that nobody else has, others share theirs', () => {
  expect(builtinsFactory(code, true)).not.toBe(builtinsFactory(code, true));
  expect(builtinsFactory(code, false)).toBe(builtinsFactory(code, false));
  expect(bundleFactory('return 1;', 'file:///a.js', [])).toBe(bundleFactory('return 1;', 'file:///a.js', []));
});

test('whose ever they are, they see the kernel that they are called with and nothing of the host', () => {
  for (const isOwn of [true, false]) {
    const made = builtinsFactory(code, isOwn)({ __kernel: 'mine' }) as { kernel: unknown; run(): unknown };
    expect([made.kernel, made.run()]).toEqual(['mine', 'undefined']);
  }
});

test('the host compiles a text once and runs that for each of them', () => {
  const texts: string[] = [];
  const runs: string[] = [];
  useScripts((text) => {
    texts.push(text);
    return () => runs.push(text);
  });
  const another = `${code} // of this test`;
  builtinsFactory(another, true);
  builtinsFactory(another, true);
  builtinsFactory(another, false);
  expect(texts.length).toBe(1);
  expect(runs).toEqual([texts[0], texts[0]]);
});
