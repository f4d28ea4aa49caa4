/**
 * Leaves out of sucrase what the lab's worker never uses, 13 KB of what a first Run loads: transforms other than
 * TypeScript and imports, the check of its options (ours are constant, and the tests run with the check), source maps
 * (lines are kept) and the printing of tokens. What is left out throws when it is called.
 */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

const UNUSED = [
  'Options',
  'computeSourceMap',
  'util/formatTokens',
  'parser/plugins/flow',
  'parser/plugins/jsx/index',
  'transformers/ESMImportTransformer',
  'transformers/FlowTransformer',
  'transformers/JSXTransformer',
  'transformers/JestHoistTransformer',
  'transformers/ReactDisplayNameTransformer',
  'transformers/ReactHotLoaderTransformer',
];

export const leanSucrase: Plugin = {
  name: 'lean-sucrase',
  setup(build) {
    const filter = new RegExp(
      `[\\\\/]sucrase[\\\\/]dist[\\\\/]esm[\\\\/](?:${UNUSED.join('|').replaceAll('/', '[\\\\/]')})\\.js$`,
    );
    build.onLoad({ filter }, ({ path }) => ({ contents: hollow(readFileSync(path, 'utf8')), loader: 'js' }));
  },
};

/** A module with the same exports and nothing in them. Options are checked by nobody. */
function hollow(source: string): string {
  const exports = [...source.matchAll(/^export (default )?(?:class|function) (\w+)/gm)].map(([, isDefault, name]) =>
    name === 'validateOptions'
      ? `export function validateOptions() {}`
      : `export ${isDefault ?? ''}function ${name}() { throw new Error("sucrase's ${name} is not part of the lab's worker."); }`,
  );
  return exports.join('\n');
}
