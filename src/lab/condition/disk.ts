/**
 * A replica's disk. Full: a write puts down what fits and then fails with ENOSPC; as on Linux a file that was being
 * overwritten has lost its old content by then. Slow: each operation takes longer, with four at a time, the threads
 * that Node has for files; a …Sync operation stops the process that long.
 */
import type { Random } from '../core/random.ts';
import { HostFiles, normalize } from '../process/files.ts';

/** UV_THREADPOOL_SIZE */
const THREADS = 4;

export interface Slowness {
  readonly delayMs: number;
  readonly jitterMs: number;
}

export class Disk {
  /** Bytes that may still be written; Infinity when nobody limits it. */
  freeBytes = Number.POSITIVE_INFINITY;
  private slowness: Slowness | null = null;
  private readonly random: Random;
  private readonly nowMs: () => number;
  private readonly threadsBusyUntilMs = new Array<number>(THREADS).fill(0);

  constructor(random: Random, nowMs: () => number) {
    this.random = random;
    this.nowMs = nowMs;
  }

  /** Null gives it back all the room in the world. */
  fill(freeBytes: number | null): void {
    this.freeBytes = freeBytes ?? Number.POSITIVE_INFINITY;
  }

  slow(slowness: Slowness | null): void {
    this.slowness = slowness;
  }

  /** How long the next operation takes; ms, 0 when nothing is wrong. */
  delayMs(isSync: boolean): number {
    if (this.slowness === null) return 0;
    const { delayMs, jitterMs } = this.slowness;
    const takesMs = this.random.between(delayMs - jitterMs, delayMs + jitterMs);
    if (isSync) return takesMs;
    const threads = this.threadsBusyUntilMs;
    let free = 0;
    for (let i = 1; i < THREADS; i++) if (threads[i]! < threads[free]!) free = i;
    const nowMs = this.nowMs();
    threads[free] = Math.max(threads[free]!, nowMs) + takesMs;
    return threads[free]! - nowMs;
  }
}

/** Files on such a disk. `onChange` is told of each change before it is made, and may throw to unwind the program. */
export class DiskFiles extends HostFiles {
  private readonly disk: Disk;
  private readonly onChange: (what: string) => void;
  private isReady = false;

  constructor(
    files: Readonly<Record<string, string>>,
    wallMs: () => number,
    disk: Disk,
    onChange: (what: string) => void,
  ) {
    super(files, wallMs);
    this.disk = disk;
    this.onChange = onChange;
    this.isReady = true;
  }

  delayMs(isSync: boolean): number {
    return this.disk.delayMs(isSync);
  }

  override write(path: string, bytes: Uint8Array): void {
    // What the image brings is not written by the process.
    if (!this.isReady) super.write(path, bytes);
    else this.change(`write ${normalize(path)}`, path, bytes, super.read(path)?.length ?? 0);
  }

  override append(path: string, bytes: Uint8Array): void {
    this.onChange(`append ${normalize(path)}`);
    const fits = Math.min(bytes.length, this.disk.freeBytes);
    this.disk.freeBytes -= fits;
    this.isReady = false;
    super.append(path, bytes.subarray(0, fits));
    this.isReady = true;
    if (fits < bytes.length) throw noSpace();
  }

  override remove(path: string): boolean {
    this.onChange(`remove ${normalize(path)}`);
    this.disk.freeBytes += super.read(path)?.length ?? 0;
    return super.remove(path);
  }

  override mkdir(path: string): void {
    if (this.isReady && super.stat(path) === null) this.onChange(`mkdir ${normalize(path)}`);
    super.mkdir(path);
  }

  override rename(from: string, to: string): boolean {
    this.onChange(`rename ${normalize(from)}`);
    // One step and no new bytes: that is why careful programs write a file beside the old one and rename it.
    this.disk.freeBytes += super.read(to)?.length ?? 0;
    this.isReady = false;
    const isDone = super.rename(from, to);
    this.isReady = true;
    return isDone;
  }

  private change(what: string, path: string, bytes: Uint8Array, oldLength: number): void {
    this.onChange(what);
    const { disk } = this;
    const grows = bytes.length - oldLength;
    if (grows <= disk.freeBytes) {
      disk.freeBytes -= grows;
      this.put(path, bytes);
      return;
    }
    this.put(path, bytes.slice(0, oldLength + disk.freeBytes));
    disk.freeBytes = 0;
    throw noSpace();
  }

  private put(path: string, bytes: Uint8Array): void {
    this.isReady = false;
    super.write(path, bytes);
    this.isReady = true;
  }
}

function noSpace(): Error {
  const error = new Error('ENOSPC: no space left on device, write');
  return Object.assign(error, { errno: -28, code: 'ENOSPC', syscall: 'write' });
}
