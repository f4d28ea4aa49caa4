/**
 * The lessons. They live in lessons/, not in src/content/docs, so that an author finds them at the root of the
 * repository; Starlight calls its collection `docs` and so must we.
 */

import { defineCollection } from 'astro:content';
import { docsSchema, i18nSchema } from '@astrojs/starlight/schema';
import { glob } from 'astro/loaders';
import { z } from 'astro/zod';

const lessonFields = z.object({
  /** Joins the page with src/site/curriculum.ts. Quoted in YAML, or 5.10 would be the number 5.1. */
  lesson: z
    .string()
    .regex(/^\d+\.\d+$/, 'Write the lesson’s number in quotes, as lesson: "5.3".')
    .optional(),
  /** Reading and doing. */
  minutes: z.number().int().positive().optional(),
  /** Folder name in sandboxes/. */
  sandbox: z.string().optional(),
  /** Folder name in exercises/, as d14-breaker. */
  drill: z.string().optional(),
  /** How much of the page's frame there is: text with contents, full width, or nothing but an instrument (workbench). */
  frame: z.enum(['text', 'wide', 'instrument']).default('text'),
});

export const collections = {
  docs: defineCollection({
    loader: glob({ base: './lessons', pattern: '**/[^_]*.mdx', generateId: ({ entry }) => lessonId(entry) }),
    schema: docsSchema({ extend: lessonFields }),
  }),
  // Starlight looks for it; the site's words are in src/site/i18n.
  i18n: defineCollection({ loader: () => [{ id: 'en' }], schema: i18nSchema() }),
};

/** zh-cn/5-1-timeouts.mdx → zh-cn/lessons/5-1-timeouts: the page's path without its slashes. */
function lessonId(path: string): string {
  return path.replace(/\.mdx$/, '').replace(/^(zh-cn\/)?/, '$1lessons/');
}
