/** node:timers/promises. Source: Node 24's lib/timers/promises.js. */
import { AbortError, codes } from './errors.ts';
import * as timers from './timers.ts';
import { validateAbortSignal, validateBoolean, validateNumber, validateObject } from './validators.ts';

interface Options {
  signal?: AbortSignal;
  ref?: boolean;
}

function check(options: any): void {
  validateObject(options, 'options');
  validateAbortSignal(options.signal, 'options.signal');
  if (options.ref !== undefined) validateBoolean(options.ref, 'options.ref');
}

/** Resolves with `value` when `start` calls back, or rejects with an AbortError when the signal aborts first. */
function wait<T>(
  value: T,
  options: Options,
  start: (done: () => void) => { unref(): unknown },
  stop: (handle: any) => void,
): Promise<T> {
  try {
    check(options);
  } catch (error) {
    return Promise.reject(error);
  }
  const { signal, ref = true } = options;
  if (signal?.aborted) return Promise.reject(new AbortError(undefined, { cause: signal.reason }));
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      stop(handle);
      reject(new AbortError(undefined, { cause: signal!.reason }));
    };
    const handle = start(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    });
    if (!ref) handle.unref();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export function setTimeout<T = void>(delayMs?: number, value?: T, options: Options = {}): Promise<T> {
  try {
    if (delayMs !== undefined) validateNumber(delayMs, 'delay');
  } catch (error) {
    return Promise.reject(error);
  }
  return wait(value as T, options, (done) => timers.setTimeout(done, delayMs), timers.clearTimeout);
}

export function setImmediate<T = void>(value?: T, options: Options = {}): Promise<T> {
  return wait(value as T, options, (done) => timers.setImmediate(done), timers.clearImmediate);
}

export async function* setInterval<T = void>(
  delayMs?: number,
  value?: T,
  options: Options = {},
): AsyncGenerator<T, void, void> {
  if (delayMs !== undefined) validateNumber(delayMs, 'delay');
  check(options);
  const { signal, ref = true } = options;
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  let notYielded = 0;
  let wake: (() => void) | null = null;
  let fail: ((error: unknown) => void) | null = null;
  const handle = timers.setInterval(() => {
    notYielded++;
    wake?.();
    wake = null;
  }, delayMs);
  if (!ref) handle.unref();
  const onAbort = () => {
    timers.clearInterval(handle);
    fail?.(new AbortError(undefined, { cause: signal!.reason }));
    fail = null;
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
      if (notYielded === 0) {
        await new Promise<void>((resolve, reject) => {
          wake = resolve;
          fail = reject;
        });
      }
      for (; notYielded > 0; notYielded--) yield value as T;
    }
  } finally {
    timers.clearInterval(handle);
    signal?.removeEventListener('abort', onAbort);
  }
}

export const scheduler = {
  wait(delayMs: number, options?: Options): Promise<void> {
    if (typeof delayMs !== 'number') {
      return Promise.reject(new codes.ERR_INVALID_ARG_TYPE('delay', 'number', delayMs));
    }
    return setTimeout(delayMs, undefined, options);
  },
  yield: (): Promise<void> => setImmediate(),
};

export default { setTimeout, setImmediate, setInterval, scheduler };
