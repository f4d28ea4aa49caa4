/** Docker's restart manager: whether and when an exited container starts again. */
import type { RestartPolicy } from './model.ts';

/** Source: moby, restartmanager: 100 ms, doubled each time up to a minute, forgotten after ten seconds up. */
export const RESTART_DELAY_MS = 100;
export const RESTART_DELAY_MS_MAX = 60_000;
export const RESTART_RESET_AFTER_MS = 10_000;

export class RestartManager {
  private delayMs = 0;
  private count = 0;
  private readonly policy: RestartPolicy;

  constructor(policy: RestartPolicy) {
    this.policy = policy;
  }

  /** Milliseconds until it starts again; null when it stays down. A stop by hand never asks. */
  next(exitCode: number | null, upMs: number): number | null {
    if (upMs >= RESTART_RESET_AFTER_MS) this.delayMs = 0;
    this.delayMs = this.delayMs === 0 ? RESTART_DELAY_MS : Math.min(this.delayMs * 2, RESTART_DELAY_MS_MAX);
    if (!this.willRestart(exitCode)) return null;
    this.count++;
    return this.delayMs;
  }

  private willRestart(exitCode: number | null): boolean {
    const { condition, retriesMax } = this.policy;
    if (condition === 'always' || condition === 'unless-stopped') return true;
    // A signal is a failure too: Docker sees 128 + its number.
    if (condition === 'on-failure') return exitCode !== 0 && (retriesMax === 0 || this.count < retriesMax);
    return false;
  }
}
