/**
 * Leaves out of sucrase what the lab's worker never uses, 6 KB of what a first Run loads: the check of its options
 * (ours are constant, and the tests run with the check), source maps (lines are kept) and the printing of tokens.
 */
import type { Plugin } from 'esbuild';

const REPLACED: Readonly<Record<string, string>> = {
  Options: 'export function validateOptions() {}',
  computeSourceMap: absent('computeSourceMap'),
  formatTokens: absent('formatTokens'),
};

export const leanSucrase: Plugin = {
  name: 'lean-sucrase',
  setup(build) {
    const filter =
      /[\\/]sucrase[\\/]dist[\\/](?:esm[\\/])?(?:util[\\/])?(?:Options|computeSourceMap|formatTokens)\.m?js$/;
    build.onLoad({ filter }, ({ path }) => {
      const name = /(\w+)\.m?js$/.exec(path)![1]!;
      return { contents: REPLACED[name]!, loader: 'js' };
    });
  },
};

function absent(name: string): string {
  return `export default function () { throw new Error("sucrase's ${name} is not part of the lab's worker."); }`;
}
