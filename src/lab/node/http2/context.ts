/** Async contexts, as Node's handles keep them: a callback runs in the context in which it was asked for. */
import type { AsyncContext } from '../kernel.ts';

export function within(context: AsyncContext | undefined, run: () => void): void {
  if (context === undefined) {
    run();
    return;
  }
  const before = __kernel.getContext();
  __kernel.setContext(context);
  run();
  __kernel.setContext(before);
}

/** The function, in the context of now. */
export function bind<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
  const context = __kernel.getContext();
  return (...args) => within(context, () => run(...args));
}
