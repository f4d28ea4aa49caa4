/**
 * A process's module graph: Node's resolution for what a container holds, ES module evaluation order with top-level
 * await, and errors worded as Node words them plus what to do about it.
 */
import type { AsyncRuntime } from '../core/promise.ts';
import type { Builtins } from '../node/kernel.ts';
import { type CompiledModule, compileModule } from './compile.ts';
import { type Globals, moduleFactory } from './evaluate.ts';
import { type HostFiles, normalize, parentOf } from './files.ts';

/** Loads npm packages: the evaluated packages bundle. Null when the bundle has no such package. */
export type PackageLoader = (specifier: string) => { readonly exports: unknown } | null;

export interface ModuleHost {
  readonly files: HostFiles;
  readonly globals: Globals;
  readonly builtins: Builtins;
  readonly packages: PackageLoader;
  readonly runtime: AsyncRuntime & object;
  readonly Promise: PromiseConstructor;
  readonly budget: object;
  /** Modules that exist for this process alone, as `loadbearing` for checks. */
  readonly extra?: () => Readonly<Record<string, unknown>>;
}

interface Module {
  readonly path: string;
  readonly compiled: CompiledModule;
  readonly record: { exports: any; readonly id: string; readonly filename: string; loaded: boolean };
  isStarted: boolean;
  /** While its top-level await is pending. */
  pending: object | null;
  failure: { readonly error: unknown } | null;
}

export class ModuleGraph {
  private readonly host: ModuleHost;
  private readonly modules = new Map<string, Module>();

  constructor(host: ModuleHost) {
    this.host = host;
  }

  /** Evaluates the program and everything it imports; returns a promise of the process, settled when the top level is done. */
  main(path: string): object {
    return this.host.runtime.run(this.evaluate(this.module(path, null)));
  }

  /** Evaluates a text that is no file, as `node -e` does. */
  script(source: string, path: string): object {
    const module = makeModule(path, compileModule(path, source));
    this.modules.set(path, module);
    return this.host.runtime.run(this.evaluate(module));
  }

  /** Dependencies first, in import order; a module that waits is waited for before the next starts. */
  private *evaluate(module: Module): Generator<unknown, unknown, unknown> {
    if (module.failure) throw module.failure.error;
    if (module.isStarted) {
      if (module.pending) yield module.pending;
      return module.record.exports;
    }
    module.isStarted = true;
    try {
      for (const specifier of module.compiled.imports) {
        const path = this.link(specifier, module.path);
        if (path !== null) yield* this.evaluate(this.module(path, module.path)) as Generator<unknown, unknown, unknown>;
      }
      const result = this.start(module);
      if (module.compiled.hasTopLevelAwait) {
        module.pending = this.host.runtime.run(result as Generator<unknown, unknown, unknown>);
        yield module.pending;
        module.pending = null;
      }
      module.record.loaded = true;
    } catch (error) {
      module.failure = { error };
      throw error;
    }
    return module.record.exports;
  }

  /** An import is looked up before any line of its module runs. An error says which import it was. */
  private link(specifier: string, from: string): string | null {
    try {
      const path = this.fileOf(specifier, from);
      if (path === null) this.external(specifier, from);
      return path;
    } catch (error) {
      // A package that fails while it is evaluated has a stack of its own.
      if (error instanceof Error && LINK_CODES.has((error as { code?: string }).code ?? ''))
        throw Object.assign(error, { importer: from, specifier });
      throw error;
    }
  }

  private start(module: Module): unknown {
    const { path, compiled, record } = module;
    const { host } = this;
    const make = moduleFactory(compiled.code, `file://${path}`, compiled.hasTopLevelAwait);
    const body = make(host.globals) as (...args: unknown[]) => unknown;
    const require = (specifier: string) => this.require(specifier, path);
    const isModule = this.isModule(path);
    const meta = Object.freeze({
      url: `file://${path}`,
      filename: path,
      dirname: parentOf(path),
      resolve: (specifier: string) => `file://${this.fileOf(specifier, path) ?? specifier}`,
    });
    const dynamicImport = (specifier: unknown) => this.importFrom(String(specifier), path);
    return body.call(
      undefined,
      record.exports,
      isModule ? notInModules : require,
      require,
      record,
      isModule ? undefined : path,
      isModule ? undefined : parentOf(path),
      host.runtime,
      host.budget,
      meta,
      dynamicImport,
    );
  }

