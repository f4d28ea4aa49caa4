/**
 * A host's file system: bytes by absolute path, in memory. A replica starts with its image's files; what it writes is
 * gone with the container, as on Docker, but stays over a restart of the same container.
 */
import type { KernelFs } from '../node/kernel.ts';

interface Entry {
  bytes: Uint8Array;
  modifiedMs: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class HostFiles implements KernelFs {
  private readonly files = new Map<string, Entry>();
  private readonly directories = new Set<string>(['/', '/tmp']);
  private readonly wallMs: () => number;

  constructor(files: Readonly<Record<string, string>>, wallMs: () => number) {
    this.wallMs = wallMs;
    for (const [path, text] of Object.entries(files)) this.write(path, encoder.encode(text));
  }

  readText(path: string): string | null {
    const entry = this.files.get(normalize(path));
    return entry === undefined ? null : decoder.decode(entry.bytes);
  }

  paths(): string[] {
    return [...this.files.keys()];
  }

  read(path: string): Uint8Array | null {
    return this.files.get(normalize(path))?.bytes ?? null;
  }

  write(path: string, bytes: Uint8Array): void {
    const full = normalize(path);
    this.mkdir(parentOf(full));
    this.files.set(full, { bytes: bytes.slice(), modifiedMs: this.wallMs() });
  }

  append(path: string, bytes: Uint8Array): void {
    const old = this.read(path) ?? new Uint8Array(0);
    const joined = new Uint8Array(old.length + bytes.length);
    joined.set(old);
    joined.set(bytes, old.length);
    this.write(path, joined);
  }

  remove(path: string): boolean {
    const full = normalize(path);
    return this.files.delete(full) || (full !== '/' && this.directories.delete(full));
  }

  mkdir(path: string): void {
    let full = normalize(path);
    while (!this.directories.has(full)) {
      this.directories.add(full);
      full = parentOf(full);
    }
  }

  list(path: string): readonly string[] | null {
    const full = normalize(path);
    if (!this.directories.has(full)) return null;
    const prefix = full === '/' ? '/' : `${full}/`;
    const names = new Set<string>();
    for (const other of [...this.files.keys(), ...this.directories])
      if (other.startsWith(prefix) && other.length > prefix.length)
        names.add(other.slice(prefix.length).split('/')[0]!);
    return [...names].sort();
  }

  stat(path: string): { isDirectory: boolean; size: number; modifiedMs: number } | null {
    const full = normalize(path);
    const entry = this.files.get(full);
    if (entry) return { isDirectory: false, size: entry.bytes.length, modifiedMs: entry.modifiedMs };
    return this.directories.has(full) ? { isDirectory: true, size: 4096, modifiedMs: 0 } : null;
  }

  rename(from: string, to: string): boolean {
    const entry = this.files.get(normalize(from));
    if (!entry) return false;
    this.files.delete(normalize(from));
    this.write(to, entry.bytes);
    return true;
  }
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
