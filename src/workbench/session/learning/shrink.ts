/**
 * Delta debugging (Zeller and Hildebrandt, 2002): the smallest set of things that still breaks something, where leaving
 * out any single one of them no longer does. Each question costs a whole run, so the answers are bounded.
 */
export interface Shrunk<T> {
  readonly kept: readonly T[];
  /** Leaving out any one more was tried and does not break it any more. */
  readonly isMinimal: boolean;
  readonly runs: number;
}

export interface ShrinkOptions {
  /** Questions that may be asked; default 24. */
  readonly runsMax?: number;
  /** Share of the questions that are likely to be asked, 0 to 1, and the set found so far. */
  readonly onProgress?: (share: number, kept: number) => void;
}

/** `breaks` is asked for sets of `all`; that `all` itself breaks is known. */
export async function shrink<T>(
  all: readonly T[],
  breaks: (kept: readonly T[]) => Promise<boolean>,
  { runsMax = 24, onProgress = () => {} }: ShrinkOptions = {},
): Promise<Shrunk<T>> {
  let runs = 0;
  let kept = all;
  const answers = new Map<string, boolean>();
  /** null when nothing more may be asked. */
  const ask = async (set: readonly T[]): Promise<boolean | null> => {
    const key = set.map((each) => all.indexOf(each)).join();
    const known = answers.get(key);
    if (known !== undefined) return known;
    if (runs >= runsMax) return null;
    onProgress(Math.min(0.95, runs / Math.min(runsMax, questions(all.length))), kept.length);
    runs++;
    const answer = await breaks(set);
    answers.set(key, answer);
    return answer;
  };
  const done = (isMinimal: boolean): Shrunk<T> => ({ kept, isMinimal, runs });

  const alone = await ask([]);
  if (alone === null) return done(false);
  if (alone) {
    kept = [];
    return done(true);
  }
  for (let parts = 2; kept.length > 1; ) {
    const pieces = split(kept, parts);
    let found: readonly T[] | null = null;
    // The parts first, they are smaller; of two parts the complements are the parts.
    for (const candidate of parts === 2 ? pieces : [...pieces, ...pieces.map((piece) => without(kept, piece))]) {
      const answer = await ask(candidate);
      if (answer === null) return done(false);
      if (!answer) continue;
      found = candidate;
      break;
    }
    if (found !== null) {
      parts = found.length < kept.length / 2 + 1 ? 2 : Math.max(2, parts - 1);
      kept = found;
    } else if (parts >= kept.length) break;
    else parts = Math.min(kept.length, parts * 2);
  }
  return done(true);
}

/** About so many questions for `n` things of which one or two matter. */
function questions(n: number): number {
  return 1 + 2 * Math.ceil(Math.log2(n + 1)) + 2;
}

function split<T>(all: readonly T[], parts: number): readonly (readonly T[])[] {
  const pieces: T[][] = [];
  for (let i = 0; i < parts; i++) {
    const piece = all.slice(Math.floor((i * all.length) / parts), Math.floor(((i + 1) * all.length) / parts));
    if (piece.length > 0) pieces.push(piece);
  }
  return pieces;
}

function without<T>(all: readonly T[], some: readonly T[]): readonly T[] {
  return all.filter((each) => !some.includes(each));
}
