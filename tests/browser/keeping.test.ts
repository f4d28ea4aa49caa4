/** Work that is kept and given away: links, files, folders, two tabs, a full disk. As a person does it. */
import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { violations } from './axe.ts';
import { launch, openPage, siteUrl, type WatchedPage } from './browser.ts';

let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  watched = await openPage(browser, { reducedMotion: 'reduce', acceptDownloads: true });
});
afterEach(async () => {
  expect(watched.outside).toEqual([]);
  await watched.close();
});

const path = 'exercises/d14-breaker/';
const file = 'gateway/src/stock.ts';
const workbenchOf = (page: Page): Locator => page.getByRole('region', { name: /^Workbench:/ });

async function open(page: Page, fragment = ''): Promise<Locator> {
  page.setDefaultTimeout(30_000);
  await page.goto(siteUrl(path) + fragment);
  const workbench = workbenchOf(page);
  await workbench.locator('.monaco-editor').first().waitFor();
  return workbench;
}

/** Types a line at the beginning of the open file and waits until it is saved. */
async function type(page: Page, workbench: Locator, text: string): Promise<void> {
  await workbench.locator('.monaco-editor').first().click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.insertText(`${text}\n`);
  await workbench.locator('.view-line').filter({ hasText: text }).waitFor();
}

const shows = (workbench: Locator, text: string) => workbench.locator('.view-line').filter({ hasText: text });
const toTop = async (page: Page, workbench: Locator) => {
  await workbench.locator('.monaco-editor').first().click();
  await page.keyboard.press('Control+Home');
};

async function eventsOf(workbench: Locator): Promise<readonly string[]> {
  await workbench.getByRole('tab', { name: /^Events/ }).click();
  const items = await workbench.getByRole('tabpanel').filter({ visible: true }).locator('ol li').allTextContents();
  return items.reverse();
}

test('a link carries edits, seed and what was done; whoever opens it sees the same run once they say so', async () => {
  const { page } = watched;
  const workbench = await open(page);
  await type(page, workbench, '//shared');
  await workbench.getByLabel('Seed').fill('7');
  await workbench.getByRole('button', { name: 'Run', exact: true }).click();
  await workbench.getByRole('button', { name: /^gateway.*gateway-1 healthy/ }).waitFor();
  await workbench.getByRole('button', { name: /^gateway to inventory/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: /^Latency: 500 ms/ }).click();
  await workbench.getByRole('button', { name: /^gateway to inventory, .*broken/ }).waitFor();
  await workbench.getByRole('button', { name: 'Pause' }).click();
  const told = await eventsOf(workbench);
  expect(told.some((line) => line.includes('Fault: '))).toBe(true);
  await workbench.getByRole('tab', { name: 'Keep' }).click();
  await workbench.getByRole('button', { name: 'Copy link' }).click();
  const link = new URL(await workbench.getByLabel(/^The link/).inputValue());
  expect(await violations(page)).toEqual([]);

  const other = await openPage(browser);
  const receiver = await open(other.page, link.hash);
  await receiver.getByText('Somebody shared a session with you.').waitFor();
  expect(await violations(other.page)).toEqual([]);
  // Nothing runs, and the editor holds what it held.
  expect(await receiver.getByLabel('Virtual time', { exact: true }).textContent()).toContain('not running');
  expect(await shows(receiver, '//shared').count()).toBe(0);
  await receiver.getByRole('button', { name: 'Run it' }).click();
  await receiver.getByRole('button', { name: /^gateway to inventory, .*broken/ }).waitFor();
  expect(await receiver.getByLabel('Seed').inputValue()).toBe('7');
  expect((await eventsOf(receiver)).slice(0, told.length)).toEqual(told);
  await receiver.getByRole('button', { name: 'Take over its files' }).click();
  await receiver.getByRole('tab', { name: 'Code' }).click();
  await toTop(other.page, receiver);
  await shows(receiver, '//shared').waitFor();

  // Whatever a link holds: it is told, and nothing breaks.
  await other.page.evaluate(() => {
    location.hash = '#share=AAAA';
  });
  await receiver.getByText('The link cannot be opened.').waitFor();
  await receiver.getByRole('button', { name: 'Dismiss' }).click();
  expect(new URL(other.page.url()).hash).toBe('');
  expect(other.errors).toEqual([]);
  await other.close();
});

