import * as esbuild from 'esbuild';
import { expect, test } from 'vitest';
import { leanSucrase } from './lean-sucrase.ts';

async function bundle(plugins: esbuild.Plugin[]): Promise<string> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: `export { transform } from 'sucrase';`, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    globalName: 'sucrase',
    platform: 'browser',
    plugins,
  });
  return outputFiles![0]!.text;
}

test('sucrase without what the worker does not use is smaller and says the same', async () => {
  const [whole, lean] = await Promise.all([bundle([]), bundle([leanSucrase])]);
  expect(lean.length).toBeLessThan(whole.length - 15_000);
  const run = (code: string) => {
    const sucrase = new Function(`${code}; return sucrase;`)() as typeof import('sucrase');
    const source = `import { a } from 'b';\nconst x: number = a as number;\nexport default class C { private y = x; }`;
    return sucrase.transform(source, { transforms: ['typescript', 'imports'] }).code;
  };
  expect(run(lean)).toBe(run(whole));
});
