/**
 * A host's file system: bytes by absolute path, in memory. A replica starts with its image's files; what it writes is
 * gone with the container, as on Docker, but stays over a restart of the same container. A volume is a file system of
 * its own, mounted on a folder of one or more hosts, that outlives them all.
 */
import type { KernelFs } from '../node/kernel.ts';

interface Entry {
  /** Those of the file, and room for more behind them: a log grows by many small pieces. */
  room: Uint8Array;
  length: number;
  modifiedMs: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A tree of files by absolute path inside it. */
export class Volume {
  readonly files = new Map<string, Entry>();
  readonly directories = new Set<string>(['/']);

  get isEmpty(): boolean {
    return this.files.size === 0 && this.directories.size === 1;
  }
}

interface Mount {
  readonly target: string;
  readonly volume: Volume;
}

export class HostFiles implements KernelFs {
  private readonly root = new Volume();
  /** The deepest first. */
  private mounts: readonly Mount[] = [];
  private readonly wallMs: () => number;

  constructor(files: Readonly<Record<string, string>>, wallMs: () => number) {
    this.wallMs = wallMs;
    this.root.directories.add('/tmp');
    for (const [path, text] of Object.entries(files)) this.write(path, encoder.encode(text));
  }

  /** From now on the folder is the volume; one that is empty gets the folder's files first, as on Docker. */
  mount(folder: string, volume: Volume): void {
    const target = normalize(folder);
    this.makeDirectory(target);
    if (volume.isEmpty) {
      for (const [path, entry] of this.root.files)
        if (isBelow(path, target)) volume.files.set(path.slice(target.length), { ...entry });
      for (const path of this.root.directories)
        if (isBelow(path, target)) volume.directories.add(path.slice(target.length));
    }
    this.mounts = [...this.mounts, { target, volume }].sort((a, b) => b.target.length - a.target.length);
  }

  readText(path: string): string | null {
    const bytes = this.entry(path);
    return bytes === undefined ? null : decoder.decode(bytesOf(bytes));
  }

  paths(): string[] {
    const own = [...this.root.files.keys()].filter((path) => this.locate(path).volume === this.root);
    const mounted = this.mounts.flatMap(({ target, volume }) => [...volume.files.keys()].map((path) => target + path));
    return [...own, ...mounted];
  }

  read(path: string): Uint8Array | null {
    const entry = this.entry(path);
    return entry === undefined ? null : bytesOf(entry);
  }

  write(path: string, bytes: Uint8Array): void {
    const full = normalize(path);
    this.mkdir(parentOf(full));
    const { volume, inner } = this.locate(full);
    volume.files.set(inner, { room: bytes.slice(), length: bytes.length, modifiedMs: this.wallMs() });
  }

  append(path: string, bytes: Uint8Array): void {
    const entry = this.entry(path);
    if (entry === undefined) {
      this.write(path, bytes);
      return;
    }
    const length = entry.length + bytes.length;
    if (length > entry.room.length) {
      const room = new Uint8Array(Math.max(256, length * 2));
      room.set(bytesOf(entry));
      entry.room = room;
    }
    entry.room.set(bytes, entry.length);
    entry.length = length;
    entry.modifiedMs = this.wallMs();
  }

  remove(path: string): boolean {
    const { volume, inner } = this.locate(normalize(path));
    return volume.files.delete(inner) || (inner !== '/' && volume.directories.delete(inner));
  }

  mkdir(path: string): void {
    this.makeDirectory(normalize(path));
  }

  list(path: string): readonly string[] | null {
    const full = normalize(path);
    const { volume, inner } = this.locate(full);
    if (!volume.directories.has(inner)) return null;
    const names = new Set<string>();
    for (const other of [...volume.files.keys(), ...volume.directories])
      if (isBelow(other, inner)) names.add(other.slice(inner === '/' ? 1 : inner.length + 1).split('/')[0]!);
    return [...names].sort();
  }

  stat(path: string): { isDirectory: boolean; size: number; modifiedMs: number } | null {
    const { volume, inner } = this.locate(normalize(path));
    const entry = volume.files.get(inner);
    if (entry) return { isDirectory: false, size: entry.length, modifiedMs: entry.modifiedMs };
    return volume.directories.has(inner) ? { isDirectory: true, size: 4096, modifiedMs: 0 } : null;
  }

  rename(from: string, to: string): boolean {
    const entry = this.entry(from);
    if (!entry) return false;
    const { volume, inner } = this.locate(normalize(from));
    volume.files.delete(inner);
    this.write(to, bytesOf(entry));
    return true;
  }

  private entry(path: string): Entry | undefined {
    const { volume, inner } = this.locate(normalize(path));
    return volume.files.get(inner);
  }

  /** Where a normalised path lies. */
  private locate(full: string): { readonly volume: Volume; readonly inner: string } {
    for (const { target, volume } of this.mounts) {
      if (full === target) return { volume, inner: '/' };
      if (isBelow(full, target)) return { volume, inner: full.slice(target.length) };
    }
    return { volume: this.root, inner: full };
  }

  private makeDirectory(full: string): void {
    const { volume, inner } = this.locate(full);
    let path = inner;
    while (!volume.directories.has(path)) {
      volume.directories.add(path);
      path = parentOf(path);
    }
  }
}

/** What was read before stays as it was: later writes put new arrays in place, appends go behind it. */
function bytesOf(entry: Entry): Uint8Array {
  return entry.room.subarray(0, entry.length);
}

/** Both normalised. */
function isBelow(path: string, folder: string): boolean {
  return folder === '/' ? path.length > 1 : path.startsWith(`${folder}/`);
}

/** Resolves `.` and `..` and doubled slashes; the result is absolute. */
export function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
