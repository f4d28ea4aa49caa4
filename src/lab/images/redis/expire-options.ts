/** Reading times to live out of arguments. */
import { int64 } from './args.ts';
import type { Call } from './call.ts';
import { INT64_MAX } from './numbers.ts';
import { fail } from './reply.ts';

/** The wall clock at which it expires, ms. `unit`: `ex`, `px` from now, `exat`, `pxat` absolute. */
export function expiryArgument(call: Call, text: string, unit: string, command: string): number {
  const value = int64(text);
  const isSeconds = unit.startsWith('ex');
  const refuse = () => fail(`invalid expire time in '${command}' command`);
  if (value <= 0n || (isSeconds && value > INT64_MAX / 1000n)) throw refuse();
  const ms = isSeconds ? value * 1000n : value;
  if (unit.endsWith('at')) return Number(ms);
  if (ms > INT64_MAX - BigInt(Math.floor(call.nowMs))) throw refuse();
  return Number(ms) + Math.floor(call.nowMs);
}

/** A key with that time is deleted at once; not while a file is loaded, and not on a replica. */
export const isPast = (call: Call, expiresAtMs: number): boolean =>
  expiresAtMs <= call.nowMs && !call.server.isLoading && !call.server.replication.isReplica;
