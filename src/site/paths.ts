/** Addresses inside the site, whatever path it is hosted under. */
import type { Language } from '../workbench/i18n/dictionary.ts';

/** The base path without a slash at its end; '' at the root. */
export const base = import.meta.env.BASE_URL.replace(/\/$/, '');

/** `/curriculum/` in a language, under the base path. */
export function pathTo(path: string, language: Language = 'en'): string {
  return `${base}${language === 'zh-cn' ? '/zh-cn' : ''}${path}`;
}

/** The same page in the other language. */
export function otherLanguagePath(pathname: string): string {
  const path = pathname.startsWith(base) ? pathname.slice(base.length) : pathname;
  return path.startsWith('/zh-cn/') ? base + path.slice('/zh-cn'.length) : `${base}/zh-cn${path}`;
}