  /** By its ending, or by the nearest package.json; others may be either, and get what CommonJS has. */
  private isModule(path: string): boolean {
    if (/\.m[jt]s$/.test(path)) return true;
    return /\.[jt]sx?$/.test(path) && (this.manifestFor(path)?.type as unknown) === 'module';
  }

  /** For node:module's createRequire. */
  readonly requireFrom = (specifier: string, from: string): unknown => {
    try {
      return this.require(specifier, from);
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
      throw nodeError('Error', 'MODULE_NOT_FOUND', `Cannot find module '${specifier}'\nRequire stack:\n- ${from}`);
    }
  };
  /** The path of a file, or the specifier itself for all else. */
  readonly resolveFrom = (specifier: string, from: string): string => this.fileOf(specifier, from) ?? specifier;

  private require(specifier: string, from: string): unknown {
    const path = this.fileOf(specifier, from);
    if (path === null) return this.external(specifier, from);
    const module = this.module(path, from);
    if (module.failure) throw module.failure.error;
    if (!module.isStarted) {
      // A require() that is no static import: the graph below it must not wait, as Node demands of require(esm).
      if (module.compiled.hasTopLevelAwait)
        throw nodeError(
          'Error',
          'ERR_REQUIRE_ASYNC_MODULE',
          `require() cannot be used on an ESM graph with top-level await. Use import() instead. (${path})`,
        );
      module.isStarted = true;
      for (const inner of module.compiled.imports) this.require(inner, path);
      this.start(module);
      module.record.loaded = true;
    }
    return module.record.exports;
  }

  /** `import()`: a promise of the process. */
  importFrom(specifier: string, from: string): object {
    const { runtime } = this.host;
    const evaluate = this.evaluate.bind(this);
    const graph = this;
    return runtime.run(
      (function* () {
        const path = graph.fileOf(specifier, from);
        if (path === null) return namespaceOf(graph.external(specifier, from));
        return namespaceOf(yield* evaluate(graph.module(path, from)));
      })(),
    );
  }

