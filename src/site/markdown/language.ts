import { fileURLToPath } from 'node:url';
import { type Language, languageOf } from '../../workbench/i18n/dictionary.ts';

/** The language of a lesson by its path: lessons/zh-cn/ is Chinese, the rest of lessons/ English; nothing for other files. */
export function lessonLanguage(file: URL | undefined): Language | undefined {
  if (file?.protocol !== 'file:') return undefined;
  const parts = fileURLToPath(file).replaceAll('\\', '/').split('/lessons/');
  return parts.length < 2 ? undefined : languageOf(parts.at(-1)?.split('/')[0]);
}
