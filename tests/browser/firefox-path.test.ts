/** The main path once more, in Firefox: its engine, its workers, its storage. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCatalog } from '../../src/catalog/index.ts';
import { siteUrl } from './browser.ts';
import { type FirefoxPage, launchFirefox } from './firefox.ts';

const drill = readCatalog(process.cwd()).exercises.find(({ id }) => id === 'D14')!;
const [, solution] = Object.entries(drill.solution)[0]!;

let firefox: FirefoxPage;
beforeAll(async () => {
  firefox = await launchFirefox();
}, 90_000);
afterAll(() => firefox.close());

/** A visible button, tab or link by its name, as an expression. */
const named = (name: string) =>
  `[...document.querySelectorAll('.lb button, .lb [role=tab]')].find((each) => (each.ariaLabel ?? each.textContent).trim() === ${JSON.stringify(name)} && each.getClientRects().length > 0)`;
const says = (text: string) => `document.querySelector('.lb').textContent.includes(${JSON.stringify(text)})`;

test('run → see → edit → verdict, in Firefox', { timeout: 300_000 }, async () => {
  await firefox.goto(siteUrl(`exercises/${drill.slug}/`));
  await firefox.click(named('Run'));
  await firefox.until(`document.querySelector('[aria-label*="gateway-1 healthy"]')`);
  await firefox.until(
    `document.querySelector('[aria-label^="users to gateway"], [aria-label^="gateway to inventory"]')`,
  );
  await firefox.click(named('Stop'));

  await firefox.click(named('Run checks'));
  await firefox.until(`/of \\d+ checks failed/.test(document.querySelector('.lb').textContent)`, 120_000);

  await firefox.click(named('Code'));
  await firefox.click(`document.querySelector('.monaco-editor .view-line')`);
  await firefox.press(['Control', 'a']);
  await firefox.evaluate(`document.execCommand('insertText', false, ${JSON.stringify(solution)})`);
  await firefox.click(named('Run checks'));
  await firefox.until(says('The structure holds.'), 120_000);

  // What was typed is still there after a reload.
  await firefox.goto(siteUrl(`exercises/${drill.slug}/`));
  const word = /[A-Z_]{6,}/.exec(solution.replaceAll(drill.starter['gateway/src/stock.ts']!, ''))?.[0] ?? '';
  await firefox.until(
    `document.querySelector('.monaco-editor .view-lines')?.innerText.includes(${JSON.stringify(word)})`,
  );
  expect(firefox.version).toMatch(/^\d+/);
});
