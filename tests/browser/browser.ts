/** What the browser tests share: a Chromium without network, pages that record what they ask for, the engine alone. */
import * as esbuild from 'esbuild';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { chromiumFlags } from '../../scripts/chromium.ts';
import type { LabEngine } from '../../src/engines/lab/lab-engine.ts';

export const siteUrl = (path = ''): string => new URL(path, inject('siteUrl')).href;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: inject('chromiumPath'),
    // No name but localhost resolves: what slips past the routes below reaches nothing either.
    args: [...chromiumFlags, '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost'],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** Addresses outside the site that anything in the page asked for; every one was blocked. */
  readonly outside: readonly string[];
  /** Uncaught errors and console errors. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

/** A page in a fresh profile. Requests outside the origin of `address`, the site's when absent, are blocked and recorded. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
  address = siteUrl(),
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const outside: string[] = [];
  const errors: string[] = [];
  const { origin } = new URL(address);
  await context.route(
    (url) => url.origin !== origin && /^(https?|wss?):$/.test(url.protocol),
    (route) => {
      outside.push(route.request().url());
      return route.abort();
    },
  );
  await context.routeWebSocket(/.*/, (socket) => {
    outside.push(socket.url());
    void socket.close();
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return { page, outside, errors, close: () => context.close() };
}

declare global {
  interface Window {
    /** Only in pages made by `openEnginePage`. */
    engine: LabEngine;
  }
}

/** A page of the site with the lab engine as `window.engine` and without the workbench around it. */
export async function openEnginePage(browser: Browser): Promise<WatchedPage> {
  const watched = await openPage(browser);
  await watched.page.goto(siteUrl('notices.txt'));
  // Evaluated from outside, so that the site's and the frame's policies stay as they are.
  await watched.page.evaluate(await engineScript());
  return watched;
}

let script: Promise<string> | null = null;

/** The engine as the site ships it, bundled alone. */
export function engineScript(): Promise<string> {
  script ??= esbuild
    .build({
      stdin: {
        contents: `import { LabEngine } from './src/engines/lab/lab-engine.ts';\nwindow.engine = new LabEngine({ base: ${JSON.stringify(new URL(siteUrl()).pathname)} });`,
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      bundle: true,
      write: false,
      format: 'iife',
      target: 'es2022',
    })
    .then((result) => result.outputFiles[0]!.text);
  return script;
}
