import { expect, test } from 'vitest';
import type { Moment } from '../session/moments.ts';
import { apart, bookmarksOf, nextBookmark } from './bookmarks.ts';

const note = (atMs: number): Moment => ({ seq: atMs, kind: 'note', atMs, text: 'x' });
const ready: Moment = { seq: 1, kind: 'process', atMs: 5, endpoint: 'a-1', state: 'healthy', reason: '' };
const own = (atMs: number) => ({ atMs, kind: 'own', text: '' }) as const;

test('marks and moments stand in the order of time; a service that becomes healthy is none', () => {
  const found = bookmarksOf([ready, note(10), note(30)], [own(20)]);
  expect(found.map(({ atMs, kind }) => [atMs, kind])).toEqual([
    [10, 'note'],
    [20, 'own'],
    [30, 'note'],
  ]);
});

test('bookmarks without room between them are one; the learner’s own always stay', () => {
  const found = apart(bookmarksOf([note(10), note(12), note(40)], [own(13)]), (ms) => ms, 6);
  expect(found.map(({ atMs }) => atMs)).toEqual([10, 13, 40]);
});

test('the next bookmark is never the one where one stands', () => {
  const found = bookmarksOf([note(10), note(30)], []);
  expect(nextBookmark(found, 10, 1)?.atMs).toBe(30);
  expect(nextBookmark(found, 10, -1)).toBeNull();
  expect(nextBookmark(found, 20, -1)?.atMs).toBe(10);
  expect(nextBookmark(found, 30, 1)).toBeNull();
});
