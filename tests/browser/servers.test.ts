/** What one does and sees beside a system with servers: the terminal, what stores hold, and what goes over the wires. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { violations } from './axe.ts';
import { launch, openPage, siteUrl, type WatchedPage } from './browser.ts';

let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
afterEach(async () => {
  expect(watched.outside).toEqual([]);
  expect(watched.errors).toEqual([]);
  await watched.close();
});

const workbench = () => page.getByRole('region', { name: /^Workbench:/ });
const tab = (name: string) => workbench().getByRole('tab', { name: new RegExp(`^${name}`) });
const panel = async (name: string): Promise<Locator> => {
  await tab(name).click();
  return workbench().getByRole('tabpanel').filter({ visible: true });
};
const output = () => workbench().getByRole('log', { name: 'Terminal output' });

async function open(path: string, width = 1440, height = 900): Promise<void> {
  watched = await openPage(browser, { viewport: { width, height } });
  page = watched.page;
  page.setDefaultTimeout(30_000);
  await page.goto(siteUrl(path));
}

/** Presses Run and waits until the replica is healthy. */
async function run(replica: string): Promise<void> {
  await workbench().getByRole('button', { name: 'Run', exact: true }).click();
  await workbench()
    .getByRole('button', { name: new RegExp(`${replica} healthy`) })
    // Nine servers and services start, and the machine may be busy with others.
    .waitFor({ timeout: 60_000 });
}

/** Types a line as by hand and waits for what it must print. */
async function type(line: string, expected: string | RegExp): Promise<void> {
  await page.keyboard.press('Control+l');
  await page.keyboard.insertText(line);
  await page.keyboard.press('Enter');
  await output().getByText(expected).first().waitFor();
}

/** The rest of the page is looked at in pages.test.ts. */
const found = () => violations(page, '.lb-workbench');

test('the terminal: look, ask, break, heal, with the keyboard alone', { timeout: 150_000 }, async () => {
  await open('sandboxes/shop/');
  // Nothing in the shop holds data of its own.
  expect(await tab('Stores').count()).toBe(0);
  await panel('Terminal');
  await run('gateway-1');
  await workbench().getByRole('textbox', { name: 'Command' }).focus();

  await type('docker compose ps', /catalog-2 .*Up \d+s \(healthy\)/);
  await type('curl -i localhost:8080/products/tent-2p | head -n 1', 'HTTP/1.1 200 OK');
  await type('curl -so /dev/null -w "%{http_code}\\n" http://gateway:8080/nothing', /^404$/);

  await page.keyboard.insertText('tc link gateway inv');
  await page.keyboard.press('Tab');
  await page.keyboard.insertText('cut');
  await page.keyboard.press('Enter');
  await workbench()
    .getByRole('button', { name: /^gateway to inventory, .*broken: cut/ })
    .waitFor();
  await type('fault heal all', '1 fault healed');
  await workbench()
    .getByRole('button', { name: /broken/ })
    .waitFor({ state: 'detached' });

  await type('docker compose up -d --scale reviews=3', 'Scaled to 3');
  await workbench()
    .getByRole('button', { name: /^reviews, 3 replicas.*reviews-3 healthy/ })
    .waitFor();

  // What follows without end is ended by Ctrl-C; Up brings it back, Ctrl-R finds an older line.
  await type('docker compose logs -f --tail 1 gateway', /^gateway-1/);
  await page.keyboard.press('Control+c');
  await output().getByText('^C').waitFor();
  const field = workbench().getByRole('textbox', { name: 'Command' });
  await page.keyboard.press('ArrowUp');
  expect(await field.inputValue()).toBe('docker compose logs -f --tail 1 gateway');
  await page.keyboard.press('Control+c');
  await page.keyboard.press('Control+r');
  await page.keyboard.type('heal');
  await page.keyboard.press('Enter');
  await output().getByText('0 faults healed').waitFor();

  await type('redis-cli ping', 'no service of this system has the image redis');
  expect(await found()).toEqual([]);
  // In an empty line Tab goes on to what comes next: nobody is kept in the terminal.
  await page.keyboard.press('Tab');
  expect(await field.evaluate((element) => element === document.activeElement)).toBe(false);
});

