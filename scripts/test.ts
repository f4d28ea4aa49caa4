/**
 * `npm test`: everything, in stages, cheapest first; stops at the first stage that fails. The closing line counts
 * the tests of all stages that ran; a failed stage without tests of its own (types, lint, build) counts as one failure.
 * `npm test -- --whole` takes an hour: every seed, every second run and every triple, of which the tests otherwise take
 * what fits into a quarter of an hour.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { COMPARED_SERVERS, isInstalled, REAL_SERVERS } from '../src/lab/images/test-servers.ts';
import { base, buildSite, root } from './build.ts';
import { ensureChromium } from './chromium.ts';

interface Stage {
  readonly name: string;
  /** Throws, or returns false, when the stage failed. */
  readonly run: () => Promise<boolean | void>;
}

const counts = { passed: 0, failed: 0, skipped: 0 };
const results = join(root, '.cache', 'test-results');

const stages: readonly Stage[] = [
  { name: 'lint', run: () => program('biome', 'check', '--error-on-warnings') },
  { name: 'types', run: types },
  { name: 'unit tests and proof of exercises', run: () => vitest('unit', 'proof-*') },
  { name: 'site build', run: async () => void (await buildSite({ force: process.env.CI !== undefined })) },
  { name: 'browser', run: async () => void console.log(ensureChromium()) },
  { name: 'browser tests', run: () => vitest('browser') },
  { name: 'browser tests that look at the clock', run: () => vitest('browser-alone') },
];

if (process.argv.includes('--whole')) process.env.LOADBEARING_TESTS = 'whole';
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
if (base !== '/') console.log(`base path: ${base}`);

let failedStage: string | undefined;
for (const stage of stages) {
  console.log(`\n── ${stage.name}`);
  const startMs = performance.now();
  const failedBefore = counts.failed;
  let passed: boolean;
  try {
    passed = (await stage.run()) !== false;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    passed = false;
  }
  console.log(
    `── ${stage.name}: ${passed ? 'passed' : 'failed'} in ${((performance.now() - startMs) / 1000).toFixed(1)} s`,
  );
  if (passed) continue;
  if (counts.failed === failedBefore) counts.failed++;
  failedStage = stage.name;
  break;
}

for (const name of COMPARED_SERVERS.filter((each) => !isInstalled(each)))
  console.log(
    `Not run: what compares the ${name} image with the real server. It is not installed; apt-get install ${REAL_SERVERS[name].package}`,
  );
console.log(failedStage === undefined ? '\nAll stages passed.' : `\nStopped: the stage “${failedStage}” failed.`);
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exitCode = failedStage === undefined ? 0 : 1;

/** Of .ts and of .astro files side by side: each takes one core. */
async function types(): Promise<boolean> {
  if (!(await program('astro', 'sync'))) return false;
  const checks = await Promise.all([
    program('tsc', '-p', 'tsconfig.json'),
    program('astro', 'check', '--noSync', '--minimumSeverity', 'error'),
  ]);
  return checks.every((passed) => passed);
}

function program(name: string, ...args: string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // scripts/ensure.mjs put node_modules/.bin first on PATH.
    const child = spawn(name, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code === 0));
  });
}

async function vitest(...projects: string[]): Promise<boolean> {
  const file = join(results, `${projects[0]}.json`);
  const passed = await program(
    'vitest',
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  );
  if (!existsSync(file)) return false;
  const report = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  counts.passed += report.numPassedTests ?? 0;
  counts.failed += report.numFailedTests ?? 0;
  counts.skipped += (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
  if ((report.numTotalTests ?? 0) === 0)
    throw new Error(`No test of “${projects.join(', ')}” ran: look at vitest.config.ts.`);
  return passed;
}
