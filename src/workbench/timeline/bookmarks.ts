/** What the time axis marks: faults, crashes, notes, failed checks and what the learner has marked. */
import { isBookmark, type Moment } from '../session/moments.ts';
import type { Mark } from '../session/past.ts';

export type Bookmark =
  | { readonly atMs: number; readonly kind: Moment['kind']; readonly moment: Moment }
  | { readonly atMs: number; readonly kind: Mark['kind']; readonly mark: Mark };

export function bookmarksOf(moments: readonly Moment[], marks: readonly Mark[]): readonly Bookmark[] {
  const found: Bookmark[] = [
    ...moments.filter(isBookmark).map((moment) => ({ atMs: moment.atMs, kind: moment.kind, moment })),
    ...marks.map((mark) => ({ atMs: mark.atMs, kind: mark.kind, mark })),
  ];
  return found.sort((a, b) => a.atMs - b.atMs);
}

/** Those that have room: one that lies too near to the one before is left to it. What the learner marked always stays. */
export function apart(
  bookmarks: readonly Bookmark[],
  x: (ms: number) => number,
  distancePx: number,
): readonly Bookmark[] {
  const shown: Bookmark[] = [];
  for (const each of bookmarks) {
    const last = shown.at(-1);
    if (last === undefined || each.kind === 'own' || x(each.atMs) - x(last.atMs) >= distancePx) shown.push(each);
  }
  return shown;
}

/** The next bookmark in a direction; null when there is none. */
export function nextBookmark(bookmarks: readonly Bookmark[], atMs: number, direction: 1 | -1): Bookmark | null {
  // Moments are whole microseconds; half of one is no difference.
  const found =
    direction > 0
      ? bookmarks.find((each) => each.atMs > atMs + 0.0005)
      : bookmarks.findLast((each) => each.atMs < atMs - 0.0005);
  return found ?? null;
}
