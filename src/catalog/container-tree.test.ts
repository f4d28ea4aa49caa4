import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { buildContainerTree, closureOf, type FileTree, snapshotOf } from './container-tree.ts';

const root = mkdtempSync(join(tmpdir(), 'tree-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function install(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, 'node_modules', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function pathsOf(tree: FileTree, folder = ''): string[] {
  return Object.entries(tree).flatMap(([name, entry]) =>
    'directory' in entry ? pathsOf(entry.directory, `${folder}${name}/`) : [`${folder}${name}`],
  );
}

install({
  'web/package.json': '{ "name": "web", "dependencies": { "parser": "1" }, "peerDependencies": { "not-there": "1" } }',
  'web/index.js': '',
  'web/index.d.ts': '',
  'web/index.js.map': '',
  'web/README.md': '',
  'web/test/all.js': '',
  'web/dist/test/runner.js': '',
  'web/node_modules/parser/package.json': '{ "name": "parser", "version": "1.0.0" }',
  'web/node_modules/parser/parse.cjs': '',
  'parser/package.json': '{ "name": "parser", "version": "2.0.0" }',
  'parser/parse.js': '',
  'unused/package.json': '{ "name": "unused" }',
  'fast-hash/package.json': '{ "name": "fast-hash" }',
  'fast-hash/build/Release/hash.node': '',
});

test('exactly what is needed, each version where Node finds it, and nothing that is for people', () => {
  const { folders, problems } = closureOf(['web'], root);
  expect(problems).toEqual([]);
  expect(pathsOf(snapshotOf(folders, root)).sort()).toEqual([
    'node_modules/web/dist/test/runner.js',
    'node_modules/web/index.js',
    'node_modules/web/node_modules/parser/package.json',
    'node_modules/web/node_modules/parser/parse.cjs',
    'node_modules/web/package.json',
  ]);
});

test('an addon of machine code, and a package that is not installed, are named', () => {
  expect(closureOf(['fast-hash', 'nowhere'], root).problems).toEqual([
    "Package 'fast-hash' is an addon of machine code, which a WebContainer cannot load.",
    "Package 'nowhere', which a service needs, is not installed.",
  ]);
});

test('the bridge and the packages of a project, with what the notices must name', async () => {
  const { tree, inputs, problems } = await buildContainerTree({ cockatiel: '4.0.0' }, process.cwd());
  expect(problems).toEqual([]);
  const paths = pathsOf(tree);
  expect(paths).toContain('loadbearing/bridge.mjs');
  expect(paths).toContain('node_modules/cockatiel/package.json');
  expect(inputs).toContain('node_modules/cockatiel/package.json');
  expect(inputs.some((path) => path.startsWith('node_modules/yaml/'))).toBe(true);
});
