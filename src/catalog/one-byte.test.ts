import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oneByte } from './one-byte.ts';

// biome-ignore lint/security/noGlobalEval: the question is whether both texts mean the same
const evaluated = (code: string): unknown => eval?.(code);

test('strings, templates and regular expressions mean the same, and no character is beyond Latin-1', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const literal = JSON.stringify(text);
      const template = `\`${text.replace(/[\\`$]/g, '\\$&').replaceAll('\r', '\\r')}\``;
      for (const code of [literal, template]) {
        expect(evaluated(oneByte(code))).toBe(evaluated(code));
        expect(oneByte(code)).toMatch(/^[\0-\xff]*$/);
      }
    }),
  );
  for (const flags of ['', 'u', 'v'])
    for (const found of ['é', '—', '中', '😀']) {
      const pattern = evaluated(oneByte(`/^[é—中😀]+$/${flags}`)) as RegExp;
      expect(pattern.test(found)).toBe(true);
      expect(pattern.test('x')).toBe(false);
    }
  expect(evaluated(oneByte('(() => { const Größe中 = 2; return Größe中; })() // 中'))).toBe(2);
});

test('a text whose raw characters a program sees stays as it is', () => {
  const code = 'String.raw`中\\n`';
  expect(oneByte(code)).toBe(code);
});
