/**
 * Third-party notices of what is really shipped to browsers: the modules that Vite put into the site and esbuild into
 * the lab's bundles, both recorded during the build (src/catalog/integration.ts). Written to dist/notices.txt.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Written by the build: absolute or root-relative paths of all modules that reached a browser bundle. */
export const shippedModulesFile = '.cache/shipped-modules.json';

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly homepage: string;
  readonly texts: readonly string[];
}

export function writeNotices(root: string): void {
  const modules = JSON.parse(readFileSync(join(root, shippedModulesFile), 'utf8')) as string[];
  // The search index's reader is copied by Pagefind itself, past the bundler.
  const search = existsSync(join(root, 'dist/pagefind')) ? [join(root, 'node_modules/pagefind/package.json')] : [];
  const packages = packagesOf(root, [...modules, ...search]);
  writeFileSync(join(root, 'dist', 'notices.txt'), render(packages));
}

/** The packages that the modules belong to, by name and version, each once. */
export function packagesOf(root: string, modules: readonly string[]): Package[] {
  const folders = new Set<string>();
  for (const module of modules) {
    const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module.replaceAll('\\', '/'))?.[0];
    if (folder !== undefined)
      folders.add(folder.startsWith('/') || /^[A-Za-z]:/.test(folder) ? folder : join(root, folder));
  }
  const byName = new Map<string, Package>();
  for (const folder of folders) {
    const found = readPackage(folder);
    if (found !== null) byName.set(`${found.name}@${found.version}`, found);
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function readPackage(folder: string): Package | null {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return null;
  const json = JSON.parse(readFileSync(path, 'utf8'));
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(licen[cs]e|copying|notice|third-?party|ofl)/i.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), 'utf8').trim());
  const license =
    typeof json.license === 'string' ? json.license : (json.license?.type ?? json.licenses?.[0]?.type ?? 'not stated');
  const repository = typeof json.repository === 'string' ? json.repository : (json.repository?.url ?? '');
  return { name: json.name, version: json.version, license, homepage: json.homepage ?? repository, texts };
}

/** The lab's built-ins do what Node's do, step by step where programs see the steps; each file names where it looked. */
const NODE = `Node.js (https://nodejs.org)
Licence: MIT

The lab's built-in modules follow the behaviour, and in places the structure, of Node's own.

Copyright Node.js contributors. All rights reserved.

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

function render(packages: readonly Package[]): string {
  const rule = '-'.repeat(80);
  const head = `Loadbearing sends parts of these ${packages.length} packages to browsers. Its own code is under the MIT licence, its lessons under CC BY 4.0.\n`;
  const entries = packages.map((entry) =>
    [`${entry.name} ${entry.version}`, `Licence: ${entry.license}`, entry.homepage, '', ...entry.texts]
      .join('\n')
      .trim(),
  );
  return [head, NODE, ...entries].join(`\n\n${rule}\n\n`).concat('\n');
}
