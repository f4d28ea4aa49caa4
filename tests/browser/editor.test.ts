/** The editor as a person uses it: what it finds, what it lays out, what it says of mistakes. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, openPage, siteUrl, type WatchedPage } from './browser.ts';

let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  browser = await launch();
  watched = await openPage(browser);
  page = watched.page;
  page.setDefaultTimeout(30_000);
  await page.goto(siteUrl('exercises/d14-breaker/'));
  await workbench().locator('.monaco-editor .view-line').first().waitFor();
});
afterAll(async () => {
  expect(watched.outside).toEqual([]);
  await watched.close();
  await browser.close();
});

const workbench = () => page.getByRole('region', { name: /^Workbench:/ });
const lines = () => workbench().locator('.monaco-editor .view-line');
/** Monaco writes spaces as no-break spaces. */
const textOfLines = async () => (await lines().allTextContents()).map((line) => line.replaceAll('\u00a0', ' '));

test('search in files finds a word in every service and opens its line', async () => {
  await workbench().getByRole('button', { name: 'Search in files' }).click();
  const field = workbench().getByRole('searchbox', { name: 'Search in files' });
  await field.fill('EXPIRES_NEVER');
  await workbench().getByText('Nothing found.').waitFor();
  await field.fill('healthz');
  await workbench()
    .getByText(/^\d+ places in \d+ files$/)
    .waitFor();
  const results = workbench().getByRole('list', { name: 'Search in files' }).getByRole('button');
  expect(await results.count()).toBeGreaterThan(5);
  await field.press('ArrowDown');
  expect(await results.first().evaluate((element) => element === document.activeElement)).toBe(true);
  const file = await workbench().locator('.lb-find-file').first().textContent();
  await results.first().press('Enter');
  await workbench().locator('.lb-open-files .lb-active').getByTitle(file!).waitFor();
  await lines().filter({ hasText: 'healthz' }).first().waitFor();
  // Back in the list, Escape leads to the tree.
  await field.press('Escape');
  await workbench().getByRole('tree', { name: 'Files' }).waitFor();
});

test('Format lays the open file out, and one undo takes it back', async () => {
  await workbench().locator('.lb-open-files').getByTitle('gateway/src/stock.ts').click();
  await lines().filter({ hasText: 'INVENTORY_URL' }).first().waitFor();
  await lines().first().click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('const   a={b:1};\n');
  const [typed] = await textOfLines();
  await workbench().getByRole('button', { name: 'Format', exact: true }).click();
  await lines().filter({ hasText: 'const a = { b: 1 };' }).waitFor();
  await lines().first().click();
  await page.keyboard.press('Control+Z');
  await expect.poll(async () => (await textOfLines())[0]).toBe(typed);
});

test('one TypeScript checks all files: a wrong type is marked, and package.json is not read as a program', async () => {
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('const n: number = "three";\n');
  await workbench().locator('.monaco-editor .squiggly-error').first().waitFor();
  const workers = page.workers().map((worker) => worker.url());
  expect(workers.filter((url) => url.includes('ts.worker'))).toHaveLength(1);
  await workbench()
    .getByRole('treeitem', { name: /^package.json/ })
    .first()
    .click();
  await lines().filter({ hasText: '"dependencies"' }).waitFor();
  await expect.poll(() => workbench().locator('.monaco-editor .squiggly-error').count()).toBe(0);
});
