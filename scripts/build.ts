/**
 * Builds the site into dist/ (`npm run build`): Astro, with the lab's assets made by src/catalog/integration.ts, then
 * the third-party notices. `buildSite()` does nothing when nothing has changed since the last build.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeNotices } from './notices.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const dist = join(root, 'dist');

/** Where the site will live, as `/` or `/course/`; read by astro.config.mjs too. */
export const base = process.env.SITE_BASE ?? '/';

const stamp = join(root, '.cache', 'built');

/** Returns whether a build was needed. Throws when the build fails. */
export async function buildSite(options: { force?: boolean } = {}): Promise<boolean> {
  const inputs = fingerprint();
  const isFresh = existsSync(join(dist, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs;
  if (isFresh && options.force !== true) return false;
  rmSync(stamp, { force: true });
  await astroBuild();
  writeNotices(root);
  mkdirSync(join(root, '.cache'), { recursive: true });
  writeFileSync(stamp, inputs);
  return true;
}

function astroBuild(): Promise<void> {
  return new Promise((resolve, reject) => {
    const astro = spawn(process.execPath, ['node_modules/astro/bin/astro.mjs', 'build'], {
      cwd: root,
      stdio: 'inherit',
    });
    astro.on('error', reject);
    astro.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`The site could not be built: astro ended with ${code}.`)),
    );
  });
}

/** Names, sizes and times of everything the build reads; reading the contents too would cost more than it saves. */
function fingerprint(): string {
  const hash = createHash('sha256').update(`${base}\0${process.env.SITE_WEBCONTAINERS ?? ''}`);
  const add = (path: string) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (!stat.isDirectory()) {
      hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
      return;
    }
    for (const name of readdirSync(path).sort()) if (!isOutput(path, name)) add(join(path, name));
  };
  for (const name of [
    'src',
    'lessons',
    'sandboxes',
    'exercises',
    'public',
    'scripts',
    'astro.config.mjs',
    'package-lock.json',
  ]) {
    add(join(root, name));
  }
  return hash.digest('hex');
}

function isOutput(folder: string, name: string): boolean {
  return name === 'node_modules' || (name === '_lab' && folder === join(root, 'public'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const startMs = performance.now();
  const isBuilt = await buildSite({ force: !process.argv.includes('--if-changed') });
  if (isBuilt) console.log(`Built into dist/ in ${((performance.now() - startMs) / 1000).toFixed(1)} s.`);
}
