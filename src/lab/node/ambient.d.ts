import type { Kernel } from './kernel.ts';

declare global {
  /** This process's system calls: a parameter of the function that the bundle is the body of. */
  const __kernel: Kernel;
  /**
   * The host's own deterministic intrinsics, under which the lab's variants are built. Set by the bundle's first line
   * (catalog/bundle.ts), because inside the bundle the bare names already mean the process's own.
   */
  const __host: {
    readonly Date: DateConstructor;
    readonly Math: Math;
    readonly Intl: typeof Intl;
    readonly WebAssembly: typeof WebAssembly;
  };
}
