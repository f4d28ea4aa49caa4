/** All sandboxes and exercises of the project. */
import { join } from 'node:path';
import { readExercise } from './exercise.ts';
import { folderNames } from './folder.ts';
import { dependenciesIn } from './packages.ts';
import { CatalogError, type CatalogProblem } from './problem.ts';
import { readSandbox } from './sandbox.ts';
import type { Exercise, Sandbox } from './types.ts';

export interface Catalog {
  readonly sandboxes: readonly Sandbox[];
  readonly exercises: readonly Exercise[];
}

/** Reads sandboxes/ and exercises/ below `root`. Throws one CatalogError with every problem found. */
export function readCatalog(root: string): Catalog {
  const { catalog, problems } = readWhatIsRight(root);
  if (problems.length > 0) throw new CatalogError(problems);
  return catalog;
}

/** The same, but leaves out what has problems and tells them: while an author writes, the rest must go on. */
export function readWhatIsRight(root: string): {
  readonly catalog: Catalog;
  readonly problems: readonly CatalogProblem[];
} {
  const problems: CatalogProblem[] = [];
  /** Reads one folder; whether it was right is known by its problems. */
  const look = <T>(read: (found: CatalogProblem[]) => T): { readonly item: T; readonly isRight: boolean } => {
    const found: CatalogProblem[] = [];
    const item = read(found);
    problems.push(...found);
    return { item, isRight: found.length === 0 };
  };
  const sandboxes = folderNames(join(root, 'sandboxes')).map((id) =>
    look((found) => readSandbox(join(root, 'sandboxes', id), root, found)),
  );
  const everySandbox = sandboxes.map(({ item }) => item);
  const rightSandboxes = sandboxes.flatMap(({ item, isRight }) => (isRight ? [item] : []));
  const slugById = new Map<string, string>();
  const exercises = folderNames(join(root, 'exercises')).map((slug) =>
    look((found) => {
      const exercise = readExercise(join(root, 'exercises', slug), root, everySandbox, found);
      const other = slugById.get(exercise.id);
      if (other !== undefined && exercise.id !== '') {
        found.push({
          file: `exercises/${slug}/exercise.yaml`,
          expected: 'an id of its own',
          found: `${exercise.id}, which is ${other}’s`,
          next: 'Give it the drill’s number in the curriculum.',
        });
      }
      slugById.set(exercise.id, slug);
      return exercise;
    }),
  );
  // An exercise on a broken sandbox is not itself wrong, but nothing can be done with it.
  const rightExercises = exercises.flatMap(({ item, isRight }) =>
    isRight && rightSandboxes.some(({ id }) => id === item.sandbox) ? [item] : [],
  );
  return { catalog: { sandboxes: rightSandboxes, exercises: rightExercises }, problems };
}

/**
 * What the packages bundle of a sandbox must contain: what its services declare and what the designs of its exercises
 * add, so that a learner who follows a hint finds the package there.
 */
export function dependenciesOf(sandbox: Sandbox, exercises: readonly Exercise[]): Record<string, string> {
  const problems: CatalogProblem[] = [];
  const folders = [sandbox.files];
  for (const exercise of exercises) {
    if (exercise.sandbox !== sandbox.id) continue;
    folders.push(
      exercise.starter,
      exercise.solution,
      ...[...exercise.rejected, ...exercise.accepted].map((design) => design.files),
    );
  }
  const dependencies = dependenciesIn(folders, (file) => `${sandbox.id} (with its exercises): ${file}`, problems);
  if (problems.length > 0) throw new CatalogError(problems);
  return dependencies;
}
