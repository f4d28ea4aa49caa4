import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDiff } from './line-diff.ts';

test('a changed line is one removed and one added', () => {
  expect(lineDiff('a\nb\nc', 'a\nx\nc').map((line) => `${line.sign}${line.text}`)).toEqual([' a', '-b', '+x', ' c']);
});

test('without the added lines it is the left text, without the removed ones the right', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (left, right) => {
      const lines = lineDiff(left, right);
      const without = (sign: string) =>
        lines
          .filter((line) => line.sign !== sign)
          .map((line) => line.text)
          .join('\n');
      expect(without('+')).toBe(left);
      expect(without('-')).toBe(right);
    }),
  );
});
