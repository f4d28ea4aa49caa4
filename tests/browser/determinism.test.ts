/** One code, one seed, one trace hash: a drill in Node and Chromium, and random triples in Node, Chromium and Firefox. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dist } from '../../scripts/build.ts';
import { readCatalog } from '../../src/catalog/index.ts';
import type { Manifest } from '../../src/catalog/public.ts';
import { checkHosts, runChecks } from '../../src/lab/index.ts';
import { scenarios } from '../../src/lab/test-scenarios.ts';
import { firstDifference, runTriple, type TripleRun } from '../../src/lab/test-triples.ts';
import { launch, openEnginePage, siteUrl } from './browser.ts';
import { launchFirefox } from './firefox.ts';

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

/** `npm test -- --whole`; otherwise as much of it as the tests have time for. */
const isWhole = process.env.LOADBEARING_TESTS === 'whole';
const RUNS = isWhole ? { node: 20, chromium: 3 } : { node: 5, chromium: 2 };
const TRIPLES = isWhole ? 200 : 80;

test(`${RUNS.node} runs in Node and ${RUNS.chromium} in Chromium have one trace hash`, {
  timeout: 1_200_000,
}, async () => {
  const open = checkHosts({
    programs: { builtins: text(manifest.builtins), packages: text(packagesFile) },
    realNowMs: () => performance.now(),
  });
  const hashes = new Set<string>();
  for (let i = 0; i < RUNS.node; i++) {
    const verdict = runChecks({ exerciseId: drill.id, files, checks: drill.checks }, seeds, open);
    expect(verdict.failure).toBeUndefined();
    hashes.add(verdict.traceHashes.join());
  }
  expect([...hashes]).toHaveLength(1);

  const { page, close } = await openEnginePage(browser);
  for (let i = 0; i < RUNS.chromium; i++) {
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

describe(`${TRIPLES} random triples of scenario, seed and fault schedule`, () => {
  const all = scenarios();
  const triples = Array.from({ length: TRIPLES }, (_, i) => ({ scenario: i % all.length, seed: 1 + i }));
  const programs = {
    builtins: text(manifest.builtins),
    fullBuiltins: text(manifest.fullBuiltins),
    packages: text(packagesFile),
  };
  const nameOf = (i: number) => `${all[triples[i]!.scenario]!.name}, seed ${triples[i]!.seed}`;
  const inNode = (i: number, keepsRecords = false): TripleRun =>
    runTriple(all[triples[i]!.scenario]!, triples[i]!.seed, programs, keepsRecords);
  /** Hashes of the first run of each in Node. */
  const hashes: string[] = [];
  let page: string;

  beforeAll(async () => {
    page = await pageScript();
  });

  test('twice in Node', { timeout: 600_000 }, () => {
    let ok = 0;
    for (let i = 0; i < TRIPLES; i++) {
      const first = inNode(i);
      ok += first.ok;
      hashes.push(first.hash);
      if (inNode(i).hash !== first.hash)
        expect.fail(`${nameOf(i)}: ${firstDifference(inNode(i, true).records, inNode(i, true).records)}`);
    }
    // Most requests are answered in spite of the faults, or the runs would have nothing in them.
    expect(ok / (TRIPLES * 50)).toBeGreaterThan(0.5);
    expect(new Set(hashes).size).toBe(TRIPLES);
  });

  test('once in Chromium', { timeout: 600_000 }, async () => {
    const { page: tab, close } = await openEnginePage(browser);
    await sameEverywhere((expression) => tab.evaluate(expression));
    await close();
  });

  test('once in Firefox', { timeout: 600_000 }, async () => {
    const firefox = await launchFirefox();
    try {
      await firefox.goto(siteUrl('notices.txt'));
      await sameEverywhere((expression) => firefox.evaluate(expression));
    } finally {
      await firefox.close();
    }
  });

  async function sameEverywhere(evaluate: (expression: string) => Promise<string>): Promise<void> {
    await evaluate(page);
    const runs = (list: readonly number[], keepsRecords: boolean) =>
      evaluate(`runTriples(${JSON.stringify(list.map((i) => triples[i]))}, ${keepsRecords})`);
    // In parts, so that no single call of the browser takes long.
    for (let from = 0; from < TRIPLES; from += 20) {
      const part = triples.map((_, i) => i).slice(from, from + 20);
      const found: TripleRun[] = JSON.parse(await runs(part, false));
      for (const [at, { hash }] of found.entries()) {
        const i = part[at]!;
        if (hash === hashes[i]) continue;
        const [there] = JSON.parse(await runs([i], true)) as TripleRun[];
        expect.fail(`${nameOf(i)}, Node and then here: ${firstDifference(inNode(i, true).records, there!.records)}`);
      }
    }
  }

  /** Makes `runTriples(triples, keepsRecords)` in a page: a worker with the lab's own code. */
  async function pageScript(): Promise<string> {
    const bundle = await esbuild.build({
      stdin: {
        contents: `
          import { runTriple } from './src/lab/test-triples.ts';
          onmessage = ({ data: { scenarios, programs, triples, keepsRecords } }) => {
            try {
              const runs = triples.map(({ scenario, seed }) => runTriple(scenarios[scenario], seed, programs, keepsRecords));
              postMessage({ runs });
            } catch (error) {
              postMessage({ error: String(error.stack ?? error) });
            }
          };`,
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      bundle: true,
      write: false,
      format: 'iife',
      target: 'es2022',
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    const code = bundle.outputFiles[0]!.text;
    return `(() => {
      const scenarios = ${JSON.stringify(all)};
      const programs = ${JSON.stringify(programs)};
      const url = URL.createObjectURL(new Blob([${JSON.stringify(code)}], { type: 'text/javascript' }));
      const worker = new Worker(url);
      globalThis.runTriples = (triples, keepsRecords) => new Promise((resolve, reject) => {
        worker.onerror = (error) => reject(new Error(error.message));
        worker.onmessage = ({ data }) => data.error ? reject(new Error(data.error)) : resolve(JSON.stringify(data.runs));
        worker.postMessage({ scenarios, programs, triples, keepsRecords });
      });
      return 'ready';
    })()`;
  }
});
