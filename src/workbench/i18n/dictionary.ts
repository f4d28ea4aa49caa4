/**
 * The mechanism behind every text of the interface. The site and the workbench keep their own dictionaries
 * (src/site/i18n/, src/workbench/i18n/); this file is all they share, and it stands on the workbench's side
 * because imports go site → workbench and never back.
 *
 *   en.ts      export const en = { run: 'Run', passed: (n: number) => `${n} checks passed` };
 *   zh-cn.ts   export const zhCn: TranslationOf<typeof en> = { run: '运行', passed: (n) => `${n} 项检查通过` };
 *   index.ts   export const dictionary = defineDictionary(en, { 'zh-cn': zhCn });
 *   Panel.tsx  const text = useText(dictionary);  text.run, text.passed(3)
 */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

export const languages = ['en', 'zh-cn'] as const;
export type Language = (typeof languages)[number];

/** A text, a text with blanks to fill in, or a group of these. */
export interface Texts {
  readonly [key: string]: string | ((...blanks: never[]) => string) | Texts;
}

/** The same keys and the same blanks; only the words differ. A missing key is a type error. */
export type TranslationOf<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...blanks: infer B) => string
      ? (...blanks: B) => string
      : TranslationOf<T[K]>;
};

export interface Dictionary<T> {
  readonly en: TranslationOf<T>;
  readonly 'zh-cn': TranslationOf<T>;
}

export function defineDictionary<T extends Texts>(
  en: T,
  translations: { readonly 'zh-cn': TranslationOf<T> },
): Dictionary<T> {
  // The English words are a translation of themselves; the mapped type cannot see that of a type parameter.
  return { en: en as unknown as TranslationOf<T>, ...translations };
}

/** Anything that names a language as HTML or a path does ("zh-CN", "zh-cn", undefined) to one we have; English otherwise. */
export function languageOf(tag: string | undefined): Language {
  return tag?.toLowerCase().startsWith('zh') ? 'zh-cn' : 'en';
}

/** Keys that one side has and the other has not, as "group.key"; a test of each dictionary asks that there are none. */
export function missingKeys<T>(dictionary: Dictionary<T>): readonly string[] {
  const en = new Set(keysOf(dictionary.en));
  const zh = new Set(keysOf(dictionary['zh-cn']));
  return [...en].filter((key) => !zh.has(key)).concat([...zh].filter((key) => !en.has(key)));
}

/** Set once where the workbench or an island is mounted: <LanguageContext.Provider value={lang}>. */
export const LanguageContext = createContext<Language>('en');

/** The texts of the surrounding language. */
export function useText<T>(dictionary: Dictionary<T>): TranslationOf<T> {
  return dictionary[useContext(LanguageContext)];
}

function keysOf(texts: object, prefix = ''): readonly string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? keysOf(value, `${prefix}${key}.`) : [`${prefix}${key}`],
  );
}
