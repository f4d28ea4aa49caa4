/**
 * The lab's own Promise: ECMA-262 semantics (§27.2, one reaction job per settlement, thenables adopted in a job of
 * their own, await in one tick for promises of the same class) on a microtask queue that the lab owns. One class per
 * process, so a promise has an owner: unhandled rejections, kills and AsyncLocalStorage need that.
 */

export interface PromiseHooks<Context> {
  /** Appends to the owner's microtask queue. */
  enqueue(job: () => void): void;
  getContext(): Context;
  setContext(context: Context): void;
  /** A promise was rejected with nobody listening (at the moment of rejection). */
  onRejectedUnhandled(promise: object, reason: unknown): void;
  /** Somebody listens after all. */
  onHandledLater(promise: object): void;
}

const PENDING = 0;
const FULFILLED = 1;
const REJECTED = 2;

type Callback = ((value: unknown) => unknown) | undefined;

/** What `then` leaves on a pending promise. */
interface Reaction<C> {
  onFulfilled: Callback;
  onRejected: Callback;
  /** The promise that `then` returned; null when nobody can see it (await). */
  readonly resolve: ((value: unknown) => void) | null;
  readonly reject: ((reason: unknown) => void) | null;
  readonly derived: any;
  readonly context: C;
}

/** Drives generators made from async functions; see process/lower.ts. */
export interface AsyncRuntime {
  /** `async function`: returns a promise. */
  run(generator: Generator<unknown, unknown, unknown>): object;
  /** `async function*`: returns an async generator object. */
  runGenerator(generator: Generator<unknown, unknown, unknown>): object;
  /** `for await (… of x)`: the async iterator of x, or its sync one wrapped. */
  iterate(iterable: any): { next(): unknown; return?: () => unknown };
}

export interface PromiseState {
  readonly state: 'pending' | 'fulfilled' | 'rejected';
  readonly value: unknown;
}

export interface PromiseKit {
  readonly Promise: PromiseConstructor;
  /** What util.inspect shows of a promise of this class; pending for anything else. */
  stateOf(promise: unknown): PromiseState;
  readonly runtime: AsyncRuntime;
}

