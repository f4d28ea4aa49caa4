/** What is wrong with a project's files, for a person: found, expected, where, what to write instead. */

export interface ComposeProblem {
  readonly severity: 'error' | 'warning';
  /** What was found and what was expected. */
  readonly message: string;
  /** What to write or do instead. */
  readonly hint: string;
  /** Project path, as `compose.yaml` or `gateway/Dockerfile`. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A value and where it stands. */
export interface Placed<T> {
  readonly value: T;
  readonly at: Place;
}

/** Collects the problems of one file, so that a person sees all of them at once and not one a run. */
export class Problems {
  readonly file: string;
  readonly list: ComposeProblem[];

  constructor(file: string, list: ComposeProblem[] = []) {
    this.file = file;
    this.list = list;
  }

  /** Another file's problems, collected in the same list. */
  forFile(file: string): Problems {
    return new Problems(file, this.list);
  }

  error(at: Place, message: string, hint: string): void {
    this.add('error', at, message, hint);
  }

  warn(at: Place, message: string, hint: string): void {
    this.add('warning', at, message, hint);
  }

  private add(severity: ComposeProblem['severity'], at: Place, message: string, hint: string): void {
    // A merged fragment (<<) is read once for each service that uses it; its mistake is one mistake.
    const isKnown = this.list.some(
      (p) => p.message === message && p.file === this.file && p.line === at.line && p.column === at.column,
    );
    if (!isKnown) this.list.push({ severity, message, hint, file: this.file, line: at.line, column: at.column });
  }
}

/** One problem as text: `compose.yaml:3:5 message\n  hint`. */
export function formatProblem(problem: ComposeProblem): string {
  const label = problem.severity === 'warning' ? 'warning: ' : '';
  return `${problem.file}:${problem.line}:${problem.column} ${label}${problem.message}\n  ${problem.hint}`;
}

/** The known name nearest to a mistyped one, or null when none is near enough to be what was meant. */
export function closest(name: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  // A third of the letters wrong is still the same word; more is another word.
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** "a, b or c" */
export function oneOf(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Optimal string alignment: insert, delete, replace and swap of neighbours cost 1 each (a swap is the usual typo). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
