import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Dictionary, missingKeys } from './i18n/dictionary.ts';

const root = dirname(fileURLToPath(import.meta.url));
/** Folders that any panel may use; everything else in a folder of its own is a panel, or puts panels together. */
const shared = ['session', 'ui', 'plot', 'i18n', 'data'];
/** A live figure is made of the structure and the charts. */
const composers = ['figure'];

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.test.ts') && !path.endsWith('.d.ts'))
  .map((path) => path.split(sep).join('/'));

const imports = (file: string): readonly string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
    relative(root, join(root, dirname(file), match[1]!))
      .split(sep)
      .join('/'),
  );

const folderOf = (path: string) => (path.includes('/') ? path.split('/')[0]! : '');

test('panels import session and what is shared, never each other', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const folder = folderOf(file);
    if (folder === '' || composers.includes(folder)) continue;
    for (const target of imports(file)) {
      if (target.startsWith('..')) continue;
      const other = folderOf(target);
      if (other !== folder && !shared.includes(other)) {
        wrong.push(`${file} imports ${target}: move what both need to session/ or ui/`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('session draws nothing: it imports no panel and no ui', () => {
  const wrong = files
    .filter((file) => folderOf(file) === 'session')
    .flatMap((file) => imports(file).map((target) => ({ file, target })))
    .filter(({ target }) => !target.startsWith('..') && !['session', 'i18n'].includes(folderOf(target)));
  expect(wrong).toEqual([]);
});

test('every text is there in English and in Chinese', async () => {
  const withTexts = files.filter((file) => /(texts|-text)\.ts$/.test(file));
  expect(withTexts.length).toBeGreaterThan(10);
  for (const file of withTexts) {
    const module: Record<string, unknown> = await import(join(root, file));
    const dictionaries = Object.values(module).filter(
      (value): value is Dictionary<unknown> => typeof value === 'object' && value !== null && 'zh-cn' in value,
    );
    expect(dictionaries.length, file).toBe(1);
    for (const dictionary of dictionaries) expect(missingKeys(dictionary), file).toEqual([]);
  }
});
