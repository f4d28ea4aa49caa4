/**
 * What is mounted into a WebContainer for a sandbox: the packages that its services depend on, as they are installed
 * here, and the bridge with the local engine's programs. Nothing is installed inside. The project's own files are not
 * part of it: they are the learner's, and go the way that edits go.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as esbuild from 'esbuild';

/** As `FileSystemTree` of @webcontainer/api. */
export interface FileTree {
  [name: string]: { directory: FileTree } | { file: { contents: string } };
}

export interface ContainerTree {
  readonly tree: FileTree;
  /** Paths of what went in, relative to the project folder; for the third-party notices. */
  readonly inputs: readonly string[];
  /** Sentences about packages that cannot run there. */
  readonly problems: readonly string[];
}

/**
 * The Node that is asked for. StackBlitz's own is 20 unless the package.json at the root names 22.22.0
 * (stackblitz/webcontainer-core#560, January 2026); the programs run on either.
 */
const NODE = '22.22.0';

/** @param dependencies as the package.json files of the services have them */
export async function buildContainerTree(
  dependencies: Readonly<Record<string, string>>,
  root: string,
): Promise<ContainerTree> {
  const programs = await bundlePrograms(root);
  const { folders, problems } = closureOf(Object.keys(dependencies), root);
  const tree: FileTree = {
    ...snapshotOf(folders, root),
    'package.json': file(JSON.stringify({ private: true, type: 'module', engines: { node: NODE } })),
    loadbearing: { directory: Object.fromEntries(programs.files.map(([name, text]) => [name, file(text)])) },
  };
  // One file stands for its package.
  const inputs = [...programs.inputs, ...folders.map((folder) => `${relative(root, folder)}/package.json`)];
  return { tree, inputs, problems };
}

const PROGRAMS = {
  'bridge.mjs': 'src/engines/webcontainer/bridge.ts',
  'preload.mjs': 'src/engines/local/guest/preload.ts',
  'hooks.mjs': 'src/engines/local/guest/hooks.ts',
  'image-program.mjs': 'src/engines/local/servers/image-program.ts',
} as const;

interface Programs {
  readonly files: readonly (readonly [name: string, text: string])[];
  readonly inputs: readonly string[];
}

let programs: Promise<Programs> | null = null;

/** Bundled once a process: they are the same for every sandbox. */
function bundlePrograms(root: string): Promise<Programs> {
  programs ??= Promise.all(
    Object.entries(PROGRAMS).map(async ([name, entry]) => {
      const result = await esbuild.build({
        entryPoints: [join(root, entry)],
        absWorkingDir: root,
        bundle: true,
        write: false,
        metafile: true,
        minify: true,
        keepNames: true,
        format: 'esm',
        platform: 'node',
        target: 'node20',
        legalComments: 'none',
        // Programs that can also be run by themselves must not do so inside another.
        define: { 'import.meta.main': 'false' },
        // For packages that are CommonJS and require what Node has.
        banner: {
          js: `import{createRequire as $require}from'node:module';const require=$require(import.meta.url);`,
        },
        logLevel: 'silent',
      });
      return { name, text: result.outputFiles[0]!.text, inputs: Object.keys(result.metafile.inputs) };
    }),
  ).then((built) => ({
    files: built.map(({ name, text }) => [name, text] as const),
    inputs: [...new Set(built.flatMap(({ inputs }) => inputs))],
  }));
  return programs;
}

/** The folders of all packages that these need, each where Node finds it from who needs it. */
export function closureOf(
  names: readonly string[],
  root: string,
): { folders: readonly string[]; problems: readonly string[] } {
  const folders = new Set<string>();
  const problems: string[] = [];
  const visit = (name: string, from: string, isOptional: boolean): void => {
    const folder = find(name, from, root);
    if (folder === null) {
      if (!isOptional)
        problems.push(`Package '${name}', which ${relative(root, from) || 'a service'} needs, is not installed.`);
      return;
    }
    if (folders.has(folder)) return;
    folders.add(folder);
    const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string> | undefined>;
    if (isNative(folder))
      problems.push(`Package '${name}' is an addon of machine code, which a WebContainer cannot load.`);
    const optional = { ...optionalDependencies };
    for (const each of Object.keys(dependencies ?? {})) visit(each, folder, each in optional);
    for (const each of Object.keys({ ...optional, ...peerDependencies })) visit(each, folder, true);
  };
  for (const name of names) visit(name, root, false);
  return { folders: [...folders].sort(), problems };
}

function find(name: string, from: string, root: string): string | null {
  for (let folder = from; folder.startsWith(root.replace(/\/$/, '')); folder = join(folder, '..')) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return found;
  }
  return null;
}

function isNative(folder: string): boolean {
  return existsSync(join(folder, 'binding.gyp')) || entriesOf(folder).some((path) => path.endsWith('.node'));
}

/** What Node can load; everything else in a package is for people. */
const LOADED = /\.(?:js|cjs|mjs|json)$/;
/** At the top of a package only: deeper down there are parts of programs with such names. */
const FOR_PEOPLE = /^(?:tests?|__tests__|docs?|examples?|benchmarks?|coverage|man|website|\.\w+)\//;

/** These packages as files below `node_modules`. */
export function snapshotOf(folders: readonly string[], root: string): FileTree {
  const tree: FileTree = {};
  for (const folder of folders)
    for (const path of entriesOf(folder)) {
      if (!LOADED.test(path) || FOR_PEOPLE.test(path) || /\.(?:test|spec)\.[cm]?js$/.test(path)) continue;
      put(tree, `${relative(root, folder)}/${path}`.split('/'), readFileSync(join(folder, path), 'utf8'));
    }
  return tree;
}

/** Files of the package itself, without the packages that lie inside. */
function entriesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.split('/').includes('node_modules'))
    .sort();
}

function put(tree: FileTree, [name, ...rest]: readonly string[], text: string): void {
  if (rest.length === 0) {
    tree[name!] = file(text);
    return;
  }
  const entry = tree[name!] ?? { directory: {} };
  tree[name!] = entry;
  if ('directory' in entry) put(entry.directory, rest, text);
}

function file(contents: string): { file: { contents: string } } {
  return { file: { contents } };
}
