/** Folders as text: what a sandbox or a design consists of. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Made by tools on an author's machine; never part of a sandbox. */
const ignored = new Set(['node_modules', '.git', '.DS_Store', 'dist', '.env.local']);

/** All text files below `folder` by path inside it, with `/`, in alphabetical order; {} when there is no such folder. */
export function readTextFiles(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  const walk = (path: string) => {
    const entries = readdirSync(join(folder, path), { withFileTypes: true });
    // By code unit, not by locale: the order reaches the lab and must be the same on every machine.
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (ignored.has(entry.name)) continue;
      const inside = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) walk(inside);
      else if (entry.isFile()) files[inside] = readFileSync(join(folder, inside), 'utf8').replaceAll('\r\n', '\n');
    }
  };
  if (existsSync(folder)) walk('');
  return files;
}

/** Names of the folders directly in `folder`, sorted; [] when there is no such folder. */
export function folderNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !ignored.has(entry.name))
    .map((entry) => entry.name)
    .sort();
}
