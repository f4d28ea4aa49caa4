/** Modules that are a few lines each: tty, worker_threads, module, constants. */
import { missing } from './errors.ts';

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

/** `createRequire` finds built-ins alone: files and packages are found by `import`. */
export function createModuleModule(builtinNames: readonly string[], builtin: (name: string) => unknown): any {
  const isBuiltin = (name: string) => builtinNames.includes(name.replace(/^node:/, ''));
  const createRequire = () => {
    const require = (name: string) => {
      const found = builtin(name.replace(/^node:/, ''));
      if (found === undefined || found === null) {
        missing(`require('${name}') through module.createRequire`, 'Import the package or file with import.');
      }
      return found;
    };
    return Object.assign(require, { resolve: (name: string) => name, cache: {} });
  };
  const Module: any = function Module() {
    missing('new Module', 'Import modules with import.');
  };
  return Object.assign(Module, { Module, builtinModules: [...builtinNames], isBuiltin, createRequire });
}