/** Marks a value yielded by a lowered async generator as `await` and not `yield`. */
export class Awaited {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

export function createPromiseKit<C>(hooks: PromiseHooks<C>): PromiseKit {
  // Set in the class's static block, the only place outside its methods that may touch private fields; as closures and
  // not statics, so that services cannot reach them.
  let resolveWith: (promise: LabPromise, value: unknown) => void;
  let settle: (promise: LabPromise, state: number, value: unknown) => void;
  let schedule: (reaction: Reaction<C>, state: number, value: unknown) => void;
  let listen: (promise: LabPromise, reaction: Reaction<C>) => void;
  let make: () => LabPromise;
  let isOwn: (value: unknown) => value is LabPromise;
  let stateOf: (promise: unknown) => PromiseState;
  /** await: one tick for an own promise, and no derived promise. Errors thrown by the callbacks are the caller's bug. */
  let awaitValue: (value: unknown, onFulfilled: Callback, onRejected: Callback) => void;

  class LabPromise {
    #state = PENDING;
    #value: unknown = undefined;
    #reactions: Reaction<C> | Reaction<C>[] | null = null;
    #isHandled = false;

    constructor(executor: (resolve: (value?: unknown) => void, reject: (reason?: unknown) => void) => void) {
      if ((executor as unknown) === internal) return;
      if (typeof executor !== 'function') throw new TypeError(`Promise resolver ${String(executor)} is not a function`);
      let isDone = false;
      const resolve = (value: unknown) => {
        if (isDone) return;
        isDone = true;
        resolveWith(this, value);
      };
      const reject = (reason: unknown) => {
        if (isDone) return;
        isDone = true;
        settle(this, REJECTED, reason);
      };
      try {
        executor(resolve, reject);
      } catch (error) {
        reject(error);
      }
    }

    static {
      resolveWith = (promise: LabPromise, value: unknown): void => {
        if (value === promise) {
          settle(promise, REJECTED, new TypeError('Chaining cycle detected for promise #<Promise>'));
          return;
        }
        if ((typeof value !== 'object' || value === null) && typeof value !== 'function') {
          settle(promise, FULFILLED, value);
          return;
        }
        let then: unknown;
        try {
          then = (value as any).then;
        } catch (error) {
          settle(promise, REJECTED, error);
          return;
        }
        if (typeof then !== 'function') {
          settle(promise, FULFILLED, value);
          return;
        }
        // NewPromiseResolveThenableJob: adopting a thenable takes a tick of its own, even for our own class.
        const context = hooks.getContext();
        hooks.enqueue(() => {
          hooks.setContext(context);
          let isDone = false;
          try {
            then.call(
              value,
              (result: unknown) => {
                if (isDone) return;
                isDone = true;
                resolveWith(promise, result);
              },
              (reason: unknown) => {
                if (isDone) return;
                isDone = true;
                settle(promise, REJECTED, reason);
              },
            );
          } catch (error) {
            if (isDone) return;
            isDone = true;
            settle(promise, REJECTED, error);
          }
        });
      };
      settle = (promise: LabPromise, state: number, value: unknown): void => {
        if (promise.#state !== PENDING) return;
        promise.#state = state;
        promise.#value = value;
        const reactions = promise.#reactions;
        promise.#reactions = null;
        if (state === REJECTED && !promise.#isHandled) hooks.onRejectedUnhandled(promise, value);
        if (reactions === null) return;
        if (Array.isArray(reactions)) for (const reaction of reactions) schedule(reaction, state, value);
        else schedule(reactions, state, value);
      };
      schedule = (reaction: Reaction<C>, state: number, value: unknown): void => {
        hooks.enqueue(() => {
          hooks.setContext(reaction.context);
          const callback = state === FULFILLED ? reaction.onFulfilled : reaction.onRejected;
          const { derived } = reaction;
          if (callback === undefined) {
            if (derived !== null) settle(derived, state, value);
            else if (reaction.resolve !== null) (state === FULFILLED ? reaction.resolve : reaction.reject!)(value);
            return;
          }
          let result: unknown;
          try {
            result = callback(value);
          } catch (error) {
            if (derived !== null) settle(derived, REJECTED, error);
            else if (reaction.reject !== null) reaction.reject(error);
            else throw error;
            return;
          }
          if (derived !== null) resolveWith(derived, result);
          else if (reaction.resolve !== null) reaction.resolve(result);
        });
      };
      listen = (promise: LabPromise, reaction: Reaction<C>): void => {
        if (promise.#state === PENDING) {
          const present = promise.#reactions;
          if (present === null) promise.#reactions = reaction;
          else if (Array.isArray(present)) present.push(reaction);
          else promise.#reactions = [present, reaction];
        } else {
          if (promise.#state === REJECTED && !promise.#isHandled) hooks.onHandledLater(promise);
          schedule(reaction, promise.#state, promise.#value);
        }
        promise.#isHandled = true;
      };
      stateOf = (promise: unknown): PromiseState => {
        if (typeof promise !== 'object' || promise === null || !(#state in promise) || promise.#state === PENDING)
          return { state: 'pending', value: undefined };
        return { state: promise.#state === FULFILLED ? 'fulfilled' : 'rejected', value: promise.#value };
      };
      make = (): LabPromise => {
        return new LabPromise(internal as any);
      };
      isOwn = (value: unknown): value is LabPromise => {
        return typeof value === 'object' && value !== null && #state in value && value.constructor === LabPromise;
      };
      /** await: one tick for an own promise, and no derived promise. Errors thrown by the callbacks are the caller's bug. */
      awaitValue = (value: unknown, onFulfilled: Callback, onRejected: Callback): void => {
        let promise: LabPromise;
        if (isOwn(value)) promise = value;
        else {
          promise = make();
          resolveWith(promise, value);
        }
        listen(promise, {
          onFulfilled,
          onRejected,
          resolve: null,
          reject: null,
          derived: null,
          context: hooks.getContext(),
        });
      };
    }

    then(onFulfilled?: unknown, onRejected?: unknown): unknown {
      const Species = speciesOf(this);
      const context = hooks.getContext();
      const fulfilled = typeof onFulfilled === 'function' ? (onFulfilled as Callback) : undefined;
      const rejected = typeof onRejected === 'function' ? (onRejected as Callback) : undefined;
      if (Species === LabPromise) {
        const derived = make();
        listen(this, { onFulfilled: fulfilled, onRejected: rejected, resolve: null, reject: null, derived, context });
        return derived;
      }
      const capability = capabilityOf(Species);
      listen(this, {
        onFulfilled: fulfilled,
        onRejected: rejected,
        resolve: capability.resolve,
        reject: capability.reject,
        derived: null,
        context,
      });
      return capability.promise;
    }

    catch(onRejected?: unknown): unknown {
      return this.then(undefined, onRejected);
    }

    finally(onFinally?: unknown): unknown {
      if (typeof onFinally !== 'function') return this.then(onFinally, onFinally);
      const Species = speciesOf(this);
      return this.then(
        (value: unknown) => promiseResolve(Species, onFinally()).then(() => value),
        (reason: unknown) =>
          promiseResolve(Species, onFinally()).then(() => {
            throw reason;
          }),
      );
    }

    get [Symbol.toStringTag](): string {
      return 'Promise';
    }

    static get [Symbol.species]() {
      return this;
    }

    static resolve(value?: unknown): any {
      return promiseResolve(this, value);
    }

    static reject(reason?: unknown): any {
      if (this === LabPromise) {
        const promise = make();
        settle(promise, REJECTED, reason);
        return promise;
      }
      const capability = capabilityOf(this);
      capability.reject(reason);
      return capability.promise;
    }

    static withResolvers(): any {
      return capabilityOf(this);
    }

    static try(callback: (...args: unknown[]) => unknown, ...args: unknown[]): any {
      const capability = capabilityOf(this);
      try {
        capability.resolve(callback(...args));
      } catch (error) {
        capability.reject(error);
      }
      return capability.promise;
    }

    static all(iterable: Iterable<unknown>): any {
      return combine(this, iterable, (capability, values, remaining) => ({
        each: (value, i) => {
          values[i] = value;
          if (--remaining.count === 0) capability.resolve(values);
        },
        fail: (reason) => capability.reject(reason),
        empty: () => capability.resolve(values),
      }));
    }

    static allSettled(iterable: Iterable<unknown>): any {
      return combine(this, iterable, (capability, values, remaining) => ({
        each: (value, i) => {
          values[i] = { status: 'fulfilled', value };
          if (--remaining.count === 0) capability.resolve(values);
        },
        fail: (reason, i) => {
          values[i] = { status: 'rejected', reason };
          if (--remaining.count === 0) capability.resolve(values);
        },
        empty: () => capability.resolve(values),
      }));
    }

    static any(iterable: Iterable<unknown>): any {
      const fail = (capability: Capability, errors: unknown[]) =>
        capability.reject(new AggregateError(errors, 'All promises were rejected'));
      return combine(this, iterable, (capability, errors, remaining) => ({
        each: (value) => capability.resolve(value),
        fail: (reason, i) => {
          errors[i] = reason;
          if (--remaining.count === 0) fail(capability, errors);
        },
        empty: () => fail(capability, errors),
      }));
    }

    static race(iterable: Iterable<unknown>): any {
      return combine(this, iterable, (capability) => ({
        each: (value) => capability.resolve(value),
        fail: (reason) => capability.reject(reason),
        empty: () => {},
      }));
    }
  }

  Object.defineProperty(LabPromise, 'name', { value: 'Promise', configurable: true });

  function speciesOf(promise: LabPromise): any {
    const maker = promise.constructor as any;
    if (maker === LabPromise) return LabPromise;
    if (maker === undefined) return LabPromise;
    return maker[Symbol.species] ?? LabPromise;
  }

  function promiseResolve(C: any, value: unknown): any {
    if (isOwn(value) ? C === LabPromise : value instanceof LabPromise && value.constructor === C) return value;
    if (C === LabPromise) {
      const promise = make();
      resolveWith(promise, value);
      return promise;
    }
    const capability = capabilityOf(C);
    capability.resolve(value);
    return capability.promise;
  }

  return {
    Promise: LabPromise as unknown as PromiseConstructor,
    stateOf: stateOf!,
    runtime: createRuntime({ resolveWith: resolveWith!, settle: settle!, awaitValue: awaitValue!, make: make! }),
  };
}

/** The executor that marks a promise made inside the lab, which is settled by hand. */
function internal(): void {}

interface Capability {
  readonly promise: any;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

function capabilityOf(C: any): Capability {
  if (typeof C !== 'function') throw new TypeError('PromiseResolve called on non-object');
  let resolve!: (value: unknown) => void;
  let reject!: (reason: unknown) => void;
  const promise = new C((res: typeof resolve, rej: typeof reject) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

interface Combinator {
  each(value: unknown, i: number): void;
  fail(reason: unknown, i: number): void;
  empty(): void;
}

function combine(
  C: any,
  iterable: Iterable<unknown>,
  build: (capability: Capability, values: unknown[], remaining: { count: number }) => Combinator,
): any {
  const capability = capabilityOf(C);
  const values: unknown[] = [];
  // Starts at 1 so that an element that settles while the loop still runs cannot finish it.
  const remaining = { count: 1 };
  const combinator = build(capability, values, remaining);
  try {
    let i = 0;
    for (const item of iterable) {
      const index = i++;
      values.push(undefined);
      remaining.count++;
      C.resolve(item).then(
        (value: unknown) => combinator.each(value, index),
        (reason: unknown) => combinator.fail(reason, index),
      );
    }
    if (--remaining.count === 0) combinator.empty();
  } catch (error) {
    capability.reject(error);
  }
  return capability.promise;
}

interface Internals {
  resolveWith(promise: any, value: unknown): void;
  settle(promise: any, state: number, value: unknown): void;
  awaitValue(value: unknown, onFulfilled: Callback, onRejected: Callback): void;
  make(): any;
}

function createRuntime({ resolveWith, settle, awaitValue, make }: Internals): AsyncRuntime {
  function run(generator: Generator<unknown, unknown, unknown>): object {
    const promise = make();
    const onValue = (value: unknown) => advance(value, false);
    const onError = (error: unknown) => advance(error, true);
    function advance(input: unknown, isError: boolean): void {
      let step: IteratorResult<unknown, unknown>;
      try {
        step = isError ? generator.throw(input) : generator.next(input);
      } catch (error) {
        settle(promise, REJECTED, error);
        return;
      }
      if (step.done) resolveWith(promise, step.value);
      else awaitValue(step.value, onValue, onError);
    }
    advance(undefined, false);
    return promise;
  }

  /** ECMA-262 §27.6: requests queue up; each gets one step; `yield` awaits its operand, `return` too. */
  function runGenerator(generator: Generator<unknown, unknown, unknown>): object {
    interface Request {
      readonly kind: 'next' | 'throw' | 'return';
      readonly value: unknown;
      readonly promise: any;
    }
    const queue: Request[] = [];
    let isRunning = false;
    let isFinished = false;

    function pump(): void {
      const request = queue[0];
      if (isRunning || request === undefined) return;
      isRunning = true;
      if (isFinished || (request.kind === 'return' && !hasStarted)) {
        isFinished = true;
        if (request.kind === 'throw') finish(REJECTED, request.value);
        else if (request.kind === 'return')
          awaitValue(
            request.value,
            (value) => finish(FULFILLED, { value, done: true }),
            (error) => finish(REJECTED, error),
          );
        else finish(FULFILLED, { value: undefined, done: true });
        return;
      }
      if (request.kind === 'return')
        awaitValue(
          request.value,
          (value) => advance('return', value),
          (error) => advance('throw', error),
        );
      else advance(request.kind, request.value);
    }

    let hasStarted = false;
    function advance(kind: 'next' | 'throw' | 'return', input: unknown): void {
      hasStarted = true;
      let step: IteratorResult<unknown, unknown>;
      try {
        step = generator[kind](input as any);
      } catch (error) {
        isFinished = true;
        finish(REJECTED, error);
        return;
      }
      if (step.value instanceof Awaited && !step.done) {
        awaitValue(
          step.value.value,
          (value) => advance('next', value),
          (error) => advance('throw', error),
        );
        return;
      }
      if (step.done) {
        isFinished = true;
        awaitValue(
          step.value,
          (value) => finish(FULFILLED, { value, done: true }),
          (error) => finish(REJECTED, error),
        );
        return;
      }
      awaitValue(
        step.value,
        (value) => finish(FULFILLED, { value, done: false }),
        (error) => advance('throw', error),
      );
    }

    function finish(state: number, value: unknown): void {
      const request = queue.shift()!;
      isRunning = false;
      settle(request.promise, state, value);
      pump();
    }

    function ask(kind: Request['kind'], value: unknown): object {
      const promise = make();
      queue.push({ kind, value, promise });
      pump();
      return promise;
    }

    return {
      next: (value?: unknown) => ask('next', value),
      throw: (error?: unknown) => ask('throw', error),
      return: (value?: unknown) => ask('return', value),
      [Symbol.asyncIterator]() {
        return this;
      },
      [Symbol.toStringTag]: 'AsyncGenerator',
    };
  }

  function iterate(iterable: any): { next(): unknown; return?: () => unknown } {
    const method = iterable[Symbol.asyncIterator];
    if (method !== undefined && method !== null) return method.call(iterable);
    const iterator = iterable[Symbol.iterator]();
    const unwrap = (step: IteratorResult<unknown>) => {
      if (step.done) return step;
      const promise = make();
      awaitValue(
        step.value,
        (value) => settle(promise, FULFILLED, { value, done: false }),
        (error) => settle(promise, REJECTED, error),
      );
      return promise;
    };
    return {
      next: () => unwrap(iterator.next()),
      return: iterator.return === undefined ? undefined : () => unwrap(iterator.return()),
    };
  }

  return { run, runGenerator, iterate };
}
