/** The machine that this very code runs on, from the repository. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Platform } from './platform.ts';

let platform: Platform | null = null;

export function thisMachine(): Platform {
  platform ??= look();
  return platform;
}

function look(): Platform {
  const here = import.meta.dirname;
  const nodeModules = resolve(here, '../../../node_modules');
  const isWindows = process.platform === 'win32';
  return {
    name: 'The local engine',
    insteadUse: 'run this check with --engine lab',
    hasSubnet: process.platform === 'linux',
    inheritsDescriptors: true,
    hasGroups: !isWindows,
    canStop: !isWindows,
    seesMemory: existsSync('/proc/self/statm'),
    stripsTypes: true,
    nodeFlags: ['--disable-warning=ExperimentalWarning'],
    preload: pathToFileURL(join(here, 'guest/preload.ts')).href,
    hooks: pathToFileURL(join(here, 'guest/hooks.ts')).href,
    imageProgram: join(here, 'servers/image-program.ts'),
    reaper: join(here, 'reaper.ts'),
    // Beside the packages whose compiled code it keeps.
    cacheFolder: join(nodeModules, '.cache/loadbearing'),
    nodeModules,
    tmpFolder: tmpdir(),
    importModule: createRequire(import.meta.url)('./native-import.cjs') as Platform['importModule'],
  };
}
