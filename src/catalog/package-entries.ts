/** Which import specifiers a sandbox may use for its packages: each package's name and the subpaths it exports. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PackageEntries {
  readonly specifiers: readonly string[];
  readonly problems: readonly string[];
}

/** @param dependencies as package.json has them: an exact version must be the one that is installed */
export function packageEntries(dependencies: Readonly<Record<string, string>>, root: string): PackageEntries {
  const specifiers: string[] = [];
  const problems: string[] = [];
  for (const [name, wanted] of Object.entries(dependencies).sort()) {
    const file = join(root, 'node_modules', name, 'package.json');
    if (!existsSync(file)) {
      problems.push(
        `Package '${name}' is not installed. Run \`npm install --save-dev --save-exact ${name}\` in the project folder.`,
      );
      continue;
    }
    const { version, exports } = JSON.parse(readFileSync(file, 'utf8'));
    if (/^\d+\.\d+\.\d+$/.test(wanted) && wanted !== version) {
      problems.push(
        `Package '${name}' is wanted as ${wanted}, but ${version} is installed. Use the same version in both.`,
      );
    }
    specifiers.push(name, ...subpaths(name, exports));
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
