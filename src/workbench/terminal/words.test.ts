import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partialOf, quoted, readLine } from './words.ts';

const wordsOf = (line: string) => {
  const read = readLine(line);
  return read.ok ? read.steps.map(({ joint, pipeline }) => [joint, pipeline]) : read;
};

test('quotes, backslashes and comments are read as sh reads them', () => {
  expect(wordsOf(`psql -c 'select "a" from t' --x="it's \\"so\\"" a\\ b '' # not this`)).toEqual([
    [';', [['psql', '-c', 'select "a" from t', `--x=it's "so"`, 'a b', '']]],
  ]);
  // A hash inside a word is no comment, a backslash in single quotes is itself.
  expect(wordsOf(`curl http://a/#b 'c\\n'`)).toEqual([[';', [['curl', 'http://a/#b', 'c\\n']]]]);
});

test('pipes and joints make steps; what is missing or unknown is named', () => {
  expect(wordsOf('a | b -x && c; d || e')).toEqual([
    [';', [['a'], ['b', '-x']]],
    ['&&', [['c']]],
    [';', [['d']]],
    ['||', [['e']]],
  ]);
  expect(wordsOf('')).toEqual([]);
  expect(wordsOf('a;')).toEqual([[';', [['a']]]]);
  expect(wordsOf('a |')).toEqual({ ok: false, problem: 'empty', text: '|' });
  expect(wordsOf('&& a')).toEqual({ ok: false, problem: 'empty', text: '&&' });
  expect(wordsOf('a > file')).toEqual({ ok: false, problem: 'operator', text: '>' });
  expect(wordsOf(`a 'b`)).toEqual({ ok: false, problem: 'quote', text: "'" });
});

test('the word under the caret is known with what stands before it', () => {
  expect(partialOf('docker compose lo')).toMatchObject({ words: ['docker', 'compose'], text: 'lo', start: 15 });
  expect(partialOf('curl ')).toMatchObject({ words: ['curl'], text: '', start: 5 });
  expect(partialOf('curl x | gr')).toMatchObject({ words: [], text: 'gr', isAfterPipe: true });
  expect(partialOf(`psql -c 'sel`)).toMatchObject({ words: ['psql', '-c'], text: 'sel', start: 8, quote: "'" });
});

test('any word survives being quoted; no line makes the reader throw', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), (words) => {
      expect(wordsOf(words.map(quoted).join(' '))).toEqual([[';', [words]]]);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...`ab '"\\|&;<>#\n`) }), (line) => {
      readLine(line);
      const partial = partialOf(line);
      expect(partial.start).toBeLessThanOrEqual(line.length);
    }),
  );
});
