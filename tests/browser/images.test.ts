/** Server images in a real Chromium: fetched by pages that need them and by no others, and at work behind a gateway. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCatalog } from '../../src/catalog/index.ts';
import type { Project } from '../../src/engines/engine.ts';
import { launch, openEnginePage, siteUrl } from './browser.ts';

const { sandboxes } = readCatalog(process.cwd());

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function project(id: string): Promise<Project> {
  const manifest = await (await fetch(siteUrl('_lab/manifest.json'))).json();
  return {
    id,
    files: sandboxes.find((sandbox) => sandbox.id === id)!.files,
    packagesUrl: siteUrl(`_lab/${manifest.sandboxes[id].packages}`),
  };
}

/** Boots, asks once everything is up, and gives the reply and the images that the page fetched. */
async function bootAndAsk(id: string, url: string) {
  const { page, close } = await openEnginePage(browser);
  const images: string[] = [];
  page.on('request', (request) => {
    const name = /_lab\/images\/(\w+)\./.exec(request.url())?.[1];
    if (name !== undefined) images.push(name);
  });
  const reply = await page.evaluate(
    async ({ input, url: address }) => {
      const result = await window.engine.boot(input, { seed: 1, speed: 20 });
      if (!result.ok) throw new Error(JSON.stringify(result.problems));
      const { session } = result;
      for (let i = 0; i < 50; i++) {
        const { status, body } = await session.request({ method: 'GET', url: address });
        if (status === 200) return { status, body };
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return null;
    },
    { input: await project(id), url },
  );
  await close();
  return { reply, images: images.sort() };
}

test('a page with the shop loads no image', async () => {
  const { reply, images } = await bootAndAsk('shop', 'http://gateway:8080/products');
  expect(reply?.status).toBe(200);
  expect(images).toEqual([]);
});

test('the cache sandbox loads its three images and answers through all of them', async () => {
  const { reply, images } = await bootAndAsk('cache', 'http://lb:8080/items/1');
  expect(images).toEqual(['haproxy', 'postgres', 'redis']);
  expect(JSON.parse(reply!.body)).toMatchObject({ id: 1 });
});
