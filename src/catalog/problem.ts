/** What is wrong with a sandbox or an exercise, told to its author: where, what was expected, what was found, what to do. */
export interface CatalogProblem {
  /** Path from the project's root. */
  readonly file: string;
  readonly line?: number;
  readonly expected: string;
  readonly found: string;
  /** What to write or do instead, as a sentence. */
  readonly next: string;
}

/** Thrown with every problem found, so that an author mends them in one go. */
export class CatalogError extends Error {
  readonly problems: readonly CatalogProblem[];
  constructor(problems: readonly CatalogProblem[]) {
    super(problems.map(describe).join('\n\n'));
    this.name = 'CatalogError';
    this.problems = problems;
  }
}

function describe(problem: CatalogProblem): string {
  const where = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`;
  return `${where}\n  expected: ${problem.expected}\n  found:    ${problem.found}\n  ${problem.next}`;
}

/** "a, b or c" */
export function either(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? 'nothing';
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** " Did you mean x?", when one of the names is close to what was written; else nothing. */
export function didYouMean(written: string, names: readonly string[]): string {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(written.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best === undefined ? '' : ` Did you mean “${best}”?`;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, replace));
    }
    row = next;
  }
  return row[b.length]!;
}
