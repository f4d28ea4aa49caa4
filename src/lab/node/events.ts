/**
 * node:events. EventEmitter is a function and not a class because packages still call `EventEmitter.call(this)`.
 *
 * Source: Node 24's lib/events.js and its documentation.
 */
import { AbortError, codes } from './errors.ts';
import { inspect } from './util/inspect.ts';
import { validateAbortSignal, validateBoolean, validateFunction, validateNumber } from './validators.ts';

type Listener = (...args: any[]) => any;

const kCapture = Symbol('kCapture');
const kRejection = Symbol.for('nodejs.rejection');
export const errorMonitor = Symbol('events.errorMonitor');

let defaultMaxListeners = 10;

const emitter: any = function EventEmitter(this: any, options?: { captureRejections?: boolean }): void {
  init.call(this, options);
};

/** Untyped, so that guest classes can extend it and add Node's fields as Node does. */
export { emitter as EventEmitter };

function init(this: any, options?: { captureRejections?: boolean }): void {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = Object.create(null);
    this._eventsCount = 0;
  }
  this._maxListeners = this._maxListeners || undefined;
  if (options?.captureRejections) {
    validateBoolean(options.captureRejections, 'options.captureRejections');
    this[kCapture] = true;
  } else if (emitter.captureRejections) this[kCapture] = true;
}

const proto = emitter.prototype;
proto._events = undefined;
proto._eventsCount = 0;
proto._maxListeners = undefined;
Object.defineProperty(proto, kCapture, { value: false, writable: true, enumerable: false });

proto.setMaxListeners = function setMaxListeners(this: any, n: number) {
  validateNumber(n, 'setMaxListeners', 0);
  this._maxListeners = n;
  return this;
};

proto.getMaxListeners = function getMaxListeners(this: any) {
  return maxOf(this);
};

function maxOf(target: any): number {
  return target._maxListeners === undefined ? defaultMaxListeners : target._maxListeners;
}

proto.emit = function emit(this: any, type: string | symbol, ...args: any[]): boolean {
  const events = this._events;
  if (type === 'error') {
    if (events !== undefined && events[errorMonitor] !== undefined) this.emit(errorMonitor, ...args);
    if (events === undefined || events.error === undefined) throwUnhandled(args[0]);
  }
  if (events === undefined) return false;
  const handler = events[type];
  if (handler === undefined) return false;
  if (typeof handler === 'function') {
    const result = handler.apply(this, args);
    if (result !== undefined && result !== null && this[kCapture]) capture(this, result, type, args);
    return true;
  }
  // A copy: listeners added or removed meanwhile do not take part in this round.
  const listeners = handler.slice();
  for (let i = 0; i < listeners.length; i++) {
    const result = listeners[i].apply(this, args);
    if (result !== undefined && result !== null && this[kCapture]) capture(this, result, type, args);
  }
  return true;
};

function throwUnhandled(error: any): never {
  if (error instanceof Error) throw error;
  let text: string;
  try {
    text = inspect(error);
  } catch {
    text = String(error);
  }
  const unhandled: any = new codes.ERR_UNHANDLED_ERROR(text);
  unhandled.context = error;
  throw unhandled;
}

function capture(target: any, result: any, type: string | symbol, args: any[]): void {
  try {
    if (typeof result.then !== 'function') return;
    result.then(undefined, (error: unknown) => {
      process.nextTick(() => {
        if (typeof target[kRejection] === 'function') {
          target[kRejection](error, type, ...args);
          return;
        }
        // The listener of 'error' may be async too; without this its rejection would come back for ever.
        target[kCapture] = false;
        try {
          target.emit('error', error);
        } finally {
          target[kCapture] = true;
        }
      });
    });
  } catch (error) {
    target.emit('error', error);
  }
}

