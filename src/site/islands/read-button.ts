/** A lesson is read when its reader says so. */
import { onProgress, setLessonRead } from './progress.ts';

for (const button of document.querySelectorAll<HTMLButtonElement>('button.read')) {
  const lesson = button.dataset.lesson!;
  onProgress(({ lessons }) => button.setAttribute('aria-pressed', String(lessons.includes(lesson))));
  button.addEventListener('click', () => setLessonRead(lesson, button.getAttribute('aria-pressed') !== 'true'));
}
