/**
 * What a fault can change about a replica's machine when that is a real process: the part of lab/condition that can be
 * done honestly. CPU shares are kept by stopping and continuing the process, as the kernel's quota does; the memory
 * limit looks at its resident memory; its clock and the CPU time of a request are changed inside Node.
 */
import { readFileSync } from 'node:fs';
import type { FaultKind } from '../../lab/core/events.ts';
import type { ScheduledEvent, Scheduler } from '../../lab/core/scheduler.ts';
import type { Cost } from './guest/channel.ts';
import type { Platform } from './platform.ts';

/** cpu.cfs_period_us, as Docker and Kubernetes set it. */
const PERIOD_US = 100_000;
const LOOK_AT_MEMORY_US = 50_000;
const PAGE_BYTES = 4096;

/** Why a kind of fault is not there, and what to use instead; null for one that is. */
export function refusalOf(kind: FaultKind, platform: Platform): string | null {
  const what = CANNOT[kind] ?? (!platform.canStop && CANNOT_STOP[kind]) ?? null;
  if (what !== null && what !== false)
    return `${platform.name} cannot ${what}: ${platform.insteadUse}${OR[kind] ?? ''}.`;
  return kind === 'memory-limit' && !platform.seesMemory
    ? `${platform.name} cannot see how much memory a process has: ${platform.insteadUse}.`
    : null;
}

type Sentences = Partial<Readonly<Record<FaultKind, string>>>;

const CANNOT: Sentences = {
  'crash-at-io': 'stop a real process at its n-th I/O',
  'disk-full': 'fill the disk of a real process',
  'slow-disk': 'slow the disk of a real process down',
};
const CANNOT_STOP: Sentences = {
  pause: 'stop a process and let it go on',
  'cpu-throttle': 'take the CPU from a process by turns',
};
const OR: Sentences = { 'crash-at-io': ', or use kill' };

/** Faults that need the process to be Node. */
export const NODE_ONLY: ReadonlySet<FaultKind> = new Set<FaultKind>(['clock-skew', 'clock-jump', 'cpu']);

export interface ConditionedProcess {
  readonly pid: number;
  send(name: NodeJS.Signals): void;
  setClock(offsetMs: number, driftPpm: number): void;
  setCost(cost: Cost | null): void;
  outOfMemory(reason: string): void;
}

export class LocalCondition {
  private readonly scheduler: Scheduler;
  private process: ConditionedProcess | null = null;
  private declared: { readonly cpus?: number; readonly memoryBytes?: number; readonly cost?: Cost } = {};
  private share: number | null = null;
  private limitBytes: number | null = null;
  private costUs: number | null = null;
  private jumpedMs = 0;
  private skewed: { readonly offsetMs: number; readonly driftPpm: number } | null = null;
  private turn: ScheduledEvent | null = null;
  private look: ScheduledEvent | null = null;
  private isHeld = false;
  /** Whether the process stands still because a fault or a person paused it. */
  private isPaused = false;

  private readonly canStop: boolean;

  constructor(scheduler: Scheduler, { canStop }: Pick<Platform, 'canStop'>) {
    this.scheduler = scheduler;
    this.canStop = canStop;
  }

  readonly quota = {
    throttle: (share: number | null) => {
      this.share = share;
      this.keepShare();
    },
  };

  readonly memory = {
    limit: (bytes: number | null) => {
      this.limitBytes = bytes;
      this.keepMemory();
    },
  };

  readonly cost = {
    override: (us: number | null) => {
      this.costUs = us;
      this.process?.setCost(this.requestCost);
    },
  };

  readonly clock = {
    set: (skew: { readonly offsetMs: number; readonly driftPpm: number } | null) => {
      this.skewed = skew;
      this.tellClock();
    },
    jump: (ms: number) => {
      this.jumpedMs += ms;
      this.tellClock();
    },
  };

  get requestCost(): Cost | null {
    return this.costUs === null
      ? (this.declared.cost ?? null)
      : { perRequestMs: this.costUs / 1000, distribution: 'constant' };
  }

  declare(declared: LocalCondition['declared']): void {
    this.declared = declared;
    this.keepShare();
    this.keepMemory();
  }

  /** The main process that it concerns from now on; null when there is none. */
  usedBy(process: ConditionedProcess | null): void {
    this.process = process;
    this.isHeld = false;
    this.isPaused = false;
    if (process !== null && (this.jumpedMs !== 0 || this.skewed !== null)) this.tellClock();
    this.keepShare();
    this.keepMemory();
  }

  /** A SIGSTOP or SIGCONT that somebody meant: the quota must not undo it. */
  paused(isPaused: boolean): void {
    this.isPaused = isPaused;
  }

  private tellClock(): void {
    this.process?.setClock(this.jumpedMs + (this.skewed?.offsetMs ?? 0), this.skewed?.driftPpm ?? 0);
  }

  private keepShare(): void {
    if (this.turn !== null) this.scheduler.cancel(this.turn);
    this.turn = null;
    const share = this.share ?? this.declared.cpus ?? 1;
    if (this.process === null || share >= 1 || !this.canStop) {
      this.hold(false);
      return;
    }
    const next = (isRunning: boolean): void => {
      this.hold(!isRunning);
      this.turn = this.scheduler.after(PERIOD_US * (isRunning ? share : 1 - share), () => next(!isRunning));
    };
    next(true);
  }

  private hold(isHeld: boolean): void {
    if (isHeld === this.isHeld) return;
    this.isHeld = isHeld;
    if (!this.isPaused) this.process?.send(isHeld ? 'SIGSTOP' : 'SIGCONT');
  }

  private keepMemory(): void {
    if (this.look !== null) this.scheduler.cancel(this.look);
    this.look = null;
    const limit = this.limitBytes ?? this.declared.memoryBytes;
    const { process } = this;
    if (process === null || limit === undefined) return;
    const used = residentBytes(process.pid);
    if (used > limit) {
      process.outOfMemory(
        `out of memory: ${Math.round(used / 1048576)} MiB used, limit ${Math.round(limit / 1048576)} MiB`,
      );
      return;
    }
    this.look = this.scheduler.after(LOOK_AT_MEMORY_US, () => this.keepMemory());
  }
}

/** 0 where the system does not say. */
export function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

/** CPU time that a process has used, µs; 0 where the system does not say. In the kernel's ticks of 10 ms. */
export function cpuUsedUs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return 0;
  }
}
