/**
 * The site, as Astro meets it: the routes that are not lessons, and the name under which lessons import components.
 *
 * - starlight.ts    what Starlight is told: languages, sidebar order, which of its parts ours replace
 * - theme/          tokens, type, the frame of every page (Starlight overrides)
 * - components/     what lessons are written with; `@components`
 * - pages/          landing page, course map, sandboxes, exercises, what the lab runs, the 404 page
 * - islands/        the few things that need script: progress, quiz, prediction, search, the workbench's launcher
 * - markdown/       asides and heading links, in both languages
 * - workbench/      the place beside a lesson where the workbench opens, and the page that is the workbench
 * - curriculum.ts   the course as data
 * - fidelity.ts     what the lab has of Node, measured while the site is built; members.ts: who stands in a system
 * - truth.ts        the lab beside real processes, as last measured (docs/*.json)
 * - i18n/           every word of the interface
 * - security.ts, lazy-styles.ts   the content security policy; what keeps the workbench's styles out of lessons
 * - editor-libs.ts  what of TypeScript's libraries the editor takes along
 *
 * Not here: lesson texts (lessons/), anything that runs a system (src/workbench, src/engines, src/lab).
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { oneByte } from '../catalog/one-byte.ts';
import { editorLibs } from './editor-libs.ts';

const pages = [
  { pattern: '/[...locale]', file: 'Landing.astro' },
  { pattern: '/[...locale]/curriculum', file: 'CourseMap.astro' },
  { pattern: '/[...locale]/sandboxes', file: 'Systems.astro' },
  { pattern: '/[...locale]/sandboxes/[id]', file: 'Sandbox.astro' },
  { pattern: '/[...locale]/exercises/[slug]', file: 'Exercise.astro' },
  { pattern: '/[...locale]/lab', file: 'Lab.astro' },
  { pattern: '/404', file: 'Missing.astro' },
];

export function site(): AstroIntegration {
  return {
    name: 'loadbearing-site',
    hooks: {
      'astro:config:setup': ({ injectRoute, updateConfig }) => {
        for (const { pattern, file } of pages)
          injectRoute({ pattern, entrypoint: here(`pages/${file}`), prerender: true });
        updateConfig({
          vite: {
            resolve: { alias: { '@components': here('components/index.ts') } },
            worker: { plugins: () => [editorLibs()] },
          },
        });
      },
      'astro:build:done': ({ dir }) => {
        const folder = new URL('_astro/', dir);
        for (const name of readdirSync(folder)) {
          if (!name.endsWith('.js')) continue;
          const before = readFileSync(new URL(name, folder), 'utf8');
          const after = oneByte(before);
          if (after !== before) writeFileSync(new URL(name, folder), after);
        }
      },
    },
  };
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