test('a new version of the starter: edits stay as they were until one says what to do with them', async () => {
  const { page } = watched;
  // The exercise as it was when it was edited, with fewer sockets.
  const older = /_lab\/.*d14-breaker.*\.json/;
  await page.route(older, async (route) => {
    const response = await route.fetch();
    const exercise = (await response.json()) as { starter?: Record<string, string> };
    const { starter } = exercise;
    if (starter?.[file] !== undefined) starter[file] = starter[file].replace('maxSockets: 20', 'maxSockets: 7');
    await route.fulfill({ response, json: exercise, headers: { 'cache-control': 'no-store' } });
  });
  const before = await open(page);
  await shows(before, 'maxSockets').filter({ hasText: '7' }).waitFor();
  await type(page, before, '//mine');
  await page.unroute(older);
  await page.reload();
  const workbench = workbenchOf(page);
  await workbench.getByText(`The starter of ${file} has changed since you edited it.`).waitFor();
  await shows(workbench, '//mine').waitFor();
  await shows(workbench, 'maxSockets').filter({ hasText: '7' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await workbench.getByRole('button', { name: 'Merge the change in' }).click();
  await shows(workbench, '//mine').waitFor();
  await shows(workbench, 'maxSockets').filter({ hasText: '20' }).waitFor();
  await workbench.getByText(/^The starter of/).waitFor({ state: 'detached' });
  expect(watched.errors).toEqual([]);
});

test('a full disk, a folder to run, work as a file, two tabs: nothing that was typed is lost', async () => {
  const { page } = watched;
  // Before anything is stored: Chromium asks for the room there is only now and then.
  const devtools = await page.context().newCDPSession(page);
  const { origin } = new URL(siteUrl());
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  const first = await open(page);
  await first.getByRole('tab', { name: 'Keep' }).click();
  const downloaded = async (name: string) => {
    const button = first.getByRole('button', { name }).first();
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
    return download.path();
  };
  await type(page, first, '//first');
  await first.getByText(/^The browser’s storage is full/).waitFor();
  expect(readFileSync(await downloaded('Export work'), 'utf8')).toContain('//first');
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  await type(page, first, '//room');
  await first.getByText(/^The browser’s storage is full/).waitFor({ state: 'detached' });

  const entries = unzipSync(readFileSync(await downloaded('Download folder')));
  expect(strFromU8(entries[`d14-breaker/${file}`]!)).toMatch(/^\/\/room\n\/\/first\n/);
  expect(Object.keys(entries)).toContain('d14-breaker/gateway/package-lock.json');
  const work = await downloaded('Export work');

  // A second tab opens with the same edits; what is then typed here is not what it has.
  const second = await page.context().newPage();
  const other = await open(second);
  await toTop(second, other);
  await shows(other, '//first').waitFor();
  await type(page, first, '//again');
  await other.getByText('Another tab has saved other edits').waitFor();
  expect(await violations(second)).toEqual([]);
  await type(second, other, '//second');
  await other.getByRole('button', { name: 'Keep these' }).click();
  await first.getByText('Another tab has saved other edits').waitFor();
  await first.getByRole('button', { name: 'Take the other tab’s' }).click();
  await toTop(page, first);
  await shows(first, '//second').waitFor();
  expect(await shows(first, '//again').count()).toBe(0);
  await second.close();

  // The file brings back what it was made of; another file says what it is not.
  await first.locator('input[type=file]').setInputFiles(work);
  await first.getByText(/^Imported\./).waitFor();
  await shows(first, '//second').waitFor({ state: 'detached' });
  const wrong = { name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"format":1}') };
  await first.locator('input[type=file]').setInputFiles(wrong);
  await first.getByText(/^This cannot be read/).waitFor();
  expect(watched.errors).toEqual([]);
});
