/** What readable-stream's files ask of Node's internals (its lib/ours/util.js); catalog/bundle.ts points them here. */
import { addAbortListener } from '../events.ts';
import { format } from '../util/format.ts';
import { inspect } from '../util/inspect.ts';
import { isArrayBufferView } from '../util/types.ts';

export { addAbortListener, format, inspect };

export const kEmptyObject = Object.freeze({});

export function once(callback: (...args: any[]) => void) {
  let isCalled = false;
  return function (this: any, ...args: any[]) {
    if (isCalled) return;
    isCalled = true;
    callback.apply(this, args);
  };
}

export const createDeferredPromise = () => Promise.withResolvers();
export const debuglog = () => () => {};
export const deprecate = (fn: unknown) => fn;
export const AbortSignalAny = (signals: AbortSignal[]) => AbortSignal.any(signals);
export const types = { isArrayBufferView, isAsyncFunction: () => false };
export const promisify = { custom: Symbol.for('nodejs.util.promisify.custom') };
export const isBlob = () => false;
