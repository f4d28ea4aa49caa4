/** The d.ts files that the editor needs to know what services import: found by TypeScript itself, so none is missing or extra. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** The npm package `buffer` stands under the lab's own built-ins; services mean Node's. */
const shadowed = /node_modules\/(buffer|events|string_decoder)\//;

/** Parts of Node's types that no service in the lab can use, and that are a third of their bytes. */
const leftOut =
  /@types\/node\/(inspector|inspector\.generated|inspector\/.*|quic|wasi|sea|sqlite|test|test\/.*|repl|trace_events|v8|vm|cluster|domain|tty|readline|readline\/promises|child_process|dgram|http2|tls|https|worker_threads)\.d\.ts$/;

/**
 * Text by path as `node_modules/@types/express/index.d.ts`, with each package's package.json cut down to what module
 * resolution reads. `names` are packages installed in `root`; Node's own types are always among the result.
 */
export function collectTypes(names: readonly string[], root: string): Record<string, string> {
  const entry = join(root, '__types-entry.ts');
  const text = names.map((name) => `import '${name}';`).join('\n');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
    skipLibCheck: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (path, ...rest) =>
    path === entry ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2022) : getSourceFile(path, ...rest);
  host.fileExists = (path) => path === entry || (!leftOut.test(path) && fileExists(path));
  host.readFile = (path) => (path === entry ? text : readFile(path));
  host.getCurrentDirectory = () => root;
  const program = ts.createProgram([entry], options, host);

  const files: Record<string, string> = {};
  for (const file of program.getSourceFiles()) {
    if (!file.fileName.includes('node_modules') || program.isSourceFileDefaultLibrary(file)) continue;
    if (leftOut.test(file.fileName) || shadowed.test(file.fileName)) continue;
    add(files, root, file.fileName, withoutComments(file.text));
    const manifest = packageJsonOf(file.fileName);
    if (manifest !== null) add(files, root, manifest, resolutionFields(manifest));
  }
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function add(files: Record<string, string>, root: string, path: string, text: string): void {
  files[relative(root, path).replaceAll('\\', '/')] = text;
}

function packageJsonOf(path: string): string | null {
  for (let folder = dirname(path); !folder.endsWith('node_modules'); folder = dirname(folder)) {
    const candidate = join(folder, 'package.json');
    // Some packages mark folders with a bare { "type": … }; only the one with a name is the package's.
    if (existsSync(candidate) && JSON.parse(readFileSync(candidate, 'utf8')).name !== undefined) return candidate;
    if (folder === dirname(folder)) return null;
  }
  return null;
}

function resolutionFields(path: string): string {
  const { name, version, types, typings, main, exports, type } = JSON.parse(readFileSync(path, 'utf8'));
  return JSON.stringify({ name, version, type, main, types, typings, exports });
}

/** Licence headers and long manuals go; the first sentences of a doc comment stay, because the editor shows them. */
function withoutComments(text: string): string {
  return text
    .replace(/\/\*\*[\s\S]*?\*\//g, (comment) => (comment.length <= 600 ? comment : ''))
    .replace(/^\s*\/\/(?!\/).*$/gm, '')
    .replace(/\n{2,}/g, '\n');
}
