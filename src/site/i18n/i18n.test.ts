import { expect, test } from 'vitest';
import { missingKeys } from '../../workbench/i18n/dictionary.ts';
import { dictionary, t } from './index.ts';

test('both languages have every text', () => {
  expect(missingKeys(dictionary)).toEqual([]);
});

test('a text asked for by an HTML language tag comes in that language', () => {
  expect(t('zh-CN').nav.course).toBe('课程地图');
  expect(t(undefined).nav.course).toBe('Course map');
});
