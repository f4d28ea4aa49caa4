/**
 * What one replica's machine is like: how fast its CPU is, what its clock says, how its disk and memory are. Compose
 * declares some of it, faults change it, the process only feels it. It belongs to the endpoint's name, so a container
 * that an edit or a restart makes anew finds it as it was.
 *
 * - request-cost.ts   CPU time of an HTTP request
 * - quota.ts          the share of a CPU it may use
 * - clock.ts          skew, drift and jumps of the wall clock
 * - disk.ts           a file system that can be full or slow
 * - memory.ts         how much it uses, and the limit
 * - crash-point.ts    the process ends at a given input or output
 */
import type { ComposeService } from '../compose/model.ts';
import type { World } from '../core/world.ts';
import { HostClock } from './clock.ts';
import { CrashPoint } from './crash-point.ts';
import { Disk } from './disk.ts';
import { Memory } from './memory.ts';
import { CpuQuota } from './quota.ts';
import { RequestCost } from './request-cost.ts';

export { DiskFiles } from './disk.ts';

export class Condition {
  readonly cost: RequestCost;
  readonly quota: CpuQuota;
  readonly clock: HostClock;
  readonly disk: Disk;
  readonly memory: Memory;
  readonly crashPoint = new CrashPoint();

  constructor(world: World, endpoint: string) {
    this.cost = new RequestCost(world.random(`request cost ${endpoint}`));
    this.quota = new CpuQuota();
    this.clock = new HostClock(() => world.nowMs);
    this.disk = new Disk(world.random(`disk ${endpoint}`), () => world.nowMs);
    this.memory = new Memory(world.scheduler);
  }

  /** Takes over what the compose file says; faults that are on stay in force. */
  declare({ lab, limits }: ComposeService): void {
    this.cost.declare(lab.cpu);
    this.quota.declare(limits.cpus);
    this.memory.declare(limits.memoryBytes);
  }
}
