/** What was broken, or not there, while a call failed: the facts that stand beside its error. */
import { type FaultWindow, isLinkFault } from '../faults.ts';
import type { Moment } from '../moments.ts';
import { serviceOf } from '../replicas.ts';
import type { World } from '../world.ts';
import type { Span } from './tree.ts';

export interface Why {
  readonly faults: readonly FaultWindow[];
  /** Replicas that did not answer calls then, by what was last told of each. */
  readonly processes: readonly Extract<Moment, { kind: 'process' }>[];
}

/** A kill is a moment; what it does to calls comes after it, until the process is back. */
export function whyFailed(world: World, span: Pick<Span, 'from' | 'to' | 'startMs' | 'endMs'>): Why {
  const endMs = span.endMs ?? world.nowMs;
  const ends = new Set([span.from, span.to, serviceOf(span.from), serviceOf(span.to)]);
  const faults = world.faults.windows.filter(({ fault, fromMs, toMs }) => {
    if (fromMs > endMs || (toMs !== null && toMs < span.startMs)) return false;
    return isLinkFault(fault)
      ? ends.has(fault.from) && ends.has(fault.to)
      : fault.service === span.to || fault.service === serviceOf(span.to);
  });
  const last = new Map<string, Extract<Moment, { kind: 'process' }>>();
  for (const moment of world.moments.list) {
    if (moment.kind !== 'process' || moment.atMs > endMs) continue;
    // A name that was not found is that of all its replicas.
    if (moment.endpoint === span.to || serviceOf(moment.endpoint) === span.to) last.set(moment.endpoint, moment);
  }
  const isAway = ({ state }: { readonly state: string }) => ['created', 'starting', 'paused', 'exited'].includes(state);
  return { faults, processes: [...last.values()].filter(isAway) };
}
