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
  const problems: CatalogProblem[] = [];
  const sandboxes = folderNames(join(root, 'sandboxes')).map((id) =>
    readSandbox(join(root, 'sandboxes', id), root, problems),
  );
  const exercises = folderNames(join(root, 'exercises')).map((slug) =>
    readExercise(join(root, 'exercises', slug), root, sandboxes, problems),
  );
  const ids = new Map<string, string>();
  for (const { id, slug } of exercises) {
    const other = ids.get(id);
    if (other !== undefined && id !== '') {
      problems.push({
        file: `exercises/${slug}/exercise.yaml`,
        expected: 'an id of its own',
        found: `${id}, which is ${other}’s`,
        next: 'Give it the drill’s number in the curriculum.',
      });
    }
    ids.set(id, slug);
  }
  if (problems.length > 0) throw new CatalogError(problems);
  return { sandboxes, exercises };
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
