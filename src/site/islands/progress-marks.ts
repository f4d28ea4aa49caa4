/**
 * Shows progress wherever a page speaks of lessons and drills: `[data-lesson]` and `[data-exercise]` get `data-read` and
 * `data-passed`, `[data-progress]` its sentence. Hears of passed drills from the workbench.
 */
import { onProgress, setDrillPassed } from './progress.ts';
import { storageIsBlocked } from './storage.ts';

document.addEventListener('loadbearing:verdict', (event) => {
  const { exercise, passed } = (event as CustomEvent<{ exercise?: string; passed: boolean }>).detail;
  if (passed && exercise !== undefined) setDrillPassed(exercise);
});

onProgress(({ lessons, drills }) => {
  for (const element of document.querySelectorAll<HTMLElement>('[data-lesson]'))
    element.toggleAttribute('data-read', lessons.includes(element.dataset.lesson!));
  for (const element of document.querySelectorAll<HTMLElement>('[data-exercise]'))
    element.toggleAttribute('data-passed', drills.includes(element.dataset.exercise!));
  for (const element of document.querySelectorAll<HTMLElement>('[data-progress]')) {
    const words = JSON.parse(element.dataset.progress!) as Words;
    const read = words.lessonNumbers.filter((each) => lessons.includes(each)).length;
    const passed = words.exercises.filter((each) => drills.includes(each)).length;
    const parts = [words.lessons.replace('%', String(read)), words.drills.replace('%', String(passed))];
    element.textContent = read + passed === 0 ? words.none : parts.join(' · ');
    if (storageIsBlocked()) element.textContent += ` ${words.blocked}`;
  }
});

/** Sentences with % where a number goes, and what to count. */
interface Words {
  readonly lessonNumbers: readonly string[];
  readonly exercises: readonly string[];
  readonly lessons: string;
  readonly drills: string;
  readonly none: string;
  readonly blocked: string;
}
