/** Which lessons were read and which drills passed. One key in localStorage; other tabs hear of changes. */
import { keep, keptJson } from './storage.ts';

export interface Progress {
  /** By lesson number, as `5.3`. */
  readonly lessons: readonly string[];
  /** By exercise, as `d14-breaker`. */
  readonly drills: readonly string[];
}

const key = 'progress';
const changed = 'loadbearing:progress';

export function progress(): Progress {
  const value = keptJson(key) as Partial<Record<keyof Progress, unknown>> | null | undefined;
  return { lessons: strings(value?.lessons), drills: strings(value?.drills) };
}

export function setLessonRead(lesson: string, isRead: boolean): void {
  const now = progress();
  save({ ...now, lessons: isRead ? union(now.lessons, lesson) : now.lessons.filter((each) => each !== lesson) });
}

export function setDrillPassed(exercise: string): void {
  const now = progress();
  save({ ...now, drills: union(now.drills, exercise) });
}

/** Calls at once and after every change, here or in another tab. */
export function onProgress(listener: (now: Progress) => void): void {
  listener(progress());
  document.addEventListener(changed, () => listener(progress()));
  window.addEventListener('storage', (event) => {
    if (event.key === `loadbearing:${key}` || event.key === null) listener(progress());
  });
}

function save(next: Progress): void {
  keep(key, JSON.stringify(next));
  document.dispatchEvent(new CustomEvent(changed));
}

function union(list: readonly string[], item: string): readonly string[] {
  return list.includes(item) ? list : [...list, item];
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
