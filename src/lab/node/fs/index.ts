/**
 * node:fs and node:fs/promises: the process's own files in memory. operations.ts has what they do; here each gets its
 * three forms. Answers come in a later event, as from Node's thread pool.
 */
import { codes, missing } from '../errors.ts';
import { validateFunction } from '../validators.ts';
import { operations } from './operations.ts';
import { Dirent, Stats } from './stats.ts';
import { ReadStream, WriteStream } from './streams.ts';

const constants = {
  F_OK: 0,
  R_OK: 4,
  W_OK: 2,
  X_OK: 1,
  COPYFILE_EXCL: 1,
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 64,
  O_EXCL: 128,
  O_TRUNC: 512,
  O_APPEND: 1024,
};

const fs: any = { constants, ...constants, Dirent, Stats, ReadStream, WriteStream };
const promises: any = { constants };

for (const [name, run] of Object.entries(operations) as [string, (...args: any[]) => any][]) {
  fs[`${name}Sync`] = (...args: any[]) => {
    const delayMs = diskDelayMs(true);
    if (delayMs > 0) __kernel.burn(Math.round(delayMs * 1000));
    return run(...args);
  };
  fs[name] = (...args: any[]) => {
    const callback = typeof args[args.length - 1] === 'function' ? args.pop() : undefined;
    validateFunction(callback, 'cb');
    checkArguments(run, args);
    later(() => run(...args), callback);
  };
  promises[name] = (...args: any[]) =>
    new Promise((resolve, reject) => {
      const { signal } = args.find((arg) => typeof arg === 'object' && arg?.signal) ?? {};
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      later(
        () => run(...args),
        (error, value) => (error ? reject(error) : resolve(value)),
      );
    });
}

/** Wrong arguments throw at once, before anything is read. */
function checkArguments(run: unknown, args: any[]): void {
  const takesPath = run !== operations.close && run !== operations.read && run !== operations.write;
  if (takesPath && args[0] === undefined) {
    throw new codes.ERR_INVALID_ARG_TYPE('path', ['string', 'Buffer', 'URL'], args[0]);
  }
}

function later(run: () => any, callback: (error: unknown, value?: any) => void): void {
  const work = () => {
    let value: any;
    try {
      value = run();
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, value);
  };
  const delayMs = diskDelayMs(false);
  if (delayMs > 0) setTimeout(work, delayMs);
  else setImmediate(work);
}

const diskDelayMs = (isSync: boolean): number => __kernel.fs.delayMs?.(isSync) ?? 0;

fs.existsSync = (path: any) => {
  try {
    operations.access(path);
    return true;
  } catch {
    return false;
  }
};
fs.exists = (path: any, callback: (exists: boolean) => void) => {
  setImmediate(() => callback(fs.existsSync(path)));
};
fs.createReadStream = (path: any, options: any) => new ReadStream(path, options);
fs.createWriteStream = (path: any, options: any) => new WriteStream(path, options);

/** What fs/promises' open gives. */
class FileHandle {
  readonly fd: number;
  constructor(fd: number) {
    this.fd = fd;
  }
  read = (...args: any[]) =>
    promises.read(this.fd, ...args).then((bytesRead: number) => ({ bytesRead, buffer: args[0] }));
  write = (...args: any[]) =>
    promises.write(this.fd, ...args).then((bytesWritten: number) => ({ bytesWritten, buffer: args[0] }));
  readFile = (options: any) => promises.readFile(this.fd, options);
  writeFile = (data: any, options: any) => promises.writeFile(this.fd, data, options);
  appendFile = (data: any, options: any) => promises.appendFile(this.fd, data, options);
  stat = () => promises.fstat(this.fd);
  sync = () => promises.fsync(this.fd);
  datasync = () => promises.fsync(this.fd);
  close = () => promises.close(this.fd);
}
const { open } = promises;
promises.open = (...args: any[]) => open(...args).then((fd: number) => new FileHandle(fd));
for (const name of ['close', 'read', 'write', 'fstat', 'fsync']) {
  Object.defineProperty(promises, name, { enumerable: false });
}

const ABSENT = [
  'watch',
  'watchFile',
  'unwatchFile',
  'symlink',
  'link',
  'readlink',
  'chown',
  'opendir',
  'cp',
  'statfs',
  'glob',
];
for (const name of ABSENT) {
  const absent = () =>
    missing(`fs.${name}`, 'The lab has files and folders in memory, without links, owners and watching.');
  fs[name] = absent;
  fs[`${name}Sync`] = absent;
  promises[name] = () => Promise.reject(errorOf(absent));
}

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

fs.promises = promises;

export { promises };
export default fs;
