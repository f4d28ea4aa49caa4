import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodePage, pageFile } from './node-page.ts';

test('docs/node.md says what the lab has; `node scripts/node-page.ts` writes it anew', async () => {
  expect(readFileSync(pageFile, 'utf8')).toBe(await nodePage());
});
