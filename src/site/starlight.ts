/** What Starlight is told. Search, languages, routes and page data are its job; how anything looks is theme/'s. */
import { existsSync } from 'node:fs';
import type { StarlightUserConfig } from '@astrojs/starlight/types';
import { curriculum } from './curriculum.ts';
import { dictionary } from './i18n/index.ts';

export function starlightOptions(): StarlightUserConfig {
  return {
    title: { en: dictionary.en.siteTitle, 'zh-CN': dictionary['zh-cn'].siteTitle },
    description: dictionary.en.siteDescription,
    titleDelimiter: '·',
    favicon: '/favicon.svg',
    locales: { root: { label: 'English', lang: 'en' }, 'zh-cn': { label: '简体中文', lang: 'zh-CN' } },
    sidebar: sidebar(),
    customCss: ['./src/site/theme/index.css'],
    components: overrides(),
    // Asides and heading links are ours (markdown/), because Starlight's know only src/content/docs as the place of
    // languages. What remains of its Markdown work is wanted in lessons/ too.
    markdown: { processedDirs: ['./lessons'], headingLinks: false },
    disable404Route: true,
    tableOfContents: { minHeadingLevel: 2, maxHeadingLevel: 3 },
    expressiveCode: {
      themes: ['github-dark-default', 'github-light-default'],
      // A long line is read on the next one: nothing to scroll sideways, on a phone least of all.
      defaultProps: { wrap: true },
      // Lessons are not in src/content/docs, so the language is found by the path, as in markdown/language.ts.
      getBlockLocale: ({ file }) => (file.path?.includes('/lessons/zh-cn/') ? 'zh-CN' : 'en'),
      styleOverrides: {
        borderRadius: 'var(--radius)',
        textMarkers: {
          markBackground: 'var(--blue-wash)',
          markBorderColor: 'var(--blue)',
          insBackground: 'color-mix(in oklab, var(--stress-0) 8%, transparent)',
          insBorderColor: 'var(--stress-0)',
          insDiffIndicatorColor: 'var(--stress-0)',
          delBackground: 'color-mix(in oklab, var(--red) 7%, transparent)',
          delBorderColor: 'var(--red)',
          delDiffIndicatorColor: 'var(--red)',
        },
        borderColor: 'var(--rule)',
        codeBackground: 'var(--surface-code)',
        codeFontFamily: 'var(--font-mono)',
        codeFontSize: '0.875rem',
        codeLineHeight: '1.65',
        uiFontFamily: 'var(--font-mono)',
        uiFontSize: '0.8125rem',
        focusBorder: 'var(--focus)',
        frames: {
          shadowColor: 'transparent',
          editorTabBarBackground: 'var(--surface-code)',
          editorActiveTabBackground: 'var(--surface-code)',
          editorActiveTabForeground: 'var(--ink-2)',
          editorActiveTabIndicatorTopColor: 'transparent',
          editorActiveTabIndicatorBottomColor: 'var(--ink)',
          editorActiveTabBorderColor: 'transparent',
          editorTabBarBorderColor: 'transparent',
          editorTabBarBorderBottomColor: 'var(--rule)',
          terminalBackground: 'var(--surface-code)',
          terminalTitlebarBackground: 'var(--surface-code)',
          terminalTitlebarBorderBottomColor: 'var(--rule)',
          terminalTitlebarDotsOpacity: '0',
        },
      },
    },
  };
}

/** The order for "previous" and "next": the course map, then every lesson that has a page. */
function sidebar(): StarlightUserConfig['sidebar'] {
  const modules = curriculum.map((module) => ({
    label: module.title.en,
    translations: { 'zh-CN': module.title['zh-cn'] },
    items: module.lessons
      .filter((lesson) => lesson.slug !== undefined && existsSync(`lessons/${lesson.slug}.mdx`))
      .map((lesson) => ({ slug: `lessons/${lesson.slug}` })),
  }));
  return [
    {
      label: dictionary.en.course.title,
      translations: { 'zh-CN': dictionary['zh-cn'].course.title },
      link: '/curriculum/',
    },
    ...modules.filter((module) => module.items.length > 0),
  ];
}

function overrides(): Record<string, string> {
  const names = [
    'Head',
    'ThemeProvider',
    'SkipLink',
    'PageFrame',
    'TwoColumnContent',
    'Header',
    'Sidebar',
    'PageSidebar',
    'ContentPanel',
    'PageTitle',
    'FallbackContentNotice',
    'MarkdownContent',
    'Footer',
    'Pagination',
  ];
  return Object.fromEntries(names.map((name) => [name, `./src/site/theme/${name}.astro`]));
}
