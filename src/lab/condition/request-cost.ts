/** What one HTTP request costs a replica's CPU: declared by `x-lab: cpu`, replaced while a cpu fault is on. */
import type { CpuCost } from '../compose/model.ts';
import type { Random } from '../core/random.ts';

export class RequestCost {
  private readonly random: Random;
  private declared: CpuCost | undefined;
  private overrideUs: number | null = null;

  constructor(random: Random) {
    this.random = random;
  }

  declare(cost: CpuCost | undefined): void {
    this.declared = cost;
  }

  /** Microseconds of virtual CPU for the next request. */
  drawUs(): number {
    if (this.overrideUs !== null) return this.overrideUs;
    if (this.declared === undefined) return 0;
    const meanUs = this.declared.perRequestMs * 1000;
    return Math.round(this.declared.distribution === 'exponential' ? this.random.exponential(meanUs) : meanUs);
  }

  /** Null gives the declared cost back. */
  override(us: number | null): void {
    this.overrideUs = us;
  }
}
