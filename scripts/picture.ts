/** Makes docs/workbench.png, the README's picture, from the built site: `node scripts/ensure.mjs scripts/picture.ts`. */
import { join } from 'node:path';
import { launchChromium } from './bench/chromium.ts';
import { base, buildSite, dist, root } from './build.ts';
import { ensureChromium } from './chromium.ts';
import { serve } from './serve.ts';

await buildSite();
const server = await serve({ folder: dist, port: 0, base });
const browser = await launchChromium(ensureChromium());
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
const page = await context.newPage();
await page.goto(`${server.url}exercises/d14-breaker/`);
const workbench = page.getByRole('region', { name: /^Workbench:/ });
await workbench.getByRole('button', { name: 'Run', exact: true }).click();
const clock = workbench.getByLabel('Virtual time', { exact: true });
const reach = (seconds: number) =>
  clock.filter({ hasText: new RegExp(`^0:(${seconds}|${seconds + 1})`) }).waitFor({ timeout: 120_000 });
await reach(15);
await workbench.getByRole('tab', { name: 'Faults' }).click();
await workbench.getByLabel('Where').selectOption('gateway→inventory');
await workbench.getByLabel('What').selectOption('latency');
await workbench.getByLabel('Value').selectOption({ index: 2 });
await workbench.getByRole('button', { name: 'Break', exact: true }).click();
await reach(28);
await workbench.getByRole('button', { name: 'Pause', exact: true }).click();
await page.screenshot({ path: join(root, 'docs/workbench.png') });
await browser.close();
await server.close();
