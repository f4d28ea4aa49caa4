import { expect, test } from 'vitest';
import { lazyStylesIn, withoutStyles } from './lazy-styles.ts';

const chunk = (fileName: string, isEntry: boolean, imports: string[], css: string[]) => ({
  type: 'chunk' as const,
  fileName,
  isEntry,
  imports,
  viteMetadata: { importedCss: new Set(css) },
});

test('styles of chunks that are only imported dynamically are lazy, shared ones are not', () => {
  const bundle = Object.fromEntries(
    [
      chunk('page.js', true, ['quiz.js'], []),
      chunk('quiz.js', false, [], ['_astro/quiz.css', '_astro/shared.css']),
      chunk('workbench.js', false, ['monaco.js'], ['_astro/workbench.css', '_astro/shared.css']),
      chunk('monaco.js', false, [], ['_astro/monaco.css']),
    ].map((each) => [each.fileName, each]),
  );
  expect([...lazyStylesIn(bundle)]).toEqual(['_astro/workbench.css', '_astro/monaco.css']);
});

test('a lesson loses the links, under any base path; the workbench’s own page keeps them', () => {
  const lesson =
    '<link rel="stylesheet" href="/course/_astro/a.css"><link rel="stylesheet" href="/course/_astro/monaco.css">';
  const lazy = new Set(['_astro/monaco.css']);
  expect(withoutStyles(lesson, lazy)).toBe('<link rel="stylesheet" href="/course/_astro/a.css">');
  expect(withoutStyles(`${lesson}<div id="workbench-page">`, lazy)).toContain('monaco.css');
});
