import { markdownToHtml } from 'satteri';
import { expect, test } from 'vitest';
import { asides } from './asides.ts';
import { headingAnchors } from './headingAnchors.ts';

const source = '## Waiting\n\n:::note\nOne.\n:::\n\n:::caution[Own title]\nTwo.\n:::\n';

test('an English lesson has English aside labels and heading links', async () => {
  const html = await render(source, 'file:///project/lessons/5-1-timeouts.mdx');
  expect(html).toContain('<aside class="aside aside-note" aria-label="Note">');
  expect(html).toContain('aria-label="Own title"');
  expect(html).toContain('<h2 id="waiting">Waiting</h2>');
  expect(html).toContain('<a class="heading-link" href="#waiting" aria-label="Link to the section “Waiting”">');
});

test('a Chinese lesson has Chinese ones', async () => {
  const html = await render(source, 'file:///project/lessons/zh-cn/5-1-timeouts.mdx');
  expect(html).toContain('aria-label="说明"');
  expect(html).toContain('aria-label="链接到“Waiting”一节"');
});

test('a file that is no lesson is left alone', async () => {
  const html = await render(source, 'file:///project/README.md');
  expect(html).not.toContain('class="aside');
  expect(html).not.toContain('heading-link');
});

async function render(text: string, file: string): Promise<string> {
  const { html } = await markdownToHtml(text, {
    features: { directive: true },
    mdastPlugins: [asides],
    hastPlugins: [headingAnchors],
    fileURL: new URL(file),
  });
  return html;
}
