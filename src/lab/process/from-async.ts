/**
 * `Array.fromAsync` is the one intrinsic of the language that makes promises of the engine's own, which would settle
 * outside the lab's order. Processes share `Array`, so it is replaced once in the realm by one that asks whose turn it is.
 */
export type FromAsync = (this: unknown, items: unknown, map?: unknown, self?: unknown) => unknown;

let current: FromAsync | null = null;
const { fromAsync: native } = Array as unknown as { fromAsync?: FromAsync };

Object.defineProperty(Array, 'fromAsync', {
  value: {
    // A method, so that it has no prototype, and `new` refuses it as it does the engine's.
    fromAsync(this: unknown, items: unknown, ...rest: unknown[]) {
      return (current ?? native)!.call(this, items, ...rest);
    },
  }.fromAsync,
  writable: true,
  configurable: true,
});

/** The process that runs now lends its own; null when none runs. */
export function lendFromAsync(own: FromAsync | null): void {
  current = own;
}
