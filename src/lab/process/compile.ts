/**
 * A learner's file to something a process can evaluate: types and imports by sucrase (which keeps line numbers, knows
 * top-level await and takes 5 ms where TypeScript takes 20), asynchrony by lower.ts. The same code runs at build time
 * and in the browser, so both compile to the same bytes.
 */
import { transform } from 'sucrase';
import { lower } from './lower.ts';

export interface CompiledModule {
  /** Body of the module function; see evaluate.ts for the names it may use. */
  readonly code: string;
  readonly imports: readonly string[];
  readonly hasTopLevelAwait: boolean;
}

/** A file that does not compile: what, where (1-based), without the compiler's own noise. */
export class CompileError extends Error {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  constructor(message: string, file: string, line: number, column: number) {
    super(message);
    this.name = 'SyntaxError';
    this.file = file;
    this.line = line;
    this.column = column;
  }
}

const cache = new Map<string, CompiledModule>();

/** Throws a CompileError. Results are kept by path and text: replicas, restarts and seeds compile once. */
export function compileModule(path: string, source: string): CompiledModule {
  const key = `${path}\n${source}`;
  const known = cache.get(key);
  if (known) return known;
  const compiled = compile(path, source);
  if (cache.size > 500) cache.clear();
  cache.set(key, compiled);
  return compiled;
}

function compile(path: string, source: string): CompiledModule {
  if (path.endsWith('.json')) return compileJson(path, source);
  let code = source.startsWith('#!') ? `//${source}` : source;
  if (!path.endsWith('.cjs')) code = stripTypes(path, code);
  try {
    return lower(code, { guardsLoops: true, hasStaticImports: !path.endsWith('.cjs') });
  } catch (error) {
    throw syntaxError(path, error);
  }
}

function compileJson(path: string, source: string): CompiledModule {
  try {
    JSON.parse(source);
  } catch (error) {
    throw new CompileError(`${(error as Error).message} (expected JSON)`, path, 1, 1);
  }
  return { code: `module.exports = ${source};`, imports: [], hasTopLevelAwait: false };
}

function stripTypes(path: string, source: string): string {
  try {
    return transform(source, {
      transforms: /\.[cm]?ts$/.test(path) ? ['typescript', 'imports'] : ['imports'],
      disableESTransforms: true,
      preserveDynamicImport: true,
      // Node strips types one file at a time and keeps every import that is not marked `type`; so do we.
      keepUnusedImports: true,
      filePath: path,
    }).code;
  } catch (error) {
    throw syntaxError(path, error);
  }
}

function syntaxError(path: string, error: unknown): CompileError {
  const { message, loc } = error as { message: string; loc?: { line: number; column: number } };
  const at = loc ?? locate(message);
  const text = message
    .replace(/^Error transforming [^:]*: /, '')
    .replace(/\s*\(\d+:\d+\)$/, '')
    .replace(/^SyntaxError: /, '');
  return new CompileError(text, path, at.line, Math.max(1, at.column));
}

function locate(message: string): { line: number; column: number } {
  const match = /\((\d+):(\d+)\)/.exec(message);
  return match ? { line: Number(match[1]), column: Number(match[2]) } : { line: 1, column: 1 };
}
