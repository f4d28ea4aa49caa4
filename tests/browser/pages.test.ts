/** Every page of the site: no request leaves the origin, no error, no broken link, accessible in light and dark. */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dist } from '../../scripts/build.ts';
import { violations } from './axe.ts';
import { launch, openPage, siteUrl } from './browser.ts';

/** Paths of all pages, as `resilience/timeouts/`; '' is the landing page. */
const pages = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.html') && !entry.parentPath.includes('_lab'))
  .map((entry) => relative(dist, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
  .map((path) => path.replace(/(^|\/)index\.html$/, '$1'))
  .sort();

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** Of each page, wherever they lead; noted while the page is open anyway. */
const links = new Map<string, readonly string[]>();

describe('offline: everything comes from the site itself', () => {
  test.each(pages)('/%s', async (path) => {
    const { page, outside, errors, close } = await openPage(browser);
    await page.goto(siteUrl(path), { waitUntil: 'networkidle' });
    links.set(path, await page.$$eval('a[href]', (anchors) => anchors.map((one) => (one as HTMLAnchorElement).href)));
    // What loads when it comes into view must be loaded too.
    await page.evaluate(async () => {
      for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
        scrollTo(0, y);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    });
    await page.waitForLoadState('networkidle');
    expect(outside).toEqual([]);
    // The page for missing pages is itself answered with 404 when asked for by name of a missing page only.
    expect(errors).toEqual([]);
    await close();
  });
});

test('every link inside the site leads to a page or a file of the site', () => {
  const broken: string[] = [];
  const root = new URL(siteUrl());
  expect([...links.keys()]).toEqual(pages);
  for (const [path, hrefs] of links) {
    for (const href of new Set(hrefs)) {
      const url = new URL(href);
      if (url.origin !== root.origin) continue;
      const inside = decodeURIComponent(url.pathname.slice(root.pathname.length));
      const file = join(dist, inside);
      const isThere = inside === '' || inside.endsWith('/') ? existsSync(join(file, 'index.html')) : existsSync(file);
      if (!isThere) broken.push(`${path || '/'} links to ${url.pathname}`);
    }
  }
  expect(broken).toEqual([]);
});

describe('axe finds nothing', () => {
  /** One page of each kind is enough: the pages of a kind share their frame and components. */
  const kinds = [...new Map(pages.map((path) => [kindOf(path), path])).entries()];

  test.each(kinds)('%s, dark and light', async (_kind, path) => {
    // Reduced motion, so that no colour is measured half-way through a transition.
    // Opened in the dark: every other test opens pages in the light.
    const { page, close } = await openPage(browser, { colorScheme: 'dark', reducedMotion: 'reduce' });
    await page.goto(siteUrl(path), { waitUntil: 'networkidle' });
    expect(await violations(page)).toEqual([]);
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(ground).not.toBe(dark);
    expect(await violations(page)).toEqual([]);
    await close();
  });

  function kindOf(path: string): string {
    const [language, rest] = path.startsWith('zh-cn/') ? ['zh-cn', path.slice('zh-cn/'.length)] : ['en', path];
    const [section = '', ...more] = rest.split('/').filter(Boolean);
    const kind =
      section === ''
        ? 'landing'
        : more.length === 0
          ? `${section}/`
          : ['sandboxes', 'exercises'].includes(section)
            ? section
            : 'lesson';
    return `${kind} (${language})`;
  }
});
