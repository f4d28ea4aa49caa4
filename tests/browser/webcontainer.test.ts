/**
 * A site that offers WebContainers, where StackBlitz cannot be reached: the reason is shown, the lab carries on. Not the
 * whole site is built again with the option: its workbench is, and the page around it has the policy and headers that the
 * option gives. What the site says without the option is in the last test.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { dist } from '../../scripts/build.ts';
import { type RunningServer, serve } from '../../scripts/serve.ts';
import { EMBEDDER_POLICY, withHeader } from '../../src/catalog/integration.ts';
import { contentSecurityPolicy } from '../../src/site/security.ts';
import { violations } from './axe.ts';
import { launch, openPage, type WatchedPage } from './browser.ts';

const HEADERS = readFileSync('public/_headers', 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'offered-'));
let browser: Browser;
let server: RunningServer;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  await writeSite();
  [browser, server] = await Promise.all([launch(), serve({ folder, port: 0 })]);
}, 60_000);
afterEach(() => watched?.close());
afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function writeSite(): Promise<void> {
  const { outputFiles } = await esbuild.build({
    stdin: {
      contents: `import { mount } from './src/workbench/index.ts';
await mount(document.querySelector('main'), { sandboxId: 'shop', lang: document.documentElement.lang, base: '/' });`,
      resolveDir: process.cwd(),
      loader: 'ts',
    },
    bundle: true,
    write: false,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    outdir: join(folder, 'code'),
    entryNames: 'main',
    // The editor is not what is tested; where it cannot be loaded a plain one stands in.
    external: ['monaco-editor/*'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { 'import.meta.env.WEBCONTAINERS': 'true', 'import.meta.env.BASE_URL': '"/"' },
  });
  const { directives, scriptDirective, styleDirective } = contentSecurityPolicy({ webContainers: true });
  const policy = [
    `script-src ${scriptDirective.resources.join(' ')}`,
    `style-src ${styleDirective.resources.join(' ')}`,
    ...directives,
  ].join('; ');
  const html = (lang: string) => `<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><title>Shop</title>
<meta http-equiv="content-security-policy" content="${policy}">
<link rel="stylesheet" href="/code/main.css"></head>
<body><main style="height: 95vh; position: relative"></main><script type="module" src="/code/main.js"></script></body></html>`;
  mkdirSync(join(folder, 'code'));
  for (const { path, contents } of outputFiles) writeFileSync(path, contents);
  writeFileSync(join(folder, 'index.html'), html('en'));
  mkdirSync(join(folder, 'zh-cn'));
  writeFileSync(join(folder, 'zh-cn', 'index.html'), html('zh-cn'));
  writeFileSync(join(folder, '_headers'), withHeader(HEADERS, EMBEDDER_POLICY));
  // The lab's own files are those of the site, with something to mount beside them.
  mkdirSync(join(folder, '_lab'));
  for (const name of readdirSync(join(dist, '_lab')))
    if (name !== 'manifest.json') symlinkSync(join(dist, '_lab', name), join(folder, '_lab', name));
  const manifest = JSON.parse(readFileSync(join(dist, '_lab/manifest.json'), 'utf8'));
  manifest.sandboxes.shop.tree = 'tree.json';
  writeFileSync(join(folder, '_lab/tree.json'), '{}');
  writeFileSync(join(folder, '_lab/manifest.json'), JSON.stringify(manifest));
}

async function open(path = ''): Promise<void> {
  watched = await openPage(browser, {}, server.url);
  page = watched.page;
  page.setDefaultTimeout(30_000);
  // Runs as real time does until it is sent ahead.
  await page.clock.install();
  await page.goto(server.url + path);
}

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
const editor = () => page.getByRole('tabpanel').filter({ visible: true }).locator('textarea').first();
const isUp = () => page.getByRole('button', { name: /^gateway.*gateway-1 healthy/ }).waitFor();

test('StackBlitz cannot be reached: the choice says what it means, the reason is shown, the lab goes on', async () => {
  await open();
  // The lab's frame and worker run under the headers that a WebContainer needs.
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await button('Run').click();
  await isUp();
  await editor().press('Control+Home');
  await page.keyboard.insertText("console.log('mine');\n");

  // By keyboard: the dialog opens, says nothing of terms about the lab, and closes.
  const chooser = button('What runs the system: Lab');
  await chooser.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'What runs the system' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  for (const words of [/not free software/, /stackblitz\.com/, /Time is real/, /No packets/, /The lab carries on/])
    await dialog.getByText(words).waitFor();
  expect(await violations(page, '.lb-engine-dialog')).toEqual([]);
  expect(watched.outside).toEqual([]);
  await dialog.getByRole('button', { name: 'Use WebContainer' }).click();

  await button('What runs the system: WebContainer').waitFor();
  await page.getByText('The WebContainer is being started.').waitFor();
  await expect.poll(() => watched.outside.length).toBe(1);
  await page.clock.fastForward(61_000);
  await page.getByText('The WebContainer did not start; the lab runs your files.').waitFor();
  await page.getByText(/servers did not answer within a minute/).waitFor();
  await isUp();
  // With what was edited meanwhile.
  await page.getByRole('tab', { name: 'Logs' }).click();
  await page.getByText('mine', { exact: true }).first().waitFor();
  expect(await violations(page, '.lb-engine-notice')).toEqual([]);
  expect(watched.outside).toEqual([expect.stringMatching(/^https:\/\/stackblitz\.com\/headless\?.*coep=require-corp/)]);

  // It is not tried again with every page.
  await page.reload();
  await button('What runs the system: Lab').waitFor();
  await button('Run').click();
  await isUp();
  expect(watched.outside.length).toBe(1);
});

test('a server that sends no header for it: the reason at once, and nothing is asked of StackBlitz', async () => {
  writeFileSync(join(folder, '_headers'), HEADERS);
  const plain = await serve({ folder, port: 0 });
  try {
    watched = await openPage(browser, {}, plain.url);
    page = watched.page;
    await page.goto(`${plain.url}zh-cn/`);
    await button('由什么运行系统: 实验室').click();
    await page.getByRole('radio', { name: 'WebContainer' }).check();
    await page.getByRole('button', { name: '使用 WebContainer' }).click();
    await button('运行').click();
    await page.getByText(/Cross-Origin-Embedder-Policy/).waitFor();
    await page.getByRole('button', { name: /gateway-1/ }).waitFor();
    expect(watched.outside).toEqual([]);
  } finally {
    await plain.close();
  }
});

/** Of the site that all browser tests look at. */
const isOffered = process.env.SITE_WEBCONTAINERS === '1';

test('a site has of it what it was built with: by default nothing', () => {
  const has = (text: string) => /webcontainer|stackblitz/i.test(text);
  const scripts = readdirSync(join(dist, '_astro')).filter((name) => name.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(10);
  expect(scripts.some((name) => has(readFileSync(join(dist, '_astro', name), 'utf8')))).toBe(isOffered);
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  expect(html.includes("frame-src 'self' blob:;")).toBe(!isOffered);
  expect(has(html)).toBe(isOffered);
  expect(readFileSync(join(dist, '_headers'), 'utf8') === HEADERS).toBe(!isOffered);
  expect(readdirSync(join(dist, '_lab')).includes('trees')).toBe(isOffered);
});
