/** Search in all files of the project. */
import type { Files } from '../session/project.ts';

export interface FindOptions {
  readonly isCaseSensitive: boolean;
  readonly isRegExp: boolean;
}

export interface Match {
  readonly file: string;
  /** 1-based, as editors count. */
  readonly line: number;
  readonly column: number;
  /** The line, and where in it the match is: cut so that the match can be seen. */
  readonly before: string;
  readonly found: string;
  readonly after: string;
}

export type FindResult =
  /** By file name, then line. `isCut`: there are more. */
  | { readonly ok: true; readonly matches: readonly Match[]; readonly files: number; readonly isCut: boolean }
  /** The expression cannot be read; the engine's own words. */
  | { readonly ok: false; readonly reason: string };

const MATCHES_MAX = 300;
/** Of a line before the match, and of the match with what follows. */
const BEFORE_MAX = 12;
const AFTER_MAX = 120;

export function findInFiles(files: Files, query: string, { isCaseSensitive, isRegExp }: FindOptions): FindResult {
  if (query === '') return { ok: true, matches: [], files: 0, isCut: false };
  let pattern: RegExp;
  try {
    const source = isRegExp ? query : query.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    pattern = new RegExp(source, isCaseSensitive ? 'gu' : 'giu');
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
  const matches: Match[] = [];
  for (const file of Object.keys(files).sort()) {
    // Line by line: an expression that backtracks has only so much to chew on.
    for (const [index, line] of files[file]!.split('\n').entries()) {
      for (const match of line.matchAll(pattern)) {
        if (match[0] === '') continue;
        if (matches.length === MATCHES_MAX) return { ok: true, matches, files: countFiles(matches), isCut: true };
        matches.push(shown(file, index + 1, line, match.index, match[0]));
      }
    }
  }
  return { ok: true, matches, files: countFiles(matches), isCut: false };
}

function shown(file: string, line: number, text: string, index: number, found: string): Match {
  const indent = text.length - text.trimStart().length;
  const from = Math.max(Math.min(indent, index), index - BEFORE_MAX);
  const end = index + found.length;
  return {
    file,
    line,
    column: index + 1,
    before: `${from > indent ? '…' : ''}${text.slice(from, index)}`,
    found: found.slice(0, AFTER_MAX),
    after: text.slice(end, index + AFTER_MAX),
  };
}

function countFiles(matches: readonly Match[]): number {
  return new Set(matches.map(({ file }) => file)).size;
}
