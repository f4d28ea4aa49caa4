import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeEdits } from './merge.ts';

const base = 'one\ntwo\nthree\nfour\nfive\nsix\n';

test('changes in different places are both taken', () => {
  expect(mergeEdits(base, base.replace('two', 'TWO'), base.replace('five', 'FIVE'))).toEqual({
    text: 'one\nTWO\nthree\nfour\nFIVE\nsix\n',
    hasConflicts: false,
  });
});

test('changes of the same line stand side by side, marked', () => {
  const { text, hasConflicts } = mergeEdits(base, base.replace('two', 'mine'), base.replace('two', 'theirs'));
  expect(hasConflicts).toBe(true);
  expect(text).toBe(base.replace('two', '<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> starter'));
});

test('one side unchanged: the other one’s text, whatever it is', () => {
  const text = fc.array(fc.constantFrom('a', 'b', '', '  c'), { maxLength: 12 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      expect(mergeEdits(before, after, before)).toEqual({ text: after, hasConflicts: false });
      expect(mergeEdits(before, before, after)).toEqual({ text: after, hasConflicts: false });
    }),
  );
});
