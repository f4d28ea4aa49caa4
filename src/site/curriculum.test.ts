import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { curriculum, lessonOf, lessons, moduleOf, writtenLessons } from './curriculum.ts';

test('the course has the ten modules and fifty lessons of the curriculum', () => {
  expect(curriculum.map((each) => each.lessons.length)).toEqual([4, 5, 5, 3, 6, 7, 5, 4, 5, 6]);
  expect(lessons).toHaveLength(50);
});

test('every lesson that claims a page has one', () => {
  const missing = writtenLessons.filter((each) => !existsSync(`lessons/${each.slug}.mdx`));
  expect(missing.map((each) => `lessons/${each.slug}.mdx`)).toEqual([]);
});

test('a lesson is found by its number, and its module too', () => {
  expect(lessonOf('5.3')?.title.en).toBe('Breakers and honest fallbacks');
  expect(moduleOf('10.2')?.title['zh-cn']).toBe('实践中的架构师');
});
