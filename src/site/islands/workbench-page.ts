/** A page that is the workbench: mounts it at once. */
import type { Language } from '../i18n/index.ts';
import { mountWorkbench } from './workbench-mount.ts';

const body = document.querySelector<HTMLElement>('#workbench-page')!;
void mountWorkbench(body, {
  sandboxId: body.dataset.sandbox ?? '',
  exerciseId: body.dataset.forExercise,
  lang: body.dataset.lang as Language,
});
