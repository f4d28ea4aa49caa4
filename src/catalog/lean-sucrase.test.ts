import { globSync, readFileSync } from 'node:fs';
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

test('sucrase without what the worker does not use says the same of everything there is', async () => {
  const [whole, lean] = (await Promise.all([bundle([]), bundle([leanSucrase])])) as [string, string];
  expect(lean.length).toBeLessThan(whole.length - 50_000);
  const [one, other] = [whole, lean].map(
    (code) => new Function(`${code}; return sucrase;`)() as typeof import('sucrase'),
  );
  const files = globSync('{sandboxes,exercises,src/lab,src/catalog}/**/*.ts');
  expect(files.length).toBeGreaterThan(200);
  for (const file of files) {
    const source = readFileSync(file, 'utf8');
    const options = { transforms: ['typescript', 'imports'] as ('typescript' | 'imports')[] };
    expect(other!.transform(source, options).code === one!.transform(source, options).code, file).toBe(true);
  }
});

test('an error of syntax has the same words and place', async () => {
  const code = await bundle([leanSucrase]);
  const sucrase = new Function(`${code}; return sucrase;`)() as typeof import('sucrase');
  expect(() => sucrase.transform('const x = ;', { transforms: ['typescript', 'imports'] })).toThrow(
    'Unexpected token (1:11)',
  );
});
