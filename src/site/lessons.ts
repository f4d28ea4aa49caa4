/** Which lessons have a page, and where; curriculum.ts knows the order and the rest of the course. */
import { getCollection } from 'astro:content';
import type { Language } from '../workbench/i18n/dictionary.ts';
import { type Lesson, lessons } from './curriculum.ts';
import { pathTo } from './paths.ts';

export interface Page {
  readonly href: string;
  readonly description: string;
  readonly minutes: number | undefined;
}

/** By lesson number. A lesson without a Chinese page has the address at which it is shown in English. */
export async function lessonPages(language: Language): Promise<ReadonlyMap<string, Page>> {
  const pages = new Map<string, Page>();
  const entries = await getCollection('docs');
  for (const isTranslation of [false, true]) {
    if (isTranslation && language === 'en') continue;
    for (const { id, data } of entries) {
      if (id.startsWith('zh-cn/') !== isTranslation || data.lesson === undefined) continue;
      const href = pathTo(`/${id.replace(/^zh-cn\//, '')}/`, language);
      pages.set(data.lesson, { href, description: data.description ?? '', minutes: data.minutes });
    }
  }
  return pages;
}

/** Lessons that have a page, in the order of the course. */
export async function readyLessons(): Promise<readonly Lesson[]> {
  const pages = await lessonPages('en');
  return lessons.filter((lesson) => pages.has(lesson.number));
}
