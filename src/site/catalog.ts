/** Sandboxes and exercises for the pages that are made of them. */
import { type Catalog, readCatalog, readWhatIsRight } from '../catalog/catalog.ts';
import type { Localized } from '../catalog/types.ts';
import type { Language } from '../workbench/i18n/dictionary.ts';

let catalog: Catalog | undefined;

/** Read once a build, and anew for each page in dev, where an author's half-written exercise is left out. */
export function siteCatalog(): Catalog {
  if (import.meta.env.DEV) return readWhatIsRight(process.cwd()).catalog;
  catalog ??= readCatalog(process.cwd());
  return catalog;
}

/** A catalog text in a language, English where there is no translation. */
export function textOf(text: Localized, language: Language): string {
  return text[language] ?? text.en;
}
