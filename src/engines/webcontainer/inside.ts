/**
 * A WebContainer as a machine for the local engine. What its documentation does not promise is not used: one loopback
 * address, three descriptors, no groups, no SIGSTOP, no /proc, and a Node that may be too old to run TypeScript.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LEAST, type Platform } from '../local/platform.ts';

/** `folder`: where the bridge and the other programs lie, beside `node_modules`. */
export function inside(folder: string): Platform {
  // Below the folder that has the packages, so that Node finds them by walking up.
  const tmpFolder = join(folder, '../runs');
  mkdirSync(tmpFolder, { recursive: true });
  return {
    ...LEAST,
    name: 'A WebContainer',
    insteadUse: 'use the lab',
    nodeFlags: [],
    preload: pathToFileURL(join(folder, 'preload.mjs')).href,
    hooks: pathToFileURL(join(folder, 'hooks.mjs')).href,
    imageProgram: join(folder, 'image-program.mjs'),
    // Whoever ends the bridge closes its sockets, and each process ends itself then (guest/preload.ts).
    reaper: null,
    nodeModules: null,
    tmpFolder,
    importModule: (url) => import(url),
  };
}
