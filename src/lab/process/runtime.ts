/** What lowered code calls (`__lb`): the process's AsyncRuntime plus the forms that lower.ts writes for odd functions. */
import { type AsyncRuntime, Awaited } from '../core/promise.ts';
import type { Process } from './process.ts';

type AnyGenerator = Generator<unknown, unknown, unknown>;
type GeneratorFunction = (...args: unknown[]) => AnyGenerator;

export interface Runtime extends AsyncRuntime {
  /** As `run`, but parameters are bound inside, so that their errors reject. */
  start(body: GeneratorFunction, self: unknown, args: readonly unknown[]): object;
  startGenerator(body: GeneratorFunction, self: unknown, args: readonly unknown[]): object;
  /** `this` of a sloppy function: the process's global object in place of the realm's. */
  self(value: unknown): unknown;
  /** The operator `**`. */
  pow(base: unknown, exponent: unknown): unknown;
  /** `await` inside an async generator. */
  awaited(value: unknown): Awaited;
  /** `yield*` inside an async generator. */
  delegate(iterable: unknown): AnyGenerator;
  /** Calls back when a promise of the process settles; for the lab's own use. */
  settle(promise: object, onValue: (value: unknown) => void, onError: (error: unknown) => void): void;
}

export function createRuntime(process: Process): Runtime {
  const { runtime, Promise: OwnPromise } = process.kit;
  const base = {
    run: runtime.run,
    runGenerator: runtime.runGenerator,
    iterate: runtime.iterate,
    awaited: (value: unknown) => new Awaited(value),
    pow(base: any, exponent: any): unknown {
      // ToNumeric, for numbers and bigints alike.
      const [a, b] = [-(-base), -(-exponent)] as [number | bigint, number | bigint];
      if (typeof a === 'number' && typeof b === 'number') return process.pow(a, b);
      if (typeof a === 'bigint' && typeof b === 'bigint') return bigPower(a, b);
      throw new TypeError('Cannot mix BigInt and other types, use explicit conversions');
    },
    self: (value: unknown) => (value === globalThis ? process.global : value),
    start(body: GeneratorFunction, self: unknown, args: readonly unknown[]): object {
      let generator: AnyGenerator;
      try {
        generator = body.apply(self, args as unknown[]);
      } catch (error) {
        return OwnPromise.reject(error);
      }
      return runtime.run(generator);
    },
    // ECMA-262 §27.4.5: an async generator's parameters are bound at the call, and throw there.
    startGenerator: (body: GeneratorFunction, self: unknown, args: readonly unknown[]) =>
      runtime.runGenerator(body.apply(self, args as unknown[])),
    *delegate(iterable: unknown): AnyGenerator {
      const iterator = runtime.iterate(iterable) as {
        next(value?: unknown): unknown;
        throw?: (error: unknown) => unknown;
        return?: (value?: unknown) => unknown;
      };
      let step = (yield new Awaited(iterator.next())) as IteratorResult<unknown>;
      let isClosed = false;
      try {
        while (!step.done) {
          let sent: unknown;
          try {
            sent = yield step.value;
          } catch (error) {
            if (iterator.throw === undefined) throw error;
            step = (yield new Awaited(iterator.throw(error))) as IteratorResult<unknown>;
            continue;
          }
          step = (yield new Awaited(iterator.next(sent))) as IteratorResult<unknown>;
        }
        isClosed = true;
        return step.value;
      } finally {
        if (!isClosed && iterator.return) yield new Awaited(iterator.return());
      }
    },
    settle(promise: object, onValue: (value: unknown) => void, onError: (error: unknown) => void): void {
      (promise as Promise<unknown>).then(onValue, onError);
    },
  };
  return Object.freeze(base) as Runtime;
}

function bigPower(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) throw new RangeError('Exponent must be non-negative');
  let result = 1n;
  for (let factor = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result *= factor;
    if (left > 1n) factor *= factor;
  }
  return result;
}
