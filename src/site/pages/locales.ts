/** The languages as routes have them: no segment for English. */
import type { Language } from '../i18n/index.ts';

export const localeParams = [{ locale: undefined }, { locale: 'zh-cn' }] as const;

export function languageOfParam(locale: string | undefined): Language {
  return locale === 'zh-cn' ? 'zh-cn' : 'en';
}
