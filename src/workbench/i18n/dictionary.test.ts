import { expect, test } from 'vitest';
import { defineDictionary, languageOf, missingKeys } from './dictionary.ts';

test('a dictionary hands out the words of each language', () => {
  const dictionary = defineDictionary(
    { run: 'Run', group: { passed: (n: number) => `${n} passed` } },
    { 'zh-cn': { run: '运行', group: { passed: (n) => `通过 ${n} 项` } } },
  );
  expect(dictionary['zh-cn'].group.passed(3)).toBe('通过 3 项');
  expect(dictionary.en.run).toBe('Run');
  expect(missingKeys(dictionary)).toEqual([]);
});

test('a key that only one language has is named with its group', () => {
  const en = { run: 'Run', group: { stop: 'Stop' } };
  const zh = { run: '运行', group: {}, more: '更多' } as unknown as typeof en;
  expect(missingKeys(defineDictionary(en, { 'zh-cn': zh }))).toEqual(['group.stop', 'more']);
});

test('language tags of HTML and of paths name the same language', () => {
  expect([languageOf('zh-CN'), languageOf('zh-cn'), languageOf('en'), languageOf(undefined)]).toEqual([
    'zh-cn',
    'zh-cn',
    'en',
    'en',
  ]);
});
