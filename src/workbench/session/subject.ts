/** What is opened in the workbench: a sandbox alone, or an exercise on one. */
import type { PublicExercise } from '../../catalog/public.ts';
import type { ExerciseLoad, Localized } from '../../catalog/types.ts';
import type { Files } from './project.ts';

export interface Subject {
  /** Names what is saved: `exercise:d14-breaker`, `sandbox:shop`. */
  readonly key: string;
  readonly sandboxId: string;
  readonly title: Localized;
  readonly files: Files;
  /** null when every file may be edited. */
  readonly editable: readonly string[] | null;
  readonly exercise: PublicExercise | null;
  readonly packagesUrl: string;
  /** The package-lock.json files by path, for a download. */
  readonly loadLocks: () => Promise<Files>;
  /** What Run begins with, where the sandbox or exercise says so. */
  readonly load?: ExerciseLoad;
}
