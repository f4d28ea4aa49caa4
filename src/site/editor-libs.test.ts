import { expect, test } from 'vitest';
import { reachedFrom } from './editor-libs.ts';

const files = {
  'lib.esnext.d.ts': '/// <reference lib="es5" />\n/// <reference lib="esnext.array" />',
  'lib.es5.d.ts': '/// <reference lib="decorators" />',
  'lib.esnext.array.d.ts': '/// <reference lib="es5" />',
  'lib.decorators.d.ts': '',
  'lib.dom.d.ts': '/// <reference lib="es5" />',
};

test('a library brings what it refers to, once, and nothing else', () => {
  expect(Object.keys(reachedFrom('lib.esnext.d.ts', files)).sort()).toEqual([
    'lib.decorators.d.ts',
    'lib.es5.d.ts',
    'lib.esnext.array.d.ts',
    'lib.esnext.d.ts',
  ]);
});

test('a library that Monaco no longer has stops the build', () => {
  expect(() => reachedFrom('lib.esnext.d.ts', { 'lib.esnext.d.ts': '/// <reference lib="es9" />' })).toThrow(
    "Monaco's TypeScript has no lib.es9.d.ts",
  );
});