test('what servers hold: keys, rows and backends, live; and the bytes that carry it', {
  timeout: 150_000,
}, async () => {
  await open('sandboxes/cache/');
  await run('lb-1');
  const stores = await panel('Stores');
  await stores.getByRole('cell', { name: 'L7OK 200' }).first().waitFor();
  expect(await found()).toEqual([]);

  await stores.getByRole('radio', { name: /^redis/ }).check();
  await stores.getByLabel('Pattern').fill('item:v1:?');
  await stores.getByText(/^\d of \d$/).waitFor();
  await stores.getByRole('button', { name: 'Show item:v1:1' }).click();
  await stores.getByText(/^"\{\\"id\\":1,/).waitFor();
  // The picture says the same: keys in the cache, and statements on the way to it.
  await workbench()
    .getByRole('button', { name: /^redis, 1 replica.*\d+ keys/ })
    .waitFor();
  await workbench()
    .getByRole('button', { name: /^worker to redis, \d+(\.\d)?\/s/ })
    .waitFor();
  expect(await found()).toEqual([]);

  await stores.getByRole('radio', { name: /^db/ }).check();
  await stores.getByRole('row', { name: /items\s*1000/ }).waitFor();
  await stores.getByRole('textbox', { name: 'SQL statement' }).fill('SELECT name FROM items WHERE id = 7');
  await page.keyboard.press('Enter');
  await stores.getByRole('cell', { name: 'Item 7' }).waitFor();
  await stores.getByRole('textbox', { name: 'SQL statement' }).fill('SELECT nothing');
  await page.keyboard.press('Enter');
  await stores.getByText('column "nothing" does not exist').waitFor();
  expect(await found()).toEqual([]);

  const packets = await panel('Packets');
  await packets.getByLabel('Link').selectOption('worker → redis');
  // A few packets are enough to look at.
  await packets.getByText(/^\d{2,} packets$/).waitFor();
  await packets.getByRole('button', { name: 'Stop capture' }).click();
  await packets
    .getByRole('button', { name: /^worker-1 → redis-1/ })
    .first()
    .click();
  await packets
    .getByRole('button', { name: /get item:v1:\d+/ })
    .last()
    .click();
  await packets.getByText('2a 32 0d 0a 24 33 0d 0a  67 65 74').waitFor();
  expect(await found()).toEqual([]);

  await panel('Terminal');
  await workbench().getByRole('textbox', { name: 'Command' }).focus();
  await type('psql -tAc "SELECT count(*) FROM items"', '1000');
  // Alone they open prompts of their own; a statement goes on until its semicolon.
  await type('psql', /leads back to/);
  const prompt = workbench().locator('.lb-terminal-sign');
  await prompt.getByText(/^\w+=#$/).waitFor();
  await type('SELECT count(*)', 'SELECT count(*)');
  await prompt.getByText(/^\w+-#$/).waitFor();
  await type('FROM items;', '1000');
  await page.keyboard.press('Control+d');
  await type('redis-cli', /leads back to/);
  await prompt.getByText('redis:6379>').waitFor();
  await type('EXISTS item:v1:nothing', '(integer) 0');
  await type('exit', 'exit');
  await prompt.getByText('$', { exact: true }).waitFor();
  await type('docker compose stop redis', 'Container redis  Stopping');
  const again = await panel('Stores');
  await again.getByRole('radio', { name: /^redis/ }).check();
  await again.getByText('The container is not running.').waitFor();
});

test('on a phone: a queue fills while nobody consumes it, and its messages can be read', {
  timeout: 150_000,
}, async () => {
  await open('sandboxes/checkout/', 390, 844);
  await run('order-1');
  await panel('Terminal');
  await workbench().getByRole('textbox', { name: 'Command' }).focus();
  await type('docker compose stop payment', 'Stopping');
  const stores = await panel('Stores');
  await stores.getByRole('row', { name: /payment .*nobody consumes/ }).waitFor();
  await stores.getByRole('button', { name: 'Look at the messages of payment' }).click();
  await stores.getByText('checkout → payment.charge').first().waitFor();
  await workbench()
    .getByRole('button', { name: /^rabbit, .*payment: [1-9]/ })
    .waitFor();
  expect(await found()).toEqual([]);
  // The page is as wide as the phone: what is wider scrolls in its own place.
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
