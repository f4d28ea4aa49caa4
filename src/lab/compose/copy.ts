/** COPY and ADD: which project files land where in the container. */
import type { ContainerFiles } from './model.ts';
import { absolutePath, globToRegExp } from './paths.ts';
import { closest } from './problems.ts';

/** Files of a build context by path relative to it, with their project path. */
export type ContextFiles = Readonly<Record<string, { readonly source: string; readonly text: string }>>;

export type CopyResult =
  | { readonly files: ContainerFiles }
  | { readonly files: null; readonly message: string; readonly hint: string };

/**
 * Copies as Docker does: a folder's content goes into the destination; a single file takes the destination's name
 * unless that is a folder (ends with `/`, is `.`, or exists as one). Source: Dockerfile reference, COPY.
 */
export function copyFiles(
  sources: readonly string[],
  destination: string,
  from: ContextFiles,
  workdir: string,
  existing: ContainerFiles,
  contextName: string,
): CopyResult {
  const target = absolutePath(workdir, destination);
  const isFolder =
    sources.length > 1 ||
    destination.endsWith('/') ||
    destination === '.' ||
    destination.endsWith('/.') ||
    target === workdir ||
    Object.keys(existing).some((path) => path.startsWith(`${target}/`));
  const copied: Record<string, { source: string; text: string }> = {};
  for (const source of sources) {
    const name = relative(source);
    // npm's lock files say what npm installs, and here it installs nothing; a browser is not even sent them.
    if (isLockFile(name)) continue;
    const matches = name === '' ? [''] : matching(name, from);
    if (matches.length === 0) {
      const meant = closest(name, entries(from));
      return {
        files: null,
        message: `nothing to copy: there is no "${source}" in ${contextName}`,
        hint: meant
          ? `Did you mean "${meant}"?`
          : `There is: ${
              entries(from)
                .filter((e) => !e.includes('/'))
                .slice(0, 8)
                .join(', ') || 'nothing (see .dockerignore)'
            }.`,
      };
    }
    for (const match of matches) {
      const file = from[match];
      if (file !== undefined) {
        const path = isFolder || matches.length > 1 ? absolutePath(target, match.split('/').at(-1)!) : target;
        copied[path] = file;
        continue;
      }
      const prefix = match === '' ? '' : `${match}/`;
      for (const [path, inside] of Object.entries(from)) {
        if (path.startsWith(prefix)) copied[absolutePath(target, path.slice(prefix.length))] = inside;
      }
    }
  }
  return { files: copied };
}

/** The context without what .dockerignore excludes. The last matching line decides; `!` takes files back in. */
export function applyIgnore(files: ContextFiles, ignore: string): ContextFiles {
  const rules = ignore
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const isBack = line.startsWith('!');
      return { isBack, pattern: globToRegExp(relative(isBack ? line.slice(1).trim() : line)) };
    });
  const kept: Record<string, { source: string; text: string }> = {};
  for (const [path, file] of Object.entries(files)) {
    // A rule for a folder covers what is in it.
    const parts = path.split('/');
    const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    let isIgnored = false;
    for (const rule of rules) if (prefixes.some((prefix) => rule.pattern.test(prefix))) isIgnored = !rule.isBack;
    if (!isIgnored) kept[path] = file;
  }
  return kept;
}

/** Lock files never reach a container of the lab, so that it is the same whether they were sent along or not. */
export function isLockFile(path: string): boolean {
  return /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml)$/.test(path);
}

function relative(path: string): string {
  return absolutePath('/', path).slice(1);
}

/** Files and folders that a name or pattern means; a folder stands for itself. */
function matching(pattern: string, from: ContextFiles): string[] {
  const test = globToRegExp(pattern);
  return entries(from).filter((entry) => test.test(entry));
}

/** All files and folders of the context, sorted. */
function entries(from: ContextFiles): string[] {
  const all = new Set<string>();
  for (const path of Object.keys(from)) {
    const parts = path.split('/');
    for (let n = 1; n <= parts.length; n++) all.add(parts.slice(0, n).join('/'));
  }
  return [...all].sort();
}
