/**
 * The file operations, once: each is synchronous over the kernel's files and throws Node's errors. index.ts makes the
 * …Sync, callback and promise forms of them. Left out: links, permissions, watching.
 */
import { codes, fileError } from '../errors.ts';
import path from '../path.ts';
import { optionsOf, shown, toBytes, toPath } from './errors.ts';
import { files } from './files.ts';
import { Dirent, Stats } from './stats.ts';

/** Throws when the parent is no directory. */
function checkParent(target: string, syscall: string, given: unknown): void {
  const parent = files.stat(path.dirname(target));
  if (parent === null) throw fileError('ENOENT', syscall, shown(given));
  if (!parent.isDirectory) throw fileError('ENOTDIR', syscall, shown(given));
}

function parseFlags(flag: unknown): {
  read: boolean;
  write: boolean;
  append: boolean;
  exclusive: boolean;
  create: boolean;
} {
  const text = String(flag);
  if (!/^(r|rs|sr|w|wx|xw|a|ax|xa|as|sa)\+?$/.test(text)) throw new codes.ERR_INVALID_ARG_VALUE('flags', flag);
  return {
    read: text.includes('r') || text.includes('+'),
    write: !text.startsWith('r') || text.includes('+'),
    append: text.includes('a'),
    exclusive: text.includes('x'),
    create: !text.includes('r'),
  };
}

