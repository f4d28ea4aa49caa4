/**
 * The site's texts. In an .astro file: `const text = t(Astro.currentLocale)`. In an island: `useText(dictionary)`.
 * The mechanism is in src/workbench/i18n/dictionary.ts.
 */
import { defineDictionary, languageOf, type TranslationOf } from '../../workbench/i18n/dictionary.ts';
import { en } from './en.ts';
import { zhCn } from './zh-cn.ts';

export { type Language, LanguageContext, languageOf, languages, useText } from '../../workbench/i18n/dictionary.ts';

export const dictionary = defineDictionary(en, { 'zh-cn': zhCn });
export type SiteText = TranslationOf<typeof en>;

/** The texts for a language tag as HTML, Astro or a path has it. */
export function t(tag: string | undefined): SiteText {
  return dictionary[languageOf(tag)];
}
