import { expect, test } from 'vitest';
import { inline } from './inline.ts';

test('code, strong and emphasis become elements, markup becomes text', () => {
  expect(inline('wait `<500 ms>` or **stop** *now* <b>')).toBe(
    'wait <code>&lt;500 ms&gt;</code> or <strong>stop</strong> <em>now</em> &lt;b&gt;',
  );
});

test('an apostrophe after a letter is set as one, except in code', () => {
  expect(inline("the gateway's 'wait', `can't`")).toBe("the gateway’s 'wait’, <code>can't</code>");
});

test('asterisks inside code stay', () => {
  expect(inline('`a * b * c`')).toBe('<code>a * b * c</code>');
});
