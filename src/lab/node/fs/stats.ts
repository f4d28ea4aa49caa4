/** fs.Stats and fs.Dirent. */

export class Stats {
  dev = 2049;
  mode: number;
  nlink = 1;
  uid = 0;
  gid = 0;
  rdev = 0;
  blksize = 4096;
  ino = 0;
  size: number;
  blocks: number;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  birthtimeMs: number;
  atime: Date;
  mtime: Date;
  ctime: Date;
  birthtime: Date;

  constructor(isDirectory: boolean, size: number, modifiedMs: number) {
    this.mode = isDirectory ? 0o40755 : 0o100644;
    this.size = size;
    this.blocks = Math.ceil(size / 512);
    this.atimeMs = this.mtimeMs = this.ctimeMs = this.birthtimeMs = modifiedMs;
    this.atime = new Date(modifiedMs);
    this.mtime = new Date(modifiedMs);
    this.ctime = new Date(modifiedMs);
    this.birthtime = new Date(modifiedMs);
  }
  isDirectory() {
    return (this.mode & 0o170000) === 0o40000;
  }
  isFile() {
    return (this.mode & 0o170000) === 0o100000;
  }
  isSymbolicLink() {
    return false;
  }
  isFIFO() {
    return false;
  }
  isSocket() {
    return false;
  }
  isBlockDevice() {
    return false;
  }
  isCharacterDevice() {
    return false;
  }
}

export class Dirent {
  readonly name: string;
  readonly parentPath: string;
  readonly #isDirectory: boolean;
  constructor(name: string, parentPath: string, isDirectory: boolean) {
    this.name = name;
    this.parentPath = parentPath;
    this.#isDirectory = isDirectory;
  }
  isDirectory() {
    return this.#isDirectory;
  }
  isFile() {
    return !this.#isDirectory;
  }
  isSymbolicLink() {
    return false;
  }
}
