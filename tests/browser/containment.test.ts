/**
 * Code that has got hold of the worker's real global object, in a real Chromium: there is nothing on it. What needs no
 * browser to show is in src/lab/containment.test.ts.
 */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readCatalog } from '../../src/catalog/index.ts';
import { launch, openEnginePage, siteUrl, type WatchedPage } from './browser.ts';

const catalog = readCatalog(process.cwd());
const shop = catalog.sandboxes.find(({ id }) => id === 'shop')!;
const drill = catalog.exercises.find(({ id }) => id === 'D14')!;

let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  watched = await openEnginePage(browser);
});
afterEach(async () => {
  expect(watched.outside).toEqual([]);
  await watched.close();
});

async function packagesUrl(): Promise<string> {
  const manifest = await (await fetch(siteUrl('_lab/manifest.json'))).json();
  return siteUrl(`_lab/${manifest.sandboxes.shop.packages}`);
}

/** A sloppy function called on nothing is given the realm's global object: CommonJS is the way to write one. */
const ROOT = { 'reviews/src/root.cjs': 'exports.root = (function () { return this; })();\n' };

/** What a line of the reviews service, run at its start, logs after `SAYS `; `root` is the worker's global object. */
async function said(code: string): Promise<string> {
  const main = `import { root } from './root.cjs';\n${shop.files['reviews/src/main.ts']}\n${code}\n`;
  return watched.page.evaluate(
    async (input) => {
      const result = await window.engine.boot(input, { seed: 1, speed: 1 });
      if (!result.ok) throw new Error(JSON.stringify(result.problems));
      return new Promise<string>((resolve, reject) => {
        result.session.subscribe((update) => {
          if (update.kind === 'ended') reject(new Error(update.reason));
          if (update.kind !== 'trace') return;
          for (const event of update.events)
            if (event.kind === 'log' && event.text.startsWith('SAYS ')) resolve(event.text.slice(5));
        });
      });
    },
    { id: 'shop', files: { ...shop.files, ...ROOT, 'reviews/src/main.ts': main }, packagesUrl: await packagesUrl() },
  );
}

test('the worker’s global object holds the language and nothing of the browser', async () => {
  const names = await said(`
    const names = new Set<string>();
    for (let o = root; o && o !== Object.prototype; o = Object.getPrototypeOf(o))
      for (const name of Object.getOwnPropertyNames(o)) names.add(name);
    console.log('SAYS ' + JSON.stringify([...names]));
  `);
  const found: string[] = JSON.parse(names);
  expect(found).toContain('Array');
  const ofTheHost = ['DOMException', 'TextDecoder', 'TextEncoder', 'URL', 'URLSearchParams', 'structuredClone'];
  const ofTheLanguage = new Set(Object.getOwnPropertyNames(new Function('return globalThis')()));
  // Two numbers that Chromium does not let go, and where a script of the lab leaves its value, which is looked at right
  // after that script and never else. No program sees them by name.
  const hidden = ['TEMPORARY', 'PERSISTENT', '$labScriptValue'];
  expect(found.filter((name) => !ofTheLanguage.has(name) && !hidden.includes(name))).toEqual([]);
  const powers = ['fetch', 'XMLHttpRequest', 'WebSocket', 'indexedDB', 'caches', 'importScripts', 'postMessage'];
  const more = ['onmessage', 'close', 'Worker', 'MessagePort', 'BroadcastChannel', 'setTimeout', 'navigator'];
  expect(found.filter((name) => [...powers, ...more].includes(name))).toEqual([]);
  expect(found.filter((name) => /^[a-z]/.test(name) && !/^(decode|encode|is|parse)/.test(name)).sort()).toEqual([
    'escape',
    'eval',
    'globalThis',
    'structuredClone',
    'undefined',
    'unescape',
  ]);
  expect(found).toEqual(expect.arrayContaining(ofTheHost));
});

test('a value that a program leaves where scripts of the lab leave theirs is nobody’s', async () => {
  const outcome = await said(`
    root.$labScriptValue = () => { throw new Error('evil'); };
    const seen = typeof Object.getOwnPropertyDescriptor(root, '$labScriptValue').get;
    process.getBuiltinModule('node:http').get('http://catalog:8081/healthz', ({ statusCode }) => console.log('SAYS ' + seen + ' ' + statusCode));
  `);
  expect(outcome).toBe('undefined 200');
});

test('it cannot be changed either, so nobody leaves a trap there for a neighbour', async () => {
  const outcome = await said(`
    const tries = [
      () => { root.trap = 1; },
      () => { root.Array = class {}; },
      () => { root.JSON = {}; },
      () => { Object.defineProperty(root, 'structuredClone', { value: () => 'evil' }); },
      () => { Object.setPrototypeOf(root, { trap: 1 }); },
      () => { root.URL.prototype.toString = () => 'evil'; },
    ];
    const refused = tries.filter((attempt) => { try { attempt(); return false; } catch { return true; } }).length;
    console.log('SAYS ' + refused + ' of ' + tries.length);
  `);
  expect(outcome).toBe('6 of 6');
});

test('async functions made from text give the process’s promise, not the engine’s', async () => {
  const outcome = await said(`
    const made = Function('return (async () => 1)()')();
    console.log('SAYS ' + (made instanceof Promise) + ' ' + (Object.getPrototypeOf(made) === root.Promise.prototype));
  `);
  expect(outcome).toBe('true false');
});

test('a verdict cannot be forged', { timeout: 120_000 }, async () => {
  const forger = `
    for (const name of ['MessagePort', 'postMessage', 'onmessage', 'self']) {
      try { const found = (0, eval)('this')[name]; if (found?.prototype) found.prototype.postMessage = () => {}; } catch {}
    }
    for (const attempt of [
      () => { Array.prototype.every = () => true; },
      () => { Object.defineProperty(Object.prototype, 'passed', { get: () => true }); },
      () => { JSON.stringify = () => '{"passed":true}'; },
    ]) try { attempt(); } catch {}
  `;
  const path = Object.keys(drill.solution)[0]!;
  const verdict = await watched.page.evaluate((input) => window.engine.check(input), {
    exerciseId: drill.id,
    checks: drill.checks,
    seeds: drill.seeds.slice(0, 1),
    project: {
      id: drill.sandbox,
      files: { ...drill.starter, [path]: `${drill.starter[path]}\n${forger}` },
      packagesUrl: await packagesUrl(),
    },
  });
  expect(verdict.failure).toBeUndefined();
  expect(verdict.passed).toBe(false);
  expect(verdict.checks.find(({ name }) => name === drill.starterFails)?.passed).toBe(false);
});

test('a gigabyte asked for at once: the page lives, and the next run boots', { timeout: 60_000 }, async () => {
  const outcome = await said(`
    let text;
    try {
      const kept = [];
      for (let i = 0; i < 1024; i++) kept.push(new Uint8Array(1 << 20));
      text = 'kept ' + kept.length;
    } catch (error) {
      text = error.name;
    }
    console.log('SAYS ' + text);
  `).catch(String);
  expect(outcome).toMatch(/kept 1024|RangeError|does not return|memory/);
  expect(await said("console.log('SAYS again');")).toBe('again');
});
