/**
 * fs.watch, fs.watchFile and fs/promises' watch: files change by the process's own doing, since nobody else has them, so
 * the system calls that change them are listened to. Events are those of inotify, once each. Part of the full built-ins.
 */
import { AbortError } from '../errors.ts';
import EventEmitter from '../events.ts';
import type { KernelFs } from '../kernel.ts';
import path from '../path.ts';
import { toPath } from './errors.ts';

type Change = 'change' | 'rename';
const listeners = new Set<(kind: Change, target: string) => void>();

/** The same files; changes are told. */
export function observed(files: KernelFs): KernelFs {
  const tell = (kind: Change, target: string) => {
    for (const listener of [...listeners]) listener(kind, target);
  };
  const asNew = (target: string) => {
    if (files.stat(target) === null) tell('rename', target);
  };
  return Object.assign(Object.create(files), {
    ...bound(files),
    write(target: string, bytes: Uint8Array) {
      asNew(target);
      files.write(target, bytes);
      tell('change', target);
    },
    append(target: string, bytes: Uint8Array) {
      asNew(target);
      files.append(target, bytes);
      tell('change', target);
    },
    remove(target: string) {
      const isRemoved = files.remove(target);
      if (isRemoved) tell('rename', target);
      return isRemoved;
    },
    mkdir(target: string) {
      const isNew = files.stat(target) === null;
      files.mkdir(target);
      if (isNew) tell('rename', target);
    },
    rename(from: string, to: string) {
      const isDone = files.rename(from, to);
      if (isDone) {
        tell('rename', from);
        tell('rename', to);
      }
      return isDone;
    },
  });
}

/** The kernel's functions, called on the kernel's object. */
function bound(files: any): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name of ['read', 'list', 'stat', 'delayMs', 'space']) {
    if (typeof files[name] === 'function') result[name] = files[name].bind(files);
  }
  return result;
}

class FSWatcher extends (EventEmitter as any) {
  #isRef = false;
  readonly #stop: () => void;

  constructor(given: any, { persistent = true, recursive = false, signal }: any) {
    super();
    const target = toPath(given);
    const isFolder = __kernel.fs.stat(target)!.isDirectory;
    const listener = (kind: Change, changed: string) => {
      const isInside = recursive ? changed.startsWith(`${target}/`) : path.dirname(changed) === target;
      if (isFolder ? !isInside : changed !== target) return;
      const name = isFolder ? path.relative(target, changed) : path.basename(changed);
      setImmediate(() => {
        if (listeners.has(listener)) this.emit('change', kind, name);
      });
    };
    listeners.add(listener);
    this.#stop = () => listeners.delete(listener);
    if (persistent) this.ref();
    if (signal?.aborted) process.nextTick(() => this.close());
    else signal?.addEventListener('abort', () => this.close(), { once: true });
  }

  ref(): this {
    if (!this.#isRef) __kernel.ref();
    this.#isRef = true;
    return this;
  }

  unref(): this {
    if (this.#isRef) __kernel.unref();
    this.#isRef = false;
    return this;
  }

  close(): void {
    this.#stop();
    this.unref();
    setImmediate(() => this.emit('close'));
  }
}

export function watch(fs: any, given: any, options: any, listener?: any): FSWatcher {
  const settings = typeof options === 'object' && options !== null ? options : {};
  // Throws what stat throws, in watch's name.
  try {
    fs.statSync(given);
  } catch (error: any) {
    if (typeof error.syscall === 'string') {
      error.message = error.message.replace(/ stat /, ' watch ');
      error.syscall = 'watch';
      error.filename = given;
    }
    throw error;
  }
  const watcher = new FSWatcher(given, settings);
  const onChange = typeof options === 'function' ? options : listener;
  if (typeof onChange === 'function') watcher.on('change', onChange);
  return watcher;
}

/** fs/promises' watch: an async iterator of `{ eventType, filename }`. */
export async function* watching(fs: any, given: any, options: any = {}): AsyncGenerator<any> {
  const { signal } = options;
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  const waiting: any[] = [];
  let wake = () => {};
  const watcher = watch(fs, given, options, (eventType: Change, filename: string) => {
    waiting.push({ eventType, filename });
    wake();
  });
  const onAbort = () => wake();
  signal?.addEventListener('abort', onAbort);
  try {
    for (;;) {
      while (waiting.length > 0) yield waiting.shift();
      if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    watcher.close();
  }
}

const polled = new Map<string, any>();

/** Looks at the file every `interval` ms, 5007 unless told. */
export function watchFile(fs: any, given: any, options: any, listener?: any): any {
  const { interval = 5007, persistent = true } = typeof options === 'object' ? options : {};
  const onChange = typeof options === 'function' ? options : listener;
  const target = toPath(given);
  let watcher = polled.get(target);
  if (watcher === undefined) {
    const look = () => fs.statSync(given, { throwIfNoEntry: false }) ?? absentStats(fs);
    let before = look();
    const timer = setInterval(() => {
      const now = look();
      if (now.mtimeMs !== before.mtimeMs || now.size !== before.size) {
        const old = before;
        before = now;
        watcher.emit('change', now, old);
      }
    }, interval);
    if (!persistent) timer.unref();
    watcher = Object.assign(new (EventEmitter as any)(), {
      stop: () => clearInterval(timer),
      ref: () => timer.ref(),
      unref: () => timer.unref(),
    });
    polled.set(target, watcher);
  }
  watcher.on('change', onChange);
  return watcher;
}

export function unwatchFile(given: any, listener?: any): void {
  const target = toPath(given);
  const watcher = polled.get(target);
  if (watcher === undefined) return;
  if (listener === undefined) watcher.removeAllListeners('change');
  else watcher.off('change', listener);
  if (watcher.listenerCount('change') > 0) return;
  watcher.stop();
  polled.delete(target);
}

/** What is seen of a file that is not there: all zero. */
function absentStats(fs: any): any {
  const stats = Object.create(fs.Stats.prototype);
  return Object.assign(stats, {
    size: 0,
    mode: 0,
    mtimeMs: 0,
    ctimeMs: 0,
    atimeMs: 0,
    birthtimeMs: 0,
    mtime: new Date(0),
  });
}
