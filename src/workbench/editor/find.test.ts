import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findInFiles } from './find.ts';

const files = {
  'gateway/src/main.ts': "import { get } from './get.ts';\n\n  const timeoutMs = 300; // timeout of a call",
  'catalog/src/main.ts': 'const TIMEOUT = 1;',
};
const plain = { isCaseSensitive: false, isRegExp: false };

function places(query: string, options = plain) {
  const result = findInFiles(files, query, options);
  return result.ok ? result.matches.map(({ file, line, column }) => `${file}:${line}:${column}`) : result.reason;
}

test('every place, by file and line, in any case of letters unless asked otherwise', () => {
  expect(places('timeout')).toEqual(['catalog/src/main.ts:1:7', 'gateway/src/main.ts:3:9', 'gateway/src/main.ts:3:29']);
  expect(places('timeout', { ...plain, isCaseSensitive: true })).toEqual([
    'gateway/src/main.ts:3:9',
    'gateway/src/main.ts:3:29',
  ]);
});

test('signs mean themselves until an expression is asked for, and a broken one is told', () => {
  expect(places('get.ts')).toEqual(['gateway/src/main.ts:1:24']);
  expect(places("'./g.t")).toEqual([]);
  expect(places("'./g.t", { ...plain, isRegExp: true })).toEqual(['gateway/src/main.ts:1:21']);
  expect(places('(', { ...plain, isRegExp: true })).toMatch(/group/i);
});

test('the match is shown with what is around it, without the indentation', () => {
  const result = findInFiles(files, 'timeoutMs', plain);
  expect(result.ok && result.matches[0]).toMatchObject({
    before: 'const ',
    found: 'timeoutMs',
    after: ' = 300; // timeout of a call',
  });
});

test('any text is found where it stands', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string(), fc.string(), (query, before, after) => {
      fc.pre(!/[\n\r]/.test(query + before + after));
      const text = `${before}${query}${after}`;
      const result = findInFiles({ a: text }, query, { ...plain, isCaseSensitive: true });
      fc.pre(result.ok);
      for (const { column, found } of result.matches)
        expect(text.slice(column - 1)).toSatisfy((rest: string) => rest.startsWith(found));
      expect(result.matches.length).toBeGreaterThan(0);
    }),
  );
});

test('a search with thousands of places stops and says so', () => {
  const result = findInFiles({ a: 'x'.repeat(1000) }, 'x', plain);
  expect(result.ok && [result.matches.length, result.isCut]).toEqual([300, true]);
});
