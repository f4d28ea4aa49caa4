/** Modules that are a few lines each: tty, worker_threads, module, constants. */
import { codes, missing } from './errors.ts';

export const tty = {
  isatty: () => false,
  ReadStream: () => missing('tty.ReadStream', 'A container without a terminal has pipes: process.stdin.'),
  WriteStream: () => missing('tty.WriteStream', 'A container without a terminal has pipes: process.stdout.'),
};

export const workerThreads = {
  isMainThread: true,
  parentPort: null,
  workerData: null,
  threadId: 0,
  resourceLimits: {},
  SHARE_ENV: Symbol.for('nodejs.worker_threads.SHARE_ENV'),
  Worker: class Worker {
    constructor() {
      missing('worker_threads.Worker', 'Start another service or replica in compose.yaml.');
    }
  },
};

type Require = (specifier: string, from: string) => unknown;
let graph: { readonly require: Require; readonly resolve: (specifier: string, from: string) => string } | null = null;

/** Until the process has its module graph, `createRequire` finds built-ins alone. */
export function useRequire(require: Require, resolve: (specifier: string, from: string) => string): void {
  graph = { require, resolve };
}

export function createModuleModule(builtinNames: readonly string[], builtin: (name: string) => unknown): any {
  const isBuiltin = (name: string) => builtinNames.includes(name.replace(/^node:/, ''));
  const createRequire = (from: any) => {
    const path = pathOf(from);
    const require = (name: string) =>
      graph === null ? builtin(name.replace(/^node:/, '')) : graph.require(checked(name), path);
    const resolve = (name: string) => graph?.resolve(checked(name), path) ?? name;
    return Object.assign(require, { resolve, cache: {} });
  };
  const Module: any = function Module() {
    missing('new Module', 'Import modules with import.');
  };
  return Object.assign(Module, { Module, builtinModules: [...builtinNames], isBuiltin, createRequire });
}

function checked(name: unknown): string {
  if (typeof name !== 'string') throw new codes.ERR_INVALID_ARG_TYPE('id', 'string', name);
  if (name === '') throw new codes.ERR_INVALID_ARG_VALUE('id', name, 'must be a non-empty string');
  return name;
}

function pathOf(from: any): string {
  const text = typeof from === 'string' || from instanceof URL ? `${from}` : '';
  if (text.startsWith('file://')) return decodeURIComponent(new URL(text).pathname);
  if (text.startsWith('/')) return text;
  throw new codes.ERR_INVALID_ARG_VALUE(
    'filename',
    from,
    'must be a file URL object, file URL string, or absolute path string',
  );
}
