/** Sandboxes and exercises for the pages that are made of them; read once a build. */
import { type Catalog, readCatalog } from '../catalog/index.ts';
import type { Localized } from '../catalog/types.ts';
import type { Language } from '../workbench/i18n/dictionary.ts';

let catalog: Catalog | undefined;

export function siteCatalog(): Catalog {
  catalog ??= readCatalog(process.cwd());
  return catalog;
}

/** A catalog text in a language, English where there is no translation. */
export function textOf(text: Localized, language: Language): string {
  return text[language] ?? text.en;
}