  /** Built-ins and packages. */
  private external(specifier: string, from: string): unknown {
    const { builtins, extra, packages } = this.host;
    const own = extra?.();
    if (own && Object.hasOwn(own, specifier)) return own[specifier];
    const name = specifier.startsWith('node:') ? specifier.slice(5) : specifier;
    const builtin = builtins.builtin(name);
    if (builtin !== null && builtin !== undefined) return builtin;
    const missing = builtins.missing[name];
    if (missing !== undefined) throw nodeError('Error', 'ERR_UNSUPPORTED_IN_LAB', missing);
    if (specifier.startsWith('node:'))
      throw nodeError('Error', 'ERR_UNKNOWN_BUILTIN_MODULE', `No such built-in module: ${specifier}`);
    if (/^[a-z]+:\/\//.test(specifier))
      throw nodeError(
        'Error',
        'ERR_UNSUPPORTED_ESM_URL_SCHEME',
        `Only URLs with a scheme in: file, data, and node are supported by the default ESM loader. Received '${specifier}'`,
      );
    const found = this.isDeclared(specifier, from) ? packages(specifier) : null;
    if (found === null) throw this.packageNotFound(specifier, from);
    return withDefault(found.exports);
  }

  /** npm would have installed it only if the nearest package.json names it. */
  private isDeclared(specifier: string, from: string): boolean {
    const manifest = this.manifestFor(from);
    if (manifest === null) return true;
    return Object.hasOwn({ ...manifest.dependencies, ...manifest.optionalDependencies }, packageName(specifier));
  }

  private manifestFor(path: string): { [key: string]: Record<string, string> | undefined } | null {
    for (let folder = parentOf(path); ; folder = parentOf(folder)) {
      const text = this.host.files.readText(`${folder}/package.json`);
      if (text !== null) {
        try {
          return JSON.parse(text);
        } catch {
          return null;
        }
      }
      if (folder === '/') return null;
    }
  }

  private packageNotFound(specifier: string, from: string): Error {
    const error = nodeError(
      'Error',
      'ERR_MODULE_NOT_FOUND',
      `Cannot find package '${packageName(specifier)}' imported from ${from}`,
    );
    return Object.assign(error, {
      hint: this.isDeclared(specifier, from)
        ? `The lab has no compiled copy of '${packageName(specifier)}'. Packages are compiled when the site is built; use one that the sandbox's package.json files name.`
        : `Add "${packageName(specifier)}" to the dependencies in the service's package.json, or check the spelling.`,
    });
  }

  /** The path of a relative, absolute or file: specifier; null for built-ins and packages. Throws Node's ERR_MODULE_NOT_FOUND. */
  private fileOf(specifier: string, from: string): string | null {
    if (!/^(\.{1,2}(\/|$)|\/|file:)/.test(specifier)) return null;
    const path = specifier.startsWith('file:')
      ? normalize(specifier.replace(/^file:(\/\/)?/, ''))
      : normalize(specifier.startsWith('/') ? specifier : `${parentOf(from)}/${specifier}`);
    if (this.host.files.read(path) !== null) return path;
    throw Object.assign(
      nodeError('Error', 'ERR_MODULE_NOT_FOUND', `Cannot find module '${path}' imported from ${from}`),
      { hint: this.suggest(path) },
    );
  }

  private suggest(path: string): string {
    const { files } = this.host;
    for (const ending of ['.ts', '.js', '.mjs', '/index.ts', '/index.js'])
      if (files.read(path + ending) !== null)
        return `Node wants the file's full name in an import: write '${path.slice(path.lastIndexOf('/') + 1)}${ending}'.`;
    const typed = path.replace(/\.js$/, '.ts');
    if (typed !== path && files.read(typed) !== null) return `There is a file ${typed}: import it with its .ts ending.`;
    const folder = files.list(parentOf(path));
    return folder === null
      ? `There is no folder ${parentOf(path)}.`
      : `Files in ${parentOf(path)}: ${folder.join(', ') || 'none'}.`;
  }

  private module(path: string, from: string | null): Module {
    const known = this.modules.get(path);
    if (known) return known;
    const source = this.host.files.readText(path);
    if (source === null) {
      const by = from === null ? '' : ` imported from ${from}`;
      throw Object.assign(nodeError('Error', 'MODULE_NOT_FOUND', `Cannot find module '${path}'${by}`), {
        hint: this.suggest(path),
      });
    }
    const module = makeModule(path, compileModule(path, source));
    this.modules.set(path, module);
    return module;
  }
}

/** Node has no `require` in ES modules; what the lab compiles them to has one for imports alone. */
function notInModules(): never {
  throw new ReferenceError('require is not defined in ES module scope, you can use import instead');
}

/** Codes of errors that come from looking a module up, not from running one. */
const LINK_CODES = new Set([
  'ERR_MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_IN_LAB',
  'ERR_UNKNOWN_BUILTIN_MODULE',
  'ERR_UNSUPPORTED_ESM_URL_SCHEME',
]);

function makeModule(path: string, compiled: CompiledModule): Module {
  const record = { exports: {}, id: path, filename: path, loaded: false };
  return { path, compiled, record, isStarted: false, pending: null, failure: null };
}

/** What `import()` of a CommonJS module gives. */
function namespaceOf(exports: any): unknown {
  if (exports?.__esModule) return exports;
  // A function with properties, as node:stream and many a package: its properties are the named exports.
  const names = typeof exports === 'function' ? Object.keys(exports) : [];
  const named = Object.fromEntries(names.map((name) => [name, exports[name]]));
  return { ...(typeof exports === 'object' ? exports : named), default: exports };
}

/** A package compiled from an ES module without a default, such as @grpc/grpc-js: its default import is the whole of it, as in Node. */
function withDefault(exports: any): unknown {
  if (exports?.__esModule && !('default' in exports) && Object.isExtensible(exports))
    Object.defineProperty(exports, 'default', { value: exports, configurable: true });
  return exports;
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function nodeError(name: string, code: string, message: string): Error {
  const error = new Error(message);
  return Object.assign(error, { code, name });
}
