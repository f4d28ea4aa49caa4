/** What every part of one run shares. */
import type { Problem } from './problem.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { Trace } from './trace.ts';

export interface WorldOptions {
  readonly seed: number;
  /** Wall clock at virtual time 0, ms since the epoch. */
  readonly epochMs?: number;
  /** The host's real monotonic clock, ms: read only to end a callback that does not return, never to decide anything else. */
  readonly realNowMs?: () => number;
}

/** 2026-01-05 09:00 UTC, a Monday morning: no run depends on the day it is made. */
const EPOCH_MS = 1_767_603_600_000;

export class World {
  readonly seed: number;
  readonly epochMs: number;
  readonly scheduler = new Scheduler();
  /** Not kept: subscribers get every event, once. */
  readonly trace = new Trace({ isKept: false });
  readonly realNowMs: (() => number) | null;
  /** Set when the run cannot go on; the host stops stepping and shows it. */
  ended: Problem | null = null;

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.epochMs = options.epochMs ?? EPOCH_MS;
    this.realNowMs = options.realNowMs ?? null;
  }

  random(name: string): Random {
    return Random.derive(this.seed, name);
  }

  get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  end(problem: Problem): void {
    this.ended ??= problem;
  }
}
