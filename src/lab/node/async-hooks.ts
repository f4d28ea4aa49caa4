/**
 * node:async_hooks: AsyncLocalStorage and AsyncResource over the kernel's context, which follows timers, ticks, promise
 * reactions and microtasks by itself. Hooks for every resource (createHook) are not there.
 */
import { codes, missing } from './errors.ts';
import { EventEmitter } from './events.ts';
import type { AsyncContext } from './kernel.ts';
import { validateFunction, validateString } from './validators.ts';

/** Runs `fn` in `context` and puts the present one back, also when it throws. */
function within<T>(context: AsyncContext, fn: () => T): T {
  const before = __kernel.getContext();
  __kernel.setContext(context);
  try {
    return fn();
  } finally {
    __kernel.setContext(before);
  }
}

export class AsyncLocalStorage<T = any> {
  readonly name: string;
  #defaultValue: T | undefined;
  #isEnabled = true;

  constructor(options: { defaultValue?: T; name?: string } = {}) {
    this.#defaultValue = options.defaultValue;
    this.name = options.name ?? '';
  }

  static bind<F extends (...args: any[]) => any>(fn: F): F {
    return AsyncResource.bind(fn);
  }

  static snapshot(): (fn: (...args: any[]) => any, ...args: any[]) => any {
    const context = __kernel.getContext();
    return function runInAsyncScope(this: any, fn, ...args) {
      return within(context, () => fn.apply(this, args));
    };
  }

  #with(store: T | undefined): AsyncContext {
    const { cause, stores } = __kernel.getContext();
    const next = new Map(stores);
    next.set(this, store);
    return { cause, stores: next };
  }

  run<R>(store: T, fn: (...args: any[]) => R, ...args: any[]): R {
    this.#isEnabled = true;
    return within(this.#with(store), () => fn(...args));
  }

  exit<R>(fn: (...args: any[]) => R, ...args: any[]): R {
    return within(this.#with(undefined), () => fn(...args));
  }

  enterWith(store: T): void {
    this.#isEnabled = true;
    __kernel.setContext(this.#with(store));
  }

  getStore(): T | undefined {
    const { stores } = __kernel.getContext();
    if (!this.#isEnabled || stores === null || !stores.has(this)) return this.#defaultValue;
    return stores.get(this) as T | undefined;
  }

  disable(): void {
    this.#isEnabled = false;
  }
}

let ids = 1;

export class AsyncResource {
  readonly #context = __kernel.getContext();
  readonly #id = ++ids;
  readonly type: string;

  constructor(type: string) {
    validateString(type, 'type');
    if (type === '') throw new codes.ERR_ASYNC_TYPE(type);
    this.type = type;
  }

  runInAsyncScope<R>(fn: (...args: any[]) => R, thisArg?: any, ...args: any[]): R {
    return within(this.#context, () => fn.apply(thisArg, args));
  }

  bind<F extends (...args: any[]) => any>(fn: F, thisArg?: any): F {
    validateFunction(fn, 'fn');
    const resource = this;
    const bound: any = function (this: any, ...args: any[]) {
      return resource.runInAsyncScope(fn as any, thisArg === undefined ? this : thisArg, ...args);
    };
    Object.defineProperty(bound, 'length', { value: (fn as any).length, configurable: true });
    return bound;
  }

  static bind<F extends (...args: any[]) => any>(fn: F, type?: string, thisArg?: any): F {
    return new AsyncResource(type ?? ((fn as any).name || 'bound-anonymous-fn')).bind(fn, thisArg);
  }

  emitDestroy(): this {
    return this;
  }
  asyncId(): number {
    return this.#id;
  }
  triggerAsyncId(): number {
    return 1;
  }
}

/** An emitter whose listeners run in the context it was made in. */
export class EventEmitterAsyncResource extends EventEmitter {
  readonly asyncResource: AsyncResource;
  constructor(options: any = {}) {
    super(typeof options === 'string' ? undefined : options);
    this.asyncResource = new AsyncResource(options.name ?? this.constructor.name);
  }
  emit(...args: any[]): boolean {
    return this.asyncResource.runInAsyncScope(EventEmitter.prototype.emit as any, this, ...args) as boolean;
  }
}

export default {
  AsyncLocalStorage,
  AsyncResource,
  executionAsyncId: () => 1,
  triggerAsyncId: () => 0,
  executionAsyncResource: () => ({}),
  asyncWrapProviders: {},
  createHook: () =>
    missing(
      'async_hooks.createHook',
      'Use AsyncLocalStorage to carry a value along, AsyncResource to bind a callback.',
    ),
};
