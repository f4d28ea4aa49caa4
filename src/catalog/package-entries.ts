/** Which import specifiers a sandbox may use for its packages: each package's name and the subpaths it exports. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PackageEntries {
  readonly specifiers: readonly string[];
  readonly problems: readonly string[];
}

export function packageEntries(names: readonly string[], root: string): PackageEntries {
  const specifiers: string[] = [];
  const problems: string[] = [];
  for (const name of [...names].sort()) {
    const file = join(root, 'node_modules', name, 'package.json');
    if (!existsSync(file)) {
      problems.push(
        `Package '${name}' is not installed. Run \`npm install --save-dev --save-exact ${name}\` in the project folder.`,
      );
      continue;
    }
    specifiers.push(name, ...subpaths(name, JSON.parse(readFileSync(file, 'utf8')).exports));
  }
  return { specifiers, problems };
}

/** `cockatiel/x` for each subpath of the exports field that is code; patterns are left out. */
function subpaths(name: string, exports: unknown): string[] {
  if (typeof exports !== 'object' || exports === null) return [];
  return Object.keys(exports)
    .filter((key) => key.startsWith('./') && !key.includes('*') && !/\.(json|css|d\.ts)$/.test(key))
    .map((key) => name + key.slice(1));
}
