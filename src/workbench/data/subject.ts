/** Fetches what a workbench or a figure is about from the site's own `_lab/` folder. */
import { openCatalog, type PublicExercise } from '../../catalog/client.ts';
import type { Files } from '../session/project.ts';
import type { Subject } from '../session/subject.ts';

export interface SubjectQuery {
  readonly sandboxId?: string;
  /** Slug, as `d14-breaker`; it names its sandbox. */
  readonly exerciseId?: string;
  readonly base: string;
}

/** Rejects with a sentence for the reader when there is no such sandbox or exercise. */
export async function loadSubject({ sandboxId, exerciseId, base }: SubjectQuery): Promise<Subject> {
  const catalog = openCatalog(base);
  const exercise: PublicExercise | null = exerciseId === undefined ? null : await catalog.exercise(exerciseId);
  const id = exercise?.sandbox ?? sandboxId;
  if (id === undefined) throw new Error('Neither a sandbox nor an exercise was named.');
  const [sandbox, packagesUrl] = await Promise.all([catalog.sandbox(id), catalog.packagesUrl(id)]);
  const load = exercise?.load ?? sandbox.load;
  return {
    key: exercise === null ? `sandbox:${id}` : `exercise:${exercise.slug}`,
    sandboxId: id,
    title: exercise?.title ?? sandbox.title,
    files: exercise?.starter ?? sandbox.files,
    editable: exercise?.editable ?? null,
    exercise,
    packagesUrl,
    loadLocks: () => catalog.locks(exercise === null ? { sandbox: id } : { exercise: exercise.slug }),
    ...(load === undefined ? {} : { load }),
  };
}

/** d.ts files for the editor, by path as `node_modules/express/index.d.ts`. */
export function loadTypes(sandboxId: string, base: string): Promise<Files> {
  return openCatalog(base).types(sandboxId);
}
