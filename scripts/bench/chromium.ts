/** What the bench measures in a real Chromium, with the engine as the site ships it and the assets that it serves. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { ExerciseRun, Project } from '../../src/engines/engine.ts';
import type { LabEngine } from '../../src/engines/lab/lab-engine.ts';
import { root } from '../build.ts';
import { chromiumFlags } from '../chromium.ts';

declare global {
  interface Window {
    engine: LabEngine;
  }
}

export interface FirstTimes {
  /** Run pressed on a page that has loaded nothing of the lab, empty cache: ms to the gateway's first 200. */
  readonly coldMs: number;
  /** The same when the lab is loaded: the second Run of a page. */
  readonly warmMs: number;
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: chromiumFlags });
}

/** Cold and warm time to `GET path` answered 200 by the gateway, through the services behind it. */
export async function measureFirst(
  browser: Browser,
  siteUrl: string,
  project: Project,
  path: string,
): Promise<FirstTimes> {
  const { page, close } = await enginePage(browser, siteUrl);
  try {
    const coldMs = await firstReplyMs(page, project, path);
    // As the workbench does when a run is stopped: the next worker waits ready.
    await page.evaluate((input) => window.engine.prepare(input), project);
    await firstReplyMs(page, project, path);
    await page.evaluate((input) => window.engine.prepare(input), project);
    return { coldMs, warmMs: await firstReplyMs(page, project, path) };
  } finally {
    await close();
  }
}

function firstReplyMs(page: Page, project: Project, path: string): Promise<number> {
  return page.evaluate(
    async ({ project, path }) => {
      const startMs = performance.now();
      const result = await window.engine.boot(project, { seed: 1, speed: 1 });
      if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
      const { session } = result;
      await new Promise<void>((resolve, reject) => {
        session.subscribe((update) => {
          if (update.kind === 'ended') reject(new Error(update.reason));
          if (update.kind !== 'trace') return;
          if (
            update.events.some(
              (event) => event.kind === 'process' && event.endpoint === 'gateway-1' && event.state === 'healthy',
            )
          )
            resolve();
        });
      });
      const reply = await session.request({ method: 'GET', url: `http://gateway:8080${path}` });
      const tookMs = performance.now() - startMs;
      session.stop();
      if (reply.status !== 200)
        throw new Error(`The gateway answered ${reply.status} ${reply.error ?? ''}: ${reply.body}`);
      return tookMs;
    },
    { project, path },
  );
}

/**
 * Virtual seconds per real second while `rate` requests a second go through, with the trace streamed to the page: one figure
 * for each of `windows` times `seconds` virtual seconds. In the first the browser still compiles.
 */
export async function measureVirtualPerReal(
  browser: Browser,
  siteUrl: string,
  project: Project,
  path: string,
  rate: number,
  seconds: number,
  windows = 1,
): Promise<number[]> {
  const { page, close } = await enginePage(browser, siteUrl);
  try {
    return await page.evaluate(
      async ({ project, path, rate, seconds, windows }) => {
        const result = await window.engine.boot(project, { seed: 1, speed: 1, paused: false });
        if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
        const { session } = result;
        let healthy: () => void;
        const up = new Promise<void>((resolve) => {
          healthy = resolve;
        });
        let nowMs = 0;
        let replies = 0;
        let failures = 0;
        let untilMs = Number.POSITIVE_INFINITY;
        let atMs = 0;
        let fromMs = 0;
        const figures: number[] = [];
        let reached: () => void;
        const done = new Promise<void>((resolve) => {
          reached = resolve;
        });
        session.subscribe((update) => {
          if (update.kind !== 'trace') return;
          nowMs = update.nowMs;
          for (const event of update.events) {
            // A service without a health check is never more than running.
            if (
              event.kind === 'process' &&
              event.endpoint === 'gateway-1' &&
              ['healthy', 'running'].includes(event.state)
            ) {
              healthy();
            }
            if (event.kind === 'response') event.status === 200 ? replies++ : failures++;
          }
          if (nowMs < untilMs) return;
          const realMs = performance.now();
          figures.push((nowMs - fromMs) / (realMs - atMs));
          atMs = realMs;
          fromMs = nowMs;
          untilMs = nowMs + seconds * 1000;
          if (figures.length === windows) reached();
        });
        await up;
        session.pause();
        await session.startLoad({ url: `http://gateway:8080${path}`, ratePerSecond: rate });
        fromMs = nowMs;
        untilMs = fromMs + seconds * 1000;
        atMs = performance.now();
        session.play(Number.POSITIVE_INFINITY);
        await done;
        session.stop();
        // Every request passes at least the gateway: fewer replies than requests would be another experiment.
        if (replies < rate * seconds * windows * 0.95 || failures > replies * 0.01)
          throw new Error(`Only ${replies} replies of 200 and ${failures} others.`);
        return figures.slice(0, windows);
      },
      { project, path, rate, seconds, windows },
    );
  } finally {
    await close();
  }
}

