/**
 * `npm run bench`: the lab against its budgets (DESIGN §7), everything in one run on one machine; times are medians of
 * five. `--json` prints one object with stable keys and nothing else.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { runParts } from '../src/catalog/assets.ts';
import { readTextFiles } from '../src/catalog/folder.ts';
import { readCatalog } from '../src/catalog/index.ts';
import type { Manifest } from '../src/catalog/public.ts';
import {
  launchChromium,
  measureEditMs,
  measureFirst,
  measurePageJs,
  measureTabMb,
  measureVerdictMs,
  measureVirtualPerReal,
} from './bench/chromium.ts';
import { measureFrames } from './bench/frames.ts';
import { measureNodePair } from './bench/node-pair.ts';
import { scaleProject } from './bench/scale.ts';
import { base, dist, root } from './build.ts';
import { ensureChromium } from './chromium.ts';
import { serve } from './serve.ts';

const { values: options } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const say = (text: string) => options.json || console.log(text);

const RUNS = 5;

interface Figure {
  readonly key: string;
  readonly text: string;
  readonly value: number;
  readonly unit: string;
  readonly budget?: { readonly sign: '≤' | '≥'; readonly value: number };
}

// With --json nothing but the object may reach stdout: what the build prints goes to stderr.
const build = spawnSync(process.execPath, ['scripts/build.ts', '--if-changed'], {
  cwd: root,
  stdio: ['ignore', options.json ? 2 : 1, 2],
});
if (build.status !== 0) process.exit(1);
const chromiumPath = ensureChromium();
const server = await serve({ folder: dist, port: 0, base });
const browser = await launchChromium(chromiumPath);
const figures: Figure[] = [];
try {
  const manifest: Manifest = JSON.parse(readFileSync(join(dist, '_lab/manifest.json'), 'utf8'));
  const { packages } = manifest.sandboxes.shop!;
  const projectOf = (id: string, files: Readonly<Record<string, string>>) => ({
    id,
    files,
    packagesUrl: `${server.url}_lab/${manifest.sandboxes[id]!.packages}`,
  });
  const shop = projectOf('shop', readTextFiles(join(root, 'sandboxes/shop')));
  const gzipOf = (file: string) => gzipSync(readFileSync(join(dist, '_lab', file)), { level: 9 }).length;
  say(
    `Node ${process.versions.node}, Chromium ${browser.version()}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}\n`,
  );

  const first = await repeat(() => measureFirst(browser, server.url, shop, '/products'));
  figures.push(
    figure(
      'coldFirst200Ms',
      'Run → gateway’s first 200, nothing loaded',
      median(first.map(({ coldMs }) => coldMs)),
      'ms',
      { sign: '≤', value: 800 },
    ),
    figure('warmFirst200Ms', 'Run → gateway’s first 200, lab loaded', median(first.map(({ warmMs }) => warmMs)), 'ms', {
      sign: '≤',
      value: 200,
    }),
  );
  const inChromium = await repeat(() => measureVirtualPerReal(browser, server.url, shop, '/products', 200, 60));
  const firstMinute = (runs: readonly (readonly number[])[]) => median(runs.map((figures) => figures[0]!));
  figures.push(
    figure(
      'virtualPerRealChromium',
      'virtual s per real s, shop at 200 requests/s, Chromium',
      firstMinute(inChromium),
      '×',
      {
        sign: '≥',
        value: 60,
      },
    ),
  );
  const inNode = await repeat(async () => labInNode('shop').virtualPerReal!);
  figures.push(figure('virtualPerRealNode', 'the same in Node', median(inNode), '×'));

  const pair = { ...shop, id: 'pair', files: readTextFiles(join(root, 'scripts/bench/pair')) };
  const pairInChromium = await repeat(() => measureVirtualPerReal(browser, server.url, pair, '/items/1', 200, 60));
  figures.push(
    figure(
      'virtualPerRealPairChromium',
      'the same with plain gateway and backend, Chromium',
      firstMinute(pairInChromium),
      '×',
    ),
  );
  const three = { ...shop, id: 'three', files: scaleProject(3) };
  const threeInChromium = await repeat(() => measureVirtualPerReal(browser, server.url, three, '/', 200, 60, 2));
  figures.push(
    figure(
      'virtualPerRealThreeChromium',
      'the same with gateway + 2 plain services, Chromium',
      firstMinute(threeInChromium),
      '×',
      { sign: '≥', value: 60 },
    ),
    figure(
      'virtualPerRealThreeWarmChromium',
      'the same in its second minute, when the browser has compiled what is hot',
      median(threeInChromium.map((figures) => figures[1]!)),
      '×',
    ),
  );
  for (const { id, sandbox, starter, solution, checks, seeds } of readCatalog(root).exercises) {
    const project = projectOf(sandbox, { ...starter, ...solution });
    const verdicts = await repeat(() =>
      measureVerdictMs(browser, server.url, { exerciseId: id, project, checks, seeds }),
    );
    figures.push(
      figure(`verdict${id}Ms`, `verdict of ${id}, ${seeds.length} seeds, Chromium`, median(verdicts), 'ms', {
        sign: '≤',
        value: 5000,
      }),
    );
  }

  const edits = await repeat(() => measureEditMs(browser, server.url, shop, 'gateway/src/products.ts'));
  figures.push(figure('editMs', 'edit of the gateway → running again', median(edits), 'ms', { sign: '≤', value: 300 }));
  const tab = await repeat(() => measureTabMb(chromiumPath, `${server.url}exercises/d14-breaker/`));
  figures.push(
    figure('tabMb', 'the tab: six replicas under load, editor open', median(tab), 'MB', { sign: '≤', value: 300 }),
  );

  const frames = await repeat(() => measureFrames(browser, `${server.url}sandboxes/shop/`, 200));
  figures.push(
    figure(
      'framesPerSecond',
      'workbench at 200 requests/s with picture, charts and logs: frames per s',
      median(frames.map(({ framesPerSecond }) => framesPerSecond)),
      '/s',
      { sign: '≥', value: 50 },
    ),
    figure(
      'frameTaskMsP95',
      'the same: longest main-thread task of a frame, 95th percentile',
      median(frames.map(({ taskMsP95 }) => taskMsP95)),
      'ms',
      { sign: '≤', value: 50 },
    ),
  );

  const lab = await repeat(async () => labInNode('pair').requestsPerCpuSecond!);
  figures.push(
    figure('requestsPerCpuSecondLab', 'requests per CPU-second, gateway and backend in the lab', median(lab), '/s'),
  );
  const real = await repeat(async () => (await measureNodePair(4)).requestsPerCpuSecond);
  figures.push(figure('requestsPerCpuSecondNode', 'the same two services on real Node', median(real), '/s'));
  figures.push(
    figure('labPerNode', 'the lab against real Node', median(lab) / median(real), '×', { sign: '≥', value: 2 }),
  );

  for (const services of [3, 10, 30]) {
    const boots: number[] = [];
    for (const rate of [50, 200, 1000]) {
      const runs = await repeat(async () => labInNode('scale', String(services), String(rate)));
      boots.push(...runs.map(({ bootMs }) => bootMs!));
      const value = median(runs.map(({ virtualPerReal }) => virtualPerReal!));
      const text = `virtual s per real s, ${services} services, ${rate} requests/s, Node`;
      figures.push(figure(`scale${services}x${rate}`, text, value, '×'));
    }
    figures.push(
      figure(`scale${services}BootMs`, `${services} services, boot and 20 virtual s, Node`, median(boots), 'ms'),
    );
  }

  for (const name of ['redis', 'postgres', 'rabbitmq', 'consul']) {
    const runs = await repeat(async () => imageInNode(name));
    const of = (key: keyof ReturnType<typeof imageInNode>) => median(runs.map((run) => run[key]));
    figures.push(
      figure(
        `${name}StartMs`,
        `${name}: start until healthy, real (virtual ${of('startVirtualMs')} ms)`,
        of('startRealMs'),
        'ms',
      ),
      figure(
        `${name}OpsReal`,
        `${name}: simple operations by its usual client, per real s`,
        of('operationsPerRealSecond'),
        '/s',
      ),
      figure(`${name}OpsVirtual`, `${name}: the same per virtual s`, of('operationsPerVirtualSecond'), '/s'),
      figure(
        `${name}GzipBytes`,
        `${name}: what a page with it loads more, gzip`,
        gzipOf(manifest.images[name]!),
        'bytes',
      ),
    );
  }

  const lessons = readdirSync(join(dist, 'lessons'));
  const lessonJs = [];
  for (const lesson of lessons) lessonJs.push(await measurePageJs(browser, `${server.url}lessons/${lesson}/`));
  figures.push(
    figure(
      'workerGzipBytes',
      'worker, built-ins and the shop’s packages, gzip',
      gzipOf(manifest.worker) + gzipOf(manifest.builtins) + gzipOf(packages),
      'bytes',
      { sign: '≤', value: 400 * 1024 },
    ),
    figure('lessonJsGzipBytes', 'JavaScript of the heaviest lesson page, gzip', Math.max(...lessonJs), 'bytes', {
      sign: '≤',
      value: 60 * 1024,
    }),
  );
} finally {
  await browser.close();
  await server.close();
}
const parts = Object.entries(await runParts(root, 'shop')).map(([part, size]) => [part, Math.round(size)] as const);
say('\nWhat a first Run of the shop loads, gzipped, by part (the 16 largest):');
for (const [part, size] of parts.slice(0, 16)) say(`  ${part.padEnd(32)} ${String(size).padStart(7)} bytes`);
say(
  `  ${'all others'.padEnd(32)} ${String(parts.slice(16).reduce((sum, [, size]) => sum + size, 0)).padStart(7)} bytes`,
);

if (options.json)
  console.log(
    JSON.stringify({
      ...Object.fromEntries(figures.map(({ key, value }) => [key, value])),
      workerParts: Object.fromEntries(parts),
    }),
  );

function figure(key: string, text: string, value: number, unit: string, budget?: Figure['budget']): Figure {
  const rounded = value >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
  const isMet = budget === undefined || (budget.sign === '≤' ? rounded <= budget.value : rounded >= budget.value);
  const against = budget === undefined ? '' : `   budget ${budget.sign} ${budget.value}: ${isMet ? 'met' : 'MISSED'}`;
  say(`${text.padEnd(58)} ${String(rounded).padStart(8)} ${unit.padEnd(5)}${against}`);
  return { key, text, value: rounded, unit, ...(budget === undefined ? {} : { budget }) };
}

async function repeat<T>(measure: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < RUNS; i++) results.push(await measure());
  return results;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function imageInNode(name: string): {
  startRealMs: number;
  startVirtualMs: number;
  operationsPerRealSecond: number;
  operationsPerVirtualSecond: number;
} {
  const child = spawnSync(process.execPath, ['scripts/bench/images-in-node.ts', name], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (child.status !== 0) throw new Error(`The ${name} image in Node failed: ${child.stderr}`);
  return JSON.parse(child.stdout);
}

function labInNode(...args: readonly string[]): {
  virtualPerReal?: number;
  requestsPerCpuSecond?: number;
  bootMs?: number;
} {
  const child = spawnSync(process.execPath, ['scripts/bench/lab-in-node.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (child.status !== 0) throw new Error(`The lab in Node failed: ${child.stderr}`);
  return JSON.parse(child.stdout);
}
