/** Looking back at a run, single requests, and what the checks' own runs show: as a person does it, by keyboard where there is one. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { violations } from './axe.ts';
import { launch, openPage, siteUrl, type WatchedPage } from './browser.ts';

let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  watched = await openPage(browser, { reducedMotion: 'reduce' });
  page = watched.page;
  page.setDefaultTimeout(30_000);
  await page.goto(siteUrl('exercises/d14-breaker/'));
});
afterEach(async () => {
  expect(watched.errors).toEqual([]);
  expect(watched.outside).toEqual([]);
  await watched.close();
});

const workbench = () => page.getByRole('region', { name: /^Workbench:/ });
const button = (name: string | RegExp) => workbench().getByRole('button', { name, exact: typeof name === 'string' });
const tab = (name: string) => workbench().getByRole('tab', { name: new RegExp(`^${name}`) });
const strip = () => workbench().getByRole('slider', { name: 'Moment shown' });
const clock = () => workbench().getByLabel('Virtual time', { exact: true });
const moment = async () => Number(await strip().getAttribute('aria-valuenow'));
const textOf = async (of: ReturnType<typeof clock>) => (await of.textContent()) ?? '';

/** Runs at five times the speed until some seconds were slow. */
async function runAndSlowDown(): Promise<void> {
  await button('Run').click();
  await button(/^gateway to inventory, .*p50 \d/).waitFor();
  await workbench()
    .getByLabel(/^Speed/)
    .selectOption('5');
  await button(/^gateway to inventory/).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: /^Latency: 500 ms/ }).click();
  await button(/^gateway to inventory, .*p50 [4-6]\d\d ms/).waitFor();
}

test('time goes back and every panel with it; a request is seen with all it caused', async () => {
  await runAndSlowDown();
  await tab('Events').click();
  const list = workbench().getByRole('tabpanel').filter({ visible: true });
  await list.getByText(/^Fault: /).waitFor();

  // To the bookmark of the fault, and a moment before it: nothing is broken yet.
  await strip().focus();
  await page.keyboard.press('[');
  await clock().getByText(/^past/).waitFor();
  const fault = await moment();
  expect(await list.getByText(/^Fault: /).count()).toBe(1);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await list.getByText(/^Fault: /).waitFor({ state: 'detached' });
  await button(/^gateway to inventory, \S+\/s, p50 \d+(\.\d+)? ms$/).waitFor();
  expect(await moment()).toBe(fault - 200);

  // A step back and one forward lead to the same moment.
  await button('Request before').click();
  const before = await moment();
  await button('Event before').click();
  await button('Next request').click();
  expect(await moment()).toBe(before);
  expect(before).toBeLessThan(fault - 200);

  // One's own mark, found again from the beginning.
  await strip().focus();
  await page.keyboard.press('b');
  await page.keyboard.press('Home');
  expect(await moment()).toBe(0);
  for (let i = 0; i < 5 && (await moment()) !== before; i++) await page.keyboard.press(']');
  expect(await moment()).toBe(before);
  await button(/your mark$/).waitFor();
  expect(await violations(page)).toEqual([]);

  // What one does happens now, and so it is now that is seen.
  await button('Back to now').click();
  await clock().getByText('running').waitFor();
  await list.getByText(/^Fault: /).waitFor();
  await strip().focus();
  await page.keyboard.press('Home');
  await tab('Request').click();
  await button('Send').click();
  await clock().getByText('running').waitFor();

  // One request over time: nested calls in a table, and from each the moments that it began and ended.
  await tab('Traces').click();
  await workbench().getByLabel('Order', { exact: true }).selectOption('slowest');
  await button('Pause').click();
  const requests = workbench().getByRole('table', { name: 'Requests from outside' });
  await requests.getByRole('button').first().click();
  const waterfall = workbench().getByRole('table', { name: /over time$/ });
  const rows = await waterfall.locator('tbody tr').allTextContents();
  const called = rows.map((row) => /^(gateway|catalog|reviews|inventory)GET/.exec(row)?.[1]);
  expect(called.sort()).toEqual(['catalog', 'gateway', 'inventory', 'reviews']);
  await waterfall.getByRole('button').first().focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
  const facts = workbench().getByRole('region', { name: 'Facts' });
  expect(await textOf(facts)).toMatch(/gateway-1 → \w+-\d/);
  await facts.getByRole('button', { name: /^Show the moment it began/ }).click();
  await clock().getByText(/^past/).waitFor();
  expect(await violations(page)).toEqual([]);
});

