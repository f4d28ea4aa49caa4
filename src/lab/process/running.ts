/** Whose code runs at this moment. One thread runs one callback of one process at a time, so there is at most one. */
import type { DynamicCode } from './dynamic-code.ts';
import type { FromAsync } from './from-async.ts';

export const running: {
  code: DynamicCode | null;
  /** `Array.fromAsync` on the process's promises. */
  fromAsync: FromAsync | null;
} = { code: null, fromAsync: null };