/** Real ms for a drill's full verdict over the seeds that a learner is graded with. */
export async function measureVerdictMs(browser: Browser, siteUrl: string, run: ExerciseRun): Promise<number> {
  const { page, close } = await enginePage(browser, siteUrl);
  try {
    return await page.evaluate(async (input) => {
      // As the workbench does when it opens.
      await window.engine.prepare(input.project);
      const startMs = performance.now();
      const verdict = await window.engine.check(input);
      if (!verdict.passed)
        throw new Error(`The solution does not pass: ${JSON.stringify(verdict.failure ?? verdict.checks)}`);
      return performance.now() - startMs;
    }, run);
  } finally {
    await close();
  }
}

/** Real ms from an edit of `path` to the first 200 of its service's new process, under a load that goes on. */
export async function measureEditMs(
  browser: Browser,
  siteUrl: string,
  project: Project,
  path: string,
): Promise<number> {
  const { page, close } = await enginePage(browser, siteUrl);
  try {
    return await page.evaluate(
      async ({ project, path }) => {
        const result = await window.engine.boot(project, { seed: 1, speed: 1 });
        if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
        const { session } = result;
        const service = path.slice(0, path.indexOf('/'));
        const is = (state: string, then: () => void) =>
          session.subscribe((update) => {
            if (update.kind !== 'trace') return;
            if (
              update.events.some(
                (event) => event.kind === 'process' && event.endpoint === `${service}-1` && event.state === state,
              )
            )
              then();
          });
        await new Promise<void>((resolve) => is('healthy', resolve));
        await session.startLoad({ url: 'http://gateway:8080/products', ratePerSecond: 50 });
        await session.request({ method: 'GET', url: 'http://gateway:8080/products' });
        const startMs = performance.now();
        const starting = new Promise<void>((resolve) => is('starting', resolve));
        const { problems } = await session.edit({ ...project.files, [path]: `${project.files[path]}\n// edited\n` });
        if (problems.length > 0) throw new Error(problems[0]!.message);
        await starting;
        for (let status = 0; status !== 200; )
          ({ status } = await session.request({ method: 'GET', url: 'http://gateway:8080/healthz' }));
        const tookMs = performance.now() - startMs;
        session.stop();
        return tookMs;
      },
      { project, path },
    );
  } finally {
    await close();
  }
}

/**
 * MB (10⁶ bytes) of the tab while the workbench runs the drill's system under its load, editor open: page, frame and
 * worker. In a browser of its own, since one keeps processes of tabs that were closed for a while.
 */
export async function measureTabMb(chromiumPath: string, url: string): Promise<number> {
  const browser = await launchChromium(chromiumPath);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  const workbench = page.getByRole('region', { name: /^Workbench:/ });
  await workbench.locator('.monaco-editor').first().waitFor({ timeout: 60_000 });
  await workbench.getByRole('button', { name: 'Run', exact: true }).click();
  await workbench.getByRole('button', { name: /^gateway.*gateway-1 healthy/ }).waitFor({ timeout: 60_000 });
  // Ten seconds of load: charts, logs and the picture have something to hold.
  await workbench.getByLabel('Virtual time', { exact: true }).filter({ hasText: /0:1\d/ }).waitFor({ timeout: 60_000 });
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  // The page, and its frame in a process of its own. What the browser keeps ready for the next page counts as well; the
  // renderer of the browser's own window does not.
  const renderers = processInfo.filter(({ type, id }) => type === 'renderer' && !isBrowsersOwn(id));
  const bytes = renderers.reduce((sum, { id }) => sum + privateBytes(id), 0);
  await browser.close();
  return bytes / 1e6;
}

function isBrowsersOwn(pid: number): boolean {
  // Chromium writes its own command line over with spaces between the words.
  return / --top-chrome-webui\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
}

/** Private memory of a process, Linux only. */
function privateBytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].map((match) => Number(match[1]));
  return kilobytes.reduce((sum, size) => sum + size, 0) * 1024;
}

/** Bytes of JavaScript, gzipped, that a page transfers before anything on it is opened or started. */
export async function measurePageJs(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') bodies.push(response.body());
  });
  const response = await page.goto(url, { waitUntil: 'networkidle' });
  if (response?.status() !== 200) throw new Error(`${url} answered ${response?.status()}.`);
  const sizes = await Promise.all(bodies.map(async (body) => gzipSync(await body, { level: 9 }).length));
  await context.close();
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function enginePage(browser: Browser, siteUrl: string): Promise<{ page: Page; close: () => Promise<void> }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${siteUrl}notices.txt`);
  const script = await esbuild.build({
    stdin: {
      contents: `import { LabEngine } from './src/engines/lab/lab-engine.ts';\nwindow.engine = new LabEngine({ base: ${JSON.stringify(new URL(siteUrl).pathname)} });`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  });
  await page.evaluate(script.outputFiles[0]!.text);
  return { page, close: () => context.close() };
}