function checkListener(listener: unknown): asserts listener is Listener {
  if (typeof listener !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('listener', 'Function', listener);
}

function add(target: any, type: string | symbol, listener: Listener, isFirst: boolean): any {
  checkListener(listener);
  let events = target._events;
  if (events === undefined) {
    events = target._events = Object.create(null);
    target._eventsCount = 0;
  } else if (events.newListener !== undefined) {
    target.emit('newListener', type, (listener as any).listener ?? listener);
    events = target._events;
  }
  const existing = events[type];
  if (existing === undefined) {
    events[type] = listener;
    target._eventsCount++;
    return target;
  }
  if (typeof existing === 'function') events[type] = isFirst ? [listener, existing] : [existing, listener];
  else if (isFirst) existing.unshift(listener);
  else existing.push(listener);
  warnWhenMany(target, type, events[type]);
  return target;
}

function warnWhenMany(target: any, type: string | symbol, listeners: any): void {
  const max = maxOf(target);
  if (max <= 0 || listeners.length <= max || listeners.warned) return;
  listeners.warned = true;
  const warning: any = new Error(
    `Possible EventEmitter memory leak detected. ${listeners.length} ${String(type)} listeners added to ` +
      `${inspect(target, { depth: -1 })}. MaxListeners is ${max}. Use emitter.setMaxListeners() to increase limit`,
  );
  warning.name = 'MaxListenersExceededWarning';
  warning.emitter = target;
  warning.type = type;
  warning.count = listeners.length;
  process.emitWarning(warning);
}

proto.addListener = function addListener(this: any, type: string | symbol, listener: Listener) {
  return add(this, type, listener, false);
};
proto.on = proto.addListener;

proto.prependListener = function prependListener(this: any, type: string | symbol, listener: Listener) {
  return add(this, type, listener, true);
};

function wrapOnce(target: any, type: string | symbol, listener: Listener): Listener {
  let isFired = false;
  const wrapped: any = (...args: any[]) => {
    if (isFired) return undefined;
    target.removeListener(type, wrapped);
    isFired = true;
    return listener.apply(target, args);
  };
  wrapped.listener = listener;
  return wrapped;
}

proto.once = function once(this: any, type: string | symbol, listener: Listener) {
  checkListener(listener);
  this.on(type, wrapOnce(this, type, listener));
  return this;
};

proto.prependOnceListener = function prependOnceListener(this: any, type: string | symbol, listener: Listener) {
  checkListener(listener);
  this.prependListener(type, wrapOnce(this, type, listener));
  return this;
};

proto.removeListener = function removeListener(this: any, type: string | symbol, listener: any) {
  checkListener(listener);
  const events = this._events;
  if (events === undefined) return this;
  const existing = events[type];
  if (existing === undefined) return this;
  if (existing === listener || existing.listener === listener) {
    if (--this._eventsCount === 0) this._events = Object.create(null);
    else delete events[type];
    if (events.removeListener) this.emit('removeListener', type, existing.listener || listener);
    return this;
  }
  if (typeof existing === 'function') return this;
  let position = -1;
  for (let i = existing.length - 1; i >= 0; i--) {
    if (existing[i] === listener || existing[i].listener === listener) {
      position = i;
      break;
    }
  }
  if (position < 0) return this;
  const original = existing[position].listener ?? listener;
  existing.splice(position, 1);
  if (existing.length === 1) events[type] = existing[0];
  if (events.removeListener !== undefined) this.emit('removeListener', type, original);
  return this;
};
proto.off = proto.removeListener;

proto.removeAllListeners = function removeAllListeners(this: any, type?: string | symbol) {
  const events = this._events;
  if (events === undefined) return this;
  if (events.removeListener === undefined) {
    if (arguments.length === 0) {
      this._events = Object.create(null);
      this._eventsCount = 0;
    } else if (events[type!] !== undefined) {
      if (--this._eventsCount === 0) this._events = Object.create(null);
      else delete events[type!];
    }
    return this;
  }
  if (arguments.length === 0) {
    for (const key of Reflect.ownKeys(events)) if (key !== 'removeListener') this.removeAllListeners(key);
    this.removeAllListeners('removeListener');
    this._events = Object.create(null);
    this._eventsCount = 0;
    return this;
  }
  const listeners = events[type!];
  if (typeof listeners === 'function') this.removeListener(type, listeners);
  else if (listeners !== undefined) {
    for (let i = listeners.length - 1; i >= 0; i--) this.removeListener(type, listeners[i]);
  }
  return this;
};

function listenersOf(target: any, type: string | symbol, isUnwrapped: boolean): Listener[] {
  const found = target._events?.[type];
  if (found === undefined) return [];
  const all: any[] = typeof found === 'function' ? [found] : found;
  return isUnwrapped ? all.map((one) => one.listener ?? one) : all.slice();
}

proto.listeners = function listeners(this: any, type: string | symbol) {
  return listenersOf(this, type, true);
};

proto.rawListeners = function rawListeners(this: any, type: string | symbol) {
  return listenersOf(this, type, false);
};

proto.listenerCount = function listenerCount(this: any, type: string | symbol, listener?: Listener): number {
  const all = listenersOf(this, type, false) as any[];
  if (listener === undefined || listener === null) return all.length;
  return all.filter((one) => one === listener || one.listener === listener).length;
};

proto.eventNames = function eventNames(this: any) {
  return this._eventsCount > 0 ? Reflect.ownKeys(this._events) : [];
};

/** A promise for the arguments of the next `name`; rejects on 'error' or abort. */
export function once(target: any, name: string | symbol, options: any = {}): Promise<any[]> {
  const { signal } = options;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) return Promise.reject(abortError(signal));
  return new Promise((resolve, reject) => {
    const isEmitter = typeof target.removeListener === 'function' && typeof target.on === 'function';
    const cleanup = () => {
      if (isEmitter) {
        target.removeListener(name, onEvent);
        target.removeListener('error', onError);
      } else target.removeEventListener(name, onEvent);
      signal?.removeEventListener('abort', onAbort);
    };
    const onEvent = (...args: any[]) => {
      cleanup();
      resolve(args);
    };
    const onError = (error: unknown) => {
      cleanup();
      reject(error);
    };
    const onAbort = () => {
      cleanup();
      reject(abortError(signal));
    };
    if (isEmitter) {
      target.once(name, onEvent);
      if (name !== 'error') target.once('error', onError);
    } else if (typeof target.addEventListener === 'function') target.addEventListener(name, onEvent, { once: true });
    else throw new codes.ERR_INVALID_ARG_TYPE('emitter', 'EventEmitter', target);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function abortError(signal: any): AbortError {
  return new AbortError(undefined, { cause: signal.reason });
}

/** `for await (const args of on(emitter, 'data'))`. */
export function on(target: any, name: string | symbol, options: any = {}): any {
  const { signal } = options;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw abortError(signal);
  const events: any[] = [];
  const waiting: { resolve(value: any): void; reject(error: unknown): void }[] = [];
  let failure: { error: unknown } | null = null;
  let isFinished = false;
  const isEmitter = typeof target.on === 'function';

  const onEvent = (...args: any[]) => {
    const value = isEmitter ? args : args[0];
    const next = waiting.shift();
    if (next) next.resolve({ value, done: false });
    else events.push(value);
  };
  const onError = (error: unknown) => {
    const next = waiting.shift();
    if (next) next.reject(error);
    else failure = { error };
    iterator.return();
  };
  const onAbort = () => onError(abortError(signal));
  const onClose = () => void iterator.return();
  const endings: string[] = options.close ?? [];
  const cleanup = () => {
    if (isEmitter) {
      target.removeListener(name, onEvent);
      target.removeListener('error', onError);
      for (const ending of endings) target.removeListener(ending, onClose);
    } else target.removeEventListener(name, onEvent);
    signal?.removeEventListener('abort', onAbort);
  };
  const done = () => ({ value: undefined, done: true });

  const iterator = {
    next(): Promise<any> {
      if (events.length > 0) return Promise.resolve({ value: events.shift(), done: false });
      if (failure !== null) {
        const { error } = failure;
        failure = null;
        return Promise.reject(error);
      }
      if (isFinished) return Promise.resolve(done());
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return(): Promise<any> {
      isFinished = true;
      cleanup();
      for (const next of waiting.splice(0)) next.resolve(done());
      return Promise.resolve(done());
    },
    throw(error: unknown): Promise<any> {
      failure = { error };
      return iterator.return();
    },
    [Symbol.asyncIterator]() {
      return iterator;
    },
  };

  if (isEmitter) {
    target.on(name, onEvent);
    if (name !== 'error') target.on('error', onError);
    for (const ending of endings) target.on(ending, onClose);
  } else target.addEventListener(name, onEvent);
  signal?.addEventListener('abort', onAbort, { once: true });
  return iterator;
}

/** Listens to a signal's abort in a way that `stopImmediatePropagation` of others cannot hide. */
export function addAbortListener(signal: any, listener: Listener): any {
  if (signal === undefined) throw new codes.ERR_INVALID_ARG_TYPE('signal', 'AbortSignal', signal);
  validateAbortSignal(signal, 'signal');
  validateFunction(listener, 'listener');
  if (signal.aborted) queueMicrotask(() => listener());
  else signal.addEventListener('abort', listener, { once: true });
  return {
    [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
      signal.removeEventListener('abort', listener);
    },
  };
}

export function getEventListeners(target: any, type: string | symbol): Listener[] {
  if (typeof target.listeners === 'function') return target.listeners(type);
  return target._listenersOf?.(type) ?? [];
}

export function getMaxListeners(target: any): number {
  return typeof target.getMaxListeners === 'function' ? target.getMaxListeners() : (target._maxListeners ?? 10);
}

export function setMaxListeners(n = defaultMaxListeners, ...targets: any[]): void {
  validateNumber(n, 'setMaxListeners', 0);
  if (targets.length === 0) defaultMaxListeners = n;
  for (const target of targets) {
    if (typeof target.setMaxListeners === 'function') target.setMaxListeners(n);
    else target._maxListeners = n;
  }
}

/** Deprecated in Node in favour of `emitter.listenerCount`, but readable-stream and old packages call it. */
export function listenerCount(target: any, type: string | symbol): number {
  return typeof target.listenerCount === 'function'
    ? target.listenerCount(type)
    : getEventListeners(target, type).length;
}

Object.assign(emitter, {
  EventEmitter: emitter,
  init,
  once,
  on,
  addAbortListener,
  getEventListeners,
  getMaxListeners,
  setMaxListeners,
  listenerCount,
  errorMonitor,
  captureRejectionSymbol: kRejection,
  captureRejections: false,
  usingDomains: false,
});
Object.defineProperty(emitter, 'EventEmitterAsyncResource', {
  enumerable: true,
  get: () => require('./async-hooks.ts').EventEmitterAsyncResource,
});
Object.defineProperty(emitter, 'defaultMaxListeners', {
  enumerable: true,
  get: () => defaultMaxListeners,
  set: (n: number) => {
    validateNumber(n, 'defaultMaxListeners', 0);
    defaultMaxListeners = n;
  },
});

export default emitter;
