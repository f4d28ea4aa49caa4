/**
 * Writes what browsers fetch for the lab to public/_lab: the worker, Node's built-ins, and per sandbox and exercise
 * the files, packages and types. Names carry a hash of their content, so they can be cached for ever; manifest.json
 * alone keeps its name.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { minifySync } from 'rolldown/utils';
import { bundleBuiltins, bundleImage, bundlePackages, imageNames } from './bundle.ts';
import { type Catalog, dependenciesOf, readWhatIsRight } from './catalog.ts';
import { buildContainerTree } from './container-tree.ts';
import { leanSucrase } from './lean-sucrase.ts';
import { oneByte } from './one-byte.ts';
import { collectTypes } from './package-types.ts';
import { CatalogError, type CatalogProblem } from './problem.ts';
import type { ExerciseEntry, Manifest, PublicExercise, SandboxEntry } from './public.ts';

export interface AssetReport {
  readonly manifest: Manifest;
  /** Gzipped bytes by file of public/_lab. */
  readonly gzipBytes: Readonly<Record<string, number>>;
  /** Worker, core built-ins and the sandbox's packages: what a first Run loads at least, gzipped, by sandbox id. */
  readonly runGzipBytes: Readonly<Record<string, number>>;
  /** Paths of all modules that went into the bundles; for the third-party notices. */
  readonly modules: readonly string[];
}

export interface AssetOptions {
  /** Whether the site offers WebContainers, and so has what is mounted into them. */
  readonly hasContainers?: boolean;
}

/**
 * Builds everything into `<root>/public/_lab`. Sandboxes and exercises with problems are left out and told to
 * `onProblems`; without it they are an error.
 */
export async function buildAssets(
  root: string,
  onProblems?: (error: CatalogError) => void,
  { hasContainers = false }: AssetOptions = {},
): Promise<AssetReport> {
  const { catalog, problems } = readWhatIsRight(root);
  if (problems.length > 0) tell(new CatalogError(problems), onProblems);
  const folder = join(root, 'public', '_lab');
  const staging = `${folder}.new`;
  rmSync(staging, { recursive: true, force: true });
  const gzipBytes: Record<string, number> = {};
  const write = (path: string, text: string) => {
    const file = join(staging, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    gzipBytes[path] = gzipSync(text, { level: 9 }).length;
    return path;
  };
  const writeHashed = (path: string, text: string) => write(path.replace(/(\.\w+)$/, `.${hashOf(text)}$1`), text);

  const [worker, builtins, full] = await Promise.all([
    bundleWorker(root),
    bundleBuiltins({ isFresh: true }),
    bundleBuiltins({ variant: 'full', isFresh: true }),
  ]);
  const modules = new Set([...worker.inputs, ...full.inputs]);
  const images: Record<string, string> = {};
  for (const name of imageNames()) {
    const image = await bundleImage(name, true);
    for (const input of image.inputs) modules.add(input);
    images[name] = writeHashed(`images/${name}.js`, image.code);
  }
  const sandboxes: Record<string, SandboxEntry> = {};
  for (const sandbox of catalog.sandboxes) {
    const dependencies = dependenciesOf(sandbox, catalog.exercises);
    const packages = await bundlePackages(dependencies, root);
    for (const input of packages.inputs) modules.add(input);
    if (packages.problems.length > 0) {
      tell(new CatalogError(packages.problems.map((sentence) => packageProblem(sandbox.id, sentence))), onProblems);
    }
    const shipped = { ...sandbox, dependencies, files: withoutLocks(sandbox.files) };
    const tree = hasContainers ? await buildContainerTree(dependencies, root) : null;
    for (const input of tree?.inputs ?? []) modules.add(input);
    if (tree !== null && tree.problems.length > 0)
      tell(new CatalogError(tree.problems.map((sentence) => packageProblem(sandbox.id, sentence))), onProblems);
    sandboxes[sandbox.id] = {
      url: writeHashed(`sandboxes/${sandbox.id}.json`, JSON.stringify(shipped)),
      packages: writeHashed(`packages/${sandbox.id}.js`, packages.code),
      types: writeHashed(`types/${sandbox.id}.json`, JSON.stringify(collectTypes(Object.keys(dependencies), root))),
      locks: writeHashed(`locks/${sandbox.id}.json`, JSON.stringify(onlyLocks(sandbox.files))),
      ...(tree !== null && { tree: writeHashed(`trees/${sandbox.id}.json`, JSON.stringify(tree.tree)) }),
    };
  }
  const manifest: Manifest = {
    worker: writeHashed('worker.js', worker.code),
    builtins: writeHashed('builtins.js', builtins.code),
    fullBuiltins: writeHashed('builtins-full.js', full.code),
    images,
    frame: writeHashed('frame.html', readFileSync(join(root, 'src/engines/lab/frame.html'), 'utf8')),
    sandboxes,
    exercises: writeExercises(catalog, writeHashed),
  };
  write('manifest.json', JSON.stringify(manifest));
  // Swapped in at once, so that a page loaded meanwhile never sees half of it.
  rmSync(folder, { recursive: true, force: true });
  renameSync(staging, folder);

  const runGzipBytes = Object.fromEntries(
    Object.entries(sandboxes).map(([id, entry]) => [
      id,
      [manifest.worker, manifest.builtins, entry.packages].reduce((sum, path) => sum + gzipBytes[path]!, 0),
    ]),
  );
  return { manifest, gzipBytes, runGzipBytes, modules: [...modules].sort() };
}

function writeExercises(
  catalog: Catalog,
  writeHashed: (path: string, text: string) => string,
): Record<string, ExerciseEntry> {
  const entries: Record<string, ExerciseEntry> = {};
  for (const exercise of catalog.exercises) {
    const { rejected: _r, accepted: _a, hiddenSeeds: _h, starterFails: _s, ...rest } = exercise;
    const shipped: PublicExercise = { ...rest, starter: withoutLocks(exercise.starter) };
    entries[exercise.slug] = {
      id: exercise.id,
      sandbox: exercise.sandbox,
      url: writeHashed(`exercises/${exercise.slug}.json`, JSON.stringify(shipped)),
      locks: writeHashed(`locks/${exercise.slug}.json`, JSON.stringify(onlyLocks(exercise.starter))),
    };
  }
  return entries;
}

/**
 * What a first Run of a sandbox loads, by part, in gzipped bytes: each file's size shared out by how much of its code
 * comes from where.
 */
export async function runParts(root: string, sandboxId: string): Promise<Readonly<Record<string, number>>> {
  const { catalog } = readWhatIsRight(root);
  const sandbox = catalog.sandboxes.find(({ id }) => id === sandboxId)!;
  const bundles = await Promise.all([
    bundleWorker(root),
    bundleBuiltins(),
    bundlePackages(dependenciesOf(sandbox, catalog.exercises), root),
  ]);
  const parts: Record<string, number> = {};
  for (const { code, bytes } of bundles) {
    const whole = Object.values(bytes).reduce((sum, size) => sum + size, 0);
    const gzipped = gzipSync(code, { level: 9 }).length;
    for (const [path, size] of Object.entries(bytes)) {
      const part = partOf(path);
      parts[part] = (parts[part] ?? 0) + (size / whole) * gzipped;
    }
  }
  return Object.fromEntries(Object.entries(parts).sort((a, b) => b[1] - a[1]));
}

/** `src/lab/net`, `src/lab/node/http`, or the package's name. */
function partOf(path: string): string {
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path);
  if (inPackage !== null) return inPackage[1]!;
  const folders = path.split('/').slice(0, -1);
  return folders.slice(0, folders[2] === 'node' ? 4 : 3).join('/') || 'entry';
}

