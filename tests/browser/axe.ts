/** What axe-core finds on a page, or below one element of it, as it is now: one line for each rule that is broken. */
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

export async function violations(page: Page, within?: string): Promise<readonly string[]> {
  // Evaluated from outside, so that the site's policies stay as they are.
  await page.evaluate(script);
  const { violations: found } = await page.evaluate(
    (selector) =>
      (window as unknown as { axe: { run(within: string | Document): Promise<Found> } }).axe.run(selector ?? document),
    within,
  );
  return found.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}
