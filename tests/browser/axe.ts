/** What axe-core finds on a page as it is now; one line for each rule that is broken. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const script = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}

export async function violations(page: Page): Promise<readonly string[]> {
  // Evaluated from outside, so that the site's policies stay as they are.
  await page.evaluate(script);
  const { violations: found } = await page.evaluate(
    () => (window as unknown as { axe: { run(): Promise<Found> } }).axe.run() as Promise<Found>,
  );
  return found.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}
