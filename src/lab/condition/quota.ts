/**
 * A share of a CPU as Linux gives it (CFS bandwidth control, what `cpus: 0.2` means): in each period of 100 ms the
 * process runs for its quota, 20 ms here, and then stands still until the next period. Small pieces of work in a quiet
 * moment take no longer than ever; what crosses the quota waits, which is why throttling is first seen in p99.
 */

/** cpu.cfs_period_us, as Docker and Kubernetes set it. */
const PERIOD_US = 100_000;

export class CpuQuota {
  private declared: number | null = null;
  private override: number | null = null;
  /** Number of the period in which it ran last, and how much of that period's quota is used, µs. */
  private period = -1;
  private usedUs = 0;

  /** `deploy.resources.limits.cpus`. One process has one CPU: more than 1 limits nothing. */
  declare(cpus: number | undefined): void {
    this.declared = cpus === undefined || cpus >= 1 ? null : cpus;
  }

  /** Null gives the declared share back. */
  throttle(share: number | null): void {
    this.override = share;
  }

  private get share(): number | null {
    return this.override ?? this.declared;
  }

  /** How long `cpuUs` of CPU time take from `nowUs` on, with the standstills; µs. */
  wallUs(nowUs: number, cpuUs: number): number {
    const { share } = this;
    if (share === null) return cpuUs;
    const quotaUs = Math.max(1, Math.round(share * PERIOD_US));
    let atUs = nowUs;
    let leftUs = cpuUs;
    for (;;) {
      const period = Math.floor(atUs / PERIOD_US);
      if (period !== this.period) {
        this.period = period;
        this.usedUs = 0;
      }
      const endUs = (period + 1) * PERIOD_US;
      const runsUs = Math.min(leftUs, quotaUs - this.usedUs, endUs - atUs);
      this.usedUs += runsUs;
      leftUs -= runsUs;
      atUs += runsUs;
      if (leftUs <= 0) return atUs - nowUs;
      atUs = endUs;
    }
  }
}
