/** Tab: what could come next, and how far it is the same for all. */
import type { WorkbenchSession } from '../session/session.ts';
import { commands } from './commands/index.ts';
import { FILTERS } from './filters.ts';
import { partialOf, quoted } from './words.ts';

export interface Completion {
  /** The line with as much added as is sure. */
  readonly line: string;
  /** All that fits, when it is more than one. */
  readonly choices: readonly string[];
}

/** Completes the end of `line`. */
export function complete(line: string, session: WorkbenchSession): Completion {
  const { words, text, start, isAfterPipe } = partialOf(line);
  const [name, ...rest] = words;
  const candidates =
    name === undefined
      ? isAfterPipe
        ? FILTERS
        : commands.map((command) => command.name)
      : isAfterPipe
        ? []
        : (commands.find((command) => command.name === name)?.complete?.(rest, session) ?? []);
  const fitting = [...new Set(candidates)].filter((candidate) => candidate.startsWith(text));
  if (fitting.length === 0) return { line, choices: [] };
  const common = fitting.reduce(commonStart);
  const isDone = fitting.length === 1;
  if (!isDone && common === text) return { line, choices: fitting };
  // A word that goes on, as an address or `catalog=`, takes no blank after it.
  const end = isDone && !/[/=]$/.test(common) ? ' ' : '';
  return { line: line.slice(0, start) + quoted(common) + end, choices: isDone ? [] : fitting };
}

/** The same at a tool's own prompt: words in any case, as one began to type them. */
export function completeWord(line: string, candidates: readonly string[]): Completion {
  const text = /[^\s(),;=]*$/.exec(line)![0];
  const isLower = text !== '' && text === text.toLowerCase();
  const fitting = [...new Set(candidates)]
    .filter((candidate) => candidate.toLowerCase().startsWith(text.toLowerCase()))
    .map((candidate) => (isLower && candidate === candidate.toUpperCase() ? candidate.toLowerCase() : candidate));
  if (text === '' || fitting.length === 0) return { line, choices: text === '' ? fitting : [] };
  const common = fitting.reduce(commonStart);
  const isDone = fitting.length === 1;
  if (!isDone && common.length <= text.length) return { line, choices: fitting };
  return {
    line: line.slice(0, line.length - text.length) + common + (isDone ? ' ' : ''),
    choices: isDone ? [] : fitting,
  };
}

function commonStart(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return a.slice(0, at);
}