export const operations = {
  readFile(given: any, options: any): any {
    const { encoding } = optionsOf(options, { flag: 'r' });
    const target = typeof given === 'number' ? open(given).path : toPath(given);
    const bytes = files.read(target);
    if (bytes === null) {
      if (files.stat(target)?.isDirectory) throw fileError('EISDIR', 'read');
      throw fileError('ENOENT', 'open', shown(given));
    }
    const buffer = Buffer.from(bytes);
    return encoding && encoding !== 'buffer' ? buffer.toString(encoding) : buffer;
  },

  writeFile(given: any, data: any, options: any): void {
    const { encoding, flag } = optionsOf(options, { encoding: 'utf8', flag: 'w' });
    const bytes = toBytes(data, encoding);
    const target = typeof given === 'number' ? open(given).path : toPath(given);
    const flags = parseFlags(flag);
    if (files.stat(target)?.isDirectory) throw fileError('EISDIR', 'open', shown(given));
    checkParent(target, 'open', given);
    if (flags.exclusive && files.stat(target) !== null) throw fileError('EEXIST', 'open', shown(given));
    if (flags.append || typeof given === 'number') files.append(target, bytes);
    else files.write(target, bytes);
  },

  appendFile(given: any, data: any, options: any): void {
    operations.writeFile(given, data, optionsOf(options, { encoding: 'utf8', flag: 'a' }));
  },

  mkdir(given: any, options: any): string | undefined {
    const { recursive } = typeof options === 'object' && options !== null ? options : { recursive: false };
    const target = toPath(given);
    const present = files.stat(target);
    if (!recursive) {
      if (present !== null) throw fileError('EEXIST', 'mkdir', shown(given));
      checkParent(target, 'mkdir', given);
      files.mkdir(target);
      return undefined;
    }
    if (present !== null && !present.isDirectory) throw fileError('EEXIST', 'mkdir', shown(given));
    let first: string | undefined;
    let folder = '';
    for (const part of target.split('/').filter(Boolean)) {
      folder += `/${part}`;
      const stat = files.stat(folder);
      if (stat !== null && !stat.isDirectory) throw fileError('ENOTDIR', 'mkdir', shown(given));
      if (stat !== null) continue;
      files.mkdir(folder);
      first ??= folder;
    }
    return first;
  },

  readdir(given: any, options: any): any[] {
    const { encoding, withFileTypes, recursive } = optionsOf(options, { encoding: 'utf8' });
    const target = toPath(given);
    const found: { name: string; parent: string }[] = [];
    const visit = (folder: string, prefix: string) => {
      for (const name of files.list(folder) ?? []) {
        found.push({ name: prefix + name, parent: folder });
        if (recursive && files.stat(path.join(folder, name))?.isDirectory) {
          visit(path.join(folder, name), `${prefix}${name}/`);
        }
      }
    };
    if (files.list(target) === null) {
      throw fileError(files.stat(target) === null ? 'ENOENT' : 'ENOTDIR', 'scandir', shown(given));
    }
    visit(target, '');
    return found.map(({ name, parent }) => {
      const base = path.basename(name);
      if (withFileTypes) return new Dirent(base, parent, files.stat(path.join(parent, base))?.isDirectory ?? false);
      return encoding === 'buffer' ? Buffer.from(name) : name;
    });
  },

  stat(given: any, options: any): Stats | undefined {
    const stat = files.stat(toPath(given));
    if (stat !== null) return new Stats(stat.isDirectory, stat.size, stat.modifiedMs);
    if (options?.throwIfNoEntry === false) return undefined;
    throw fileError('ENOENT', 'stat', shown(given));
  },

  lstat(given: any, options: any): Stats | undefined {
    const stat = files.stat(toPath(given));
    if (stat !== null || options?.throwIfNoEntry === false) return operations.stat(given, options);
    throw fileError('ENOENT', 'lstat', shown(given));
  },

  access(given: any): void {
    if (files.stat(toPath(given)) === null) throw fileError('ENOENT', 'access', shown(given));
  },

  unlink(given: any): void {
    const target = toPath(given);
    const stat = files.stat(target);
    if (stat === null) throw fileError('ENOENT', 'unlink', shown(given));
    if (stat.isDirectory) throw fileError('EISDIR', 'unlink', shown(given));
    files.remove(target);
  },

  rmdir(given: any): void {
    const target = toPath(given);
    const names = files.list(target);
    if (names === null) throw fileError(files.stat(target) === null ? 'ENOENT' : 'ENOTDIR', 'rmdir', shown(given));
    if (names.length > 0) throw fileError('ENOTEMPTY', 'rmdir', shown(given));
    files.remove(target);
  },

  rm(given: any, options: any = {}): void {
    const target = toPath(given);
    const stat = files.stat(target);
    if (stat === null) {
      if (options?.force) return;
      throw fileError('ENOENT', 'lstat', shown(given));
    }
    if (stat.isDirectory && !options?.recursive) {
      const error: any = new Error(`Path is a directory: rm returned EISDIR (is a directory) ${shown(given)}`);
      throw Object.assign(error, { name: 'SystemError', code: 'ERR_FS_EISDIR', errno: 21, syscall: 'rm', path: given });
    }
    files.remove(target);
  },

  rename(from: any, to: any): void {
    const source = toPath(from, 'oldPath');
    const target = toPath(to, 'newPath');
    const stat = files.stat(source);
    if (stat === null || files.stat(path.dirname(target)) === null) {
      throw fileError('ENOENT', 'rename', shown(from), shown(to));
    }
    const present = files.stat(target);
    if (present?.isDirectory && !stat.isDirectory) throw fileError('EISDIR', 'rename', shown(from), shown(to));
    if (present !== null && source !== target) files.remove(target);
    files.rename(source, target);
  },

  copyFile(from: any, to: any): void {
    const bytes = files.read(toPath(from, 'src'));
    if (bytes === null) throw fileError('ENOENT', 'copyfile', shown(from), shown(to));
    checkParent(toPath(to, 'dest'), 'copyfile', to);
    files.write(toPath(to, 'dest'), bytes);
  },

  truncate(given: any, length = 0): void {
    const target = toPath(given);
    const bytes = files.read(target);
    if (bytes === null) throw fileError('ENOENT', 'open', shown(given));
    const cut = new Uint8Array(length);
    cut.set(bytes.subarray(0, length));
    files.write(target, cut);
  },

  mkdtemp(prefix: any): string {
    const chars = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
    let name = `${prefix}`;
    for (let i = 0; i < 6; i++) name += chars[Math.floor(Math.random() * chars.length)];
    operations.mkdir(name, undefined);
    return name;
  },

  realpath(given: any): string {
    const target = toPath(given);
    if (files.stat(target) === null) throw fileError('ENOENT', 'lstat', shown(given));
    return target;
  },

  chmod(given: any): void {
    operations.stat(given, undefined);
  },

  utimes(given: any): void {
    operations.stat(given, undefined);
  },

  open(given: any, flag: any = 'r'): number {
    const target = toPath(given);
    const flags = parseFlags(flag);
    const stat = files.stat(target);
    if (stat === null && !flags.create) throw fileError('ENOENT', 'open', shown(given));
    if (stat !== null && flags.exclusive) throw fileError('EEXIST', 'open', shown(given));
    if (stat?.isDirectory && flags.write) throw fileError('EISDIR', 'open', shown(given));
    if (stat === null) checkParent(target, 'open', given);
    if (stat === null || (flags.create && !flags.append)) files.write(target, new Uint8Array(0));
    let fd = 3;
    while (descriptors.has(fd)) fd++;
    descriptors.set(fd, { path: target, position: 0, isAppend: flags.append });
    return fd;
  },

  close(fd: number): void {
    open(fd, 'close');
    descriptors.delete(fd);
  },

  read(fd: number, buffer: any, offset: any = 0, length: any = buffer.byteLength, position: any = null): number {
    const file = open(fd, 'read');
    if (typeof offset === 'object' && offset !== null) {
      const { offset: at = 0, length: size = buffer.byteLength - at, position: from = null } = offset;
      return operations.read(fd, buffer, at, size, from);
    }
    const bytes = files.read(file.path);
    if (bytes === null) throw fileError('EISDIR', 'read');
    const from = typeof position === 'number' && position >= 0 ? position : file.position;
    const piece = bytes.subarray(from, from + Math.min(length, buffer.byteLength - offset));
    new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).set(piece, offset);
    if (from === file.position) file.position += piece.length;
    return piece.length;
  },

  write(fd: number, data: any, offset?: any, length?: any, position?: any): number {
    let bytes: Uint8Array;
    let at: unknown;
    if (typeof data === 'string') {
      bytes = toBytes(data, typeof length === 'string' ? length : 'utf8');
      at = offset;
    } else {
      const from = offset ?? 0;
      bytes = toBytes(data, undefined).subarray(from, from + (length ?? data.byteLength - from));
      at = position;
    }
    if (fd === 1 || fd === 2) {
      __kernel.write(fd, Buffer.from(bytes).toString());
      return bytes.length;
    }
    const file = open(fd, 'write');
    if (file.isAppend) {
      files.append(file.path, bytes);
      return bytes.length;
    }
    const before = files.read(file.path) ?? new Uint8Array(0);
    const start = typeof at === 'number' ? at : file.position;
    const after = new Uint8Array(Math.max(before.length, start + bytes.length));
    after.set(before);
    after.set(bytes, start);
    files.write(file.path, after);
    if (typeof at !== 'number') file.position = start + bytes.length;
    return bytes.length;
  },

  fstat(fd: number): Stats | undefined {
    return operations.stat(open(fd, 'fstat').path, undefined);
  },

  fsync(fd: number): void {
    open(fd, 'fsync');
  },
};

interface Descriptor {
  readonly path: string;
  position: number;
  readonly isAppend: boolean;
}

const descriptors = new Map<number, Descriptor>();

function open(fd: number, syscall = 'read'): Descriptor {
  if (typeof fd !== 'number') throw new codes.ERR_INVALID_ARG_TYPE('fd', 'number', fd);
  const found = descriptors.get(fd);
  if (found === undefined) throw fileError('EBADF', syscall);
  return found;
}
