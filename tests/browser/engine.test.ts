/** The lab engine in a real Chromium, without the workbench around it: isolation, endless loops, what a bad project says. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readCatalog } from '../../src/catalog/index.ts';
import type { Project, SessionUpdate } from '../../src/engines/engine.ts';
import { launch, openEnginePage, siteUrl, type WatchedPage } from './browser.ts';

const shop = readCatalog(process.cwd()).sandboxes.find(({ id }) => id === 'shop')!;

let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  watched = await openEnginePage(browser);
});
afterEach(() => watched.close());

/** The shop with some files replaced. */
async function project(changes: Record<string, string> = {}): Promise<Project> {
  const manifest = await (await fetch(siteUrl('_lab/manifest.json'))).json();
  return {
    id: 'shop',
    files: { ...shop.files, ...changes },
    packagesUrl: siteUrl(`_lab/${manifest.sandboxes.shop.packages}`),
  };
}

function edited(path: string, from: string, to: string): Record<string, string> {
  const text = shop.files[path]!;
  if (!text.includes(from)) throw new Error(`${path} no longer contains ${from}: mend the test.`);
  return { [path]: text.replace(from, to) };
}

interface Ending {
  readonly ended: Extract<SessionUpdate, { kind: 'ended' }>;
  /** Real ms from the request to the end. */
  readonly tookMs: number;
  /** The longest time for which the page itself did not answer, ms. */
  readonly stallMs: number;
}

/** Boots, sends one request to the gateway once it is healthy, and waits for the run to end. */
async function runIntoTheGround(changes: Record<string, string>): Promise<Ending> {
  return watched.page.evaluate(
    async (input) => {
      const result = await window.engine.boot(input, { seed: 1, speed: 1 });
      if (!result.ok) throw new Error(JSON.stringify(result.problems));
      const { session } = result;
      let lastTick = performance.now();
      let stallMs = 0;
      const timer = setInterval(() => {
        stallMs = Math.max(stallMs, performance.now() - lastTick);
        lastTick = performance.now();
      }, 10);
      let askedMs = 0;
      const ended = await new Promise<never>((resolve) => {
        session.subscribe((update) => {
          if (update.kind === 'ended') resolve(update as never);
          if (update.kind !== 'trace') return;
          const isUp = update.events.some(
            (event) => event.kind === 'process' && event.endpoint === 'gateway-1' && event.state === 'healthy',
          );
          if (!isUp || askedMs > 0) return;
          askedMs = performance.now();
          void session.request({ method: 'GET', url: 'http://gateway:8080/products' });
        });
      });
      clearInterval(timer);
      return { ended, tookMs: performance.now() - askedMs, stallMs };
    },
    await project(changes),
  );
}

describe('a call that does not return', () => {
  test('an endless loop in a handler ends the run within 2 s and names service, file and line', async () => {
    const path = 'gateway/src/products.ts';
    const changes = edited(
      path,
      'const items = await listItems();',
      'while (true) {}\n  const items = await listItems();',
    );
    const line = changes[path]!.split('\n').findIndex((text) => text.includes('while (true)')) + 1;
    const { ended, tookMs, stallMs } = await runIntoTheGround(changes);
    expect(tookMs).toBeLessThan(2000);
    expect(stallMs).toBeLessThan(250);
    expect(ended.problem).toMatchObject({ file: path, line, severity: 'error' });
    expect(ended.reason).toContain('gateway');
  });

  test('what no guard can see, a regular expression without end, is ended by the watchdog within 2.5 s', async () => {
    const changes = edited(
      'gateway/src/products.ts',
      'const items = await listItems();',
      "if (/^(a+)+$/.test('a'.repeat(40) + '!')) throw new Error();\n  const items = await listItems();",
    );
    const { ended, tookMs, stallMs } = await runIntoTheGround(changes);
    expect(tookMs).toBeLessThan(2500);
    expect(stallMs).toBeLessThan(250);
    expect(ended.reason).toMatch(/stopped answering, last while \S+ was working/);
  });

  test('after it the next run boots', async () => {
    await runIntoTheGround(edited('gateway/src/products.ts', 'const items = await listItems();', 'for (;;) {}'));
    const ok = await watched.page.evaluate(
      async (input) => {
        const result = await window.engine.boot(input, { seed: 1, speed: 1 });
        if (result.ok) result.session.stop();
        return result.ok;
      },
      await project(),
    );
    expect(ok).toBe(true);
  });
});