async function bundleWorker(root: string): Promise<{ code: string; inputs: string[]; bytes: Record<string, number> }> {
  const result = await esbuild.build({
    entryPoints: [join(root, 'src/engines/lab/worker.ts')],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    // A stack trace from the lab names its functions.
    keepNames: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [leanSucrase],
    logLevel: 'silent',
  });
  const [output] = Object.values(result.metafile.outputs);
  const bytes = Object.entries(output!.inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput]);
  return {
    code: minifyAgain(result.outputFiles[0]!.text),
    inputs: Object.keys(result.metafile.inputs),
    bytes: Object.fromEntries(bytes),
  };
}

/** What esbuild leaves: 4 KB of the worker's gzip. Throws when the code could not be read. */
function minifyAgain(code: string): string {
  const { code: smaller, errors } = minifySync('worker.js', code, { compress: { target: 'es2022' }, mangle: true });
  if (errors.length > 0 || smaller === '') throw new Error(`The worker could not be minified: ${errors[0]?.message}`);
  return oneByte(smaller);
}

function tell(error: CatalogError, onProblems: ((error: CatalogError) => void) | undefined): void {
  if (onProblems === undefined) throw error;
  onProblems(error);
}

/** Bundling a package that is not installed, or not bundlable, is an author's problem too. */
function packageProblem(sandbox: string, sentence: string): CatalogProblem {
  return {
    file: `sandboxes/${sandbox}`,
    expected: 'packages that can be bundled',
    found: sentence,
    next: 'Install the package in the project (devDependencies) or remove the dependency.',
  };
}

/** What `npm ci` in a container needs: for a project that is downloaded. */
function onlyLocks(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => path.endsWith('package-lock.json')));
}

function withoutLocks(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('package-lock.json')));
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
