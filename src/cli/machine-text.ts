import { cpus, loadavg } from 'node:os';

/** This machine and how busy it is, to stand beside what was measured on it. */
export function machineText(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, load ${loadavg()[0]!.toFixed(1)}`;
}
