import { expect, test } from 'vitest';
import { treeOf, visibleNodes } from './tree.ts';

const tree = treeOf([
  'compose.yaml',
  'gateway/package.json',
  'gateway/src/main.ts',
  'README.md',
  'catalog/src/main.ts',
]);
const shown = (...open: string[]) =>
  visibleNodes(tree, new Set(open)).map(({ node, level }) => `${'  '.repeat(level - 1)}${node.name}`);

test('folders come first, by name', () => {
  expect(shown()).toEqual(['catalog', 'gateway', 'README.md', 'compose.yaml']);
});

test('only unfolded folders show what is in them', () => {
  expect(shown('gateway', 'gateway/src')).toEqual([
    'catalog',
    'gateway',
    '  src',
    '    main.ts',
    '  package.json',
    'README.md',
    'compose.yaml',
  ]);
});
