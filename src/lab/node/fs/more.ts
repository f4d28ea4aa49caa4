/** What the full built-ins add to node:fs: watching, copying folders, walking them with opendir. */
import { codes } from '../errors.ts';
import path from '../path.ts';
import { setFiles } from './files.ts';
import { observed, unwatchFile, watch, watchFile, watching } from './watch.ts';

export function moreFiles(fs: any): void {
  setFiles(observed(__kernel.fs));
  fs.watch = (given: any, options: any, listener: any) => watch(fs, given, options, listener);
  fs.watchFile = (given: any, options: any, listener: any) => watchFile(fs, given, options, listener);
  fs.unwatchFile = unwatchFile;
  fs.promises.watch = (given: any, options: any) => watching(fs, given, options);
  fs.Dir = Dir;
  forms(fs, 'opendir', (given) => new Dir(fs, given));
  forms(fs, 'cp', (from, to, options) => copy(fs, from, to, options ?? {}));
}

/** Three forms of one function, as index.ts makes them. */
function forms(fs: any, name: string, run: (...args: any[]) => unknown): void {
  fs[`${name}Sync`] = run;
  fs.promises[name] = (...args: any[]) =>
    new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          resolve(run(...args));
        } catch (error) {
          reject(error);
        }
      });
    });
  fs[name] = (...args: any[]) => {
    const callback = args.pop();
    if (typeof callback !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('cb', 'Function', callback);
    fs.promises[name](...args).then(
      (value: unknown) => process.nextTick(callback, null, value),
      (error: unknown) => process.nextTick(callback, error),
    );
  };
}

class Dir {
  readonly path: string;
  #entries: any[];
  constructor(fs: any, given: any) {
    this.path = `${given}`;
    this.#entries = fs.readdirSync(given, { withFileTypes: true });
  }
  readSync(): any {
    return this.#entries.shift() ?? null;
  }
  read(callback?: any): any {
    if (callback === undefined) return new Promise((resolve) => setImmediate(() => resolve(this.readSync())));
    setImmediate(() => callback(null, this.readSync()));
    return undefined;
  }
  closeSync(): void {
    this.#entries = [];
  }
  close(callback?: any): any {
    this.closeSync();
    if (callback === undefined) return Promise.resolve();
    setImmediate(callback);
    return undefined;
  }
  async *entries(): AsyncGenerator<any> {
    for (let entry = await this.read(); entry !== null; entry = await this.read()) yield entry;
  }
  [Symbol.asyncIterator](): AsyncGenerator<any> {
    return this.entries();
  }
}

function copy(fs: any, from: any, to: any, options: any): void {
  const { recursive = false, force = true, errorOnExist = false, filter } = options;
  if (filter && !filter(from, to)) return;
  const source = fs.statSync(from);
  if (source.isDirectory()) {
    if (!recursive) {
      throw Object.assign(
        new Error(
          `Recursive option not enabled, cannot copy a directory: cp returned EISDIR (${from} is a directory (not copied)) ${from}`,
        ),
        {
          name: 'SystemError',
          code: 'ERR_FS_EISDIR',
        },
      );
    }
    fs.mkdirSync(to, { recursive: true });
    for (const name of fs.readdirSync(from)) copy(fs, path.join(`${from}`, name), path.join(`${to}`, name), options);
    return;
  }
  if (fs.existsSync(to) && !force) {
    if (!errorOnExist) return;
    throw Object.assign(new Error(`Target already exists: cp returned EEXIST (${to} already exists) ${to}`), {
      name: 'SystemError',
      code: 'ERR_FS_CP_EEXIST',
    });
  }
  fs.mkdirSync(path.dirname(`${to}`), { recursive: true });
  fs.copyFileSync(from, to);
}