/** Texts of the picture that touch each other or a service, as they are on the screen. */
const touchingTexts = () =>
  workbench()
    .locator('.lb-structure')
    .evaluate((structure) => {
      const boxOf = (element: Element) => element.getBoundingClientRect();
      const texts = [...structure.querySelectorAll('text')].filter((text) => text.closest('.lb-member-text') === null);
      const meet = (a: DOMRect, b: DOMRect) =>
        a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
      const services = [...structure.querySelectorAll('.lb-member-box')];
      return texts.flatMap((text, i) =>
        [...texts.slice(i + 1), ...services]
          .filter((other) => meet(boxOf(text), boxOf(other)))
          .map((other) => `${text.textContent} on ${other.textContent}`),
      );
    });

test('predict what a kill does, see the calls that never became requests, and what was wrong then', async () => {
  await button('Run').click();
  await button(/^gateway to inventory, .*p50 \d/).waitFor();
  await tab('Faults').click();
  await workbench().getByText('Predict before you break').click();
  const faults = workbench().getByRole('tabpanel').filter({ hasText: 'Broken now' });
  await faults.getByLabel(/^Worst second’s errors/).fill('50');
  await faults.getByLabel(/^Worst second’s p99/).fill('20 ms');
  // The chart has the guess as its line; pressed there, it is what is entered.
  await workbench().locator('.lb-bound-name').getByText('guess').waitFor();
  const chart = workbench().getByRole('img', { name: /^Latency/ });
  await chart.click({ position: { x: 200, y: 40 } });
  expect(await faults.getByLabel(/^Worst second’s p99/).inputValue()).toMatch(/^\d+(\.\d+)? m?s$/);
  await faults.getByLabel(/^Worst second’s p99/).fill('20 ms');
  await button('Commit').click();
  await button(/^inventory,/).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: /^Kill/ }).click();
  await tab('Events').click();
  const told = workbench().getByText(/^gateway → inventory: .* failed \(E(CONNREFUSED|NOTFOUND)\)/);
  await told.first().waitFor();
  const prediction = workbench().getByRole('region', { name: 'Prediction' });
  await prediction.getByRole('row', { name: /errors\s*50 %\s*\d/ }).waitFor();
  await button(/^gateway to inventory, .*failed/).waitFor();
  expect(await touchingTexts()).toEqual([]);
  await button('Pause').click();

  await tab('Traces').click();
  await workbench().getByLabel('Show', { exact: true }).selectOption('failed');
  const rows = workbench().getByRole('table', { name: 'Requests from outside' }).locator('tbody').getByRole('button');
  const waterfall = workbench().getByRole('table', { name: /over time$/ });
  const unsent = waterfall.getByRole('button', { name: /look up the name|connect to port/ });
  for (let i = 0; i < (await rows.count()); i++) {
    await rows.nth(i).click();
    if ((await unsent.count()) > 0) break;
  }
  await unsent.first().click();
  const facts = workbench().getByRole('region', { name: 'Facts' });
  expect(await textOf(facts)).toMatch(/E(CONNREFUSED|NOTFOUND)[\s\S]*What was wrong then[\s\S]*inventory/);
  await facts
    .getByRole('button', { name: /inventory/ })
    .first()
    .click();
  await clock().getByText(/^past/).waitFor();
  expect(await violations(page)).toEqual([]);
});

test('predict, fail, see why: the verdict’s own run opens at the request, and the faults that it needs are found', {
  timeout: 120_000,
}, async () => {
  await tab('Checks').click();
  await workbench().getByText('Predict before you run').click();
  await workbench()
    .getByLabel(/^Checks that pass/)
    .fill('2');
  await workbench()
    .getByLabel(/^Worst second’s p99/)
    .fill('2 s');
  await button('Commit and run the checks').click();
  await workbench()
    .getByText(/of \d+ checks failed/)
    .waitFor({ timeout: 90_000 });
  const prediction = workbench().getByRole('region', { name: 'Prediction' });
  expect(await textOf(prediction)).toMatch(/Checks that pass2\d/);

  const failed = workbench().locator('details.lb-failed[open]');
  await failed
    .getByRole('button', { name: /^at \d/ })
    .first()
    .click();
  await workbench()
    .getByRole('table', { name: /over time$/ })
    .waitFor();
  await clock()
    .getByText(/^recorded: /)
    .waitFor();
  await button(/ failed: /)
    .first()
    .waitFor();
  await button('Back to now').click();

  await failed.getByRole('button', { name: 'Which faults does it need?' }).click();
  await failed.getByText(/^Found in \d+ run/).waitFor({ timeout: 60_000 });
  expect(await textOf(failed.locator('.lb-shrunk'))).toMatch(/the one fault.*gateway → inventory/);
  await failed.getByRole('button', { name: 'Watch the run with only these' }).click();
  await clock()
    .getByText(/^recorded: /)
    .waitFor();

  await workbench().locator('.lb-attempts summary').first().click();
  await workbench().getByText('The files are as they were then.').waitFor();
  expect(await violations(page)).toEqual([]);
});
