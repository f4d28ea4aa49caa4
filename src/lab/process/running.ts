/** Whose code runs at this moment. One thread runs one callback of one process at a time, so there is at most one. */
import type { DynamicCode } from './dynamic-code.ts';

export const running: { code: DynamicCode | null } = { code: null };
