import type { KernelFs } from '../kernel.ts';

/** The process's files. The full built-ins put an observer in front of them (watch.ts). */
export let files: KernelFs = __kernel.fs;

export function setFiles(own: KernelFs): void {
  files = own;
}
