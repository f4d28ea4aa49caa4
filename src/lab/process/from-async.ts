/**
 * `Array.fromAsync` is the one intrinsic of the language that makes promises of the engine's own, which would settle
 * outside the lab's order. Processes share `Array`, so it is replaced once in the realm by one that asks whose turn it is.
 */
import { running } from './running.ts';

export type FromAsync = (this: unknown, items: unknown, map?: unknown, self?: unknown) => unknown;

const { fromAsync: native } = Array as unknown as { fromAsync?: FromAsync };

Object.defineProperty(Array, 'fromAsync', {
  value: {
    // A method, so that it has no prototype, and `new` refuses it as it does the engine's.
    fromAsync(this: unknown, items: unknown, ...rest: unknown[]) {
      return (running.fromAsync ?? native)!.call(this, items, ...rest);
    },
  }.fromAsync,
  writable: true,
  configurable: true,
});
