/** Grading on Node: the lab's programs for a sandbox, and one design run with one seed. */
import { bundlePrograms } from '../catalog/bundle.ts';
import { type Catalog, dependenciesOf, readCatalog } from '../catalog/catalog.ts';
import type { Exercise } from '../catalog/types.ts';
import { serversIn } from '../lab/images/facts.ts';
import { checkHosts, type Programs, runSeed, type SeedRun } from '../lab/index.ts';
import { useNodeScripts } from './node-scripts.ts';
import { projectFolder } from './project-folder.ts';

export class Grader {
  readonly catalog: Catalog;
  private readonly programs = new Map<string, Promise<Programs>>();

  constructor(root = projectFolder) {
    this.catalog = readCatalog(root);
    useNodeScripts();
  }

  /** The exercise by folder name, by the number at its front (`d14`), or by id (`D14`). */
  exercise(name: string): Exercise {
    const wanted = name.toLowerCase().replace(/\/$/, '').replace(/^.*\//, '');
    const found = this.catalog.exercises.find(
      ({ id, slug }) => slug === wanted || id.toLowerCase() === wanted || slug.startsWith(`${wanted}-`),
    );
    if (found !== undefined) return found;
    const names = this.catalog.exercises.map(({ slug }) => slug).join(', ');
    throw new Error(`There is no exercise "${name}". There are ${names}.`);
  }

  /** Node's built-ins and the packages of the exercise's sandbox, compiled once. */
  programsOf(exercise: Exercise): Promise<Programs> {
    const known = this.programs.get(exercise.sandbox);
    if (known !== undefined) return known;
    const { sandboxes, exercises } = this.catalog;
    const sandbox = sandboxes.find(({ id }) => id === exercise.sandbox)!;
    const made = bundlePrograms(dependenciesOf(sandbox, exercises), projectFolder, serversIn(exercise.starter));
    this.programs.set(exercise.sandbox, made);
    return made;
  }
}

/** Runs the exercise's checks once on its starter with `files` laid over it. Only editable files are taken from `files`. */
export function gradeSeed(
  exercise: Exercise,
  files: Readonly<Record<string, string>>,
  seed: number,
  programs: Programs,
): SeedRun {
  const open = checkHosts({ programs, realNowMs: () => performance.now() });
  return runSeed({ exerciseId: exercise.id, files: projectOf(exercise, files), checks: exercise.checks }, seed, open);
}

/** The starter with what was handed in laid over it; only editable files count. */
export function projectOf(exercise: Exercise, files: Readonly<Record<string, string>>): Record<string, string> {
  const handedIn = Object.entries(files).filter(([path]) => exercise.editable.includes(path));
  return { ...exercise.starter, ...Object.fromEntries(handedIn) };
}
