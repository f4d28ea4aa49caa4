import { expect, test } from 'vitest';
import { filterOf } from './filters.ts';

function filtered(words: string, text: string): string[] {
  const filter = filterOf(words.split(' '));
  if (typeof filter === 'string') throw new Error(filter);
  return [...text.split('\n').flatMap((line) => filter.push(line)), ...filter.end()];
}

test('lines are found, left out and counted', () => {
  expect(filtered('grep -i B', 'a\nb\nB')).toEqual(['b', 'B']);
  expect(filtered('grep -v b', 'a\nb')).toEqual(['a']);
  expect(filtered('grep -c b', 'a\nb\nbb')).toEqual(['2']);
  expect(filtered('wc -l', 'a\nb\nc')).toEqual(['3']);
});

test('head and tail take as many as asked', () => {
  expect(filtered('head -n 2', 'a\nb\nc')).toEqual(['a', 'b']);
  expect(filtered('head -1', 'a\nb')).toEqual(['a']);
  expect(filtered('tail -n 2', 'a\nb\nc')).toEqual(['b', 'c']);
  expect(filtered('tail -n 0', 'a')).toEqual([]);
});

test('sort, uniq and jq', () => {
  expect(filtered('sort -n', '10\n9')).toEqual(['9', '10']);
  expect(filtered('sort -ru', 'a\nb\na')).toEqual(['b', 'a']);
  expect(filtered('uniq -c', 'a\na\nb')).toEqual(['      2 a', '      1 b']);
  expect(filtered('jq .items[0].name', '{"items":[{"name":"x"}]}')).toEqual(['"x"']);
  expect(filtered('jq -r .items[].name', '{"items":[{"name":"x"},{"name":"y"}]}')).toEqual(['x', 'y']);
  // A key that objects only inherit is not there.
  expect(filtered('jq .constructor', '{}')).toEqual(['null']);
  expect(filtered('jq .', 'no json')).toEqual(['jq: parse error: this is not JSON: no json']);
});
