/** What is broken now, and when it was broken: the shaded windows of every time axis. */
import type { FaultEvent, FaultSpec } from '../../lab/core/events.ts';
import { isMoment } from './offers.ts';

export interface ActiveFault {
  readonly id: number;
  readonly text: string;
  readonly fault: FaultSpec;
  readonly sinceMs: number;
}

export interface FaultWindow {
  readonly id: number;
  readonly text: string;
  readonly fault: FaultSpec;
  readonly fromMs: number;
  /** null while it lasts; the same as `fromMs` for a moment (kill, restart). */
  toMs: number | null;
}

/** Enough for any drill; a script that injects thousands must not make every axis slow. */
const WINDOWS_KEPT = 200;

export class Faults {
  readonly active: Map<number, ActiveFault>;
  readonly windows: FaultWindow[];

  constructor(active: Iterable<[number, ActiveFault]> = [], windows: readonly FaultWindow[] = []) {
    this.active = new Map(active);
    this.windows = windows.map((window) => ({ ...window }));
  }

  apply(event: FaultEvent): void {
    if (event.state === 'off') {
      this.active.delete(event.id);
      const window = this.windows.findLast((each) => each.id === event.id);
      if (window !== undefined && window.toMs === null) window.toMs = event.atMs;
      return;
    }
    const { id, text, fault, atMs } = event;
    const isOnce = isMoment(fault.kind);
    if (!isOnce) this.active.set(id, { id, text, fault, sinceMs: atMs });
    this.windows.push({ id, text, fault, fromMs: atMs, toMs: isOnce ? atMs : null });
    if (this.windows.length > WINDOWS_KEPT) this.windows.shift();
  }

  copy(): Faults {
    return new Faults(this.active, this.windows);
  }
}

/** Whether the fault acts on a link rather than in a process. */
export function isLinkFault(fault: FaultSpec): fault is Extract<FaultSpec, { from: string; to: string }> {
  return 'from' in fault;
}
