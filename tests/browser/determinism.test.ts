/** The same drill in Node and in Chromium: one code, one seed, one trace hash. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dist } from '../../scripts/build.ts';
import { readCatalog } from '../../src/catalog/index.ts';
import type { Manifest } from '../../src/catalog/public.ts';
import { checkHosts, runChecks } from '../../src/lab/index.ts';
import { launch, openEnginePage, siteUrl } from './browser.ts';

const drill = readCatalog(process.cwd()).exercises.find(({ id }) => id === 'D14')!;
const manifest: Manifest = JSON.parse(readFileSync(join(dist, '_lab/manifest.json'), 'utf8'));
const packagesFile = manifest.sandboxes[drill.sandbox]!.packages;
const text = (file: string) => readFileSync(join(dist, '_lab', file), 'utf8');
const seeds = [drill.seeds[0]!];
// The solution exercises more of the lab than the starter: a breaker opens, half-opens and closes.
const files = { ...drill.starter, ...drill.solution };

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test('20 runs in Node and 3 in Chromium have one trace hash', { timeout: 1_200_000 }, async () => {
  const open = checkHosts({
    programs: { builtins: text(manifest.builtins), packages: text(packagesFile) },
    realNowMs: () => performance.now(),
  });
  const hashes = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const verdict = runChecks({ exerciseId: drill.id, files, checks: drill.checks }, seeds, open);
    expect(verdict.failure).toBeUndefined();
    hashes.add(verdict.traceHashes.join());
  }
  expect([...hashes]).toHaveLength(1);

  const { page, close } = await openEnginePage(browser);
  for (let i = 0; i < 3; i++) {
    const verdict = await page.evaluate((run) => window.engine.check(run), {
      exerciseId: drill.id,
      project: { id: drill.sandbox, files, packagesUrl: siteUrl(`_lab/${packagesFile}`) },
      checks: drill.checks,
      seeds,
    });
    expect(verdict.passed).toBe(true);
    hashes.add(verdict.traceHashes.join());
  }
  await close();
  expect([...hashes]).toHaveLength(1);
});
