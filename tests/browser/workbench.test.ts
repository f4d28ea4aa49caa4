/** The main path of a learner, and what happens when things go wrong: through the pages, as a person would. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readCatalog } from '../../src/catalog/index.ts';
import { launch, openPage, siteUrl, type WatchedPage } from './browser.ts';

const drill = readCatalog(process.cwd()).exercises.find(({ id }) => id === 'D14')!;
const [solutionPath, solution] = Object.entries(drill.solution)[0]!;
const lessonPath = 'lessons/5-3-breakers/';
const exercisePath = `exercises/${drill.slug}/`;

let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  watched = await openPage(browser);
  page = watched.page;
  page.setDefaultTimeout(30_000);
});
afterEach(async () => {
  expect(watched.outside).toEqual([]);
  await watched.close();
});

const workbench = () => page.getByRole('region', { name: /^Workbench:/ });
const button = (name: string | RegExp) => workbench().getByRole('button', { name, exact: typeof name === 'string' });
const panel = async (name: string): Promise<Locator> => {
  await workbench()
    .getByRole('tab', { name: new RegExp(`^${name}`) })
    .click();
  return workbench().getByRole('tabpanel').filter({ visible: true });
};
const clock = () => workbench().getByLabel('Virtual time', { exact: true });

const textOf = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? '';

/** A click on the line that stands for a link: the middle of its box is beside it. */
async function clickLink(name: RegExp): Promise<void> {
  const path = workbench().getByRole('button', { name }).locator('.lb-beam-hit');
  const [x, y] = await path.evaluate((element) => {
    const line = element as SVGPathElement;
    const point = line.getPointAtLength(line.getTotalLength() * 0.4).matrixTransform(line.getScreenCTM()!);
    return [point.x, point.y] as const;
  });
  await page.mouse.click(x, y);
}

/** A line of the file that the editor shows. Monaco writes spaces as no-break spaces and only renders what is in view. */
const line = (text: RegExp) => workbench().locator('.view-line').filter({ hasText: text });

/** Presses Run and waits until the gateway is healthy. */
async function run(): Promise<void> {
  await button('Run').click();
  await workbench()
    .getByRole('button', { name: /^gateway.*gateway-1 healthy/ })
    .waitFor();
}

/** Asks for one product with the request client. */
async function send(): Promise<void> {
  await panel('Request');
  await workbench().getByLabel('URL').fill('http://gateway:8080/products/tent-2p');
  await button('Send').click();
}

/** The same, and what the client then shows. */
async function ask(): Promise<string> {
  await send();
  const reply = workbench().locator('.lb-reply');
  await reply.getByText('waiting for a reply').waitFor({ state: 'detached' });
  await reply.locator('.lb-reply-head').waitFor();
  return textOf(reply);
}

/** Replaces the whole text of a file in the editor, as by hand. */
async function write(path: string, text: string): Promise<void> {
  await panel('Code');
  const row = (name: string) => workbench().locator(`.lb-tree [data-path="${name}"]`);
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth++) {
    const folder = row(parts.slice(0, depth).join('/'));
    if ((await folder.getAttribute('aria-expanded')) === 'false') await folder.click();
  }
  await row(path).click();
  const editor = workbench().locator('.monaco-editor').first();
  await editor.waitFor();
  await editor.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}

describe('the main path', () => {
  test('lesson → workbench → run → break → see → edit → drill → verdict', { timeout: 180_000 }, async () => {
    await page.goto(siteUrl(lessonPath));
    await page.locator(`a[data-open-workbench][data-for-exercise="${drill.slug}"]`).first().click();
    await run();
    expect(await ask()).toContain('200');

    // The link between gateway and inventory becomes slow: by a click on it in the picture.
    await clickLink(/^gateway to inventory/);
    await page.getByRole('menuitem', { name: /^Latency: 2 s/ }).click();
    // The starter waits for inventory as long as it takes.
    await workbench()
      .getByRole('button', { name: /^gateway to inventory, .*p50 (1\.\d+|2|2\.\d+) s.*broken: \+2/ })
      .waitFor();
    await button('Stop').click();

    // As it is, the drill fails; with the solution it passes.
    await button('Run checks').first().click();
    const checks = await panel('Checks');
    await checks.getByText(/of \d+ checks failed/).waitFor({ timeout: 90_000 });
    await write(solutionPath, solution);
    await button(/^Run checks/)
      .first()
      .click();
    await panel('Checks');
    await checks.getByText('The structure holds.').waitFor({ timeout: 90_000 });
    expect(watched.errors).toEqual([]);
  });

  test('edits survive a reload', async () => {
    await page.goto(siteUrl(exercisePath));
    await workbench().waitFor();
    await write(solutionPath, `// mine\n${solution}`);
    await page.keyboard.press('Control+Home');
    await line(/\/\/\smine/).waitFor();
    await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
    await page.reload();
    await panel('Code');
    await line(/\/\/\smine/).waitFor();
  });
});

describe('what goes wrong is told where it is', () => {
  const main = drill.starter['gateway/src/stock.ts']!;

  async function runWith(text: string): Promise<Locator> {
    await page.goto(siteUrl(exercisePath));
    await workbench().waitFor();
    await write('gateway/src/stock.ts', text);
    await button('Run').click();
    return workbench().getByRole('alert');
  }

  test('a syntax error: file and line, in words', async () => {
    const alert = await runWith(`${main}\nexport const broken = ;\n`);
    await alert.waitFor();
    const line = main.split('\n').length + 1;
    expect(await textOf(alert)).toContain(`gateway/src/stock.ts:${line}`);
  });

  test('a missing import: which, and what there is', async () => {
    const alert = await runWith(`import nothing from 'left-pad';\n${main}\nvoid nothing;\n`);
    await alert.waitFor();
    expect(await textOf(alert)).toMatch(/gateway\/src\/stock\.ts:1\b[\s\S]*left-pad/);
  });

  test('a service that exits at boot: its code and its last words', async () => {
    await runWith(`${main}\nconsole.error('no licence');\nprocess.exit(3);\n`);
    const logs = await panel('Logs');
    await logs.getByText('no licence').first().waitFor();
    await workbench()
      .getByText(/exit(ed)?( with)?( code)? 3/)
      .first()
      .waitFor();
  });

  test('a port that is never opened: which, and what the service listens on instead', async () => {
    const alert = await runWith(`process.env.PORT = '9090';\n${main}`);
    await alert.waitFor();
    expect(await textOf(alert)).toMatch(/gateway[\s\S]*8080[\s\S]*9090/);
    const logs = await panel('Logs');
    await logs
      .getByText(/gateway listens on 9090/)
      .first()
      .waitFor();
  });

  test('an endless loop: the run ends, the page goes on, edits are intact', async () => {
    const loop = main.replace('{\n', '{\n  while (true) {}\n');
    const alert = await runWith(loop);
    // The incident's own load walks into it; how fast it ends is measured in engine.test.ts.
    await alert.getByText('The run ended.').waitFor();
    const number = loop.split('\n').findIndex((text) => text.includes('while (true)')) + 1;
    expect(await textOf(alert)).toMatch(/gateway/);
    expect(await textOf(alert)).toContain(`gateway/src/stock.ts:${number}`);
    expect(await textOf(clock())).toContain('ended');
    await panel('Code');
    await line(/while\s\(true\)/).waitFor();
  });
});
